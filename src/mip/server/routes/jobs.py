"""Jobs of clients: submit, look, cancel; and their results, in order."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ...clock import to_iso
from ...contracts import JobKey, decode_request, next_job_id
from ...errors import FieldError, InvalidRequestError
from ...state import FINAL_STATES
from ..endpoint import Answer, Endpoint, Parameter
from ..queries import (
    MAX_LIMIT,
    MAX_SEQ,
    caller_of,
    page_limit,
    path_value,
    query_algorithm,
    query_id,
    query_number,
    query_text,
)
from ..responses import json_response, read_object
from ..schemas import (
    ALGORITHM,
    ID,
    INSTANT,
    JOB_CURSOR,
    TEXT,
    list_of,
    object_of,
    one_of,
    ref,
    whole,
)

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ...contracts import Job
    from ...state import JobRecord
    from ..services import Services

_KEY: Final = re.compile(JOB_CURSOR["pattern"])
PAGE: Final = 32
"""Most that are read at once: each may be as long as a message, 1 MiB."""
MAX_PAGE_BYTES: Final = 4 * 1024**2
"""A page is not made much longer than this, whatever its limit says."""
STATES: Final = ("queued", "running", "succeeded", "failed", "cancelled")


async def submit(request: Request, services: Services) -> Response:
    """Put a job on an algorithm's queue."""
    value = await read_object(request, limit=services.max_body)
    caller = caller_of(request)
    if caller.client_id is not None and "callback" not in value:
        value.setdefault("client_id", caller.client_id)
    wanted = decode_request(value)
    client_id = caller.acting_as(wanted.client_id)
    if wanted.callback_url is not None:
        services.callback_rules.target(wanted.callback_url)
    target = path_value(request, "algorithm")
    submission = await services.quota.admit(
        wanted,
        client_id=client_id,
        job_id=wanted.job_id,
        submit=partial(services.router.submit, target, wanted),
    )
    return _accepted(submission.record.job)


def _accepted(job: Job) -> Response:
    """Answer that a job is on record: the same however far it has come meanwhile."""
    body = {
        "job_id": job.job_id,
        "client_id": job.client_id,
        "status": "queued",
        "message": "Enqueued",
        "algo_id": job.algo_id,
        "version": job.version,
        "submitted_at": job.submitted_at,
    }
    return json_response(body, status=202)


async def show(request: Request, services: Services) -> Response:
    """Tell how a job stands; of one that has ended, its result."""
    client_id, job_id = _named_job(request)
    record = await services.jobs.show(client_id, job_id)
    history = await services.jobs.history(client_id, job_id)
    shown = _shown(record, services, base=_base(request))
    callback = await services.stores.callbacks.get(record.job.key)
    if callback is not None:
        shown["callback"] = {
            "state": callback.state,
            "tries": callback.tries,
            "last_answer": callback.last_answer,
        }
    return json_response({**shown, "events": msgspec.to_builtins(history)})


async def page(request: Request, services: Services) -> Response:
    """List jobs, newest first."""
    caller = caller_of(request)
    named = query_id(request, "client_id")
    client_id = named if caller.role == "operator" else caller.acting_as(named)
    state = query_text(request, "status", choices=STATES)
    limit = page_limit(request)
    shown: list[dict[str, Any]] = []
    size, cursor = 0, _cursor(request)
    while size < MAX_PAGE_BYTES and len(shown) < limit:
        wanted = min(PAGE, limit - len(shown))
        records = await services.jobs.page(
            client_id=client_id,
            state=state,  # type: ignore[arg-type]  # checked to be one of them
            algo_id=query_algorithm(request, "algorithm"),
            limit=wanted,
            before=cursor,
        )
        for record in records:
            shown.append(_listed(record, services, base=_base(request)))
            size += len(msgspec.json.encode(shown[-1]))
        if len(records) < wanted:
            return json_response({"jobs": shown, "next": None})
        cursor = records[-1].job.key
    return json_response({"jobs": shown, "next": cursor})


