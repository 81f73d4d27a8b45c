"""How many jobs a client may have queued or running, also when it submits many at once."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ..contracts import job_key
from ..errors import JobNotFoundError, QuotaExceededError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..state import JobStore


class JobQuota:
    """Holds a place for each job from before it is counted until it is on record.

    Parameters
    ----------
    most : int
        Jobs of one client that have not ended; 0 lets everything through.
    records : JobStore
        Counts them.
    """

    def __init__(self, most: int, records: JobStore) -> None:
        self._most = most
        self._records = records
        self._coming: Counter[str] = Counter()

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
