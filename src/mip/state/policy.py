"""What happens to a job record: pure functions of (record, what happened, now), no I/O.

=========  ====================  ==========================================================
state      what happens          then
=========  ====================  ==========================================================
queued     start                 running, by that worker
queued     cancel                cancelled
running    start                 the attempt before crashed; running, by the new worker
running    attempt fails         queued, one failure more            (its own worker only)
running    released              queued, one release more            (its own worker only)
running    cancel                running, asked to stop; ends at the next of the three above
either     finish                succeeded, failed or cancelled
either     attempts are reset    queued, nothing counted
final      anything              nothing
=========  ====================  ==========================================================

A worker that lost its lease and comes back may still report; its attempt was counted as a crash
when the next began, so only the worker of the open attempt can end it. Only ``finish`` is taken
from anybody, because results do not depend on who made them.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from ..clock import to_iso
from ..contracts import (
    AttemptFailed,
    AttemptReleased,
    AttemptStarted,
    ErrorInfo,
    Job,
    JobEvent,
    JobFinished,
    JobQueued,
    Result,
    StoredObject,
    canonical_algorithm_id,
    digest,
)
from .base import Ending, JobRecord

_CANCELLED = Ending(outcome="cancelled")
_NOT_REQUESTED = frozenset({"algo_id", "version", "submitted_at", "parent", "schema"})


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a record: its new form, what to note, and how the job ends if it does.

    A step with ``ending`` is completed by :func:`finished`, which needs the client's next number.
    """

    record: JobRecord
    events: tuple[JobEvent, ...] = ()
    ending: Ending | None = None


def request_digest(job: Job) -> str:
    """Return the digest of what a client asked for: its request, and of which algorithm.

    The version is left out, so that a request which is repeated after an upgrade is the same.
    """
    request = {
        name: getattr(job, name) for name in job.__struct_fields__ if name not in _NOT_REQUESTED
    }
    return digest([request, canonical_algorithm_id(job.algo_id)])


def submitted(job: Job, *, request_digest: str, is_published: bool, now: float) -> Step:
    """Begin a record; a job that came from a queue is published already."""
    record = JobRecord(
        job=job,
        request_digest=request_digest,
        state="queued",
        is_published=is_published,
        is_announced=False,
        submitted_at=now,
    )
    return Step(record=record, events=(JobQueued(at=to_iso(now)),))


def started(record: JobRecord, *, worker: str, now: float) -> Step:
    """Begin an attempt, unless the job has ended or is asked to stop."""
    if record.is_final:
        return Step(record=record)
    if record.cancel_requested:
        return Step(record=record, ending=_CANCELLED)
    crashed = record.state == "running"
    running = replace(
        record,
        state="running",
        worker=worker,
        is_published=True,
        started_at=now,
        retry_at=None,
        starts=record.starts + 1,
        crashes=record.crashes + crashed,
    )
    return Step(record=running, events=(AttemptStarted(at=to_iso(now), worker=worker),))


def attempt_failed(record: JobRecord, *, worker: str, error: ErrorInfo, now: float) -> Step:
    """End the worker's open attempt as a failure."""
    if not _is_open(record, worker):
        return Step(record=record)
    failures = record.failures + 1
    return Step(
        record=replace(record, state="queued", worker=None, failures=failures),
        events=(AttemptFailed(at=to_iso(now), worker=worker, attempt=failures, error=error),),
        ending=_CANCELLED if record.cancel_requested else None,
    )


def released(
    record: JobRecord,
    *,
    worker: str,
    now: float,
    retry_at: float | None = None,
    error: ErrorInfo | None = None,
) -> Step:
    """End the worker's open attempt as handed back, or as put off until an instant."""
    if not _is_open(record, worker):
        return Step(record=record)
    until = None if retry_at is None else to_iso(retry_at)
    return Step(
        record=replace(
            record, state="queued", worker=None, releases=record.releases + 1, retry_at=retry_at
        ),
        events=(AttemptReleased(at=to_iso(now), worker=worker, until=until, error=error),),
        ending=_CANCELLED if record.cancel_requested else None,
    )


def instances_pinned(record: JobRecord, *, uids: tuple[str, ...]) -> Step:
    """Keep the first list of instances that comes."""
    if record.instance_uids is not None:
        return Step(record=record)
    return Step(record=replace(record, instance_uids=uids))


def cancelled(record: JobRecord) -> Step:
    """End a queued job, or ask a running one to stop."""
    if record.is_final:
        return Step(record=record)
    if record.state == "running":
        return Step(record=replace(record, cancel_requested=True))
    return Step(record=record, ending=_CANCELLED)


def attempts_reset(record: JobRecord, *, now: float) -> Step:
    """Begin anew with a job that has not ended, as if nobody had tried."""
    if record.is_final:
        return Step(record=record)
    fresh = replace(
        record,
        state="queued",
        worker=None,
        starts=0,
        failures=0,
        releases=0,
        crashes=0,
        retry_at=None,
    )
    return Step(record=fresh, events=(JobQueued(at=to_iso(now)),))


def finished(record: JobRecord, ending: Ending, *, seq: int, now: float) -> Step:
    """End a job that has not ended; ``seq`` is the next of its client."""
    first = ending.outputs[0] if ending.outputs else None
    job = record.job
    result = Result(
        job_id=job.job_id,
        algo_id=job.algo_id,
        version=ending.version or job.version,
        client_id=job.client_id,
        seq=seq,
        status=ending.outcome,
        dicom=StoredObject(bucket=first.bucket, key=first.key) if first else ending.dicom,
        outputs=ending.outputs,
        meta=ending.meta,
        timings=ending.timings,
        error=ending.error,
    )
    final = replace(
        record, state=ending.outcome, worker=None, finished_at=now, result=result, retry_at=None
    )
    event = JobFinished(at=to_iso(now), outcome=ending.outcome, seq=seq)
    return Step(record=final, events=(event,))


def _is_open(record: JobRecord, worker: str) -> bool:
    return record.state == "running" and record.worker == worker
