"""Algorithms on record: what operators do with them, and what clients may know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...contracts import decode_patch, decode_registration, show_public, show_record
from ...errors import NotRegisteredError
from ..endpoint import Answer, Endpoint, Parameter
from ..queries import MAX_LIMIT, caller_of, page_limit, path_algorithm, query_flag, query_text
from ..responses import json_response, read_object
from ..schemas import ALGORITHM, FLAG, TEXT, list_of, object_of, ref, whole

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ...control import Change
    from ..services import Services


async def register(request: Request, services: Services) -> Response:
    """Record an algorithm; what it needs is made in the background."""
    registration = decode_registration(await read_object(request, limit=services.max_body))
    record = await services.admin.register(registration)
    services.reconciler.wake(record.algorithm_id)
    return json_response({**show_record(record), "message": "Provisioning started"}, status=202)


async def page(request: Request, services: Services) -> Response:
    """List algorithms: all fields for operators, the public ones of active ones for clients."""
    is_operator = caller_of(request).role == "operator"
    limit = page_limit(request)
    records = await services.admin.records(
        with_deleted=is_operator and query_flag(request, "deleted"),
        limit=limit,
        after=query_text(request, "after"),
    )
    following = records[-1].algorithm_id if len(records) == limit else None
    if is_operator:
        shown = [show_record(record) for record in records]
    else:
        shown = [show_public(record) for record in records if record.takes_jobs]
    return json_response({"algorithms": shown, "next": following})


async def show(request: Request, services: Services) -> Response:
    """Show one algorithm."""
    record = await services.admin.show(path_algorithm(request))
    if caller_of(request).role == "operator":
        return json_response(show_record(record))
    if not record.takes_jobs:
        raise NotRegisteredError("no algorithm that takes jobs has this id")
    return json_response(show_public(record))


async def patch(request: Request, services: Services) -> Response:
    """Change an algorithm."""
    wanted = decode_patch(await read_object(request, limit=services.max_body))
    change = await services.admin.patch(path_algorithm(request), wanted)
    return _changed(change, services)


async def delete(request: Request, services: Services) -> Response:
    """Scale an algorithm to zero and keep everything; or remove it for good."""
    is_hard = query_flag(request, "hard")
    change = await services.admin.delete(
        path_algorithm(request), hard=is_hard, force=query_flag(request, "force")
    )
    return _changed(change, services)


def _changed(change: Change, services: Services) -> Response:
    services.reconciler.wake(change.record.algorithm_id)
    return json_response({**show_record(change.record), "notes": list(change.notes)})


_RECORD: Final = {
    "allOf": [
        ref("AlgorithmRecord"),
        object_of({"name": TEXT}, required=("name",)),
    ]
}
_CHANGED: Final = {
    "allOf": [
        _RECORD,
        object_of({"notes": {"type": "array", "items": TEXT}}, required=("notes",)),
    ]
}
_PUBLIC: Final = object_of(
    {
        "algorithm_id": TEXT,
        "name": TEXT,
        "version": TEXT,
        "status": TEXT,
        "scope": {"type": ["string", "null"]},
        "description": TEXT,
        "parameters": {"type": ["object", "null"]},
    },
    required=("algorithm_id", "name", "version", "status"),
)
_ALGORITHM: Final = Parameter(name="algorithm", place="path", schema=ALGORITHM)
_PAGING: Final = (
    Parameter(name="limit", schema=whole(1, MAX_LIMIT), description="Most in a page."),
    Parameter(name="after", schema=TEXT, description="next of the page before."),
)
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/admin/algorithms",
        aliases=("/algorithms",),
        handler=register,
        summary="Register an algorithm",
        description="Either set of field names: algo_id or name, image_uri, cpu, memory, "
        "desired_count, command, env, algorithm_type, description, parameters, runtime, scope, "
        "version.",
        tag="Algorithms",
        access="operator",
        body=ref("RegistrationRequest"),
        answers=(
            Answer(
                status=202,
                description="It is on record, and being provisioned.",
                schema=_RECORD,
            ),
        ),
        errors=(409,),
    ),
    Endpoint(
        method="GET",
        path="/admin/algorithms",
        handler=page,
        summary="List algorithms",
        tag="Algorithms",
        access="operator",
        parameters=(
            *_PAGING,
            Parameter(name="deleted", schema=FLAG, description="Those too."),
        ),
        answers=(
            Answer(
                status=200,
                description="A page; next is null at the end.",
                schema=list_of("algorithms", _RECORD, next={"type": ["string", "null"]}),
            ),
        ),
    ),
    Endpoint(
        method="GET",
        path="/algorithms",
        handler=page,
        summary="List the algorithms that take jobs",
        description="With the admin key: all of them, with all fields.",
        tag="Algorithms",
        access="client",
        parameters=_PAGING,
        answers=(
            Answer(
                status=200,
                description="A page; next is null at the end.",
                schema=list_of("algorithms", _PUBLIC, next={"type": ["string", "null"]}),
            ),
        ),
    ),
    Endpoint(
        method="GET",
        path="/admin/algorithms/{algorithm}",
        handler=show,
        summary="Show an algorithm",
        tag="Algorithms",
        access="operator",
        parameters=(_ALGORITHM,),
        answers=(Answer(status=200, description="The record.", schema=_RECORD),),
        errors=(404,),
    ),
    Endpoint(
        method="GET",
        path="/algorithms/{algorithm}",
        handler=show,
        summary="Show an algorithm that takes jobs",
        description="With the admin key: whatever its status, with all fields.",
        tag="Algorithms",
        access="client",
        parameters=(_ALGORITHM,),
        answers=(Answer(status=200, description="Its public fields.", schema=_PUBLIC),),
        errors=(404,),
    ),
    Endpoint(
        method="PATCH",
        path="/admin/algorithms/{algorithm}",
        aliases=("/algorithms/{algorithm}",),
        handler=patch,
        summary="Change an algorithm",
        description="image_uri, version, cpu, memory, desired_count, command, env, description, "
        "parameters, status. Of cpu and memory, one that is changed alone raises the other, and "
        "the notes say so. Workers are replaced one by one.",
        tag="Algorithms",
        access="operator",
        parameters=(_ALGORITHM,),
        body=ref("AlgorithmPatchRequest"),
        answers=(
            Answer(status=200, description="The record, and what was done.", schema=_CHANGED),
        ),
        errors=(404, 409),
    ),
    Endpoint(
        method="DELETE",
        path="/admin/algorithms/{algorithm}",
        aliases=("/algorithms/{algorithm}",),
        handler=delete,
        summary="Scale an algorithm to zero, or remove it",
        description="Keeps everything, and says so. With hard=true, workers and queues are "
        "removed; a queue with messages needs force=true. The record stays as DELETED.",
        tag="Algorithms",
        access="operator",
        parameters=(
            _ALGORITHM,
            Parameter(name="hard", schema=FLAG),
            Parameter(name="force", schema=FLAG),
        ),
        answers=(
            Answer(status=200, description="The record, and what was done.", schema=_CHANGED),
        ),
        errors=(404, 409),
    ),
)
