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
      ends in a result too. It begins an attempt and counts it; ``fail_attempt`` and ``release``
      end the attempt, when it is still that worker's. An attempt that was open when the next
      began is a crash.
    * ``release`` keeps until when the job is put off and why, if it is told; the next attempt,
      the end and ``reset_attempts`` forget the instant.
    * Between attempts a job is queued.
    * ``pin_instances`` keeps the first list it was given for a job and always answers that.
Finishing
    * ``finish`` is one transaction, and the first one wins: it sets the state, stores the result
      and gives it the client's next ``seq`` (1, 2, 3 … without gaps). Its ``dicom`` is the first
      output, or what the ending names when it lists none. A later ``finish`` changes
      nothing and answers the first result.
    * A finished result is unannounced until ``mark_announced``; ``unannounced`` lists those.
    * ``cancel`` of a queued job finishes it as ``cancelled``; of a running one it sets a request
      that ``cancel_requested`` tells; of a finished one it changes nothing. A job that is asked
      to stop is not started again: the end of its attempt, or the next ``start``, finishes it as
      ``cancelled``.
    * ``overdue`` lists jobs that have not ended and were left alone since before an instant.
Reading
    * ``results_after`` gives one client's results in ``seq`` order, its own only; ``last_seq`` is
      the number of its last result, also of one that was forgotten since, and 0 when it had none.
    * ``events`` tells what happened to a job, in order; the last of a finished job is its end. Of
      one that was tried again and again the last ``MAX_EVENTS`` are kept.
    * ``jobs`` answers newest first, of one client, of one algorithm (``-`` and ``_`` forms of an id
      are the same), in one state, or of several of these at once.
    * ``find_output`` answers a derived object by its UID as soon as a result has it, among one
      client's results or all; of results that have the same object, any.
    * ``counts`` tells how many jobs are queued and how many run; ``unfinished_of``, how many of a
      client have not ended. Neither grows slower with the jobs that have ended.
Keeping
    * ``purge`` forgets jobs that ended before an instant and were announced, and nothing else; at
      most ``limit``, those that ended first. Any number may purge at once. A client's ``seq`` goes
      on where it was, and ``find_output`` no longer finds by them.
    * ``reset_attempts`` makes a job that has not ended as good as new.
Durability
    * What a returned call recorded survives a crash of any process.
    * A database written by a newer release is refused (``SchemaTooNewError``) and left untouched.
"""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

import msgspec

from ..contracts import (
    ErrorInfo,
    Job,
    JobEvent,
    JobKey,
    JsonValue,
    Outcome,
    Output,
    Result,
    StoredObject,
)

JobState: TypeAlias = Literal["queued", "running", "succeeded", "failed", "cancelled"]
MAX_EVENTS = 200
"""Kept of each job; how often it was tried is counted apart."""
FINAL_STATES: frozenset[JobState] = frozenset({"succeeded", "failed", "cancelled"})


class Ending(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a job ended, as its worker reports it; the store adds ids and ``seq``.

    ``version`` is that of the algorithm which ran; the job's own when empty. ``dicom`` is for
    workers that name one object and list no ``outputs``; else it is the first of these.
    """

    outcome: Outcome
    version: str = ""
    dicom: StoredObject | None = None
    outputs: tuple[Output, ...] = ()
    meta: dict[str, JsonValue] = {}
    timings: dict[str, float] = {}
    error: ErrorInfo | None = None


class JobRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known of a job. Instants are seconds since 1970.

    Attributes
    ----------
    state : JobState
        ``running`` while an attempt is open.
    worker : str or None
        Whose attempt is open.
    started_at : float or None
        When the last attempt began.
    starts, failures, releases, crashes : int
        Attempts begun; those that ended in failure (and were not the end of the job), were handed
        back, or ended in nothing. One that is open now is counted in ``starts`` alone.
    instance_uids : tuple of str or None
        Instances of a series job, kept at its first attempt.
    retry_at : float or None
        The job was put off: no attempt is to begin before.
    """

    job: Job
    request_digest: str
    state: JobState
    is_published: bool
    is_announced: bool
    submitted_at: float
    worker: str | None = None
    started_at: float | None = None
    finished_at: float | None = None
    starts: int = 0
    failures: int = 0
    releases: int = 0
    crashes: int = 0
    cancel_requested: bool = False
    instance_uids: tuple[str, ...] | None = None
    result: Result | None = None
    retry_at: float | None = None

    @property
    def is_final(self) -> bool:
        """True once the job has ended."""
        return self.state in FINAL_STATES


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

    async def unpublished(
        self, *, before: float, limit: int = 100, after: JobKey | None = None
    ) -> list[JobRecord]:
        """Return jobs submitted before an instant that are on no queue and have not ended.

        Oldest first; ``after`` pages on.
        """
        ...

    async def overdue(
        self, *, before: float, limit: int = 100, after: JobKey | None = None
    ) -> list[JobRecord]:
        """Return jobs that have not ended and were left alone since before an instant.

        They were submitted, last begun and to be tried again before it. Oldest first; ``after``
        pages on.
        """
        ...

    async def start(self, job: Job, *, worker: str) -> JobRecord:
        """Begin an attempt and return the record; a final record is returned unchanged."""
        ...

    async def fail_attempt(self, key: JobKey, *, worker: str, error: ErrorInfo) -> int:
        """End an attempt in failure; return how many have ended so.

        Raises
        ------
        JobNotFoundError
            There is no such job.
        """
        ...

    async def release(
        self,
        key: JobKey,
        *,
        worker: str,
        retry_at: float | None = None,
        error: ErrorInfo | None = None,
    ) -> None:
        """End an attempt because the worker hands the job back, or puts it off until an instant.

        Raises
        ------
        JobNotFoundError
            There is no such job.
        """
        ...

    async def pin_instances(self, key: JobKey, uids: tuple[str, ...]) -> tuple[str, ...]:
        """Keep the instances of a series job at its first start; return the list on record.

        Raises
        ------
        JobNotFoundError
            There is no such job.
        """
        ...

    async def finish(self, job: Job, ending: Ending) -> Finish:
        """End a job, once; records it first when nobody has."""
        ...

    async def mark_announced(self, keys: list[JobKey]) -> None:
        """Note that these results are on the results queue."""
        ...

    async def unannounced(
        self, *, before: float, limit: int = 100, after: JobKey | None = None
    ) -> list[JobRecord]:
        """Return jobs finished before an instant and never marked announced.

        In the order in which they ended; ``after`` pages on.
        """
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
        algo_id: str | None = None,
        state: JobState | None = None,
        limit: int = 100,
        before: JobKey | None = None,
    ) -> list[JobRecord]:
        """Return records, newest first, of a client, an algorithm or all; ``before`` pages on.

        Raises
        ------
        JobNotFoundError
            There is no job ``before``.
        """
        ...

    async def results_after(self, client_id: str, seq: int, *, limit: int = 1000) -> list[Result]:
        """Return a client's results with a greater ``seq``, in order."""
        ...

    async def last_seq(self, client_id: str) -> int:
        """Return the number of a client's last result, whether it is kept or not; 0 for none."""
        ...

    async def find_output(
        self, sop_instance_uid: str, *, client_id: str | None = None
    ) -> Output | None:
        """Return a derived object of one client's results, or of anybody's; None when unknown."""
        ...

    async def counts(self) -> dict[JobState, int]:
        """Return how many jobs are ``queued`` and how many are ``running``."""
        ...

    async def unfinished_of(self, client_id: str) -> int:
        """Return how many jobs of a client have not ended."""
        ...

    async def reset_attempts(self, key: JobKey) -> JobRecord:
        """Forget the attempts of a job that has not ended, and queue it; return the record.

        Raises
        ------
        JobNotFoundError
            There is no such job.
        """
        ...

    async def purge(self, *, before: float, limit: int = 10_000) -> int:
        """Forget jobs that ended before an instant and were announced; return how many.

        A message of a forgotten job would be run as a new one, so ``before`` must lie further
        back than any queue keeps messages: a retention, and one more as dead letters.
        """
        ...

    async def aclose(self) -> None:
        """Release files and threads."""
        ...
