"""What operators look at: queues, workers and dead letters."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ...contracts.codec import unknown_fields
from ...control.operations import PAGE
from ...errors import FieldError, InvalidRequestError, QueueNotFoundError
from ..endpoint import Answer, Endpoint, Parameter
from ..queries import MAX_LIMIT, page_limit, path_value, query_algorithm, query_text
from ..responses import json_response, read_object
from ..schemas import ALGORITHM, TEXT, list_of, object_of, ref, whole

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ...contracts import JsonValue
    from ..services import Services

_REDRIVE_FIELDS: Final = ("algorithm", "ids")


async def queues(request: Request, services: Services) -> Response:
    """Tell what each queue of jobs holds."""
    del request
    return json_response({"queues": await services.operations.queues()})


async def workers(request: Request, services: Services) -> Response:
    """Tell which workers live, and what they run."""
    algorithm = query_algorithm(request, "algorithm")
    return json_response({"workers": await services.operations.workers(algorithm)})


async def dead_letters(request: Request, services: Services) -> Response:
    """List what was set aside, with the reason."""
    algorithm = await _known(request.query_params.get("algorithm"), services)
    limit = page_limit(request)
    letters = await services.dead_letters.page(
        algorithm, limit=limit, after=query_text(request, "after")
    )
    following = letters[-1].id if len(letters) == limit else None
    return json_response({"dead_letters": letters, "next": following})


async def dead_results(request: Request, services: Services) -> Response:
    """List what was set aside from the queue of results, with the reason."""
    limit = min(page_limit(request), PAGE)
    letters = await services.operations.dead_results(
        limit=limit, after=query_text(request, "after")
    )
    following = letters[-1].id if len(letters) == limit else None
    return json_response({"dead_results": letters, "next": following})


async def redrive(request: Request, services: Services) -> Response:
    """Give the jobs of dead letters another try."""
    value = await read_object(request, limit=services.max_body)
    unknown = unknown_fields(value, _REDRIVE_FIELDS)
    if unknown:
        raise InvalidRequestError(unknown)
    algorithm = await _known(value.get("algorithm"), services)
    redriven = await services.dead_letters.redrive(algorithm, ids=_ids(value.get("ids")))
    return json_response({"redriven": redriven})


async def drop(request: Request, services: Services) -> Response:
    """Forget a dead letter; its job ends as failed if it has not ended."""
    ids, named = [path_value(request, "id")], request.query_params.get("algorithm")
    if named is not None:
        dropped = await services.dead_letters.drop(await _known(named, services), ids=ids)
    else:
        dropped = await _drop_anyones(ids, services)
    return json_response({"dropped": dropped})


async def _drop_anyones(ids: list[str], services: Services) -> int:
    """Drop a dead letter of whatever algorithm has it: no two have the same id."""
    for queue in await services.operations.queues():
        with suppress(QueueNotFoundError):  # deleted since it was listed
            if queue.dead_letters and await services.dead_letters.drop(queue.algorithm_id, ids=ids):
                return 1
    return 0


async def _known(name: JsonValue, services: Services) -> str:
    """Return the id of an algorithm on record."""
    if not isinstance(name, str):
        raise InvalidRequestError([FieldError("algorithm", "is required")])
    return (await services.admin.show(name)).algorithm_id


def _ids(value: JsonValue) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise InvalidRequestError([FieldError("ids", "expected a list of ids of dead letters")])
    return [str(each) for each in value]


_ALGORITHM: Final = Parameter(name="algorithm", schema=ALGORITHM, required=True)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/admin/queues",
        handler=queues,
        summary="What queues hold",
        tag="Operations",
        access="operator",
        answers=(
            Answer(
                status=200, description="Each queue.", schema=list_of("queues", ref("QueueView"))
            ),
        ),
    ),
    Endpoint(
        method="GET",
        path="/admin/workers",
        handler=workers,
        summary="Which workers live",
        tag="Operations",
        access="operator",
        parameters=(Parameter(name="algorithm", schema=ALGORITHM),),
        answers=(
            Answer(
                status=200,
                description="Those heard of lately.",
                schema=list_of("workers", ref("WorkerRecord")),
            ),
        ),
    ),
    Endpoint(
        method="GET",
        path="/admin/dead-letters",
        handler=dead_letters,
        summary="List dead letters, oldest first",
        tag="Operations",
        access="operator",
        parameters=(
            _ALGORITHM,
            Parameter(name="limit", schema=whole(1, MAX_LIMIT), description="Most in a page."),
            Parameter(name="after", schema=TEXT, description="next of the page before."),
        ),
        answers=(
            Answer(
                status=200,
                description="A page; next is null at the end.",
                schema=list_of("dead_letters", ref("DeadJob"), next={"type": ["string", "null"]}),
            ),
        ),
        errors=(404,),
    ),
    Endpoint(
        method="GET",
        path="/admin/dead-results",
        handler=dead_results,
        summary="List results that were set aside, oldest first",
        description="Messages of foreign workers that are no results, or that no server could put "
        "on record in a thousand tries; at most 32 at a time.",
        tag="Operations",
        access="operator",
        parameters=(
            Parameter(name="limit", schema=whole(1, MAX_LIMIT), description="Most in a page."),
            Parameter(name="after", schema=TEXT, description="next of the page before."),
        ),
        answers=(
            Answer(
                status=200,
                description="A page; next is null at the end.",
                schema=list_of(
                    "dead_results", ref("DeadResult"), next={"type": ["string", "null"]}
                ),
            ),
        ),
    ),
    Endpoint(
        method="POST",
        path="/admin/dead-letters/redrive",
        handler=redrive,
        summary="Put dead letters back",
        description="All of an algorithm's, or those with the given ids. A job that has failed "
        "runs again as a new job; one that cannot is refused with its code, and its letter stays.",
        tag="Operations",
        access="operator",
        body=object_of(
            {"algorithm": ALGORITHM, "ids": {"type": "array", "items": TEXT}},
            required=("algorithm",),
            closed=True,
        ),
        answers=(
            Answer(
                status=200,
                description="What became of each.",
                schema=list_of("redriven", ref("Redriven")),
            ),
        ),
        errors=(404,),
    ),
    Endpoint(
        method="DELETE",
        path="/admin/dead-letters/{id}",
        handler=drop,
        summary="Drop a dead letter",
        tag="Operations",
        access="operator",
        parameters=(
            Parameter(name="id", place="path", schema=TEXT),
            Parameter(
                name="algorithm",
                schema=ALGORITHM,
                description="Whose it has to be; any algorithm's when absent.",
            ),
        ),
        answers=(
            Answer(
                status=200,
                description="How many were dropped: 1, or 0 when there is none of this id.",
                schema=object_of({"dropped": whole(0, 1)}, required=("dropped",)),
            ),
        ),
        errors=(404,),
    ),
)
