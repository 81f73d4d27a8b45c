"""The record contract: every job has one record, one end, and one place in its client's results.

Guarantees, each with a test in :class:`mip.testing.JobStoreConformance`
-----------------------------------------------------------------------
Submitting
    * ``submit`` records a job once per (client, job id). The same id with the same request digest
      answers the first record; with another digest, ``JobConflictError``.
    * A record is unpublished until ``mark_published``; ``unpublished`` lists those that a crash
      left so, oldest first.
Working
    * ``start`` records a job that nobody submitted here (a message from elsewhere), so that it
      ends in a result too. It counts a start; ``fail_attempt`` and ``release`` end one. Starts
      that never ended are crashes: ``starts - failures - releases``, less the one now begun.
    * ``pin_instances`` keeps the first list it was given for a job and always answers that.
Finishing
    * ``finish`` is one transaction, and the first one wins: it sets the state, stores the result
      and gives it the client's next ``seq`` (1, 2, 3 … without gaps). A later ``finish`` changes
      nothing and answers the first result.
    * A finished result is unannounced until ``mark_announced``; ``unannounced`` lists those.
Reading
    * ``results_after`` gives one client's results in ``seq`` order, its own only.
    * ``cancel`` of a queued job finishes it as ``cancelled``; of a running one it sets a request
      that ``cancel_requested`` tells; of a finished one it changes nothing.
Durability
    * What a returned call recorded survives a crash of any process.
    * A database written by a newer release is refused (``SchemaTooNewError``) and left untouched.
"""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

import msgspec

from ..contracts import ErrorInfo, Job, JobEvent, JobKey, JsonValue, Outcome, Output, Result

JobState: TypeAlias = Literal["queued", "running", "succeeded", "failed", "cancelled"]
FINAL_STATES: frozenset[JobState] = frozenset({"succeeded", "failed", "cancelled"})


class Ending(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a job ended, as its worker reports it; the store adds ids and ``seq``.

    ``version`` is that of the algorithm which ran; the job's own when empty.
    """

    outcome: Outcome
    version: str = ""
    outputs: tuple[Output, ...] = ()
    meta: dict[str, JsonValue] = {}
    timings: dict[str, float] = {}
    error: ErrorInfo | None = None


class JobRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known of a job. Instants are seconds since 1970."""

    job: Job
    request_digest: str
    state: JobState
    is_published: bool
    is_announced: bool
    submitted_at: float
    started_at: float | None = None
    finished_at: float | None = None
    starts: int = 0
    failures: int = 0
    releases: int = 0
    cancel_requested: bool = False
    instance_uids: tuple[str, ...] | None = None
    result: Result | None = None

    @property
    def is_final(self) -> bool:
        """True once the job has ended."""
        return self.state in FINAL_STATES

    @property
    def crashes(self) -> int:
        """Starts that ended neither in a result, nor in a failure, nor by being handed back.

        While an attempt runs it is counted here too.
        """
        return self.starts - self.failures - self.releases - (1 if self.is_final else 0)


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of ``submit``: the record, and whether this call created it."""

    record: JobRecord
    is_new: bool


class Finish(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of ``finish``: the result on record, and whether this call wrote it."""

    result: Result
    is_first: bool


class JobStore(Protocol):
    """Job records; every guarantee is in the module's docstring."""

    async def submit(self, job: Job, *, request_digest: str) -> Submission:
        """Record a job as queued and unpublished.

        Raises
        ------
        JobConflictError
            The id was used for another request of this client.
        """
        ...

    async def mark_published(self, keys: list[JobKey]) -> None:
        """Note that these jobs are on their queues."""
        ...

    async def unpublished(self, *, before: float, limit: int = 100) -> list[JobRecord]:
        """Return jobs submitted before an instant and never marked published, oldest first."""
        ...

    async def start(self, job: Job, *, worker: str) -> JobRecord:
        """Count a start and return the record; a final record is returned unchanged."""
        ...

    async def fail_attempt(self, key: JobKey, *, worker: str, error: ErrorInfo) -> int:
        """Count an attempt that ended in failure; return how many have.

        Raises
        ------
        JobNotFoundError
            There is no such job.
        """
        ...

    async def release(self, key: JobKey, *, worker: str) -> None:
        """Note that a start ended because the worker handed the job back."""
        ...

    async def pin_instances(self, key: JobKey, uids: tuple[str, ...]) -> tuple[str, ...]:
        """Keep the instances of a series job at its first start; return the list on record."""
        ...

    async def finish(self, job: Job, ending: Ending) -> Finish:
        """End a job, once; records it first when nobody has."""
        ...

    async def mark_announced(self, keys: list[JobKey]) -> None:
        """Note that these results are on the results queue."""
        ...

    async def unannounced(self, *, before: float, limit: int = 100) -> list[JobRecord]:
        """Return jobs finished before an instant and never marked announced, oldest first."""
        ...

    async def cancel(self, key: JobKey) -> JobRecord:
        """Cancel a queued job, or ask the worker of a running one to stop.

        Raises
        ------
        JobNotFoundError
            There is no such job.
        """
        ...

    async def cancel_requested(self, keys: list[JobKey]) -> set[JobKey]:
        """Return which of these jobs are asked to stop or have ended elsewhere."""
        ...

    async def get(self, key: JobKey) -> JobRecord:
        """Return one record.

        Raises
        ------
        JobNotFoundError
            There is no such job.
        """
        ...

    async def events(self, key: JobKey) -> list[JobEvent]:
        """Return what happened to a job, oldest first."""
        ...

    async def jobs(
        self,
        *,
        client_id: str | None = None,
        state: JobState | None = None,
        limit: int = 100,
        before: JobKey | None = None,
    ) -> list[JobRecord]:
        """Return records, newest first, of one client or of all; ``before`` pages on."""
        ...

    async def results_after(self, client_id: str, seq: int, *, limit: int = 1000) -> list[Result]:
        """Return a client's results with a greater ``seq``, in order."""
        ...

    async def aclose(self) -> None:
        """Release files and threads."""
        ...
