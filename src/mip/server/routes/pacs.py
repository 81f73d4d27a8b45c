"""The PACS API: listings of the PACS, and links to its images."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final

from ...contracts import is_valid_uid
from ...contracts.images import MAX_SERIES_INSTANCES
from ...errors import FieldError, InstanceNotFoundError, InvalidRequestError
from ..endpoint import Answer, Endpoint, Parameter
from ..files import HeldFileResponse
from ..queries import path_value, query_text
from ..responses import json_response
from ..schemas import INSTANT, PATH_ID, TEXT, list_of, object_of, whole
from ..viewing.locate import image_reference, series_reference
from .instances import BINARY, PART, UNCHANGED

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ...pacs import Instance
    from ..access import Caller
    from ..services import Services

DICOM: Final = "application/dicom"


async def studies(request: Request, services: Services) -> Response:
    """List the studies of the PACS with their series."""
    del request
    found: dict[str, list[dict[str, Any]]] = {}
    for each in await services.pacs.series():
        series = {
            "series_id": each.series_uid,
            "modality": each.modality,
            "images": each.instances,
        }
        found.setdefault(each.study_uid, []).append(series)
    listed = [{"study_id": study, "series": series} for study, series in found.items()]
    return json_response({"studies": listed})


async def images(request: Request, services: Services) -> Response:
    """List the images of a series, or of all series of a study, with a link to each."""
    study, series = path_value(request, "study"), query_text(request, "series_id")
    if series is not None:
        reference = series_reference(study, series)
        found = [(series, each) for each in await services.pacs.resolve(reference)]
    else:
        found = await _of_study(study, services)
    base = str(request.base_url).rstrip("/")
    listed = [_image(study, own, each, services, base=base) for own, each in found]
    return json_response({"images": listed})


async def link(request: Request, services: Services) -> Response:
    """Give a link to an image that is there."""
    ids = _ids(request)
    await services.pacs.resolve(image_reference(*ids))
    base = str(request.base_url).rstrip("/")
    url, expires_at = services.links.image_link(*ids, base=base)
    return json_response({"url": url, "expires": expires_at})


async def download(request: Request, services: Services) -> Response:
    """Send an image to whoever has a link to it, or is an operator."""
    ids = _ids(request)
    caller: Caller = request.state.caller
    if caller.role != "operator":
        query = request.query_params
        until, signature = query.get("until", ""), query.get("signature", "")
        services.links.check_image(*ids, until=until, signature=signature)
    instance = (await services.pacs.resolve(image_reference(*ids)))[0]
    async with AsyncExitStack() as stack:
        path = await stack.enter_async_context(services.pacs.fetch(instance))
        held = stack.pop_all()
    return HeldFileResponse(
        path,
        held=held,
        media_type=DICOM,
        filename="image.dcm",
        headers={"cache-control": "private, no-cache"},
    )


async def _of_study(study: str, services: Services) -> list[tuple[str, Instance]]:
    """Return the images of a study with their series; only a UID tells all its series."""
    if not is_valid_uid(study):
        problem = FieldError("series_id", "is required where the study's id is a path")
        raise InvalidRequestError([problem])
    summaries = await services.pacs.series(study)
    if not summaries:
        raise InstanceNotFoundError("expected a study that the PACS has, found none")
    if sum(each.instances for each in summaries) > MAX_SERIES_INSTANCES:
        message = f"is required for a study of more than {MAX_SERIES_INSTANCES} images"
        raise InvalidRequestError([FieldError("series_id", message)])
    return [
        (each.series_uid, instance)
        for each in summaries
        for instance in await services.pacs.instances(study, each.series_uid)
    ]


def _image(
    study: str, series: str, instance: Instance, services: Services, *, base: str
) -> dict[str, Any]:
    """Describe an image under the ids that it was asked for by."""
    image = instance.image_id
    url, expires_at = services.links.image_link(study, series, image, base=base)
    described = {
        "url": url,
        "key": f"{study}/{series}/{image}",
        "expires": expires_at,
        "study_uid": instance.study_uid,
        "series_uid": instance.series_uid,
        "instance_uid": instance.instance_uid,
    }
    return {key: value for key, value in described.items() if value is not None}


def _ids(request: Request) -> tuple[str, str, str]:
    return (
        path_value(request, "study"),
        path_value(request, "series"),
        path_value(request, "image"),
    )


def _path(name: str, *examples: str) -> Parameter:
    return Parameter(
        name=name,
        place="path",
        schema={**PATH_ID, "examples": list(examples)},
        description="A UID, or a path, percent-encoded: its slashes are %2F.",
    )


_STUDY: Final = _path("study", "1.2.840.99.1", "archive/2026/head")
_PATH: Final = (
    _STUDY,
    _path("series", "1.2.840.99.1.1", "ct/thin"),
    _path("image", "1.2.840.99.1.1.7", "0007.dcm", "first/0007.dcm"),
)
_SERIES: Final = object_of(
    {"series_id": TEXT, "modality": TEXT, "images": whole(0, 2**31)},
    required=("series_id", "modality", "images"),
)
_IMAGE: Final = object_of(
    {
        "url": {**TEXT, "description": "Good for some hours, without a key."},
        "key": {**TEXT, "description": "study/series/image."},
        "expires": INSTANT,
        "study_uid": TEXT,
        "series_uid": TEXT,
        "instance_uid": TEXT,
    },
    required=("url", "key"),
)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/studies",
        handler=studies,
        summary="List studies",
        tag="PACS",
        access="reader",
        answers=(
            Answer(
                status=200,
                description="All studies with their series.",
                schema=list_of(
                    "studies",
                    object_of(
                        {"study_id": TEXT, "series": {"type": "array", "items": _SERIES}},
                        required=("study_id",),
                    ),
                ),
            ),
        ),
        errors=(502,),
    ),
    Endpoint(
        method="GET",
        path="/studies/{study}/images",
        handler=images,
        summary="List images",
        description="Ids may be UIDs, or paths of several segments as the PACS spells them.",
        tag="PACS",
        access="reader",
        parameters=(
            _STUDY,
            Parameter(
                name="series_id",
                schema=PATH_ID,
                description="All series of a study by UID if absent; required by a path.",
            ),
        ),
        answers=(
            Answer(status=200, description="Images with links.", schema=list_of("images", _IMAGE)),
        ),
        errors=(404, 502),
    ),
    Endpoint(
        method="GET",
        path="/studies/{study}/images/{series}/{image}",
        handler=link,
        summary="Get a link to an image",
        tag="PACS",
        access="reader",
        parameters=_PATH,
        answers=(
            Answer(
                status=200,
                description="A link that needs no key.",
                schema=object_of({"url": TEXT, "expires": INSTANT}, required=("url", "expires")),
            ),
        ),
        errors=(404, 422, 502),
    ),
    Endpoint(
        method="GET",
        path="/studies/{study}/images/{series}/{image}/file",
        handler=download,
        summary="Download an image",
        description="By a link of the calls above.",
        tag="PACS",
        access="link",
        parameters=(
            *_PATH,
            Parameter(name="until", schema=TEXT, description="Of the link."),
            Parameter(name="signature", schema=TEXT, description="Of the link."),
        ),
        answers=(
            Answer(status=200, description="A DICOM file.", schema=BINARY, media_type=DICOM),
            PART,
            UNCHANGED,
        ),
        errors=(404, 416, 422, 502),
    ),
)
