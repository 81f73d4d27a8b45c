"""Dead letters: look at them, run their jobs again, or drop them.

A message is set aside when its job has ended as failed, when it cannot be read, or when its queue
gave up on it (:meth:`mip.outbox.Outbox.rescue`). What it means to redrive one follows from the
rule that a job ends once, in one result that its client may have seen:

==================  =============================================================================
the job             its letter is
==================  =============================================================================
has not ended       put back on its queue, its attempts forgotten: it ends in its own result
is not on record    put back on its queue, as one from elsewhere
has failed          run again as a new job of the same client, whose id is the old one with a
                    suffix and whose ``parent`` it is; the client gets a second result, under the
                    new id
has failed, and     dropped, and the new job's result announced again; it has a letter of its own
as the new job      if it has failed
it has ended too
has succeeded,      dropped, and its result announced again: there is nothing to run
or was cancelled
cannot be read      left where it is
has failed, and     left where it is, with the reason: the client has another job of that id, or
cannot run again    the message has no room for its new id
==================  =============================================================================

To drop a letter ends its job as failed when nothing has ended it before; also when the message is
no valid job, if it tells whose job it was.

The suffix follows from the job's id, so that a redrive which was interrupted and is repeated makes
the same new job and not another one, as does :meth:`mip.control.Jobs.retry` of the same job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from ..clock import to_iso
from ..contracts import (
    ErrorInfo,
    Job,
    Unreadable,
    read_job,
    request_queue,
)
from ..errors import ContractError, JobConflictError, JobDroppedError, JobNotFoundError
from ..state import Ending, JobState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..outbox import Outbox
    from ..state import JobRecord, JobStore
    from ..transport import DeadLetter, Transport

PAGE = 100
AT_ONCE = 32
"""Letters that are held at a time: each may be as long as a message, 1 MiB."""

_DROPPED = ErrorInfo(
    code=JobDroppedError.code,
    message="an operator dropped the job's message, which had been set aside",
)

Redrive: TypeAlias = Literal["put_back", "run_again", "has_ended", "unreadable", "refused"]


class DeadJob(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter and the job in it.

    ``job_id``, ``client_id`` and ``algo_id`` are None when the message does not tell whose job it
    is; ``state`` is None when the job is not on record.
    """

    id: str
    reason: str
    deliveries: int
    published_at: str
    dead_at: str
    job_id: str | None = None
    client_id: str | None = None
    algo_id: str | None = None
    state: JobState | None = None


