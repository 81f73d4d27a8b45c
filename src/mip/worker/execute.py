"""One job, from a delivery to its settlement: fetch, compute, store, finish, announce.

The order makes every crash harmless. Objects are stored under deterministic keys before the record
is finished; the record is finished, once, before the message is settled. Whatever was done twice is
found done: the object exists, the record is final, and the job is announced again, not run again.
"""

from __future__ import annotations

import logging
import random
import shutil
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from ..clock import from_iso
from ..contracts import Job, Output, Result, Unreadable, output_key, read_job
from ..errors import (
    CrashLimitError,
    Discard,
    JobNotFoundError,
    MipError,
    RetryAfter,
    StateError,
    TransportError,
)
from ..state import Ending
from ..telemetry import fields
from ..transport.base import MAX_LEASE_SECONDS
from . import policy
from .holds import Hold, StopReason
from .inputs import Inputs
from .joblog import job_fields, log_done
from .messages import ProcessRequest
from .patience import PERMANENT, Patience
from .sending import Sender
from .setbacks import Setbacks
from .verdicts import DROP, GIVE_BACK, Verdict, verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..clock import Clock
    from ..contracts import AlgorithmSpec
    from ..pacs import Instance, Pacs
    from ..state import Finish, JobRecord, JobStore
    from ..storage import ObjectStore
    from .batcher import Batcher
    from .children import ChildPool
    from .holds import Capacity
    from .messages import ProcessReport
    from .options import WorkerOptions

log = logging.getLogger(__name__)

RECORD_FAILED_DELAY_SECONDS = 5.0
SHIELDED_SECONDS = 10.0
SPENT_FOLDERS = 32
"""Work folders that are removed in one go; the rest goes with the worker's own folder."""


