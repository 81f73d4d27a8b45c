"""The worker's loop: receive what can be started, keep it, work on it, settle it, drain."""

from __future__ import annotations

import logging
import random
import uuid
from typing import TYPE_CHECKING

import anyio

from ..contracts import canonical_algorithm_id
from ..errors import MipError, SettingsError, TransportCorruptError, TransportError
from ..telemetry import fields
from ..transport import Nack, SetAside
from ..transport.base import MAX_BATCH, MAX_WAIT_SECONDS
from .batcher import Batcher
from .convoy import Convoy
from .execute import SHIELDED_SECONDS, Executor
from .holds import Capacity, Hold, StopReason
from .keeper import LeaseKeeper
from .lanes import Lanes
from .patience import PERMANENT
from .retention import Retention
from .verdicts import GIVE_BACK, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from anyio.abc import TaskGroup

    from ..clock import Clock
    from ..contracts import AlgorithmSpec, Result
    from ..outbox import Outbox
    from ..pacs import Pacs
    from ..state import JobStore
    from ..storage import ObjectStore
    from ..transport import Delivery, SettleOutcome, Transport
    from .children import ChildPool
    from .options import WorkerOptions

log = logging.getLogger(__name__)

SETTLE_TRIES = 6
RECEIVE_BACKOFF_SECONDS = 0.5
MAX_RECEIVE_BACKOFF_SECONDS = 30.0
STOPPED_GRACE_SECONDS = 5.0


