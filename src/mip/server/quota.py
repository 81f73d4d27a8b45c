"""What a client may have queued or running, and put on record, also when it submits at once."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import msgspec

from ..contracts import job_key
from ..errors import JobNotFoundError, MipError, QuotaExceededError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from ..contracts import Job, JobRequest
    from ..state import JobStore, Submission
    from .limits import RateLimit

LEAST_BYTES: Final = 1024
"""What the shortest job counts as: its record, its events and its result."""


class JobQuota:
    """Holds a place for each job from before it is counted until it is on record.

    Parameters
    ----------
    most : int
        Jobs of one client that have not ended; 0 lets everything through.
    records : JobStore
        Counts them.
    rate : RateLimit
        Bounds what a client puts on record, in bytes: records outlive their jobs, and a job that
        is submitted and cancelled is soon none that has not ended.
    """

    def __init__(self, most: int, records: JobStore, *, rate: RateLimit) -> None:
        self._most = most
        self._records = records
        self._rate = rate
        self._coming: Counter[str] = Counter()

    async def admit(
        self,
        job: Job | JobRequest,
        *,
        client_id: str,
        job_id: str | None,
        submit: Callable[[], Awaitable[Submission]],
    ) -> Submission:
        """Let ``submit`` put a job on record under ``job_id``, if there is room and time for it.

        ``job`` tells how long its record is. What was on record already, or is refused, counts as
        nothing.

        Raises
        ------
        QuotaExceededError
            The client has as many as it may have, or has put as much on record as it may.
        """
        size = max(len(msgspec.json.encode(job)), LEAST_BYTES)
        try:
            self._rate.take(client_id, amount=size)
        except QuotaExceededError:
            if not await self._is_known(client_id, job_id):
                raise
            size = 0
        is_recorded = True
        try:
            async with self.place(client_id, job_id):
                submission = await submit()
            is_recorded = submission.is_new
        except MipError as error:
            is_recorded = error.retryable  # who can tell
            raise
        finally:
            if not is_recorded:
                self._rate.give_back(client_id, amount=size)
        return submission

    @asynccontextmanager
    async def place(self, client_id: str, job_id: str | None) -> AsyncIterator[None]:
        """Hold a place while a job is put on record; one that is there already needs none.

        Close to the limit, jobs that a client submits at once may count twice for a moment, on
        record and as coming: too many are never let through, and one of them may be refused.

        Raises
        ------
        QuotaExceededError
            The client has as many as it may have.
        """
        if not self._most:
            yield
            return
        self._coming[client_id] += 1
        ahead = self._coming[client_id]
        try:
            unfinished = await self._records.unfinished_of(client_id)
            if unfinished + ahead > self._most and not await self._is_known(client_id, job_id):
                raise QuotaExceededError(
                    f"expected at most {self._most} jobs of a client queued or running; wait for "
                    "results"
                )
            yield
        finally:
            self._coming[client_id] -= 1
            if not self._coming[client_id]:
                del self._coming[client_id]

    async def _is_known(self, client_id: str, job_id: str | None) -> bool:
        if job_id is None:
            return False
        try:
            await self._records.get(job_key(client_id, job_id))
        except JobNotFoundError:
            return False
        return True
