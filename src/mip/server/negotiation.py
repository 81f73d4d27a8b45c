"""What HTTP asks of immutable bodies: tags, compression, and the media types that are accepted."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import anyio.to_thread
from starlette.responses import Response

from .errors import NOT_ACCEPTABLE, error_body
from .responses import json_response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

LEAST_GZIPPED: Final = 4096
MOST_GZIPPED: Final = 32 * 1024**2
_SAMPLE_BYTES: Final = 32 * 1024
_WORTH: Final = 0.75  # of the sample's length
_EFFORT: Final = 1  # of 9: 16-bit pixels take five times as long for a twentieth
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_GZIPPED: Final = "-gzip"
_VALUE: Final = r'"[^"]*"|[^\s,;"]*'
_RANGE: Final = re.compile(rf"\s*([\w!#$&^.+*-]+/[\w!#$&^.+*-]+)((?:\s*;\s*[\w-]+=(?:{_VALUE}))*)")
_PARAMETER: Final = re.compile(rf";\s*([\w-]+)=({_VALUE})")


def etag_of(*parts: object) -> str:
    """Return the tag of what follows from ``parts``, the first of them a digest of content."""
    text = "\n".join(str(part) for part in parts)
    return f'"{hashlib.sha256(text.encode()).hexdigest()}"'


def lasting(etag: str) -> dict[str, str]:
    """Return the headers of a body that never changes."""
    return {
        "etag": etag,
        "cache-control": "private, max-age=31536000, immutable",
        "vary": "accept, accept-encoding",
    }


def not_modified(request: Request, etag: str) -> Response | None:
    """Answer 304 to one who has the body already."""
    if not is_known(request.headers.get("if-none-match", ""), etag):
        return None
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=lasting(etag))


def is_known(given: str, etag: str) -> bool:
    """Tell whether a header ``if-none-match`` names this tag (RFC 9110 section 13.1.2)."""
    tags = {tag.strip().removeprefix("W/").replace(_GZIPPED, "") for tag in given.split(",")}
    return not tags.isdisjoint((etag, "*"))


async def packed(
    request: Request, body: bytes, *, media_type: str, headers: dict[str, str]
) -> Response:
    """Answer with a body, compressed where that is accepted and worth it."""
    if is_worth_packing(request, len(body)):
        compressed = await anyio.to_thread.run_sync(_compressed, body)
        if compressed is not None:
            etag = headers.get("etag", "")
            changed = {"etag": f'{etag[:-1]}{_GZIPPED}"'} if etag else {}
            headers = {**headers, **changed, "content-encoding": "gzip"}
            return Response(compressed, headers=headers, media_type=media_type)
    return Response(body, headers=headers, media_type=media_type)


def is_worth_packing(request: Request, size: int) -> bool:
    """Tell whether compressing so many bytes for this caller may be worth it.

    On one machine a frame travels faster than it is compressed.
    """
    if not LEAST_GZIPPED <= size <= MOST_GZIPPED:
        return False
    if request.client is not None and request.client.host in _LOOPBACK:
        return False
    for coding in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _compressed(body: bytes) -> bytes | None:
    sample = body[len(body) // 2 :][:_SAMPLE_BYTES]
    if len(zlib.compress(sample, _EFFORT)) > _WORTH * len(sample):
        return None
    return gzip.compress(body, _EFFORT, mtime=0)


class Accepted:
    """What the header ``accept`` of a request names; anything when it is absent."""

    def __init__(self, request: Request) -> None:
        self._ranges = list(_ranges(request.headers.get("accept") or "*/*"))

    def single(self, media_type: str) -> bool:
        """Tell whether a body of this type is accepted, by its name or a wildcard."""
        wanted = {media_type, "*/*", f"{media_type.partition('/')[0]}/*"}
        return any(name in wanted for name, _ in self._ranges)

    def single_part(self, media_type: str, *, syntaxes: frozenset[str]) -> bool:
        """Tell whether a body of this type alone is accepted by its name (PS3.18 section 8.7.3).

        ``syntaxes`` are the transfer syntaxes in which it could be sent.
        """
        return any(
            name == media_type and _takes_syntax(parameters, syntaxes)
            for name, parameters in self._ranges
        )

    def multipart(self, media_type: str, *, syntaxes: frozenset[str]) -> bool:
        """Tell whether ``multipart/related`` with such parts is accepted (PS3.18 section 8.7.3).

        ``syntaxes`` are the transfer syntaxes in which the parts could be sent.
        """
        for name, parameters in self._ranges:
            if name in ("*/*", "multipart/*"):
                return True
            if name != "multipart/related":
                continue
            kind = parameters.get("type", media_type).partition(";")[0].strip()
            if kind in (media_type, "*/*") and _takes_syntax(parameters, syntaxes):
                return True
        return False


def _takes_syntax(parameters: dict[str, str], syntaxes: frozenset[str]) -> bool:
    return parameters.get("transfer-syntax", "*") in {"*", *syntaxes}


def _ranges(accept: str) -> Iterator[tuple[str, dict[str, str]]]:
    for match in _RANGE.finditer(accept):
        parameters = {key.lower(): value.strip('"') for key, value in _PARAMETER.findall(match[2])}
        if parameters.get("q", "1").rstrip("0.") != "":
            yield match[1].lower(), parameters


def not_acceptable(request: Request, expected: str) -> Response:
    """Refuse a request that accepts nothing that there is."""
    request_id: str = request.state.request_id
    body = error_body(NOT_ACCEPTABLE, f"expected accept: {expected}", request_id=request_id)
    return json_response(body, status=HTTPStatus.NOT_ACCEPTABLE)
