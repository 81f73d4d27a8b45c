"""The OpenAPI document, made from the table of endpoints; and a page that people can read."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from .schemas import components, ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .endpoint import Access, Answer, Endpoint, Parameter

_SECURITY: Final[dict[str, list[dict[str, list[str]]]]] = {
    "anyone": [],
    "link": [{}, {"admin_key": []}],
    "client": [{"token": []}, {"admin_key": []}],
    "reader": [{"token": []}, {"api_key": []}, {"admin_key": []}],
    "operator": [{"admin_key": []}],
}
_SCHEMES: Final = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A client's token, from POST /provision.",
    },
    "admin_key": {"type": "apiKey", "in": "header", "name": "x-admin-key"},
    "api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
}
_ERRORS: Final = {
    400: "The request is no HTTP, or whoever sent it has gone.",
    401: "A token or key is missing, wrong or has ended.",
    403: "Who calls is known, and may not do this.",
    404: "There is no such thing, or none for this caller.",
    406: "None of the media types that the header accept names can be had.",
    409: "It contradicts what is there.",
    408: "The body did not come in time.",
    413: "The body is too long.",
    416: "The header range names nothing of the file; content-range tells its length.",
    422: "Fields are missing, unknown or wrong; each is named.",
    429: "More than one client may have or ask for; retry-after says when to come again.",
    500: "A defect of mip, or damaged records; the log has more under the request id.",
    502: "The PACS did not answer.",
    503: "A service does not answer now.",
}
_PATH_NAME = re.compile(r"{(\w+)(?::\w+)?}")


def document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of a table of endpoints."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        for alias in (endpoint.path, *endpoint.aliases):
            path = _PATH_NAME.sub(r"{\1}", alias)
            operation = _operation(endpoint, is_alias=alias != endpoint.path, path=path)
            paths.setdefault(path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mip",
            "version": version("mip-imaging"),
            "description": "Runs algorithms on images of a PACS. Results come over the WebSocket "
            "at /?client_id=…&token=…, each with the client's seq; see docs/api.md.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": components(), "securitySchemes": _SCHEMES},
    }


def _operation(endpoint: Endpoint, *, is_alias: bool, path: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "operationId": _operation_id(endpoint.method, path),
        "security": _SECURITY[endpoint.access],
        "responses": _responses(endpoint),
    }
    if endpoint.description:
        operation["description"] = endpoint.description
    if is_alias:
        operation["description"] = f"The same as {endpoint.method} {endpoint.path}."
    if endpoint.parameters:
        operation["parameters"] = [_parameter(each) for each in endpoint.parameters]
    if endpoint.body is not None:
        content = {"application/json": {"schema": endpoint.body}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _operation_id(method: str, path: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", path.lower()).strip("_")
    return f"{method.lower()}_{words or 'root'}"


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required or parameter.place == "path",
        "schema": parameter.schema,
        **({"description": parameter.description} if parameter.description else {}),
    }


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    responses = {str(answer.status): _answer(answer) for answer in endpoint.answers}
    for status in sorted({*endpoint.errors, *_common_errors(endpoint)}):
        responses.setdefault(
            str(status),
            {
                "description": _ERRORS[status],
                "content": {"application/json": {"schema": ref("Error")}},
            },
        )
    return responses


def _common_errors(endpoint: Endpoint) -> set[int]:
    errors = {500, 503}
    if endpoint.access != "anyone":
        errors |= {401, 403, 429}
    if endpoint.body is not None:
        errors |= {400, 408, 413, 422}
    if any(each.place == "query" for each in endpoint.parameters):
        errors.add(422)
    return errors


def _answer(answer: Answer) -> dict[str, Any]:
    described: dict[str, Any] = {"description": answer.description}
    if answer.schema is not None:
        described["content"] = {answer.media_type: {"schema": answer.schema}}
    return described


_ACCESS_WORDS: Final[dict[Access, str]] = {
    "anyone": "anyone",
    "link": "whoever has the link, or the admin key",
    "client": "token, or admin key",
    "reader": "token, x-api-key, or admin key",
    "operator": "admin key",
}
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "background:#0b0d10;color:#e6e9ed;overflow-wrap:anywhere}"
    "h2{margin-top:2.5rem;border-bottom:1px solid #2a3038}"
    "code{font:14px ui-monospace,monospace;color:#5cc8ff}pre{background:#14181d;padding:.75rem;"
    "overflow:auto}details{margin:.75rem 0;border-left:3px solid #2a3038;padding-left:1rem}"
    "summary{cursor:pointer}table{border-collapse:collapse}td,th{text-align:left;vertical-align:"
    "top;padding:.15rem 1rem .15rem 0}a{color:#5cc8ff}"
)


@cache
def docs_style_hash() -> str:
    """Return what a content security policy calls the page's style."""
    import base64  # noqa: PLC0415 - once in the life of a server
    import hashlib  # noqa: PLC0415 - as above

    return base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def docs_page(endpoints: Iterable[Endpoint]) -> str:
    """Return the calls as a page: no script, nothing from elsewhere."""
    by_tag: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        by_tag.setdefault(endpoint.tag, []).append(endpoint)
    sections = "".join(
        f"<h2>{escape(tag)}</h2>{''.join(map(_entry, calls))}" for tag, calls in by_tag.items()
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>mip: the API</title>"
        f"<meta name=viewport content='width=device-width'><style>{_STYLE}</style>"
        "<h1>mip: the API</h1><p>For machines: <a href=/openapi.json>openapi.json</a>. "
        f"Not for diagnostic use.</p>{sections}</html>"
    )


def _entry(endpoint: Endpoint) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each.name)}</code><td>{each.place}<td>{escape(each.description)}"
        for each in endpoint.parameters
    )
    answers = "".join(
        f"<tr><td>{each.status} {HTTPStatus(each.status).phrase}<td>{escape(each.description)}"
        for each in endpoint.answers
    )
    errors = ", ".join(map(str, sorted({*endpoint.errors, *_common_errors(endpoint)})))
    aliases = ", ".join(f"<code>{escape(each)}</code>" for each in endpoint.aliases)
    return (
        f"<details><summary><code>{endpoint.method} {escape(endpoint.path)}</code> "
        f"{escape(endpoint.summary)}</summary><p>{escape(endpoint.description)}</p>"
        f"<p>For: {_ACCESS_WORDS[endpoint.access]}.{f' Also: {aliases}.' if aliases else ''}</p>"
        f"<table>{rows}{answers}</table><p>Errors: {errors}</p></details>"
    )
