from __future__ import annotations

import anyio

from mip.worker.holds import Capacity


async def test_a_given_place_wakes_who_waits_for_one() -> None:
    capacity = Capacity(1)
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
    capacity = Capacity(2)
    capacity.take(3)
    assert capacity.free == 0
    capacity.give()
    assert capacity.free == 0
    capacity.give()
    assert capacity.free == 1


async def test_a_waiting_job_lends_its_place() -> None:
    capacity = Capacity(1)
    capacity.take(1)
    with capacity.lent():
        assert capacity.free == 1
    assert capacity.free == 0


async def test_no_more_than_the_bound_lend_their_places() -> None:
    capacity = Capacity(1)
    capacity.take(1 + Capacity.MAX_WAITING)
    lent = [capacity.lent() for _ in range(Capacity.MAX_WAITING + 1)]
    for context in lent:
        context.__enter__()
    assert capacity.free == 0
    for context in reversed(lent):
        context.__exit__(None, None, None)
    assert capacity.free == 0
