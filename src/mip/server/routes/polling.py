"""Polling, for clients that cannot hold a WebSocket; only where the operator wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect

from ...errors import FieldError, InvalidRequestError, MipError, NotAllowedError
from ..endpoint import Answer, Endpoint, Parameter
from ..queries import MAX_SEQ, query_id, query_number, query_text
from ..responses import json_response
from ..schemas import ID, TEXT, list_of, ref, whole

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ...contracts import Result
    from ..services import Services

WAIT_SECONDS: Final = 20


async def poll(request: Request, services: Services) -> Response:
    """Give a client its next results, waiting for them for a while."""
    if not services.settings.mip_polling:
        raise NotAllowedError("polling is off here (MIP_POLLING); results come by WebSocket")
    client_id = query_id(request, "queue")
    if client_id is None:
        raise InvalidRequestError([FieldError("queue", "expected the queue of queue_url")])
    services.links.check_queue(
        client_id,
        until=query_text(request, "until") or "",
        signature=query_text(request, "signature") or "",
    )
    after = query_number(request, "after", default=0) if "after" in request.query_params else None
    wait = query_number(request, "wait", default=WAIT_SECONDS, most=WAIT_SECONDS)
    results = await _wait(request, services, client_id=client_id, after=after, seconds=wait)
    base = str(request.base_url).rstrip("/")
    messages = [services.links.present(result, base=base) for result in results]
    response = json_response({"messages": messages})
    if results:
        seq = results[-1].seq or 0
        response.background = BackgroundTask(_note_answered, services, client_id, seq)
    return response


async def _note_answered(services: Services, client_id: str, seq: int) -> None:
    """Note that the answer is written; called then, on the event loop as all that waits."""
    services.polls.answered(client_id, seq=seq)


async def _wait(
    request: Request, services: Services, *, client_id: str, after: int | None, seconds: int
) -> list[Result]:
    """Wait for results while the client does."""
    found: list[Result] | None = None
    refusal: MipError | None = None

    async def watch(scope: anyio.CancelScope) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch, tasks.cancel_scope)
        try:
            found = await services.polls.poll(client_id, after=after, wait_seconds=seconds)
        except MipError as error:  # out of the group as it is, not as a group of errors
            refusal = error
        tasks.cancel_scope.cancel()
    if refusal is not None:
        raise refusal
    if found is None:
        raise ClientDisconnect
    return found


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/proxy-sqs",
        handler=poll,
        summary="Poll for results",
        description="For clients that cannot hold a WebSocket, where the operator allows it; "
        "POST /provision then answers queue_url, which is this call with its parameters. A poll "
        "acknowledges what the one before it brought.",
        tag="Jobs",
        access="link",
        parameters=(
            Parameter(name="queue", schema=ID, required=True, description="Of queue_url."),
            Parameter(name="until", schema=TEXT, required=True, description="Of queue_url."),
            Parameter(name="signature", schema=TEXT, required=True, description="Of queue_url."),
            Parameter(
                name="after",
                schema=whole(0, MAX_SEQ),
                description="seq of the last result known; acknowledges up to it, and no more.",
            ),
            Parameter(
                name="wait",
                schema=whole(0, WAIT_SECONDS),
                description="Seconds to wait for the first result.",
            ),
        ),
        answers=(
            Answer(
                status=200,
                description="The next results in order; none when the time is up.",
                schema=list_of("messages", ref("Result")),
            ),
        ),
        errors=(429,),
    ),
)
