"""A subset of DICOMweb (PS3.18) over images and results, enough for viewers such as OHIF."""

from __future__ import annotations

import re
import secrets
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio.to_thread
import msgspec
from starlette.responses import Response, StreamingResponse

from ...contracts import is_valid_uid
from ...dicom import read_header, read_metadata
from ...errors import (
    DicomError,
    FieldError,
    InstanceNotFoundError,
    InvalidRequestError,
    ObjectNotFoundError,
)
from ..endpoint import Answer, Endpoint, Parameter
from ..negotiation import Accepted, etag_of, lasting, not_acceptable, not_modified, packed
from ..queries import caller_of, page_limit, path_value, query_number
from ..schemas import TEXT, UID, whole
from ..viewing import InstanceName, SeriesHolding
from ..viewing.qido import Item, instance_item, read_query, series_item, study_item
from .instances import (
    BINARY,
    CLIENT,
    DICOM_JSON,
    PNG,
    READ_ERRORS,
    SIZE,
    UNCHANGED,
    WINDOW,
    client_of,
    picture,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request

    from ..services import Services
    from ..viewing import Located, Member
    from ..viewing.qido import Query

ROOT: Final = "/dicom-web"
MAX_FRAMES: Final = 1000
"""Frames of one request; a viewer asks for one or a few."""
_NUMBERS: Final = re.compile(rf"[1-9][0-9]{{0,6}}(,[1-9][0-9]{{0,6}}){{0,{MAX_FRAMES - 1}}}")
DICOM: Final = "application/dicom"
OCTETS: Final = "application/octet-stream"
EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"
_CHUNK_BYTES: Final = 256 * 1024
_JSON_TYPES: Final = (DICOM_JSON, "application/json")


async def studies(request: Request, services: Services) -> Response:
    """Search for studies."""
    query = read_query(request.query_params.multi_items())
    found: dict[str, list[SeriesHolding]] = {}
    one = None if query.study_uids is None or len(query.study_uids) > 1 else min(query.study_uids)
    for holding in await _held(request, services, study_uid=one):
        found.setdefault(holding.study_uid, []).append(holding)
    matching = [all_of for all_of in found.values() if any(map(query.takes_series, all_of))]
    if query.patient_ids is not None:
        matching = [
            all_of
            for all_of in matching
            if query.takes_patient(await services.holdings.sample(all_of[0]))
        ]
    items = [
        study_item(
            all_of,
            await services.holdings.sample(all_of[0]),
            url=_url(request, all_of[0].study_uid),
        )
        for all_of in _page(request, matching)
    ]
    return await _listed(request, items, query)


async def series(request: Request, services: Services) -> Response:
    """Search for the series of a study."""
    query = read_query(request.query_params.multi_items())
    held = await _held(request, services, study_uid=_uid(request, "study"))
    items = []
    for holding in _page(request, [each for each in held if query.takes_series(each)]):
        listing = await services.holdings.sample(holding)
        if query.takes_patient(listing):
            url = _url(request, holding.study_uid, holding.series_uid)
            items.append(series_item(holding, listing, url=url))
    return await _listed(request, items, query)


async def instances(request: Request, services: Services) -> Response:
    """Search for the instances of a series."""
    query = read_query(request.query_params.multi_items())
    holding = await _series(request, services)
    items = []
    if holding is not None and query.takes_series(holding):
        members = await services.holdings.members(holding)
        for each in _page(request, [each for each in members if query.takes_instance(each.uid)]):
            listing = await services.holdings.listing_of(each)
            url = _url(request, holding.study_uid, holding.series_uid, each.uid)
            items.append(instance_item(holding, each.uid, listing, url=url))
    return await _listed(request, items, query)


async def retrieve(request: Request, services: Services) -> Response:
    """Send an instance as it is stored."""
    located = await _located(request, services)
    accepted = Accepted(request)
    async with located.hold() as path:
        header = await anyio.to_thread.run_sync(read_header, path)
    syntax = header.transfer_syntax_uid
    as_stored = frozenset({syntax})
    is_single = accepted.single_part(DICOM, syntaxes=as_stored)
    if not is_single and not accepted.multipart(DICOM, syntaxes=as_stored):
        expected = f'multipart/related; type="{DICOM}"; transfer-syntax=*'
        return not_acceptable(request, expected)
    etag = etag_of(located.sha256, "instance", is_single)
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    if is_single:
        return StreamingResponse(_file(located), headers=lasting(etag), media_type=DICOM)
    kind = f"{DICOM}; transfer-syntax={syntax}"
    return _multipart(DICOM, kind, [partial(_file, located)], headers=lasting(etag))


async def metadata(request: Request, services: Services) -> Response:
    """Send the elements of an instance, pixels described as frames have them."""
    if not _takes_json(request):
        return not_acceptable(request, DICOM_JSON)
    located = await _located(request, services)
    etag = etag_of(located.sha256, "metadata", _base(request))
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    async with located.hold() as path:
        told = await anyio.to_thread.run_sync(partial(read_metadata, path, as_unpacked=True))
    body = msgspec.json.encode([told])
    return await packed(request, body, media_type=DICOM_JSON, headers=lasting(etag))


async def series_metadata(request: Request, services: Services) -> Response:
    """Send the elements of all instances of a series, one by one as they are read."""
    if not _takes_json(request):
        return not_acceptable(request, DICOM_JSON)
    holding = await _series(request, services)
    if holding is None:
        raise _nothing()
    members = await services.holdings.members(holding)
    return StreamingResponse(_metadata_of(members), media_type=DICOM_JSON)


async def frames(request: Request, services: Services) -> Response:
    """Send frames, decoded."""
    numbers = _numbers(request)
    accepted = Accepted(request)
    decoded = frozenset({EXPLICIT_LITTLE})
    is_single = len(numbers) == 1 and accepted.single_part(OCTETS, syntaxes=decoded)
    if not is_single and not accepted.multipart(OCTETS, syntaxes=decoded):
        expected = f'multipart/related; type="{OCTETS}"; transfer-syntax={EXPLICIT_LITTLE}'
        return not_acceptable(request, expected)
    located = await _located(request, services)
    etag = etag_of(located.sha256, "frames", numbers, is_single)
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    for number in numbers:
        await services.viewer.describe(located, number=number)
    parts = [partial(_frame, services, located, number) for number in numbers]
    if is_single:
        return StreamingResponse(parts[0](), headers=lasting(etag), media_type=OCTETS)
    kind = f"{OCTETS}; transfer-syntax={EXPLICIT_LITTLE}"
    return _multipart(OCTETS, kind, parts, headers=lasting(etag))


async def rendered(request: Request, services: Services) -> Response:
    """Send the first frame as a picture."""
    if not Accepted(request).single(PNG):
        return not_acceptable(request, PNG)
    return await picture(request, services, await _located(request, services), 1)


async def _held(
    request: Request, services: Services, *, study_uid: str | None
) -> list[SeriesHolding]:
    caller, client_id = caller_of(request), client_of(request)
    return await services.holdings.series(caller, client_id=client_id, study_uid=study_uid)


async def _series(request: Request, services: Services) -> SeriesHolding | None:
    study, own = _uid(request, "study"), _uid(request, "series")
    held = await _held(request, services, study_uid=study)
    return next((each for each in held if each.series_uid == own), None)


async def _located(request: Request, services: Services) -> Located:
    """Return the instance that a path names, which lies in the study and series that it names."""
    study, own, uid = (_uid(request, name) for name in ("study", "series", "instance"))
    caller, client_id = caller_of(request), client_of(request)
    result = await services.locator.result(uid, caller, client_id=client_id)
    if result is not None:
        listing = await services.holdings.listing(result)
        if listing is not None and (listing.study_uid, listing.series_uid) == (study, own):
            return result
    return await services.locator.image(InstanceName(instance=uid, study=study, series=own))


def _uid(request: Request, name: str) -> str:
    text = path_value(request, name)
    if not is_valid_uid(text):
        raise _nothing()
    return text


def _nothing() -> InstanceNotFoundError:
    return InstanceNotFoundError("expected what this server has by these UIDs, found none")


def _numbers(request: Request) -> list[int]:
    text = path_value(request, "frames")
    if not _NUMBERS.fullmatch(text):
        message = f"expected 1 to {MAX_FRAMES} numbers from 1, with commas between"
        raise InvalidRequestError([FieldError("frames", message)])
    return [int(part) for part in text.split(",")]


def _page(request: Request, found: list[Any]) -> list[Any]:
    offset = query_number(request, "offset", default=0)
    return found[offset : offset + page_limit(request)]


async def _listed(request: Request, items: list[Item], query: Query) -> Response:
    if not _takes_json(request):
        return not_acceptable(request, DICOM_JSON)
    headers = {}
    if query.ignored:
        headers["warning"] = '299 mip "some attributes of the query were not matched"'
    body = msgspec.json.encode(items)
    return await packed(request, body, media_type=DICOM_JSON, headers=headers)


def _takes_json(request: Request) -> bool:
    accepted = Accepted(request)
    return any(accepted.single(each) for each in _JSON_TYPES)


async def _metadata_of(members: list[Member]) -> AsyncIterator[bytes]:
    separator = b"["
    for member in members:
        try:
            located = await member.locate()
            async with located.hold() as path:
                told = await anyio.to_thread.run_sync(
                    partial(read_metadata, path, as_unpacked=True)
                )
        except (DicomError, InstanceNotFoundError, ObjectNotFoundError):
            continue  # it went, or broke, since it was listed
        yield separator + msgspec.json.encode(told)
        separator = b","
    yield b"[]" if separator == b"[" else b"]"


def _multipart(
    media_type: str, part_type: str, parts: list[Any], *, headers: dict[str, str]
) -> Response:
    """Answer with ``multipart/related`` (RFC 2387), each part made when its turn comes."""
    boundary = secrets.token_hex(16)

    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield f"--{boundary}\r\nContent-Type: {part_type}\r\n\r\n".encode()
            async for chunk in part():
                yield chunk
            yield b"\r\n"
        yield f"--{boundary}--\r\n".encode()

    kind = f'multipart/related; type="{media_type}"; boundary={boundary}'
    return StreamingResponse(body(), headers={**headers, "content-type": kind})


async def _file(located: Located) -> AsyncIterator[bytes]:
    async with located.hold() as path:
        file = await anyio.to_thread.run_sync(partial(_opened, path))
        with file:
            while chunk := await anyio.to_thread.run_sync(file.read, _CHUNK_BYTES):
                yield chunk


def _opened(path: Path) -> Any:
    return path.open("rb", buffering=0)


async def _frame(services: Services, located: Located, number: int) -> AsyncIterator[bytes]:
    opened = await services.viewer.frame(located, number)
    async for chunk in opened.chunks():
        yield chunk


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{ROOT}"


def _url(request: Request, *uids: str) -> str:
    names = ("studies", "series", "instances")
    path = "/".join(f"{name}/{uid}" for name, uid in zip(names, uids, strict=False))
    return f"{_base(request)}/{path}"


_STUDY: Final = Parameter(name="study", place="path", schema=UID)
_SERIES: Final = Parameter(name="series", place="path", schema=UID)
_INSTANCE: Final = Parameter(name="instance", place="path", schema=UID)
_FRAMES: Final = Parameter(
    name="frames",
    place="path",
    schema={**TEXT, "pattern": f"^{_NUMBERS.pattern}$"},
    description="Numbers from 1, with commas between.",
)
_PAGE: Final = (
    Parameter(name="limit", schema=whole(1, 1000), description="Most in an answer; 100 if absent."),
    Parameter(name="offset", schema=whole(0, 2**53 - 1), description="So many are left out."),
)
_MATCHED: Final = tuple(
    Parameter(name=name, schema=TEXT, description="Matched exactly.")
    for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "Modality", "PatientID")
)
_ITEMS: Final = {"type": "array", "items": {"type": "object"}}
_STUDY_PATH: Final = f"{ROOT}/studies/{{study}}"
_SERIES_PATH: Final = f"{_STUDY_PATH}/series/{{series}}"
_INSTANCE_PATH: Final = f"{_SERIES_PATH}/instances/{{instance}}"


