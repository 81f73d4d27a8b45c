"""The loop over queues and records in memory, with a pool of children that does as it is told."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest

from mip.clock import SystemClock
from mip.contracts import AlgorithmSpec, JobRequest, PathReference, request_queue
from mip.errors import (
    AlgorithmFailedError,
    QueueNotFoundError,
    RetryAfter,
    SettingsError,
    StateCorruptError,
    StateError,
    TransportCorruptError,
    TransportError,
)
from mip.outbox import REQUEST_QUEUE_OPTIONS, Outbox
from mip.pacs.base import Instance
from mip.state import open_job_store
from mip.testing import FakeClock, faults
from mip.transport import open_transport
from mip.worker.holds import Capacity
from mip.worker.loop import Loop
from mip.worker.messages import ProcessReport, ProcessRequest
from mip.worker.options import WorkerOptions
from mip.worker.retention import PURGE_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mip.clock import Clock
    from mip.contracts import ImageReference, Result
    from mip.state import JobStore
    from mip.transport import Depth, Transport

pytestmark = pytest.mark.usefixtures("no_blocking")

SPEC = AlgorithmSpec(id="no_op", version="1.0.0", parameters={"type": "object", "properties": {}})
QUEUE = request_queue("no_op")
OPTIONS = WorkerOptions(concurrency=1, prefetch=2, backoff_seconds=0.0, drain_seconds=5.0)


class FakePacs:
    def __init__(self, path: Path) -> None:
        self.path = path

    async def resolve(self, reference: ImageReference) -> list[Instance]:
        return [Instance(locator="i", instance_uid="1.2")]

    @asynccontextmanager
    async def fetch(self, instance: Instance) -> AsyncIterator[Path]:
        yield self.path


@dataclass
class FakePool:
    """Runs jobs while ``gate`` is open; ``errors`` are raised by the first jobs."""

    gate: anyio.Event = field(default_factory=anyio.Event)
    loads: anyio.Event = field(default_factory=anyio.Event)
    errors: list[Exception] = field(default_factory=list)
    runs: int = 0
    most_at_once: int = 0
    running: int = 0
    began: anyio.Event = field(default_factory=anyio.Event)
    began_again: anyio.Event = field(default_factory=anyio.Event)

    async def describe(self) -> AlgorithmSpec:
        await self.loads.wait()
        return SPEC

    async def process(self, request: ProcessRequest) -> ProcessReport:
        self.runs += 1
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        (self.began_again if self.began.is_set() else self.began).set()
        try:
            await self.gate.wait()
        finally:
            self.running -= 1
        if self.errors:
            raise self.errors.pop(0)
        return ProcessReport()


@dataclass
class Rig:
    transport: Transport
    jobs: JobStore
    folder: Path
    pool: FakePool = field(default_factory=FakePool)

    def __post_init__(self) -> None:
        self.pool.loads.set()
        self.outbox = Outbox(self.transport, self.jobs, clock=SystemClock())

    def loop(
        self,
        *,
        transport: Transport | None = None,
        clock: Clock | None = None,
        algorithm_id: str = "no-op",
        **changes: Any,
    ) -> Loop:
        options = {name: getattr(OPTIONS, name) for name in OPTIONS.__struct_fields__}
        transport = transport or self.transport
        return Loop(
            transport,
            QUEUE,
            algorithm_id=algorithm_id,
            jobs=self.jobs,
            outbox=Outbox(transport, self.jobs, clock=SystemClock()),
            pacs=cast("Any", FakePacs(self.folder)),
            objects=cast("Any", None),
            pool=cast("Any", self.pool),
            folder=self.folder,
            options=WorkerOptions(**{**options, **changes}),
            name="w",
            clock=clock or SystemClock(),
        )

    async def submit(self, count: int, *, group: str | None = None) -> None:
        for index in range(count):
            request = JobRequest(
                job_id=f"j{index}",
                client_id="c",
                pacs=PathReference(study_id="s", series_id="s", image_id="i"),
                ordering_key=group,
            )
            await self.outbox.submit(request, SPEC)

    async def depth(self) -> Depth:
        return await self.transport.depth(QUEUE)

    async def results(self, count: int) -> list[Result]:
        """Wait for so many results."""
        with anyio.fail_after(10.0):
            while len(found := await self.jobs.results_after("c", 0)) < count:
                await anyio.lowlevel.checkpoint()
        return found

    async def begun(self) -> None:
        with anyio.fail_after(10.0):
            await self.pool.began.wait()


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    jobs = await open_job_store(f"sqlite:{tmp_path / 'state.db'}")
    transport = open_transport("memory:")
    await transport.create_queue(QUEUE, REQUEST_QUEUE_OPTIONS)
    rig = Rig(transport, jobs, tmp_path)
    await rig.outbox.create_results_queue()
    yield rig
    await transport.aclose()
    await jobs.aclose()


@asynccontextmanager
async def working(loop: Loop) -> AsyncIterator[None]:
    """Run a loop beside the test, then stop it."""
    with anyio.fail_after(20.0):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(loop.run)
            yield
            loop.stop()


async def test_jobs_are_done_and_their_messages_gone(rig: Rig) -> None:
    await rig.submit(5)
    rig.pool.gate.set()
    async with working(rig.loop()):
        results = await rig.results(5)
    assert {result.status for result in results} == {"succeeded"}
    depth = await rig.depth()
    assert (depth.waiting, depth.in_flight) == (0, 0)


async def test_a_stop_while_the_algorithm_loads_ends_the_worker(rig: Rig) -> None:
    rig.pool.loads = anyio.Event()
    await rig.submit(1)
    loop = rig.loop()
    async with working(loop):
        await anyio.wait_all_tasks_blocked()
    assert (await rig.depth()).waiting == 1


async def test_a_cancelled_worker_hands_back_all_that_it_holds(rig: Rig) -> None:
    await rig.submit(3)
    with anyio.fail_after(5.0):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(rig.loop().run)
            await rig.begun()
            tasks.cancel_scope.cancel()
    depth = await rig.depth()
    assert (depth.waiting, depth.in_flight) == (3, 0)
    records = await rig.jobs.jobs()
    assert {record.state for record in records} == {"queued"}


async def test_a_deleted_queue_ends_the_worker_with_an_error(rig: Rig) -> None:
    await rig.submit(1)
    errors: list[BaseException] = []

    async def run() -> None:
        try:
            await rig.loop().run()
        except* QueueNotFoundError as group:
            errors.append(group)

    with anyio.fail_after(10.0):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
            await rig.begun()
            await rig.transport.delete_queue(QUEUE, force=True)
    assert len(errors) == 1
    (record,) = await rig.jobs.jobs()
    assert record.state == "queued"


async def test_a_message_lent_again_to_the_worker_that_lost_it_runs_once_at_a_time(
    rig: Rig,
) -> None:
    await rig.submit(2, group="one")
    # Renewals fail, so the lease of the first job ends while it runs.
    renewal = anyio.Event()

    async def lose(call: faults.Call) -> Any:
        if renewal.is_set():
            return await call()
        raise TransportError("down")

    faulty = faults.script(rig.transport, {"settle": dict.fromkeys(range(1, 100), lose)})
    async with working(rig.loop(transport=faulty, lease_seconds=0.2)):
        with anyio.fail_after(10.0):
            await rig.pool.began_again.wait()
        renewal.set()
        rig.pool.gate.set()
        results = await rig.results(2)
    assert [result.job_id for result in results] == ["j0", "j1"]
    assert rig.pool.most_at_once == 1


async def test_a_delay_longer_than_a_queue_allows_does_not_end_the_worker(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Capacity, "MAX_PUT_OFF", 0)  # so that it is given back
    await rig.submit(1)
    rig.pool.errors = [RetryAfter(13 * 86_400.0)]
    rig.pool.gate.set()
    async with working(rig.loop()):
        with anyio.fail_after(10.0):
            while not (await rig.depth()).delayed:
                await anyio.lowlevel.checkpoint()


async def test_a_worker_with_room_for_more_than_a_call_may_carry_works(rig: Rig) -> None:
    await rig.submit(3)
    rig.pool.gate.set()
    async with working(rig.loop(concurrency=200, prefetch=2400)):
        await rig.results(3)


async def test_a_failed_attempt_is_repeated_before_the_rest_of_its_group(rig: Rig) -> None:
    await rig.submit(3, group="one")
    rig.pool.errors = [AlgorithmFailedError("it raised")]
    rig.pool.gate.set()
    async with working(rig.loop()):
        results = await rig.results(3)
    assert [result.job_id for result in results] == ["j0", "j1", "j2"]
    assert rig.pool.runs == 4


async def test_a_settlement_is_repeated_until_the_transport_answers(rig: Rig) -> None:
    await rig.submit(1)
    rig.pool.gate.set()
    down = faults.before(TransportError("down"))
    faulty = faults.script(
        rig.transport, {"settle": {1: down, 2: faults.after(TransportError(""))}}
    )
    async with working(rig.loop(transport=faulty)):
        await rig.results(1)
    depth = await rig.depth()
    assert (depth.waiting, depth.in_flight) == (0, 0)


async def test_a_receive_whose_answer_was_lost_is_repeated(rig: Rig) -> None:
    await rig.submit(1)
    rig.pool.gate.set()
    lost = faults.after(TransportError("lost"))
    faulty = faults.script(rig.transport, {"receive": {1: lost}})
    async with working(rig.loop(transport=faulty)):
        await rig.results(1)
    assert rig.pool.runs == 1


async def test_a_sweep_that_fails_does_not_end_the_worker(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.jobs = faults.script(rig.jobs, {"unpublished": {1: faults.before(StateError("full"))}})
    rig.pool.gate.set()
    async with working(rig.loop()):
        await rig.submit(1)
        await rig.results(1)
    assert "sweep.failed" in caplog.text


async def test_a_worker_forgets_jobs_that_ended_long_ago(rig: Rig) -> None:
    await rig.submit(1)
    rig.pool.gate.set()
    async with working(rig.loop()):
        await rig.results(1)
    await rig.outbox.sweep(older_than_seconds=-1)
    later = FakeClock(now=SystemClock().now() + 100 * 86_400.0)
    loop = rig.loop(clock=later)
    later.advance(PURGE_SECONDS)
    async with working(loop):
        while await rig.jobs.jobs():
            await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("call", ["receive", "settle"])
async def test_damaged_queues_end_the_worker(rig: Rig, call: str) -> None:
    await rig.submit(1)
    rig.pool.gate.set()
    damaged = faults.before(TransportCorruptError("damaged"))
    faulty = faults.script(rig.transport, {call: dict.fromkeys(range(1, 100), damaged)})
    with anyio.fail_after(10.0), pytest.raises(ExceptionGroup) as caught:
        await rig.loop(transport=faulty).run()
    assert caught.value.subgroup(TransportCorruptError) is not None


@pytest.mark.parametrize("call", ["unpublished", "start", "finish"])
async def test_damaged_records_end_the_worker(rig: Rig, call: str) -> None:
    await rig.submit(1)
    rig.pool.gate.set()
    damaged = faults.before(StateCorruptError("damaged"))
    rig.jobs = faults.script(rig.jobs, {call: dict.fromkeys(range(1, 100), damaged)})
    with anyio.fail_after(10.0), pytest.raises(ExceptionGroup) as caught:
        await rig.loop().run()
    assert caught.value.subgroup(StateCorruptError) is not None


async def test_worker_of_another_algorithm_does_not_start(rig: Rig) -> None:
    await rig.submit(1)
    rig.pool.gate.set()
    with anyio.fail_after(10.0), pytest.raises(SettingsError, match=r"'no_op', .* got 'other'"):
        await rig.loop(algorithm_id="other").run()
    assert (await rig.depth()).waiting == 1
