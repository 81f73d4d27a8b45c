"""A bell, on the loop's own clock and on another."""

from __future__ import annotations

import anyio
import pytest

from mip.transport.waiting import Bell


async def another_clock(seconds):
    await anyio.sleep(seconds)


@pytest.fixture(params=[anyio.sleep, another_clock], ids=["own clock", "another clock"])
def sleep(request):
    return request.param


async def test_a_ring_ends_the_wait(sleep):
    bell = Bell()
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: bell.wait(at_most=60, sleep=sleep))
            await anyio.wait_all_tasks_blocked()
            bell.ring()


async def test_a_ring_before_the_wait_is_not_lost(sleep):
    bell = Bell()
    bell.ring()
    with anyio.fail_after(10):
        await bell.wait(at_most=60, sleep=sleep)


async def test_a_ring_that_was_reset_is_forgotten(sleep):
    bell = Bell()
    bell.ring()
    bell.reset()
    with anyio.move_on_after(0) as scope:
        await bell.wait(at_most=60, sleep=sleep)
    assert scope.cancelled_caught


async def test_the_wait_ends_when_the_time_is_up(sleep):
    with anyio.fail_after(10):
        await Bell().wait(at_most=0, sleep=sleep)
