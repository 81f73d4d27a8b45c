"""Ending jobs that no queue has any more, and forgetting those that ended long ago.

So every job ends, and records do not grow for ever.

Every worker does so now and then, and none needs to know of the others: a job is forgotten once,
whoever does it. A pass is bounded; while there is more to forget, the next one comes with the next
sweep. The first comes at a random moment of the first interval, so that workers which live for
minutes forget as much as those which live for months.
"""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING

from ..telemetry import fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..clock import Clock
    from ..outbox import Outbox
    from ..state import JobStore

log = logging.getLogger(__name__)

PURGE_SECONDS = 3600.0
PURGE_LIMIT = 10_000
"""Jobs of one pass, 0.4 s of the records' writer in pieces of 20 ms. One pass a sweep, which is
what a backlog gets, forgets 600 a second: more than workers of one machine finish."""


class Retention:
    """Forgets, at long intervals, the jobs that ended longer ago than ``record_seconds``.

    Parameters
    ----------
    jobs : JobStore
        The records.
    outbox : Outbox
        Ends the jobs that no queue has any more.
    clock : Clock
        Tells how old they are, and when a pass is due.
    record_seconds : float
        How long a job stays on record after its end; longer than any queue keeps its message.
    jitter : callable
        Returns a random number in [0, 1), so that workers do not purge at the same moment.
    """

    def __init__(
        self,
        jobs: JobStore,
        *,
        outbox: Outbox,
        clock: Clock,
        record_seconds: float,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._jobs = jobs
        self._outbox = outbox
        self._clock = clock
        self._record_seconds = record_seconds
        self._jitter = jitter
        self._due_at = clock.monotonic() + PURGE_SECONDS * jitter()

    async def purge(self) -> int:
        """Make one pass if one is due; return how many jobs were forgotten.

        Raises
        ------
        StateError, TransportError
            What was done stays done; the next call goes on.
        """
        if self._clock.monotonic() < self._due_at:
            return 0
        expired = await self._outbox.expire()
        if expired:
            log.warning("jobs.expired", extra=fields(jobs=expired))
        before = self._clock.now() - self._record_seconds
        purged = await self._jobs.purge(before=before, limit=PURGE_LIMIT)
        if purged < PURGE_LIMIT:
            self._due_at = self._clock.monotonic() + PURGE_SECONDS * (0.5 + self._jitter())
        if purged:
            log.info("records.purged", extra=fields(jobs=purged))
        return purged
