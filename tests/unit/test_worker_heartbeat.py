"""Workers say that they live, and nothing waits for it."""

from __future__ import annotations

import logging

import anyio
import pytest

from mip.errors import StateError
from mip.state.workers import WorkerRecord
from mip.testing import FakeClock
from mip.worker import heartbeat
from mip.worker.heartbeat import beat
from tests.unit.test_control_operations import MemoryWorkers

SIGN = WorkerRecord(
    name="w", algorithm_id="a", host="h", pid=1, concurrency=1, started_at=0.0, seen_at=0.0
)


class Room:
    """A worker's heartbeat, and time that a test moves."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = MemoryWorkers()
        self.running: list[str] = []

    async def beat(self) -> None:
        await beat(self.store, SIGN, running=lambda: self.running, clock=self.clock)

    async def next(self) -> None:
        """Go on to the next sign of life."""
        await self.clock.until_sleeping()
        self.clock.advance(6.0)
        await anyio.wait_all_tasks_blocked()


@pytest.fixture
def room(monkeypatch) -> Room:
    room = Room()
    monkeypatch.setattr("mip.worker.heartbeat.anyio.sleep", room.clock.sleep)
    return room


async def test_a_worker_says_what_it_runs_until_it_ends(room: Room) -> None:
    begun = room.clock.now()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(room.beat)
        await anyio.wait_all_tasks_blocked()
        assert room.store.records["w"].seen_at == begun
        room.running = [f"job-{number}" for number in range(150)]
        await room.next()
        assert room.store.records["w"].seen_at == begun + 6.0
        assert len(room.store.records["w"].running) == 100
        tasks.cancel_scope.cancel()
    assert room.store.records == {}


async def test_records_that_do_not_answer_are_logged_once(room: Room, caplog, monkeypatch) -> None:
    async def fail(record: WorkerRecord) -> None:
        raise StateError("out")

    caplog.set_level(logging.WARNING, logger="mip")
    works = room.store.beat
    monkeypatch.setattr(room.store, "beat", fail)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(room.beat)
        await anyio.wait_all_tasks_blocked()
        await room.next()
        assert [each.message for each in caplog.records] == ["heartbeat.failed"]
        monkeypatch.setattr(room.store, "beat", works)
        await room.next()
        assert set(room.store.records) == {"w"}
        monkeypatch.setattr(room.store, "beat", fail)
        await room.next()
        assert len(caplog.records) == 2
        tasks.cancel_scope.cancel()


async def test_records_that_hang_keep_neither_the_beat_nor_the_end(
    room: Room, caplog, monkeypatch
) -> None:
    async def hang(_: object) -> None:
        await anyio.Event().wait()

    async def fail(_: object) -> None:
        raise StateError("out")

    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(heartbeat, "FORGET_SECONDS", 0.01)
    monkeypatch.setattr(room.store, "beat", hang)
    for forget in (hang, fail):
        monkeypatch.setattr(room.store, "forget", forget)
        with anyio.fail_after(30.0):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(room.beat)
                await room.clock.until_sleeping()
                tasks.cancel_scope.cancel()
    assert {each.message for each in caplog.records} == {"heartbeat.failed"}
