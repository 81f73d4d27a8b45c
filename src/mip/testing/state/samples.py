"""Jobs and ends that the tests of a job store work with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ...contracts import (
    ErrorInfo,
    Job,
    JobKey,
    Output,
    PathReference,
    job_key,
)
from ...state import Ending, JobRecord, JobStore, Submission, request_digest

ERROR = ErrorInfo(code="algorithm.failed", message="the algorithm raised ValueError")
OUTPUT = Output(
    role="image", sop_instance_uid="2.25.1", bucket="b", key="window/2.25.1.dcm", sha256="0" * 64
)
SUCCEEDED = Ending(
    outcome="succeeded",
    version="1.1",
    outputs=(OUTPUT, OUTPUT),
    meta={"area": 3.5, "labels": [1, None, "a"], "nested": {"found": True}},
    timings={"run": 1.5},
)
FAILED = Ending(outcome="failed", error=ERROR)
CANCELLED = Ending(outcome="cancelled")
UNKNOWN = job_key("nobody", "nothing")

Reopen = Callable[[], Awaitable[JobStore]]


def make_test_job(
    job_id: str,
    *,
    client_id: str = "client",
    algo_id: str = "threshold-filter",
    threshold: float = 0.5,
) -> Job:
    """Make a job on an image that does not exist."""
    return Job(
        job_id=job_id,
        client_id=client_id,
        pacs=PathReference(study_id="s", series_id="t", image_id="i"),
        parameters={"threshold": threshold},
        algo_id=algo_id,
        version="1.0",
        submitted_at="2026-01-01T00:00:00.000Z",
    )


async def submitted(store: JobStore, job: Job) -> Submission:
    """Record a job as a client submits it."""
    return await store.submit(job, request_digest=request_digest(job))


def keys_of(records: list[JobRecord]) -> list[JobKey]:
    """Return the keys of records."""
    return [record.job.key for record in records]


def ids_of(records: list[JobRecord]) -> list[str]:
    """Return the job ids of records."""
    return [record.job.job_id for record in records]
