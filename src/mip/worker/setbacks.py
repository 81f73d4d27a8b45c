"""What a failed attempt costs a job: an end, or a pause.

``policy`` decides; here the decision gets what it needs to know, and is put on record.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from . import policy
from .joblog import job_fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..clock import Clock
    from ..contracts import Job
    from ..state import JobStore
    from .holds import Hold
    from .options import WorkerOptions
    from .patience import Patience

log = logging.getLogger(__name__)


class Setbacks:
    """Judge failed attempts, and record those that are not the last."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        patience: Patience,
        options: WorkerOptions,
        name: str,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        self._jobs = jobs
        self._patience = patience
        self._options = options
        self._name = name
        self._clock = clock
        self._jitter = jitter

    async def judge(
        self, hold: Hold, job: Job, error: Exception, *, age_seconds: float
    ) -> policy.Fail | policy.TryAgain:
        """Decide on an attempt that failed by what is on record and what this hold went through."""
        record = await self._patience.insist(partial(self._jobs.get, job.key))
        hold.note(error, now=self._clock.monotonic())
        return policy.after_failure(
            error,
            failures=record.failures,
            age_seconds=age_seconds,
            outages=hold.outages,
            outage_seconds=self._clock.monotonic() - hold.outage_began_at,
            jitter=self._jitter(),
            options=self._options,
        )

    async def put_off(self, hold: Hold, job: Job, decision: policy.TryAgain) -> float:
        """Record the attempt; return the pause before the next."""
        name, error = self._name, decision.error
        if decision.counts:
            end = partial(self._jobs.fail_attempt, job.key, worker=name, error=error)
            await self._patience.insist(end)
        else:
            retry_at = self._clock.now() + decision.delay_seconds
            end_off = partial(
                self._jobs.release, job.key, worker=name, retry_at=retry_at, error=error
            )
            await self._patience.insist(end_off)
        hold.is_started = False
        log.info(
            "job.attempt_failed",
            extra=job_fields(
                job,
                code=error.code,
                delay_seconds=decision.delay_seconds,
                counts=decision.counts,
            ),
        )
        return decision.delay_seconds

    async def left(self, job: Job) -> float:
        """Return how long a job that was put off is to wait yet; 0 when it may begin."""
        record = await self._patience.insist(partial(self._jobs.get, job.key))
        return max(0.0, (record.retry_at or 0.0) - self._clock.now())
