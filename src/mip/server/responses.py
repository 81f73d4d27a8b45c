"""JSON in and out, bounded."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import anyio
import anyio.to_thread
import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ..contracts.codec import decode_object
from ..errors import ContractError, PayloadTooLargeError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.requests import Request

    from ..contracts import JsonValue

JSON = "application/json"
MAX_DEPTH: Final = 64
"""Of lists and objects in a body: far above what any call needs, far below what Python bears."""
MAX_KEYS: Final = 10_000
"""Of one object in a body: as many as lists of parameters have items."""
BODY_SECONDS: Final = 30.0
"""In which a body has to come: its longest takes 300 kbit/s."""
DROP_SECONDS: Final = 2.0
DROP_BYTES: Final = 16 * 1024 * 1024
"""Of a body that is too long, what is read all the same, and kept nowhere."""
MAX_DIGITS: Final = 18
LONG_BODY_BYTES: Final = 64 * 1024
"""A body that is longer is read in a thread: all other calls would wait for it."""
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
    body = await read_body(request, limit=limit)
    if len(body) <= LONG_BODY_BYTES:
        return _as_object(body)
    return await anyio.to_thread.run_sync(_as_object, body)


def _as_object(body: bytes) -> dict[str, JsonValue]:
    value = decode_object(body)
    _check_shape(value)
    return value


def _check_shape(value: JsonValue) -> None:
    """Refuse what is too deep for recursion, or has more keys than anybody means to send."""
    layer: list[JsonValue] = [value]
    for _ in range(MAX_DEPTH + 1):
        nested = [item for item in layer if isinstance(item, dict | list)]
        if not nested:
            return
        layer = []
        for item in nested:
            if isinstance(item, dict) and len(item) > MAX_KEYS:
                message = f"expected at most {MAX_KEYS} keys in an object, got {len(item)}"
                raise ContractError(f"{message}; send fewer")
            layer += item.values() if isinstance(item, dict) else item
    raise ContractError(f"expected lists and objects at most {MAX_DEPTH} deep; flatten it")


async def read_body(request: Request, *, limit: int) -> bytes:
    """Read a body of at most ``limit`` bytes.

    Raises
    ------
    PayloadTooLargeError
        It is longer; the rest is not read.
    HTTPException
        408: it did not come within :data:`BODY_SECONDS`.
    """
    stream = request.stream()
    declared = request.headers.get("content-length", "")
    # By its digits first: a number of thousands of them is not worth reading.
    if declared.isdecimal() and (len(declared) > MAX_DIGITS or int(declared) > limit):
        await _drop(stream)
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for chunk in stream:
                size += len(chunk)
                if size > limit:
                    break
                chunks.append(chunk)
    except TimeoutError:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, headers={"connection": "close"}) from None
    if size > limit:
        await _drop(stream)
        raise _too_large(limit)
    return b"".join(chunks)


async def _drop(stream: AsyncIterator[bytes]) -> None:
    """Let a sender who is sending come to its end: in the middle, it would not read the answer."""
    dropped = 0
    with anyio.move_on_after(DROP_SECONDS):
        async for chunk in stream:
            dropped += len(chunk)
            if dropped > DROP_BYTES:
                return


def _too_large(limit: int) -> PayloadTooLargeError:
    return PayloadTooLargeError(f"expected a body of at most {limit} bytes; send less")