async def cancel(request: Request, services: Services) -> Response:
    """Cancel a job: queued, it never runs; running, it is stopped."""
    record = await services.jobs.cancel(*_named_job(request))
    return json_response(_shown(record, services, base=_base(request)))


async def retry(request: Request, services: Services) -> Response:
    """Run a job that has ended again, as a new job."""
    client_id, job_id = _named_job(request)
    submission = await services.quota.admit(
        (await services.jobs.show(client_id, job_id)).job,
        client_id=client_id,
        job_id=next_job_id(job_id),
        submit=partial(services.jobs.retry, client_id, job_id),
    )
    return _accepted(submission.record.job)


async def results(request: Request, services: Services) -> Response:
    """Return a client's results after one of them, in order."""
    client_id = caller_of(request).acting_as(query_id(request, "client_id"))
    found = await services.jobs.results(
        client_id,
        after=query_number(request, "after", default=0),
        limit=min(page_limit(request), PAGE),
    )
    shown = [services.links.present(result, base=_base(request)) for result in found]
    return json_response({"results": shown})


def _named_job(request: Request) -> tuple[str, str]:
    client_id = caller_of(request).acting_as(query_id(request, "client_id"))
    return client_id, path_value(request, "job_id")


def _cursor(request: Request) -> JobKey | None:
    text = request.query_params.get("before")
    if text is None:
        return None
    if _KEY.fullmatch(text) is None:
        raise InvalidRequestError([FieldError("before", "expected what next was in the page")])
    return JobKey(text)


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _shown(record: JobRecord, services: Services, *, base: str) -> dict[str, Any]:
    """Return a job as its client sees it: what it asked, how it stands, and its result if any."""
    job = record.job
    shown: dict[str, Any] = {
        "job_id": job.job_id,
        "algo_id": job.algo_id,
        "version": job.version,
        "client_id": job.client_id,
        "status": record.state,
        "parent": job.parent,
        "pacs": msgspec.to_builtins(job.pacs),
        "parameters": job.parameters,
        "submitted_at": job.submitted_at,
        "started_at": _instant(record.started_at),
        "finished_at": _instant(record.finished_at),
        "attempts": record.starts,
        "cancel_requested": record.cancel_requested and record.state not in FINAL_STATES,
    }
    if record.result is not None:
        shown |= services.links.present(record.result, base=base)
    return shown


def _listed(record: JobRecord, services: Services, *, base: str) -> dict[str, Any]:
    """Return a job as a list shows it: without the instances of its series, which may be 10,000."""
    shown = _shown(record, services, base=base)
    shown["pacs"].pop("instance_uids", None)
    return shown


def _instant(seconds: float | None) -> str | None:
    return None if seconds is None else to_iso(seconds)


