"""Reading what a call carries in its path and query."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from ..contracts import canonical_algorithm_id, is_valid_algorithm_id, is_valid_id
from ..errors import FieldError, InvalidRequestError, NotRegisteredError

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection, Request

    from .access import Caller

MAX_LIMIT = 1000
DEFAULT_LIMIT = 100
MAX_SEQ = 2**53 - 1
"""What every client can count to: whole numbers of JSON in browsers (RFC 8259 section 6)."""


def caller_of(request: Request) -> Caller:
    """Return who calls."""
    caller: Caller = request.state.caller
    return caller


def address_of(request: HTTPConnection) -> str:
    """Return where a call comes from; empty when the server cannot know."""
    return request.client.host if request.client else ""


def path_value(request: Request, name: str) -> str:
    """Return a segment of the path, decoded: it may hold slashes, and anything else."""
    return unquote(request.path_params[name], errors="replace")


def path_algorithm(request: Request) -> str:
    """Return the algorithm that the path names.

    Raises
    ------
    NotRegisteredError
        No algorithm can have this id.
    """
    name = path_value(request, "algorithm")
    if not is_valid_algorithm_id(name):
        raise NotRegisteredError("no algorithm can have this id; list them: GET /algorithms")
    return name


def query_text(request: HTTPConnection, name: str, *, choices: tuple[str, ...] = ()) -> str | None:
    """Return a value of the query, if there is one.

    Raises
    ------
    InvalidRequestError
        It is none of ``choices``.
    """
    text = request.query_params.get(name)
    if text is not None and choices and text not in choices:
        raise _wrong(name, f"expected one of {', '.join(choices)}")
    return text


def query_id(request: HTTPConnection, name: str) -> str | None:
    """Return a client or job id of the query, if there is one.

    Raises
    ------
    InvalidRequestError
        It cannot be an id.
    """
    text = request.query_params.get(name)
    if text is not None and not is_valid_id(text):
        raise _wrong(name, "expected 1 to 128 printable ASCII characters, no spaces")
    return text


def query_algorithm(request: Request, name: str) -> str | None:
    """Return an algorithm of the query in its one spelling, if there is one.

    Raises
    ------
    InvalidRequestError
        No algorithm can have this id.
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    if not is_valid_algorithm_id(text):
        raise _wrong(name, "expected the id of an algorithm: 3 to 56 of a-z 0-9 - _")
    return canonical_algorithm_id(text)


def query_number(
    request: HTTPConnection, name: str, *, default: int, least: int = 0, most: int = MAX_SEQ
) -> int:
    """Return a whole number of the query.

    Raises
    ------
    InvalidRequestError
        It is none, or out of range.
    """
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_SEQ))):
        raise _wrong(name, f"expected a whole number from {least} to {most}")
    if not least <= int(text) <= most:
        raise _wrong(name, f"expected a whole number from {least} to {most}")
    return int(text)


def query_flag(request: HTTPConnection, name: str) -> bool:
    """Return a flag of the query: ``true`` or ``1``, ``false`` or ``0``; false when it is absent.

    Raises
    ------
    InvalidRequestError
        It is something else.
    """
    text = request.query_params.get(name, "false").lower()
    if text not in ("true", "1", "false", "0"):
        raise _wrong(name, "expected true or false")
    return text in ("true", "1")


def page_limit(request: Request) -> int:
    """Return how many a page may have."""
    return query_number(request, "limit", default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT)


def _wrong(name: str, message: str) -> InvalidRequestError:
    return InvalidRequestError([FieldError(name, message)])
