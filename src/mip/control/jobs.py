"""What a client does with its jobs: submit, look, cancel, run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..contracts import JobKey, job_key
from ..errors import JobNotEndedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..contracts import AlgorithmSpec, Job, JobEvent, JobRequest, Result
    from ..outbox import Outbox
    from ..state import JobRecord, JobState, JobStore, Submission

PAGE = 100


class Jobs:
    """Jobs of clients; a job is always named by its client and its id, so none sees another's.

    Parameters
    ----------
    records : JobStore
        Where jobs are on record.
    outbox : Outbox
        Submits and announces.
    check : callable, optional
        Refuses a job that is not to run again, such as :meth:`mip.control.Router.check`; where
        algorithms are on no record, none is refused.
    """

    def __init__(
        self,
        records: JobStore,
        *,
        outbox: Outbox,
        check: Callable[[Job], Awaitable[None]] | None = None,
    ) -> None:
        self._records = records
        self._outbox = outbox
        self._check = check

    async def submit(self, request: JobRequest, spec: AlgorithmSpec) -> Submission:
        """Submit a job; the same request again is the same job.

        Raises
        ------
        ContractError, JobConflictError, TransportError, StateError
            As :meth:`mip.outbox.Outbox.submit`.
        """
        return await self._outbox.submit(request, spec)

    async def show(self, client_id: str, job_id: str) -> JobRecord:
        """Return one record.

        Raises
        ------
        JobNotFoundError
            This client has no such job.
        """
        return await self._records.get(job_key(client_id, job_id))

    async def history(self, client_id: str, job_id: str) -> list[JobEvent]:
        """Return what happened to a job, oldest first; nothing when there is no such job."""
        return await self._records.events(job_key(client_id, job_id))

    async def page(
        self,
        *,
        client_id: str | None = None,
        state: JobState | None = None,
        algo_id: str | None = None,
        limit: int = PAGE,
        before: JobKey | None = None,
    ) -> list[JobRecord]:
        """Return records, newest first, of one client or of all, and of one algorithm or all.

        ``before`` pages on.

        Raises
        ------
        JobNotFoundError
            There is no job ``before``.
        """
        return await self._records.jobs(
            client_id=client_id, state=state, algo_id=algo_id, limit=limit, before=before
        )

    async def results(self, client_id: str, *, after: int = 0, limit: int = PAGE) -> list[Result]:
        """Return a client's results whose ``seq`` is greater than ``after``, in order."""
        return await self._records.results_after(client_id, after, limit=limit)

    async def cancel(self, client_id: str, job_id: str) -> JobRecord:
        """Cancel a job: one that is queued never runs, one that runs is stopped by its worker.

        Returns
        -------
        JobRecord
            ``cancelled``; or ``running`` with ``cancel_requested``; or as it had ended before.

        Raises
        ------
        JobNotFoundError
            This client has no such job.
        """
        record = await self._records.cancel(job_key(client_id, job_id))
        if record.result is not None and not record.is_announced:
            await self._outbox.announce(record.result)
        return record

    async def retry(self, client_id: str, job_id: str) -> Submission:
        """Run a job again that has ended, however it did, as a new job whose ``parent`` it is.

        The first one keeps its result and its history, and the client gets a second result under
        the new id, which follows from the old one. So a retry that was interrupted, or is asked
        for twice, is one job; to run a job a third time, retry its retry.

        Returns
        -------
        Submission
            The new job, or the one that an earlier call made.

        Raises
        ------
        JobNotFoundError
            This client has no such job.
        JobNotEndedError
            The job is queued or runs.
        NotRegisteredError, AlgorithmInactiveError, InvalidJobError, InvalidParametersError
            Its algorithm would not take it now; nothing is put on record.
        JobConflictError, QueueNotFoundError, TransportError, StateError
            As :meth:`mip.outbox.Outbox.submit`.
        """
        record = await self._records.get(job_key(client_id, job_id))
        if not record.is_final:
            raise JobNotEndedError(
                f"expected a job that has ended, this one is {record.state}; wait for its end, or "
                "cancel it"
            )
        if self._check is not None:
            await self._check(record.job)
        return await self._outbox.run_again(record.job)
