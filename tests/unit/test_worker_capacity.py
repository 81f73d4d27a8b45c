from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from mip.worker.holds import Capacity
from mip.worker.options import WorkerOptions

if TYPE_CHECKING:
    import pytest

ONE = WorkerOptions(concurrency=1, prefetch=10)


def capacity_of_one() -> Capacity:
    capacity = Capacity(ONE)
    capacity.observe(60.0)
    return capacity


async def test_nothing_is_prefetched_for_long_jobs_and_the_most_for_short_ones() -> None:
    capacity = Capacity(ONE)
    assert capacity.free == 2
    capacity.observe(60.0)
    assert capacity.free == 1
    for _ in range(100):
        capacity.observe(0.004)
    assert capacity.free == 11


async def test_a_job_of_half_a_second_has_one_more_behind_it() -> None:
    capacity = Capacity(ONE)
    capacity.observe(0.5)
    assert capacity.free == 2


async def test_a_given_place_wakes_who_waits_for_one() -> None:
    capacity = capacity_of_one()
    capacity.take(1)
    got: list[int] = []

    async def wait() -> None:
        got.append(await capacity.wait_free())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert got == []
        capacity.give()
    assert got == [1]


async def test_more_than_the_total_leaves_nothing_free_until_it_is_given_back() -> None:
    capacity = capacity_of_one()
    capacity.take(2)
    assert capacity.free == 0
    capacity.give()
    assert capacity.free == 0
    capacity.give()
    assert capacity.free == 1


async def test_a_waiting_job_lends_its_place() -> None:
    capacity = capacity_of_one()
    capacity.take(1)
    with capacity.lent():
        assert capacity.free == 1
    assert capacity.free == 0


async def test_no_more_than_the_bound_lend_their_places() -> None:
    capacity = capacity_of_one()
    capacity.take(1 + Capacity.MAX_WAITING)
    lent = [capacity.lent() for _ in range(Capacity.MAX_WAITING + 1)]
    for context in lent:
        context.__enter__()
    assert capacity.free == 0
    for context in reversed(lent):
        context.__exit__(None, None, None)
    assert capacity.free == 0


async def test_jobs_put_off_for_long_lend_their_places_beside_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Capacity, "MAX_PUT_OFF", 1)
    capacity = capacity_of_one()
    capacity.take(1)
    assert capacity.has_room(3600.0)
    with capacity.put_off():
        assert capacity.free == 1
        assert not capacity.has_room(3600.0)
        assert capacity.has_room(Capacity.LONG_SECONDS)
    assert capacity.free == 0
    assert capacity.has_room(3600.0)


async def test_more_is_received_once_a_quarter_of_what_was_prefetched_is_used_up() -> None:
    capacity = Capacity(WorkerOptions(concurrency=2, prefetch=8))
    capacity.observe(0.001)
    capacity.take(10)
    got: list[int] = []

    async def wait() -> None:
        got.append(await capacity.wait_free())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        for _ in range(2):
            capacity.give()
            await anyio.wait_all_tasks_blocked()
            assert got == []
        capacity.give()
    assert got == [3]


async def test_a_worker_is_loaded_with_more_than_it_computes_and_is_about_to() -> None:
    capacity = capacity_of_one()
    capacity.take(2)
    assert not capacity.is_loaded
    capacity.take(1)
    assert capacity.is_loaded