class Redriven(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one dead letter.

    ``job_id`` is the new job's when it is run again, and ``code`` the error's when it is refused.
    """

    id: str
    outcome: Redrive
    job_id: str | None = None
    code: str | None = None


class DeadLetters:
    """The dead letters of algorithms.

    Parameters
    ----------
    transport, records
        Where letters and job records are.
    outbox : Outbox
        Publishes jobs that are run again, and announces results.
    """

    def __init__(self, transport: Transport, records: JobStore, *, outbox: Outbox) -> None:
        self._transport = transport
        self._records = records
        self._outbox = outbox

    async def page(
        self, algorithm_id: str, *, limit: int = PAGE, after: str | None = None
    ) -> list[DeadJob]:
        """Return dead letters of an algorithm, oldest first; ``after`` pages on.

        Raises
        ------
        QueueNotFoundError
            The algorithm has no queue.
        """
        queue = request_queue(algorithm_id)
        described: list[DeadJob] = []
        while (wanted := min(AT_ONCE, limit - len(described))) > 0:
            letters = await self._transport.dead_letters(queue, limit=wanted, after=after)
            described += [await self._describe(letter, algorithm_id) for letter in letters]
            if len(letters) < wanted:
                break
            after = letters[-1].id
        return described

    async def redrive(self, algorithm_id: str, *, ids: list[str] | None = None) -> list[Redriven]:
        """Give the jobs of dead letters another try; see the module for what that means.

        One whose job is refused keeps no other back. It may be repeated after an error or a crash.

        Parameters
        ----------
        algorithm_id : str
            Whose letters.
        ids : list of str, optional
            Which of them; all by default. Unknown ones are ignored.

        Raises
        ------
        QueueNotFoundError
            The algorithm has no queue.
        """
        queue = request_queue(algorithm_id)
        return [
            await self._redrive(queue, letter, algorithm_id)
            async for letter in self._chosen(queue, ids=ids)
        ]

    async def drop(self, algorithm_id: str, *, ids: list[str] | None = None) -> int:
        """Forget dead letters (all by default); return how many.

        A job that has not ended ends as failed first, for every job ends in a result; one whose
        message cannot be read fails for what is wrong with the message.

        Raises
        ------
        QueueNotFoundError
            The algorithm has no queue.
        """
        queue = request_queue(algorithm_id)
        dropped: list[str] = []
        async for letter in self._chosen(queue, ids=ids):
            await self._end(letter, algorithm_id)
            dropped.append(letter.id)
        return await self._transport.drop_dead_letters(queue, ids=dropped)

    async def _chosen(self, queue: str, *, ids: list[str] | None) -> AsyncIterator[DeadLetter]:
        """Yield the letters that are there now; those that die meanwhile are left alone."""
        wanted = frozenset(ids) if ids is not None else await self._ids(queue)
        left = len(wanted)
        async for letters in self._pages(queue):
            for letter in letters:
                if letter.id in wanted:
                    left -= 1
                    yield letter
            if not left:
                return

    async def _ids(self, queue: str) -> frozenset[str]:
        return frozenset([letter.id async for letters in self._pages(queue) for letter in letters])

    async def _pages(self, queue: str) -> AsyncIterator[list[DeadLetter]]:
        after: str | None = None
        while letters := await self._transport.dead_letters(queue, limit=AT_ONCE, after=after):
            after = letters[-1].id
            yield letters

    async def _redrive(self, queue: str, letter: DeadLetter, algorithm_id: str) -> Redriven:
        job = _read(letter, algorithm_id)
        if isinstance(job, Unreadable):
            return Redriven(id=letter.id, outcome="unreadable")
        record = await self._record(job)
        if record is None or not record.is_final:
            return await self._put_back(queue, letter, record=record)
        if record.state == "failed":
            try:
                record = (await self._outbox.run_again(job)).record
            except (ContractError, JobConflictError) as error:
                # Clients choose ids, and can choose the one that a retry would have.
                return Redriven(id=letter.id, outcome="refused", code=error.code)
        if record.result is not None:
            await self._outbox.announce(record.result, again=True)
        # Only now: a crash before finds the same new job again.
        await self._transport.drop_dead_letters(queue, ids=[letter.id])
        outcome: Redrive = "has_ended" if record.is_final else "run_again"
        return Redriven(id=letter.id, outcome=outcome, job_id=record.job.job_id)

    async def _put_back(
        self, queue: str, letter: DeadLetter, *, record: JobRecord | None
    ) -> Redriven:
        if record is not None:
            await self._records.reset_attempts(record.job.key)
        await self._transport.redrive(queue, ids=[letter.id])
        return Redriven(id=letter.id, outcome="put_back")

    async def _end(self, letter: DeadLetter, algorithm_id: str) -> None:
        message = _read(letter, algorithm_id)
        if isinstance(message, Unreadable):
            job, error = message.job, message.error
        else:
            job, error = message, _DROPPED
        if job is None:
            return
        record = await self._record(job)
        if record is None or not record.is_final:
            finish = await self._records.finish(job, Ending(outcome="failed", error=error))
            await self._outbox.announce(finish.result)

    async def _describe(self, letter: DeadLetter, algorithm_id: str) -> DeadJob:
        described = DeadJob(
            id=letter.id,
            reason=letter.reason,
            deliveries=letter.deliveries,
            published_at=to_iso(letter.published_at),
            dead_at=to_iso(letter.dead_at),
        )
        message = _read(letter, algorithm_id)
        job = message.job if isinstance(message, Unreadable) else message
        if job is None:
            return described
        record = await self._record(job)
        return replace(
            described,
            client_id=job.client_id,
            job_id=job.job_id,
            algo_id=job.algo_id,
            state=None if record is None else record.state,
        )

    async def _record(self, job: Job) -> JobRecord | None:
        try:
            return await self._records.get(job.key)
        except JobNotFoundError:
            return None


def _read(letter: DeadLetter, algorithm_id: str) -> Job | Unreadable:
    return read_job(letter.body, algo_id=algorithm_id, published_at=letter.published_at)
