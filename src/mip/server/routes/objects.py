"""Stored results as files, by the signed links that results carry."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from ..endpoint import Answer, Endpoint, Parameter
from ..files import HeldFileResponse
from ..queries import path_value
from ..schemas import TEXT
from ..viewing.held import held_object
from .instances import PART, UNCHANGED

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ..access import Caller
    from ..services import Services

DICOM = "application/dicom"


async def download(request: Request, services: Services) -> Response:
    """Send a stored object to whoever has a link to it, or is an operator."""
    key = path_value(request, "key")
    caller: Caller = request.state.caller
    if caller.role != "operator":
        query = request.query_params
        until, signature = query.get("until", ""), query.get("signature", "")
        services.links.check(key, until=until, signature=signature)
    async with AsyncExitStack() as stack:
        path = await stack.enter_async_context(held_object(services.objects, key))
        held = stack.pop_all()
    return HeldFileResponse(
        path,
        held=held,
        media_type=DICOM,
        filename=key.rsplit("/", 1)[-1],
        headers={"cache-control": "private, max-age=31536000, immutable"},
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/objects/{key:path}",
        handler=download,
        summary="Download a result",
        description="By the link that a result carries, which ends after some hours: read the "
        "result again for a new one.",
        tag="Results",
        access="link",
        parameters=(
            Parameter(name="key", place="path", schema=TEXT),
            Parameter(name="until", schema=TEXT, description="Of the link."),
            Parameter(name="signature", schema=TEXT, description="Of the link."),
        ),
        answers=(
            Answer(
                status=200,
                description="A DICOM file.",
                schema={"type": "string", "format": "binary"},
                media_type=DICOM,
            ),
            PART,
            UNCHANGED,
        ),
        errors=(404, 416),
    ),
)
