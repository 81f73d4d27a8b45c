"""Frames of results and images for a viewer: raw, described, rendered; and their elements."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio
import anyio.to_thread
import msgspec
from msgspec.structs import replace
from starlette.responses import Response, StreamingResponse

from ...dicom import read_metadata
from ...errors import FieldError, InvalidRequestError
from ..endpoint import Answer, Endpoint, Parameter
from ..negotiation import etag_of, is_worth_packing, lasting, not_modified, packed
from ..queries import caller_of, path_value, query_id, query_number, query_text
from ..schemas import ID, PATH_ID, TEXT, whole
from ..viewing import InstanceName
from ..viewing.pictures import label_of, png, prepared

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from ...dicom import ObjectDescription
    from ..services import Services
    from ..viewing import Located

MAX_SIZE: Final = 4096
MAX_FRAME: Final = 10**6
RAW: Final = "application/octet-stream"
PNG: Final = "image/png"
DICOM_JSON: Final = "application/dicom+json"
FRAME_HEADERS: Final = ("x-mip-rows", "x-mip-columns", "x-mip-samples", "x-mip-type")
_WINDOW: Final = re.compile(
    r"-?[0-9]{1,20}(\.[0-9]{1,20})?(e-[0-9]{1,2})?,[1-9][0-9]{0,19}(\.[0-9]{1,20})?"
)
"""Numbers as JSON writes them; a width below 1 means nothing (PS3.3 C.11.2.1.2.1)."""
_PICTURES: Final = anyio.CapacityLimiter(2)
"""Each reads a frame and computes from it; more would wait for the same cores, frames in hand."""


async def frame(request: Request, services: Services) -> Response:
    """Send the pixels of a frame."""
    number, size = path_number(request), _size(request)
    located = await locate(request, services)
    etag = etag_of(located.sha256, "frame", number, size)
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    told = await services.viewer.describe(located, number=number)
    headers = lasting(etag)
    longest = max(told.rows, told.columns)
    is_as_stored = label_of(told, number) == 1 and (size is None or longest <= size)
    if is_as_stored and not is_worth_packing(request, told.frame_bytes):
        opened = await services.viewer.frame(located, number)
        headers |= _shape(told, told.rows, told.columns) | {"content-length": str(opened.size)}
        return StreamingResponse(opened.chunks(), headers=headers, media_type=RAW)
    async with _reading(services, located, number) as (told, raw):
        made = await anyio.to_thread.run_sync(partial(prepared, told, number, raw, size=size))
        headers |= _shape(told, made.rows, made.columns)
        return await packed(request, made.pixels, media_type=RAW, headers=headers)


@asynccontextmanager
async def _reading(
    services: Services, located: Located, number: int
) -> AsyncIterator[tuple[ObjectDescription, bytes]]:
    """Read a frame to compute from it within the context: memory holds few frames at a time."""
    # Decodes the object if it has to be, for which nobody else waits.
    await services.viewer.describe(located, number=number)
    async with _PICTURES:
        opened = await services.viewer.frame(located, number)
        yield opened.description, await opened.read()


async def info(request: Request, services: Services) -> Response:
    """Tell what the pixels of a frame are."""
    number = path_number(request)
    located = await locate(request, services)
    etag = etag_of(located.sha256, "info", number)
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    told = await services.viewer.describe(located, number=number)
    body = msgspec.json.encode(describe_frame(told, number))
    return await packed(request, body, media_type="application/json", headers=lasting(etag))


async def rendered(request: Request, services: Services) -> Response:
    """Send a frame as a picture."""
    number = path_number(request)
    located = await locate(request, services)
    return await picture(request, services, located, number)


async def tags(request: Request, services: Services) -> Response:
    """Send all elements before the pixel data as DICOM JSON."""
    located = await locate(request, services)
    etag = etag_of(located.sha256, "tags")
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    async with located.hold() as path:
        told = await anyio.to_thread.run_sync(read_metadata, path)
    body = msgspec.json.encode(told)
    return await packed(request, body, media_type=DICOM_JSON, headers=lasting(etag))


async def picture(request: Request, services: Services, located: Located, number: int) -> Response:
    """Send a frame of an instance as a PNG, through the window that the query asks for."""
    window, size = _window(request), _size(request)
    etag = etag_of(located.sha256, "rendered", number, window, size)
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    async with _reading(services, located, number) as (told, raw):
        make = partial(png, told, number, raw, window=window, size=size)
        body = await anyio.to_thread.run_sync(make)
    return Response(body, headers=lasting(etag), media_type=PNG)


async def locate(request: Request, services: Services) -> Located:
    """Return the instance that the path and query name."""
    name = InstanceName(
        instance=path_value(request, "sop"),
        study=query_text(request, "study"),
        series=query_text(request, "series"),
    )
    return await services.locator.find(name, caller_of(request), client_id=client_of(request))


def client_of(request: Request) -> str | None:
    """Return whose results a call may show; None is nobody's, and for an operator anybody's.

    Raises
    ------
    NotAllowedError
        The call names another client than the caller.
    """
    caller, named = caller_of(request), query_id(request, "client_id")
    if caller.role == "reader":
        return None
    return caller.client_id if named is None else caller.acting_as(named)


def path_number(request: Request) -> int:
    """Return the frame that the path names, from 1.

    Raises
    ------
    InvalidRequestError
        It is no number.
    """
    text = path_value(request, "frame")
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_FRAME))
    if not is_number or int(text) < 1:
        raise InvalidRequestError([FieldError("frame", "expected a whole number from 1")])
    return int(text)


def describe_frame(told: ObjectDescription, number: int) -> dict[str, Any]:
    """Return what holds for an object and for one of its frames as one JSON object."""
    common: dict[str, Any] = msgspec.to_builtins(replace(told, frame=()))
    own: dict[str, Any] = msgspec.to_builtins(told.frame[number - 1])
    common["range"] = common.pop("value_range")
    return {**common, **own, "frame": number, "label": label_of(told, number)}


def _shape(told: ObjectDescription, rows: int, columns: int) -> dict[str, str]:
    values = (rows, columns, told.samples, told.type)
    return {name: str(value) for name, value in zip(FRAME_HEADERS, values, strict=True)}


def _size(request: Request) -> int | None:
    return query_number(request, "size", default=0, least=1, most=MAX_SIZE) or None


def _window(request: Request) -> tuple[float, float] | None:
    text = query_text(request, "window")
    if text is None:
        return None
    if not _WINDOW.fullmatch(text):
        message = "expected center,width in rescaled units, the width at least 1"
        raise InvalidRequestError([FieldError("window", message)])
    center, width = map(float, text.split(","))
    return center, width


SOP: Final = Parameter(
    name="sop",
    place="path",
    schema=PATH_ID,
    description="SOP Instance UID; with study and series also the id of an image as a path.",
)
FRAME: Final = Parameter(
    name="frame", place="path", schema=whole(1, MAX_FRAME), description="From 1."
)
SIZE: Final = Parameter(
    name="size", schema=whole(1, MAX_SIZE), description="Longest side of a smaller picture."
)
WINDOW: Final = Parameter(
    name="window",
    schema={**TEXT, "pattern": f"^{_WINDOW.pattern}$"},
    description="center,width in rescaled units, HU for CT; the width is at least 1.",
)
CLIENT: Final = Parameter(
    name="client_id", schema=ID, description="Whose results; the caller's when absent."
)
_WHICH: Final = (
    SOP,
    Parameter(name="study", schema=PATH_ID, description="Of an image the PACS finds only so."),
    Parameter(name="series", schema=PATH_ID, description="Of an image the PACS finds only so."),
    CLIENT,
)
_IF_NONE_MATCH: Final = Parameter(name="if-none-match", place="header", schema=TEXT)
PART: Final = Answer(status=206, description="The ranges of it that were asked for.")
UNCHANGED: Final = Answer(status=304, description="It is what the caller has.")
BINARY: Final = {"type": "string", "format": "binary"}
READ_ERRORS: Final = (404, 422, 502)


def _endpoint(
    path: str, handler: Any, summary: str, description: str, answer: Answer, *more: Parameter
) -> Endpoint:
    return Endpoint(
        method="GET",
        path=f"/instances/{{sop}}{path}",
        handler=handler,
        summary=summary,
        description=description,
        tag="Viewer",
        access="reader",
        parameters=(*_WHICH, *more, _IF_NONE_MATCH),
        answers=(answer, UNCHANGED),
        errors=READ_ERRORS,
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    _endpoint(
        "/frames/{frame}",
        frame,
        "Read raw pixels",
        "Little endian, row by row: grey as stored, colour as RGB of 8 bits, masks as labels. The "
        "headers x-mip-rows, x-mip-columns, x-mip-samples and x-mip-type tell the size and type.",
        Answer(status=200, description="The pixels.", schema=BINARY, media_type=RAW),
        FRAME,
        SIZE,
    ),
    _endpoint(
        "/frames/{frame}/info",
        info,
        "Read what raw pixels mean",
        "Size, type, rescale, windows, padding, and where the frame lies in the patient.",
        Answer(status=200, description="The frame.", schema={"type": "object"}),
        FRAME,
    ),
    _endpoint(
        "/frames/{frame}/rendered",
        rendered,
        "See a frame",
        "Through the window asked for, else the object's own, else the range of its values.",
        Answer(status=200, description="A picture.", schema=BINARY, media_type=PNG),
        FRAME,
        WINDOW,
        SIZE,
    ),
    _endpoint(
        "/tags",
        tags,
        "Read the elements",
        "DICOM JSON (PS3.18 annex F) without pixel data, overlays and private binary values.",
        Answer(
            status=200,
            description="All elements.",
            schema={"type": "object"},
            media_type=DICOM_JSON,
        ),
    ),
)
