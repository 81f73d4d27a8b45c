"""JSON in and out, bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from ..contracts.codec import decode_object
from ..errors import PayloadTooLargeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from ..contracts import JsonValue

JSON = "application/json"
_encoder = msgspec.json.Encoder()


def json_response(
    body: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with JSON; structs are written as their fields."""
    return Response(
        _encoder.encode(body),
        status_code=status,
        headers=None if headers is None else dict(headers),
        media_type=JSON,
    )


async def read_object(request: Request, *, limit: int) -> dict[str, JsonValue]:
    """Read a body of at most ``limit`` bytes as a JSON object, whatever type it claims to be.

    Older clients post JSON under the content type of forms, as ``curl -d`` does by default.

    Raises
    ------
    PayloadTooLargeError
        It is longer; the rest is not read.
    ContractError
        It is not a JSON object.
    """
    return decode_object(await read_body(request, limit=limit))


async def read_body(request: Request, *, limit: int) -> bytes:
    """Read a body of at most ``limit`` bytes.

    Raises
    ------
    PayloadTooLargeError
        It is longer; the rest is not read.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(limit: int) -> PayloadTooLargeError:
    return PayloadTooLargeError(f"expected a body of at most {limit} bytes; send less")
