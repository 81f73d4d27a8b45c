from __future__ import annotations

import anyio
import pytest

from mip.worker.convoy import LINGER_SECONDS, Convoy


class Lingering:
    """Sleeps until it is told that the time is up."""

    def __init__(self) -> None:
        self.up = anyio.Event()
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.up.wait()


async def test_nobody_waits_when_there_is_little_to_do() -> None:
    lingering = Lingering()
    await Convoy(lambda: False, sleep=lingering).join()
    assert lingering.slept == []


async def test_under_load_all_who_join_in_time_leave_together() -> None:
    lingering = Lingering()
    convoy = Convoy(lambda: True, sleep=lingering)
    left: list[str] = []

    async def join(name: str) -> None:
        await convoy.join()
        left.append(name)

    async with anyio.create_task_group() as tasks:
        for name in ("first", "second", "third"):
            tasks.start_soon(join, name)
        await anyio.wait_all_tasks_blocked()
        assert left == []
        lingering.up.set()
    assert sorted(left) == ["first", "second", "third"]
    assert lingering.slept == [LINGER_SECONDS]


async def test_who_joins_late_leaves_with_the_next() -> None:
    lingering = Lingering()
    convoy = Convoy(lambda: True, sleep=lingering)
    lingering.up.set()
    await convoy.join()
    await convoy.join()
    assert lingering.slept == [LINGER_SECONDS] * 2


@pytest.mark.parametrize("is_loaded_later", [True, False])
async def test_who_is_cancelled_holds_up_nobody(*, is_loaded_later: bool) -> None:
    is_loaded = True
    convoy = Convoy(lambda: is_loaded, sleep=Lingering())
    left = False

    async def follow() -> None:
        nonlocal left
        await convoy.join()
        left = True

    async with anyio.create_task_group() as tasks:
        leader = anyio.CancelScope()

        async def lead() -> None:
            with leader:
                await convoy.join()

        tasks.start_soon(lead)
        await anyio.wait_all_tasks_blocked()
        is_loaded = is_loaded_later
        tasks.start_soon(follow)
        await anyio.wait_all_tasks_blocked()
        assert not left
        leader.cancel()
    assert left
