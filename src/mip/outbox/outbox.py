"""Records and queues, never apart.

There is no transaction over a record store and a transport, so what must be in both is written to
the record first, then published, then marked as published. Wherever a crash falls between:

=========================  ==============================  ====================================
crash                      what is left                    what :meth:`Outbox.sweep` does
=========================  ==============================  ====================================
before the record          nothing; the caller knows       nothing
after the record           a record, no message            publishes it and marks it
after the message          a record, a message, no mark    publishes it again, which the queue
                                                           drops as a duplicate, and marks it
after the mark             all                             nothing
=========================  ==============================  ====================================

The duplicate is dropped because the message's ``dedup_id`` is the job's key, which a queue
remembers for five minutes; sweeps come every few seconds. Were there no sweep for longer, a second
message would find the record started (which marks it) or final, and be acknowledged: a job has one
record, and a record has one end. The same holds for results, whose message is only a wake-up.

Nothing here depends on an event loop: plain awaits only, so that a Lambda can drive it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from ..contracts import (
    RESULTS_QUEUE,
    ErrorInfo,
    Job,
    Unreadable,
    canonical_algorithm_id,
    check_parameters,
    make_job,
    make_retry,
    new_job_id,
    read_job,
    request_queue,
)
from ..errors import (
    CrashLimitError,
    JobExpiredError,
    JobNotFoundError,
    PayloadTooLargeError,
    QueueNotFoundError,
)
from ..state import Ending, Submission, request_digest
from ..transport import QueueOptions
from ..transport.base import DEFAULT_RETENTION_SECONDS, MAX_RECEIVES_REASON
from .messages import checked_size, job_message, result_key, result_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..clock import Clock
    from ..contracts import AlgorithmSpec, JobRequest, Result
    from ..state import JobRecord, JobStore
    from ..transport import DeadLetter, PublishOutcome, Transport

REQUEST_QUEUE_OPTIONS = QueueOptions()
"""Of a queue of jobs; workers of ours lease for less and count crashes themselves."""

RESULTS_QUEUE_OPTIONS = QueueOptions(max_receives=1000)
"""Of the queue of results, the most that SQS allows: none is bad for who takes it, so one that was
in hand at some crashes must not be set aside, as the result of a foreign worker is nowhere else."""

BATCH = 100
LONG_JOB_BYTES = 64 * 1024
"""A job that is longer is digested in a thread: all else would wait for it."""

EXPIRED_SECONDS = DEFAULT_RETENTION_SECONDS + 86_400.0

_EXPIRED = ErrorInfo(
    code=JobExpiredError.code,
    message="no worker began the job in the time for which its queue keeps a message",
)


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep found undone and did: jobs published, results announced."""

    published: int
    announced: int


class Rescued(msgspec.Struct, frozen=True, kw_only=True):
    """What became of jobs whose message a queue had set aside: put back, ended as failed."""

    put_back: int
    failed: int