_JOB: Final = object_of(
    {
        "job_id": ID,
        "algo_id": TEXT,
        "version": TEXT,
        "client_id": ID,
        "status": one_of(*STATES),
        "seq": whole(1, MAX_SEQ),
        "parent": {"type": ["string", "null"], "description": "The job that this one repeats."},
        "pacs": {"type": "object"},
        "parameters": {"type": "object"},
        "submitted_at": TEXT,
        "started_at": {"type": ["string", "null"], "format": "date-time"},
        "finished_at": {"type": ["string", "null"], "format": "date-time"},
        "attempts": whole(0, MAX_SEQ),
        "cancel_requested": {"type": "boolean"},
        "dicom": ref("StoredObject"),
        "outputs": {"type": "array", "items": ref("Output")},
        "meta": {"type": "object"},
        "timings": {"type": "object"},
        "error": ref("ErrorInfo"),
        "callback": object_of(
            {
                "state": one_of("pending", "delivered", "given_up"),
                "tries": whole(0, MAX_SEQ),
                "last_answer": {
                    **TEXT,
                    "description": "An HTTP status, or a code such as callback.timeout.",
                },
            }
        ),
        "events": {"type": "array", "items": ref("JobEvent")},
    },
    required=("job_id", "algo_id", "client_id", "status"),
)
_ACCEPTED: Final = object_of(
    {
        "job_id": ID,
        "client_id": ID,
        "status": {"const": "queued"},
        "message": {"const": "Enqueued"},
        "algo_id": TEXT,
        "version": TEXT,
        "submitted_at": INSTANT,
    },
    required=("job_id", "client_id", "status", "message"),
)
_JOB_ID: Final = Parameter(name="job_id", place="path", schema=TEXT)
_CLIENT: Final = Parameter(
    name="client_id",
    schema=ID,
    description="Whose; the token's own when absent. Operators name any client.",
)
_LIMIT: Final = Parameter(name="limit", schema=whole(1, MAX_LIMIT), description="Most in a page.")

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/process/{algorithm}",
        handler=submit,
        summary="Submit a job",
        description="The algorithm is an id, or id@version. The job is on record when the answer "
        "comes. The same job_id with the same body is the same job; with another body, 409.",
        tag="Jobs",
        access="client",
        parameters=(Parameter(name="algorithm", place="path", schema=TEXT),),
        body=ref("JobRequest"),
        answers=(Answer(status=202, description="It is queued.", schema=_ACCEPTED),),
        errors=(404, 409, 429),
    ),
    Endpoint(
        method="GET",
        path="/jobs",
        handler=page,
        summary="List jobs, newest first",
        tag="Jobs",
        access="client",
        parameters=(
            _CLIENT,
            Parameter(name="status", schema=one_of(*STATES)),
            Parameter(name="algorithm", schema=ALGORITHM),
            _LIMIT,
            Parameter(name="before", schema=JOB_CURSOR, description="next of the page before."),
        ),
        answers=(
            Answer(
                status=200,
                description="A page; next is null at the end.",
                schema=list_of("jobs", _JOB, next={"type": ["string", "null"]}),
            ),
        ),
        errors=(404,),
    ),
    Endpoint(
        method="GET",
        path="/jobs/{job_id}",
        handler=show,
        summary="Show a job, with its result once it has ended",
        tag="Jobs",
        access="client",
        parameters=(_JOB_ID, _CLIENT),
        answers=(Answer(status=200, description="The job.", schema=_JOB),),
        errors=(404,),
    ),
    Endpoint(
        method="DELETE",
        path="/jobs/{job_id}",
        handler=cancel,
        summary="Cancel a job",
        description="A queued job never runs; a running one is asked to stop, and ends as "
        "cancelled soon; one that has ended stays as it is.",
        tag="Jobs",
        access="client",
        parameters=(_JOB_ID, _CLIENT),
        answers=(Answer(status=200, description="The job as it is now.", schema=_JOB),),
        errors=(404,),
    ),
    Endpoint(
        method="POST",
        path="/jobs/{job_id}/retry",
        handler=retry,
        summary="Run a job that has ended again",
        description="As a new job, whose parent it is; asked twice, it is the same new job. It is "
        "refused as its submission would be now: by an algorithm that takes no jobs, or not these.",
        tag="Jobs",
        access="client",
        parameters=(_JOB_ID, _CLIENT),
        answers=(Answer(status=202, description="The new job is queued.", schema=_ACCEPTED),),
        errors=(404, 409, 429),
    ),
    Endpoint(
        method="GET",
        path="/results",
        handler=results,
        summary="Read results in order",
        description="What the WebSocket pushes, for those who have none open: at most 32 at a "
        "time, and none when there are no more.",
        tag="Jobs",
        access="client",
        parameters=(
            _CLIENT,
            Parameter(
                name="after", schema=whole(0, MAX_SEQ), description="seq of the last one known."
            ),
            _LIMIT,
        ),
        answers=(
            Answer(
                status=200,
                description="Results with a greater seq.",
                schema=list_of("results", ref("Result")),
            ),
        ),
    ),
)