def _endpoint(
    path: str,
    handler: Any,
    summary: str,
    answer: Answer,
    *parameters: Parameter,
    lasts: bool = False,
) -> Endpoint:
    return Endpoint(
        method="GET",
        path=path,
        handler=handler,
        summary=summary,
        tag="DICOMweb",
        access="reader",
        parameters=(*parameters, CLIENT),
        answers=(answer, UNCHANGED) if lasts else (answer,),
        errors=(*READ_ERRORS, 406),
    )


def _json(description: str) -> Answer:
    return Answer(status=200, description=description, schema=_ITEMS, media_type=DICOM_JSON)


def _binary(description: str, media_type: str) -> Answer:
    return Answer(status=200, description=description, schema=BINARY, media_type=media_type)


ENDPOINTS: tuple[Endpoint, ...] = (
    _endpoint(
        f"{ROOT}/studies", studies, "Search for studies", _json("Studies."), *_PAGE, *_MATCHED
    ),
    _endpoint(
        f"{_STUDY_PATH}/series",
        series,
        "Search for series",
        _json("Series."),
        _STUDY,
        *_PAGE,
        *_MATCHED,
    ),
    _endpoint(
        f"{_SERIES_PATH}/instances",
        instances,
        "Search for instances",
        _json("Instances."),
        _STUDY,
        _SERIES,
        *_PAGE,
        *_MATCHED,
    ),
    _endpoint(
        f"{_SERIES_PATH}/metadata",
        series_metadata,
        "Read the elements of a series",
        _json("Elements of each instance."),
        _STUDY,
        _SERIES,
    ),
    _endpoint(
        _INSTANCE_PATH,
        retrieve,
        "Retrieve an instance",
        _binary("The file as it is stored.", "multipart/related"),
        _STUDY,
        _SERIES,
        _INSTANCE,
        lasts=True,
    ),
    _endpoint(
        f"{_INSTANCE_PATH}/metadata",
        metadata,
        "Read the elements of an instance",
        _json("Elements; pixels are described as frames have them."),
        _STUDY,
        _SERIES,
        _INSTANCE,
        lasts=True,
    ),
    _endpoint(
        f"{_INSTANCE_PATH}/frames/{{frames}}",
        frames,
        "Retrieve frames",
        _binary("Decoded frames, little endian.", "multipart/related"),
        _STUDY,
        _SERIES,
        _INSTANCE,
        _FRAMES,
        lasts=True,
    ),
    _endpoint(
        f"{_INSTANCE_PATH}/rendered",
        rendered,
        "See an instance",
        _binary("Its first frame.", PNG),
        _STUDY,
        _SERIES,
        _INSTANCE,
        WINDOW,
        SIZE,
        lasts=True,
    ),
)
