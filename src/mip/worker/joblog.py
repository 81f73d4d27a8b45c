"""What the log says of a job: one canonical line at its end, and the fields of all others."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..telemetry import fields

if TYPE_CHECKING:
    from ..contracts import Job
    from ..state import Finish

log = logging.getLogger(__name__)


def job_fields(job: Job, **more: object) -> dict[str, dict[str, object]]:
    """Return the ``extra`` of a log call about a job."""
    return fields(job_id=job.job_id, client_id=job.client_id, algorithm=job.algo_id, **more)


def log_done(job: Job, finish: Finish, *, deliveries: int) -> None:
    """Write the one canonical line of a job."""
    result = finish.result
    log.info(
        "job.done",
        extra=job_fields(
            job,
            version=result.version,
            outcome=result.status,
            code=result.error.code if result.error else None,
            seq=result.seq,
            deliveries=deliveries,
            is_first=finish.is_first,
            **{f"{stage}_ms": value for stage, value in result.timings.items()},
        ),
    )