class Outbox:
    """Submit jobs and announce results, through their records.

    Every method may be repeated after an error or a crash.

    Parameters
    ----------
    transport, jobs
        Where messages and records go.
    clock : Clock
        Tells which records are old enough to be swept.
    results_queue : str
        Where results are announced.
    """

    def __init__(
        self,
        transport: Transport,
        jobs: JobStore,
        *,
        clock: Clock,
        results_queue: str = RESULTS_QUEUE,
    ) -> None:
        self._transport = transport
        self._jobs = jobs
        self._clock = clock
        self._results_queue = results_queue
        # The last letter of each queue that was looked at: a letter needs one look.
        self._rescued: dict[str, str] = {}

    async def create_results_queue(self) -> None:
        """Make the queue that results are announced on; one that exists keeps its messages."""
        await self._transport.create_queue(self._results_queue, RESULTS_QUEUE_OPTIONS)

    async def submit(self, request: JobRequest, spec: AlgorithmSpec) -> Submission:
        """Check a request against its algorithm, record it, and publish it as a job.

        An error after the job was recorded leaves it to the next sweep; to submit it again with
        the same id does no harm.

        Raises
        ------
        InvalidParametersError
            Every bad parameter is named.
        PayloadTooLargeError
            The job is longer than a message may be.
        JobConflictError
            The id was used for another request of this client.
        QueueNotFoundError
            No worker of this algorithm has made its queue yet; it will find the job when one has.
        TransportError, StateError
            A service did not answer; trying again may help.
        """
        check_parameters(spec.parameters, request.parameters)
        algorithm_id = canonical_algorithm_id(spec.id)
        now = self._clock.now()
        return await self.submit_job(
            make_job(request, algo_id=algorithm_id, version=spec.version, now=now)
        )

    async def submit_job(self, job: Job) -> Submission:
        """Record a job that was checked before, and publish it.

        Returns
        -------
        Submission
            Of a new job, the record as it was published: a worker may have started it since.

        Raises
        ------
        PayloadTooLargeError, JobConflictError, QueueNotFoundError, TransportError, StateError
            As ``submit``.
        """
        if checked_size(job) <= LONG_JOB_BYTES:
            digest = request_digest(job)
        else:
            import anyio.to_thread  # noqa: PLC0415 - only who submits pays for it

            digest = await anyio.to_thread.run_sync(request_digest, job)
        submission = await self._jobs.submit(job, request_digest=digest)
        record = submission.record
        if record.is_published or record.is_final:
            return submission
        if await self._publish([record]):
            # Not read again, for whoever submits many: a worker may have started it meanwhile.
            return replace(submission, record=replace(record, is_published=True))
        return replace(submission, record=await self._jobs.get(job.key))

    async def run_again(self, job: Job) -> Submission:
        """Submit a job that has ended as a new one with ``parent``; the same call again finds it.

        Raises
        ------
        PayloadTooLargeError, JobConflictError, QueueNotFoundError, TransportError, StateError
            As ``submit``.
        """
        return await self.submit_job(make_retry(job, now=self._clock.now()))

    async def announce(self, result: Result, *, again: bool = False) -> None:
        """Put one result on the results queue; see ``announce_many``."""
        await self.announce_many([result], again=again)

    async def announce_many(self, results: Sequence[Result], *, again: bool = False) -> None:
        """Put results that are on record on the results queue, and mark them as announced.

        Parameters
        ----------
        results : sequence of Result
            Each with its ``seq``.
        again : bool
            Announce also what was announced less than five minutes ago, for somebody who asks for
            it; repeats after a failure need not.

        Raises
        ------
        QueueNotFoundError, TransportError, StateError
            Some may be announced; the rest is left to the next sweep.
        """
        mark = new_job_id(self._clock.now()) if again else ""
        for begin in range(0, len(results), BATCH):
            batch = results[begin : begin + BATCH]
            outcomes = await self._transport.publish(
                self._results_queue, [result_message(result, again=mark) for result in batch]
            )
            done = [
                result_key(result)
                for result, outcome in zip(batch, outcomes, strict=True)
                if _is_on_queue(outcome)
            ]
            await self._jobs.mark_announced(done)

    async def sweep(self, *, older_than_seconds: float) -> Swept:
        """Publish the jobs and announce the results that a crash left on record only.

        Parameters
        ----------
        older_than_seconds : float
            Leave younger records alone: somebody is most likely busy with them.

        Raises
        ------
        TransportError, StateError
            What was done stays done; the next sweep goes on.
        """
        before = self._clock.now() - older_than_seconds
        return Swept(
            published=await self._sweep_jobs(before), announced=await self._sweep_results(before)
        )

    async def expire(self) -> int:
        """End as failed the jobs that no queue can have any more; return how many.

        A queue drops what nobody has taken within its retention, and tells nobody. A job is
        expired when it was neither begun nor to be tried again for a day longer than that, and its
        algorithm's queue has no message at all: retention runs on another clock than records, one
        that stands still while the machine is off.

        Raises
        ------
        TransportError, StateError
            What was done stays done; the next call goes on.
        """
        before = self._clock.now() - EXPIRED_SECONDS
        expired = 0
        has_messages: dict[str, bool] = {}
        after = None
        while records := await self._jobs.overdue(before=before, limit=BATCH, after=after):
            after = records[-1].job.key
            for queue in {request_queue(record.job.algo_id) for record in records}:
                if queue not in has_messages:
                    has_messages[queue] = await self._has_messages(queue)
            gone = [each for each in records if not has_messages[request_queue(each.job.algo_id)]]
            ending = Ending(outcome="failed", error=_EXPIRED)
            finishes = [await self._jobs.finish(record.job, ending) for record in gone]
            await self.announce_many([finish.result for finish in finishes])
            expired += len(gone)
        return expired

    async def _has_messages(self, queue: str) -> bool:
        try:
            depth = await self._transport.depth(queue)
        except QueueNotFoundError:
            return False
        return bool(depth.waiting + depth.in_flight + depth.delayed)

    async def rescue(self, queue: str, *, algorithm_id: str) -> Rescued:
        """Give the jobs a future whose messages ``queue`` has set aside of its own accord.

        A queue does so after so many deliveries without an end, whether the job killed its workers
        or they handed it back each time. So a job that has not ended is put back once; one that
        comes here again has ended as failed, for every job must end in a result. A message that is
        no valid job, and tells whose it was, ends as failed at once.

        Parameters
        ----------
        queue : str
            The queue of an algorithm.
        algorithm_id : str
            That algorithm; jobs whose message does not tell theirs are put down to it.

        Raises
        ------
        QueueNotFoundError, TransportError, StateError
            What was done stays done; the next call goes on.
        """
        put_back: list[str] = []
        failed: list[Result] = []
        after = self._rescued.get(queue)
        while letters := await self._transport.dead_letters(queue, limit=BATCH, after=after):
            after = letters[-1].id
            for letter in letters:
                if letter.reason != MAX_RECEIVES_REASON:
                    continue
                message = read_job(
                    letter.body, algo_id=algorithm_id, published_at=letter.published_at
                )
                job, error = _owed(message, letter)
                if job is None or await self._has_ended(job):
                    continue
                if error is None:
                    put_back.append(letter.id)
                else:
                    ending = Ending(outcome="failed", error=error)
                    failed.append((await self._jobs.finish(job, ending)).result)
        if put_back:
            await self._transport.redrive(queue, ids=put_back)
        await self.announce_many(failed)
        if after is not None:
            self._rescued[queue] = after
        return Rescued(put_back=len(put_back), failed=len(failed))

    async def _has_ended(self, job: Job) -> bool:
        try:
            return (await self._jobs.get(job.key)).is_final
        except JobNotFoundError:
            return False

    async def _sweep_jobs(self, before: float) -> int:
        published = 0
        after = None
        while records := await self._jobs.unpublished(before=before, limit=BATCH, after=after):
            after = records[-1].job.key
            by_queue: dict[str, list[JobRecord]] = {}
            for record in records:
                by_queue.setdefault(request_queue(record.job.algo_id), []).append(record)
            for group in by_queue.values():
                published += await self._publish_if_possible(group)
        return published

    async def _sweep_results(self, before: float) -> int:
        announced = 0
        after = None
        while records := await self._jobs.unannounced(before=before, limit=BATCH, after=after):
            after = records[-1].job.key
            results = [record.result for record in records if record.result is not None]
            await self.announce_many(results)
            announced += len(results)
        return announced

    async def _publish_if_possible(self, records: list[JobRecord]) -> int:
        """Publish to one queue; jobs whose queue does not exist yet must not keep others back."""
        try:
            await self._publish(records)
        except QueueNotFoundError:
            return 0
        return len(records)

    async def _publish(self, records: list[JobRecord]) -> bool:
        """Publish jobs of one algorithm and mark them; tell whether all were taken."""
        queue = request_queue(records[0].job.algo_id)
        outcomes = await self._transport.publish(
            queue, [job_message(record.job) for record in records]
        )
        pairs = list(zip(records, outcomes, strict=True))
        await self._jobs.mark_published(
            [record.job.key for record, outcome in pairs if _is_on_queue(outcome)]
        )
        for record, outcome in pairs:
            if not _is_on_queue(outcome):
                await self._refuse(record.job)
        return all(map(_is_on_queue, outcomes))

    async def _refuse(self, job: Job) -> None:
        """End a job that its transport, with a lower limit than ours, never takes."""
        error = ErrorInfo(
            code=PayloadTooLargeError.code,
            message="the job is longer than its queue carries; send less in parameters",
        )
        finish = await self._jobs.finish(job, Ending(outcome="failed", error=error))
        await self.announce(finish.result)


def _is_on_queue(outcome: PublishOutcome) -> bool:
    return outcome != "too_large"


def _owed(message: Job | Unreadable, letter: DeadLetter) -> tuple[Job | None, ErrorInfo | None]:
    """Return the job of a letter that a queue wrote by itself; no error when it has a try left."""
    if isinstance(message, Unreadable):
        return message.job, message.error
    if letter.dedup_id == message.key:
        return message, None
    return message, ErrorInfo(
        code=CrashLimitError.code,
        message=f"delivered {letter.deliveries} times without an end, and so once before; see "
        "the logs of its workers",
    )
