from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest

from mip.contracts import JobKey
from mip.errors import StateError, TransportError
from mip.transport.base import Delivery, Extend, Settlement
from mip.worker.holds import Hold, StopReason
from mip.worker.keeper import LeaseKeeper

if TYPE_CHECKING:
    from mip.transport.base import SettleOutcome

LEASE = 60.0


class Time:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


class Queue:
    """Answers extensions as told and remembers them."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.answers: dict[str, SettleOutcome] = {}
        self.error: Exception | None = None
        self.gate: anyio.Event | None = None

    async def settle(self, queue: str, *, extends: list[Extend]) -> Settlement:
        self.calls.append([item.receipt for item in extends])
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        return Settlement(extends=tuple(self.answers.get(i.receipt, "done") for i in extends))


class Records:
    def __init__(self) -> None:
        self.asked: set[JobKey] = set()
        self.error: Exception | None = None
        self.checks = 0

    async def cancel_requested(self, keys: list[JobKey]) -> set[JobKey]:
        self.checks += 1
        if self.error is not None:
            raise self.error
        return self.asked & set(keys)


class Rig:
    def __init__(self) -> None:
        self.time, self.queue, self.records = Time(), Queue(), Records()
        self.keeper = LeaseKeeper(
            cast("Any", self.queue),
            "q",
            jobs=cast("Any", self.records),
            lease_seconds=LEASE,
            cancel_check_seconds=1.0,
            clock=self.time,
        )

    def add(self, name: str) -> Hold:
        hold = self.keeper.add(
            Delivery(
                body=b"",
                group_id=name,
                dedup_id=name,
                receipt=name,
                deliveries=1,
                deadline=0.0,
                published_at=0.0,
            )
        )
        hold.key = JobKey(name)
        return hold

    async def after(self, seconds: float) -> None:
        self.time.seconds += seconds
        await self.keeper.tick()


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_leases_are_renewed_at_half_in_one_call(rig: Rig) -> None:
    rig.add("a")
    rig.add("b")
    await rig.after(29.9)
    assert rig.queue.calls == []
    await rig.after(0.1)
    assert rig.queue.calls == [["a", "b"]]
    await rig.after(29.0)
    assert len(rig.queue.calls) == 1
    await rig.after(1.0)
    assert len(rig.queue.calls) == 2


async def test_a_lost_lease_stops_its_work_and_no_other(rig: Rig) -> None:
    lost, kept = rig.add("lost"), rig.add("kept")
    rig.queue.answers["lost"] = "lease_lost"
    await rig.after(30.0)
    assert lost.reason is StopReason.LEASE_LOST
    assert lost.scope.cancel_called
    assert kept.reason is None
    assert rig.keeper.holds == (kept,)


async def test_a_failed_renewal_is_tried_again_until_the_lease_has_ended(rig: Rig) -> None:
    hold = rig.add("a")
    rig.queue.error = TransportError("down")
    await rig.after(30.0)
    await rig.after(1.0)
    assert len(rig.queue.calls) == 2
    assert hold.reason is None
    await rig.after(29.0)
    assert hold.reason is StopReason.LEASE_LOST


async def test_a_failed_renewal_is_told_by_its_code_alone(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.add("a")
    rig.queue.error = TransportError("words that may hold a path")
    await rig.after(30.0)
    (record,) = caplog.records
    assert vars(record)["mip_fields"] == {"leases": 1, "code": "transport.failed", "queue": "q"}


async def test_a_renewal_that_succeeds_late_keeps_the_work(rig: Rig) -> None:
    hold = rig.add("a")
    rig.queue.error = TransportError("down")
    await rig.after(30.0)
    rig.queue.error = None
    await rig.after(1.0)
    await rig.after(28.0)
    assert hold.reason is None


async def test_a_request_to_cancel_stops_the_work(rig: Rig) -> None:
    hold, other = rig.add("a"), rig.add("b")
    rig.records.asked = {JobKey("a")}
    await rig.after(1.0)
    assert hold.reason is StopReason.CANCELLED
    assert other.reason is None


async def test_requests_to_cancel_are_looked_for_no_more_often_than_asked(rig: Rig) -> None:
    rig.add("a")
    await rig.after(1.0)
    await rig.after(0.5)
    assert rig.records.checks == 1


async def test_records_that_do_not_answer_do_not_stop_the_keeper(rig: Rig) -> None:
    hold = rig.add("a")
    rig.records.error = StateError("locked")
    await rig.after(30.0)
    assert rig.queue.calls == [["a"]]
    assert hold.reason is None


async def test_a_removed_lease_is_not_renewed(rig: Rig) -> None:
    hold = rig.add("a")
    await rig.keeper.remove(hold)
    await rig.after(30.0)
    assert rig.queue.calls == []


async def test_removing_waits_for_a_renewal_under_way(rig: Rig) -> None:
    hold = rig.add("a")
    rig.queue.gate = anyio.Event()
    removed = False

    async def remove() -> None:
        nonlocal removed
        await rig.keeper.remove(hold)
        removed = True

    async with anyio.create_task_group() as tasks:
        rig.time.seconds += 30.0
        tasks.start_soon(rig.keeper.tick)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(remove)
        await anyio.wait_all_tasks_blocked()
        assert not removed
        rig.queue.gate.set()
    assert removed


async def test_an_idle_keeper_sleeps_until_something_arrives(rig: Rig) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(rig.keeper.run)
        await anyio.wait_all_tasks_blocked()
        assert rig.queue.calls == []
        assert rig.records.checks == 0
        rig.add("a")
        await anyio.wait_all_tasks_blocked()
        assert rig.records.checks == 1
        tasks.cancel_scope.cancel()


async def test_the_first_reason_to_stop_stays(rig: Rig) -> None:
    hold = rig.add("a")
    hold.stop(StopReason.CANCELLED)
    hold.stop(StopReason.RELEASED)
    assert hold.reason is StopReason.CANCELLED
