"""Every algorithm is reconciled at the start and when it is woken, and failures are waited out."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import anyio
import pytest

from mip.errors import NotRegisteredError, StateError
from mip.server.provisioner import Reconciler, reconciler
from tests.unit.control_house import MemoryRegistry, make_record

if TYPE_CHECKING:
    from collections.abc import Collection

    from mip.contracts import AlgorithmRecord
    from mip.control import Admin


class FakeAdmin:
    """Notes what is asked of it; ``errors`` are raised first, ``gate`` holds it back."""

    def __init__(self) -> None:
        self.registry = MemoryRegistry()
        self.calls: list[str] = []
        self.errors: list[Exception] = []
        self.orphans: list[Exception] = []
        self.abandoned = anyio.Event()
        self.gate = anyio.Event()
        self.gate.set()
        self.called = anyio.Event()

    async def records(self, *, limit: int, after: str | None = None) -> list[AlgorithmRecord]:
        if self.errors:
            raise self.errors.pop(0)
        return await self.registry.records(limit=limit, after=after)

    async def reconcile(self, algorithm_id: str) -> None:
        self.calls.append(algorithm_id)
        self.called.set()
        await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)

    async def cancel_orphans(self, *, older_than_seconds: float) -> int:
        if self.orphans:
            raise self.orphans.pop(0)
        return 0

    async def cancel_abandoned(self) -> int:
        self.abandoned.set()
        return 0

    async def until(self, calls: int) -> None:
        with anyio.fail_after(30.0):
            while len(self.calls) < calls:
                self.called = anyio.Event()
                await self.called.wait()
        await anyio.wait_all_tasks_blocked()


class Room:
    def __init__(self) -> None:
        self.admin = FakeAdmin()
        self.reconciler = Reconciler()
        self.known: list[Collection[str]] = []

    async def run(self) -> None:
        await self.reconciler.run(cast("Admin", self.admin), end_strays=self.known.append)


@pytest.fixture
def room(monkeypatch) -> Room:
    monkeypatch.setattr(reconciler, "FIRST_PAUSE_SECONDS", 0.001)
    return Room()


async def test_all_on_record_are_reconciled_first_and_strays_ended(room: Room) -> None:
    ids = [f"algorithm-{number:03}" for number in range(120)]
    for algorithm_id in ids:
        await room.admin.registry.create(make_record(algorithm_id=algorithm_id))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(room.run)
        await room.admin.until(120)
        tasks.cancel_scope.cancel()
    assert sorted(room.admin.calls) == ids
    assert room.known == [ids]


async def test_what_is_woken_while_it_is_reconciled_is_reconciled_once_more(room: Room) -> None:
    room.admin.gate = anyio.Event()
    async with anyio.create_task_group() as tasks:
        room.reconciler.wake("my_filter")
        tasks.start_soon(room.run)
        await room.admin.until(1)
        for _ in range(3):
            room.reconciler.wake("my-filter")
        room.reconciler.wake("other")
        await room.admin.until(2)
        assert room.admin.calls == ["my-filter", "other"], "one call at a time each"
        room.admin.gate.set()
        await room.admin.until(3)
        assert room.admin.calls == ["my-filter", "other", "my-filter"]
        room.reconciler.wake("other")
        await room.admin.until(4)
        tasks.cancel_scope.cancel()


async def test_services_that_do_not_answer_are_waited_for(room: Room, caplog) -> None:
    await room.admin.registry.create(make_record())
    room.admin.errors = [StateError("out")] * 3
    room.admin.orphans = [StateError("out")]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(room.run)
        await room.admin.until(1)
        tasks.cancel_scope.cancel()
    assert [each.message for each in caplog.records] == [
        *["algorithm.not_reconciled"] * 1,
        "orphans.not_cancelled",
        *["algorithm.not_reconciled"] * 2,
    ]


async def test_jobs_that_nobody_would_end_are_looked_for(room: Room) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(room.run)
        with anyio.fail_after(30.0):
            await room.admin.abandoned.wait()
        tasks.cancel_scope.cancel()


async def test_what_waiting_does_not_help_is_given_up(room: Room) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(room.run)
        await anyio.wait_all_tasks_blocked()
        room.admin.errors = [NotRegisteredError("gone")]
        room.reconciler.wake("gone")
        await room.admin.until(1)
        assert room.admin.calls == ["gone"]
        tasks.cancel_scope.cancel()
