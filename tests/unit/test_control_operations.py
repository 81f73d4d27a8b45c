"""Queues, workers and health, as operators see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest
from msgspec.structs import replace

from mip.contracts import RESULTS_QUEUE, canonical_algorithm_id, request_queue
from mip.control import Health, Operations, QueueView
from mip.control.health import RECENT_SECONDS, JobCounts, problems_of, starting_of
from mip.state.workers import MAX_RUNNING, WorkerRecord
from mip.testing import FakeClock
from mip.transport import Message, Nack, SetAside, open_transport
from tests.unit.control_house import MemoryRegistry, make_record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mip.control import HealthReport
    from mip.transport import Transport

ALGORITHM = "threshold-filter"
QUEUE = request_queue(ALGORITHM)


class MemoryWorkers:
    """What workers say of themselves, in memory."""

    def __init__(self) -> None:
        self.records: dict[str, WorkerRecord] = {}

    async def beat(self, record: WorkerRecord) -> None:
        algorithm_id = canonical_algorithm_id(record.algorithm_id)
        running = record.running[:MAX_RUNNING]
        self.records[record.name] = replace(record, algorithm_id=algorithm_id, running=running)

    async def workers(
        self, *, algorithm_id: str | None = None, since: float = 0.0
    ) -> list[WorkerRecord]:
        wanted = None if algorithm_id is None else canonical_algorithm_id(algorithm_id)
        return [
            record
            for _, record in sorted(self.records.items())
            if record.seen_at >= since and wanted in {None, record.algorithm_id}
        ]

    async def forget(self, name: str) -> None:
        self.records.pop(name, None)

    async def forget_silent(self, *, before: float) -> int:
        silent = [name for name, record in self.records.items() if record.seen_at < before]
        for name in silent:
            del self.records[name]
        return len(silent)

    async def aclose(self) -> None:
        pass


class House:
    def __init__(self, transport: Transport, clock: FakeClock) -> None:
        self.transport = transport
        self.clock = clock
        self.registry = MemoryRegistry()
        self.workers = MemoryWorkers()
        self.operations = Operations(transport, workers=self.workers, clock=clock)
        self.health = Health(
            self.registry, operations=self.operations, clock=clock, pacs=("archive",)
        )

    async def fill(self) -> None:
        """Put one job in each place: waiting, on loan, delayed, set aside."""
        await self.transport.create_queue(QUEUE)
        names = ("dead", "late", "runs", "waits")
        await self.transport.publish(
            QUEUE, [Message(body=b"x", group_id=name, dedup_id=name) for name in names]
        )
        taken = await self.transport.receive(QUEUE, max_messages=3)
        receipts = {item.group_id: item.receipt for item in taken}
        await self.transport.settle(
            QUEUE,
            dead_letters=[SetAside(receipts["dead"], "broken")],
            nacks=[Nack(receipts["late"], 600.0)],
        )

    async def beat(self, name: str, algorithm_id: str = ALGORITHM) -> None:
        now = self.clock.now()
        await self.workers.beat(
            WorkerRecord(
                name=name,
                algorithm_id=algorithm_id,
                host="h",
                pid=1,
                concurrency=1,
                started_at=now,
                seen_at=now,
            )
        )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = FakeClock()
    transport = open_transport(f"memory:{tmp_path}", clock=clock)
    yield House(transport, clock)
    await transport.aclose()


async def test_a_queue_is_seen_with_its_depth_and_the_age_of_its_oldest_job(house: House) -> None:
    await house.fill()
    house.clock.advance(12.0)
    assert await house.operations.queues() == [
        QueueView(
            algorithm_id=ALGORITHM,
            queue=QUEUE,
            waiting=1,
            in_flight=1,
            delayed=1,
            dead_letters=1,
            oldest_age_seconds=12.0,
        )
    ]


async def test_only_queues_of_jobs_are_seen_and_an_empty_one_has_no_age(house: House) -> None:
    for queue in (RESULTS_QUEUE, "mip-requests.fifo", "other", request_queue("a-b")):
        await house.transport.create_queue(queue)
    [view] = await house.operations.queues()
    assert (view.algorithm_id, view.oldest_age_seconds) == ("a-b", None)


async def test_a_queue_that_is_deleted_meanwhile_is_left_out(house: House, monkeypatch) -> None:
    async def queues() -> list[str]:
        return [QUEUE]

    monkeypatch.setattr(house.transport, "queues", queues)
    assert await house.operations.queues() == []


async def test_results_that_were_set_aside_are_seen(house: House) -> None:
    await house.transport.create_queue(RESULTS_QUEUE)
    bodies = [b"no result", b'{"job_id": "a", "client_id": "c", "algo_id": "x", "seq": 1}']
    messages = [Message(body=body, group_id=repr(body), dedup_id=repr(body)) for body in bodies]
    await house.transport.publish(RESULTS_QUEUE, messages)
    taken = await house.transport.receive(RESULTS_QUEUE, max_messages=2)
    aside = [SetAside(delivery.receipt, "why") for delivery in taken]
    await house.transport.settle(RESULTS_QUEUE, dead_letters=aside)
    [first, second] = await house.operations.dead_results()
    assert (first.reason, first.deliveries, first.job_id) == ("why", 1, None)
    assert (second.job_id, second.client_id, second.algo_id) == ("a", "c", "x")
    assert await house.operations.dead_results(limit=1) == [first]
    assert await house.operations.dead_results(after=first.id) == [second]


async def test_workers_are_seen_until_they_are_silent(house: House) -> None:
    await house.beat("a")
    house.clock.advance(20.0)
    await house.beat("b", "window")
    assert [each.name for each in await house.operations.workers()] == ["a", "b"]
    assert [each.name for each in await house.operations.workers("threshold_filter")] == ["a"]
    house.clock.advance(20.0)
    assert [each.name for each in await house.operations.workers()] == ["b"]


async def test_health_tells_jobs_workers_and_pacs(house: House) -> None:
    await house.fill()
    await house.registry.create(make_record("ACTIVE"))
    await house.beat("a")
    report = await house.health.report()
    assert (report.status, report.problems) == ("healthy", ())
    assert report.timestamp == "2023-11-14T22:13:20.000Z"
    assert report.queues == {ALGORITHM: 2}
    assert report.workers == {ALGORITHM: 1}
    assert report.jobs == JobCounts(queued=2, running=1, dead_letters=1)
    assert report.pacs == ("archive",)


async def test_health_looks_at_every_algorithm(house: House) -> None:
    for number in range(120):
        await house.registry.create(make_record("ERROR", algorithm_id=f"algorithm-{number}"))
    report = await house.health.report()
    assert (report.status, len(report.problems)) == ("degraded", 120)


async def test_who_asks_often_makes_nobody_look_often(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    reports: list[HealthReport] = []
    queues = house.operations.queues

    async def counted() -> list[QueueView]:
        looks.append("queues")
        return await queues()

    async def ask() -> None:
        reports.append(await house.health.recent())

    monkeypatch.setattr(house.operations, "queues", counted)
    async with anyio.create_task_group() as tasks:
        for _ in range(100):
            tasks.start_soon(ask)
    assert (len(reports), len(looks)) == (100, 1)
    await house.transport.aclose()
    house.clock.advance(RECENT_SECONDS / 2)
    await ask()
    house.clock.advance(RECENT_SECONDS / 2)
    await ask()
    assert [report.status for report in reports[-2:]] == ["healthy", "unhealthy"]
    assert len(looks) == 2


async def test_services_that_do_not_answer_are_a_problem_and_no_error(house: House) -> None:
    await house.transport.aclose()
    report = await house.health.report()
    assert report.status == "unhealthy"
    assert report.problems == ("queues or records do not answer (transport.closed)",)


def test_what_is_wrong_with_an_algorithm_is_told_without_its_details() -> None:
    records = [
        make_record("ERROR", algorithm_id="aaa", last_error="/secret/path"),
        make_record("ACTIVE", algorithm_id="bbb", last_error="worker 0 died 5 times"),
        make_record("ACTIVE", algorithm_id="ccc"),
        make_record("ACTIVE", algorithm_id="ddd"),
        make_record("ACTIVE", algorithm_id="eee", desired_count=0),
        make_record("SCALED_DOWN", algorithm_id="fff"),
    ]
    assert problems_of(records, {"ddd": 2}) == (
        "aaa is ERROR; its record says why",
        "bbb has trouble; its record says which",
        "ccc has no worker; jobs wait",
    )


async def test_an_algorithm_that_takes_no_jobs_yet_is_starting(house: House) -> None:
    await house.registry.create(make_record("PROVISIONING"))
    report = await house.health.report()
    assert report.status == "starting"
    assert report.problems == (f"{ALGORITHM} is PROVISIONING; it takes jobs soon",)


async def test_what_starts_hides_no_problem(house: House) -> None:
    await house.registry.create(make_record("PROVISIONING"))
    await house.registry.create(make_record("ERROR", algorithm_id="broken"))
    report = await house.health.report()
    assert (report.status, len(report.problems)) == ("degraded", 2)


def test_only_what_will_take_jobs_by_itself_is_starting() -> None:
    records = [
        make_record("REGISTERED", algorithm_id="aaa"),
        make_record("PROVISIONING", algorithm_id="bbb", desired_count=0),
        make_record("PROVISIONING", algorithm_id="ccc", last_error="worker 0 died 5 times"),
        make_record("ACTIVE", algorithm_id="ddd"),
        make_record("SCALED_DOWN", algorithm_id="eee"),
    ]
    assert starting_of(records) == ("aaa is REGISTERED; it takes jobs soon",)


async def test_jobs_that_no_worker_takes_are_a_problem(house: House) -> None:
    await house.fill()
    report = await house.health.report()
    assert report.status == "degraded"
    assert report.problems == (f"{ALGORITHM} has jobs queued (2) and no worker",)
    await house.beat("a")
    assert (await house.health.report()).status == "healthy"


async def test_jobs_that_are_kept_for_an_algorithm_scaled_to_zero_are_no_problem(
    house: House,
) -> None:
    await house.fill()
    await house.registry.create(make_record("SCALED_DOWN"))
    assert (await house.health.report()).status == "healthy"