class _Settled(Exception):  # noqa: N818 - the way out of an attempt, not an error
    """The record tells that there is nothing to run."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict


class Executor:
    """Work on deliveries of one algorithm.

    Parameters
    ----------
    pacs, objects, jobs, pool
        Where images come from, where results go, where records are, what computes.
    announce : Batcher
        Takes results that are on record, to be put on the results queue.
    spec : AlgorithmSpec
        The algorithm that ``pool`` runs.
    folder : Path
        Where children write derived objects before they are stored.
    options, name, clock
        Limits, the worker's name in records, and time.
    """

    def __init__(
        self,
        *,
        pacs: Pacs,
        objects: ObjectStore,
        jobs: JobStore,
        pool: ChildPool,
        announce: Batcher[Result, None],
        capacity: Capacity,
        spec: AlgorithmSpec,
        folder: Path,
        options: WorkerOptions,
        name: str,
        clock: Clock,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._inputs = Inputs(pacs, spec)
        self._objects = objects
        self._sender = Sender(
            pacs,
            objects,
            capacity=capacity,
            folder=folder,
            options=options,
            clock=clock,
            jitter=jitter,
        )
        self._jobs = jobs
        self._pool = pool
        self._announce = announce
        self._capacity = capacity
        self._spec = spec
        self._folder = folder
        self._options = options
        self._name = name
        self._clock = clock
        self._spent: list[Path] = []
        self._patience = Patience(options=options, jitter=jitter)
        self._setbacks = Setbacks(
            jobs=jobs,
            patience=self._patience,
            options=options,
            name=name,
            clock=clock,
            jitter=jitter,
        )
        # One more than there are children: its start is on record when a child becomes free.
        self._compute = anyio.CapacityLimiter(options.concurrency + 1)

    async def run(self, hold: Hold) -> Verdict:
        """Work on a delivery to its end, or until its hold is stopped; return how to settle it."""
        verdict = DROP
        job = read_job(
            hold.delivery.body,
            algo_id=self._spec.id,
            version=self._spec.version,
            published_at=hold.delivery.published_at,
        )
        if isinstance(job, Unreadable):
            return await self._refuse(hold, job)
        hold.key = job.key
        try:
            with hold.scope:
                verdict = await self._work(hold, job)
            if hold.scope.cancelled_caught:
                verdict = await self._stopped(hold, job)
        except anyio.get_cancelled_exc_class():
            hold.reason = hold.reason or StopReason.RELEASED
            with anyio.move_on_after(SHIELDED_SECONDS, shield=True):
                await self._stopped(hold, job)
            raise
        except PERMANENT:
            raise
        except StateError as error:
            # Not an outage, which is waited out: the record was purged meanwhile, say.
            log.exception("job.record_failed", extra=job_fields(job, code=error.code))
            verdict = Verdict(kind="nack", delay_seconds=RECORD_FAILED_DELAY_SECONDS)
        return verdict

    async def _work(self, hold: Hold, job: Job) -> Verdict:
        if hold.delivery.deliveries > 1 and (verdict := await self._resume(job)):
            return verdict
        while True:
            try:
                return await self._attempt(hold, job)
            except _Settled as settled:
                return settled.verdict
            except StateError:
                raise
            except Exception as error:  # noqa: BLE001 - every failure must end in a decision
                decision = await self._decide(hold, job, error)
            if isinstance(decision, Verdict):
                return decision
            if verdict := await self._pause(decision):
                return verdict

    async def _resume(self, job: Job) -> Verdict | None:
        """Wait out what is left of a pause that another hold of this job began."""
        try:
            seconds = await self._setbacks.left(job)
        except JobNotFoundError:
            return None  # a message from elsewhere: its first start records it
        return await self._pause(seconds)

    async def _pause(self, seconds: float) -> Verdict | None:
        """Wait with the lease renewed, so that a cancelled job frees its group; None when over.

        With too many in hand the message is given back instead, hidden for that long.
        """
        if not self._capacity.has_room(seconds):
            return Verdict(kind="nack", delay_seconds=min(seconds, MAX_LEASE_SECONDS))
        is_long = seconds > self._capacity.LONG_SECONDS
        with self._capacity.put_off() if is_long else self._capacity.lent():
            await anyio.sleep(seconds)
        return None

    async def _attempt(self, hold: Hold, job: Job) -> Verdict:
        timings = {"queue": _ms(self._clock.now() - _submitted(job))}
        async with AsyncExitStack() as files:
            begun = self._clock.monotonic()
            fetched = await self._inputs.fetch(files, job)
            timings["fetch"] = _ms(self._clock.monotonic() - begun)
            async with self._compute:
                record = await self._start(hold, job)
                if job.pacs.scope == "series":
                    fetched = await self._pinned(files, job, record=record, fetched=fetched)
                begun = self._clock.monotonic()
                report = await self._run(files, job, [path for _, path in fetched])
                self._capacity.observe(self._clock.monotonic() - begun)
            timings |= report.timings
            begun = self._clock.monotonic()
            outputs = await self._store(report)
            timings["store"] = _ms(self._clock.monotonic() - begun)
        timings |= await self._sender.send(job, outputs)
        ending = Ending(
            outcome="succeeded",
            outputs=outputs,
            meta=report.meta,
            timings=timings,
            version=self._spec.version,
        )
        return await self._finish(hold, job, ending)

    async def _start(self, hold: Hold, job: Job) -> JobRecord:
        start = partial(self._jobs.start, job, worker=self._name)
        record = await self._patience.insist(start)
        hold.is_started = not record.is_final
        if record.is_final:
            raise _Settled(await self._again(record))
        if policy.has_crashed_too_often(record.crashes, options=self._options):
            raise CrashLimitError(
                f"the worker died {record.crashes} times on this job; see its log, then "
                "redrive the dead letter"
            )
        return record

    async def _pinned(
        self,
        files: AsyncExitStack,
        job: Job,
        *,
        record: JobRecord,
        fetched: list[tuple[Instance, Path]],
    ) -> list[tuple[Instance, Path]]:
        """Use the instances of the first attempt, whatever the series has gained since."""
        uids = tuple(instance.instance_uid or "" for instance, _ in fetched)
        pinned = record.instance_uids
        if pinned is None:
            if not all(uids):
                return fetched
            pin = partial(self._jobs.pin_instances, record.job.key, uids)
            pinned = await self._patience.insist(pin)
        if pinned == uids:
            return fetched
        return await self._inputs.fetch(files, job, pinned=pinned)

    async def _run(self, files: AsyncExitStack, job: Job, paths: Sequence[Path]) -> ProcessReport:
        folder = self._folder / f"{job.key[:16]}-{self._clock.monotonic():.6f}"
        files.push_async_callback(self._discard, folder)
        return await self._pool.process(
            ProcessRequest(
                paths=tuple(str(path) for path in paths),
                scope=job.pacs.scope,
                parameters=job.parameters,
                folder=str(folder),
            )
        )

    async def _discard(self, folder: Path) -> None:
        """Remove what children left, many folders at a time: most often they are empty."""
        self._spent.append(folder)
        if len(self._spent) >= SPENT_FOLDERS:
            spent, self._spent = self._spent, []
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_remove, spent)

    async def _store(self, report: ProcessReport) -> tuple[Output, ...]:
        outputs = []
        for derived in report.outputs:
            key = output_key(self._spec.id, derived.sop_instance_uid)
            await self._objects.put(key, Path(derived.path))
            outputs.append(
                Output(
                    role=derived.role,
                    sop_instance_uid=derived.sop_instance_uid,
                    bucket=self._objects.bucket,
                    key=key,
                    sha256=derived.sha256,
                )
            )
        return tuple(outputs)

    async def _finish(self, hold: Hold, job: Job, ending: Ending) -> Verdict:
        finish = await self._patience.insist(partial(self._jobs.finish, job, ending))
        return await self._ended(hold, job, finish)

    async def _ended(self, hold: Hold, job: Job, finish: Finish) -> Verdict:
        hold.is_started = False
        log_done(job, finish, deliveries=hold.delivery.deliveries)
        with anyio.CancelScope(shield=True):
            await self._tell(finish.result)
        return verdict_of(finish.result)

    async def _again(self, record: JobRecord) -> Verdict:
        """Settle a job that was finished before: announce its result, run nothing."""
        result = record.result
        if result is None:
            raise StateError(f"job {record.job.key} is {record.state} but has no result")
        if not record.is_announced:
            await self._tell(result)
        return verdict_of(result)

    async def _tell(self, result: Result) -> None:
        """Announce a result; one that is not told now is on record, and the sweeper tells it."""
        try:
            await self._announce.submit(result)
        except (TransportError, StateError) as error:
            log.warning("result.not_announced", extra=fields(job_id=result.job_id, code=error.code))

    async def _decide(self, hold: Hold, job: Job, error: Exception) -> Verdict | float:
        """Record a failed attempt; return the settlement, or the pause before the next."""
        if not isinstance(error, MipError | RetryAfter | Discard):
            log.error("job.unexpected_error", exc_info=error, extra=job_fields(job))
        if not hold.is_started:
            try:
                await self._start(hold, job)
            except _Settled as settled:
                return settled.verdict
            except CrashLimitError as limit:
                error = limit
        age_seconds = self._clock.now() - _submitted(job)
        decision = await self._setbacks.judge(hold, job, error, age_seconds=age_seconds)
        if isinstance(decision, policy.Fail):
            ending = Ending(outcome="failed", error=decision.error, version=self._spec.version)
            return await self._finish(hold, job, ending)
        return await self._setbacks.put_off(hold, job, decision)

    async def _stopped(self, hold: Hold, job: Job) -> Verdict:
        """Leave a job whose hold was stopped in a state from which it goes on."""
        try:
            return await self._leave(hold, job)
        except StateError as error:
            # Whoever starts it next finds this attempt open, and counts it as a crash.
            log.warning("job.not_released", extra=job_fields(job, code=error.code))
            return DROP if hold.reason is StopReason.LEASE_LOST else GIVE_BACK

    async def _leave(self, hold: Hold, job: Job) -> Verdict:
        if hold.reason is StopReason.CANCELLED:
            record = await self._jobs.get(job.key)
            if record.is_final:
                return await self._again(record)
            finish = await self._jobs.finish(job, Ending(outcome="cancelled"))
            return await self._ended(hold, job, finish)
        if hold.is_started:
            await self._jobs.release(job.key, worker=self._name)
            hold.is_started = False
        return DROP if hold.reason is StopReason.LEASE_LOST else GIVE_BACK

    async def _refuse(self, hold: Hold, message: Unreadable) -> Verdict:
        """Set a message aside that is no job; its client still gets one failed result."""
        error = message.error
        log.error("job.unreadable", extra=fields(code=error.code, group=hold.delivery.group_id))
        if message.job is not None:
            ending = Ending(outcome="failed", error=error)
            # Handed back until records answer its queue would set it aside, without a result.
            try:
                with hold.scope:
                    return await self._finish(hold, message.job, ending)
            except PERMANENT:
                raise
            except StateError:
                return Verdict(kind="nack", delay_seconds=RECORD_FAILED_DELAY_SECONDS)
            return DROP if hold.reason is StopReason.LEASE_LOST else GIVE_BACK
        return Verdict(kind="dead_letter", reason=f"{error.code}: {error.message}")


def _submitted(job: Job) -> float:
    try:
        return from_iso(job.submitted_at)
    except ValueError:
        return 0.0


def _ms(seconds: float) -> float:
    return round(max(0.0, seconds) * 1000, 3)


def _remove(folders: list[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()  # most often all that it held is stored: a third of the time
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