class Loop:
    """Work on one queue until stopped.

    Parameters
    ----------
    transport, queue
        Where jobs come from.
    algorithm_id : str
        Whose jobs they are; ``-`` and ``_`` forms are the same.
    jobs, outbox, pacs, objects, pool
        Records, announcements, images, results and children; all open, closed by their owner.
    folder : Path
        Where children write; on the file system of ``objects`` when it has a staging folder.
    options, name, clock
        Limits, the worker's name, and time.

    Attributes
    ----------
    ready : Event
        Set once the algorithm is loaded and jobs are taken.
    version : str
        The algorithm's, from then on.
    """

    def __init__(
        self,
        transport: Transport,
        queue: str,
        *,
        algorithm_id: str,
        jobs: JobStore,
        outbox: Outbox,
        pacs: Pacs,
        objects: ObjectStore,
        pool: ChildPool,
        folder: Path,
        options: WorkerOptions,
        name: str,
        clock: Clock,
    ) -> None:
        self._transport = transport
        self._queue = queue
        self._algorithm_id = algorithm_id
        self._jobs = jobs
        self._outbox = outbox
        self._pacs = pacs
        self._objects = objects
        self._pool = pool
        self._folder = folder
        self._options = options
        self._name = name
        self._clock = clock
        self._lanes = Lanes()
        self._capacity = Capacity(options)
        self._keeper = LeaseKeeper(
            transport,
            queue,
            jobs=jobs,
            lease_seconds=options.lease_seconds,
            cancel_check_seconds=options.cancel_check_seconds,
            clock=clock,
        )
        self._retention = Retention(
            jobs, outbox=outbox, clock=clock, record_seconds=options.record_seconds
        )
        self._convoy = Convoy(lambda: self._capacity.is_loaded)
        self._settle = Batcher[tuple[str, Verdict], "SettleOutcome"](
            self._send_settlements, most=MAX_BATCH, gather=self._convoy.join
        )
        self._announce = Batcher["Result", None](
            self._send_results, most=MAX_BATCH, gather=self._convoy.join
        )
        self._loading = anyio.CancelScope()
        self._receiving = anyio.CancelScope()
        self._services = anyio.CancelScope(shield=True)
        self._deadline = anyio.CancelScope()
        self._is_stopping = False
        self._lane_ended = anyio.Event()
        self.ready = anyio.Event()
        self.version = ""

    @property
    def running(self) -> list[str]:
        """Keys of the jobs that are worked on now."""
        return [hold.key for hold in self._keeper.holds if hold.is_started and hold.key]

    def stop(self) -> None:
        """Receive no more; finish what runs, hand the rest back."""
        self._is_stopping = True
        self._loading.cancel()
        self._receiving.cancel()

    def stop_now(self) -> None:
        """Hand everything back at once."""
        self.stop()
        self._deadline.cancel()

    async def run(self) -> None:
        """Work until stopped and everything in hand is settled.

        Raises
        ------
        SettingsError
            The children run another algorithm: each of its jobs would fail.
        QueueNotFoundError
            The queue is not there, or was deleted.
        StateCorruptError, TransportCorruptError
            The file of records or queues is damaged.
        """
        spec = None
        with self._loading:
            spec = await self._pool.describe()
        if spec is None:
            return
        if canonical_algorithm_id(spec.id) != canonical_algorithm_id(self._algorithm_id):
            raise SettingsError(
                f"ALGO_ID: expected {spec.id!r}, the id of the algorithm that MIP_ALGORITHM names, "
                f"got {self._algorithm_id!r}; correct one of the two"
            )
        log.info(
            "worker.started",
            extra=fields(
                worker=self._name, algorithm=spec.id, concurrency=self._options.concurrency
            ),
        )
        await self._work(spec)

    async def _work(self, spec: AlgorithmSpec) -> None:
        self.version = spec.version
        self.ready.set()
        executor = Executor(
            pacs=self._pacs,
            objects=self._objects,
            jobs=self._jobs,
            pool=self._pool,
            announce=self._announce,
            capacity=self._capacity,
            spec=spec,
            folder=self._folder,
            options=self._options,
            name=self._name,
            clock=self._clock,
        )
        async with anyio.create_task_group() as background:
            background.start_soon(self._serve, spec)
            try:
                async with anyio.create_task_group() as lanes:
                    with self._receiving:
                        await self._poll(lanes, executor)
                    await self._drain(lanes)
            finally:
                self._services.cancel()

    async def _serve(self, spec: AlgorithmSpec) -> None:
        """Renew, settle, announce and sweep for as long as anything is in hand.

        Shielded: when the whole worker is cancelled, what its lanes hold is still handed back.
        """
        with self._services:
            async with anyio.create_task_group() as services:
                services.start_soon(self._keeper.run)
                services.start_soon(self._settle.run)
                services.start_soon(self._announce.run)
                services.start_soon(self._sweep, spec)

    async def _poll(self, lanes: TaskGroup, executor: Executor) -> None:
        while not self._is_stopping:
            free = await self._capacity.wait_free()
            await self._convoy.join()
            deliveries = await self._receive(min(free, MAX_BATCH))
            self._capacity.take(len(deliveries))
            for group_id in self._lanes.add([self._keeper.add(item) for item in deliveries]):
                lanes.start_soon(self._lane, executor, group_id)

    async def _receive(self, free: int) -> list[Delivery]:
        """Receive, however often it takes; the attempt id makes a lost answer harmless."""
        attempt_id = uuid.uuid4().hex
        pause = RECEIVE_BACKOFF_SECONDS
        while True:
            try:
                return await self._transport.receive(
                    self._queue,
                    max_messages=free,
                    wait_seconds=MAX_WAIT_SECONDS,
                    lease_seconds=self._options.lease_seconds,
                    attempt_id=attempt_id,
                )
            except TransportError as error:
                if not error.retryable:
                    raise  # the queue is gone, or its file is damaged: no waiting helps
                log.warning("receive.failed", extra=fields(code=error.code, queue=self._queue))
                await anyio.sleep(pause * (0.5 + random.random() / 2))  # noqa: S311 - jitter
                pause = min(MAX_RECEIVE_BACKOFF_SECONDS, 2 * pause)

    async def _lane(self, executor: Executor, group_id: str) -> None:
        """Work on a group's deliveries in order; the next starts when the last is settled."""
        while (hold := self._lanes.next(group_id)) is not None:
            verdict = GIVE_BACK
            try:
                if not self._is_stopping:
                    verdict = await executor.run(hold)
            finally:
                with anyio.move_on_after(SHIELDED_SECONDS, shield=True):
                    await self._end(hold, verdict)
            if verdict.kind in ("nack", "drop"):
                await self._abandon(group_id)
        self._lane_ended.set()

    async def _end(self, hold: Hold, verdict: Verdict) -> None:
        try:
            await self._keeper.remove(hold)
            if verdict.kind != "drop":
                outcome = await self._settle.submit((hold.delivery.receipt, verdict))
                if outcome != "done":
                    log.warning(
                        "delivery.not_settled", extra=fields(job_key=hold.key, outcome=outcome)
                    )
        except TransportCorruptError:
            raise
        except TransportError as error:
            # The lease ends by itself; the record tells the next worker what is left to do.
            log.warning("delivery.not_settled", extra=fields(job_key=hold.key, code=error.code))
        finally:
            self._capacity.give()

    async def _abandon(self, group_id: str) -> None:
        """Give the rest of a lane back, for its head must come first again."""
        for hold in self._lanes.abandon(group_id):
            await self._end(hold, GIVE_BACK)

    async def _drain(self, lanes: TaskGroup) -> None:
        """Hand back at once what has not begun, and at the deadline what has not ended."""
        for hold in self._keeper.holds:
            if not hold.is_started:
                hold.stop(StopReason.RELEASED)
        with self._deadline:
            self._deadline.deadline = anyio.current_time() + self._options.drain_seconds
            await self._wait_empty()
        for hold in self._keeper.holds:
            hold.stop(StopReason.RELEASED)
        with anyio.move_on_after(STOPPED_GRACE_SECONDS):
            await self._wait_empty()
        lanes.cancel_scope.cancel()

    async def _wait_empty(self) -> None:
        while len(self._lanes):
            self._lane_ended = anyio.Event()
            await self._lane_ended.wait()

    async def _sweep(self, spec: AlgorithmSpec) -> None:
        """Finish what crashes left half done, and forget what ended long ago.

        Every worker does, and repeats do no harm.
        """
        while True:
            try:
                await self._outbox.sweep(older_than_seconds=self._options.sweep_seconds)
                await self._outbox.rescue(self._queue, algorithm_id=spec.id)
                await self._retention.purge()
            except PERMANENT:
                raise
            except MipError as error:
                # The next one goes on; one that cannot be done must not end the worker.
                log.warning("sweep.failed", extra=fields(code=error.code, queue=self._queue))
            await anyio.sleep(self._options.sweep_seconds * (0.75 + random.random() / 2))  # noqa: S311 - jitter

    async def _send_results(self, results: list[Result]) -> list[None]:
        await self._outbox.announce_many(results)
        return [None] * len(results)

    async def _send_settlements(self, items: list[tuple[str, Verdict]]) -> list[SettleOutcome]:
        """Settle a batch, again and again while the transport asks for it."""
        outcomes: dict[str, SettleOutcome] = {}
        left = dict(items)
        for attempt in range(SETTLE_TRIES):
            if attempt:
                await anyio.sleep(0.02 * 2**attempt)
            try:
                outcomes |= await self._settle_once(left)
            except TransportError as error:
                if not error.retryable or attempt == SETTLE_TRIES - 1:
                    raise
                continue
            left = {receipt: left[receipt] for receipt in left if outcomes[receipt] == "retry"}
            if not left:
                break
        return [outcomes[receipt] for receipt, _ in items]

    async def _settle_once(self, items: dict[str, Verdict]) -> dict[str, SettleOutcome]:
        acks = [receipt for receipt, verdict in items.items() if verdict.kind == "ack"]
        nacks = [
            Nack(receipt, verdict.delay_seconds)
            for receipt, verdict in items.items()
            if verdict.kind == "nack"
        ]
        dead_letters = [
            SetAside(receipt, verdict.reason)
            for receipt, verdict in items.items()
            if verdict.kind == "dead_letter"
        ]
        settlement = await self._transport.settle(
            self._queue, acks=acks, nacks=nacks, dead_letters=dead_letters
        )
        given_back = [nack.receipt for nack in nacks]
        dead = [letter.receipt for letter in dead_letters]
        return {
            **dict(zip(acks, settlement.acks, strict=True)),
            **dict(zip(given_back, settlement.nacks, strict=True)),
            **dict(zip(dead, settlement.dead_letters, strict=True)),
        }
