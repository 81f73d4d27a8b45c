"""The API as a table: a route, its documentation and its handler in one place.

Routes and the OpenAPI document are both made from these, so neither can say what the other does
not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from .services import Services

Schema: TypeAlias = Mapping[str, Any]
Handler: TypeAlias = Callable[["Request", "Services"], Awaitable["Response"]]

Access: TypeAlias = Literal["anyone", "link", "client", "reader", "operator"]
"""Who may call: a ``client`` sees what is its own, and an operator what is anybody's; a ``reader``
of images has a client's token, the key of the PACS API or the operators'; behind a ``link`` is
whoever was given it."""


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the path or of the query."""

    name: str
    schema: Schema
    place: Literal["path", "query", "header"] = "query"
    description: str = ""
    required: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What may come back; ``schema`` is a JSON Schema, or None when there is no JSON body."""

    status: int
    description: str
    schema: Schema | None = None
    media_type: str = "application/json"


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One call of the API.

    Attributes
    ----------
    path : str
        As Starlette writes it; ``{name}`` is one segment, matched while percent-encoded.
    errors : tuple of int
        HTTP statuses of the errors that it may answer, besides those that every call may.
    aliases : tuple of str
        Other paths of the same call, which older clients use.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    handler: Handler
    summary: str
    description: str = ""
    tag: str
    access: Access
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None
    answers: tuple[Answer, ...]
    errors: tuple[int, ...] = ()
    aliases: tuple[str, ...] = ()
