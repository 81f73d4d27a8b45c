from __future__ import annotations

import anyio
import pytest

from mip.worker.batcher import Batcher


async def test_an_item_alone_is_sent_at_once_and_those_meanwhile_go_together() -> None:
    sent: list[list[int]] = []
    gate = anyio.Event()

    async def send(items: list[int]) -> list[int]:
        sent.append(items)
        await gate.wait()
        return [item * 10 for item in items]

    batcher = Batcher(send)
    results: dict[int, int] = {}

    async def submit(item: int) -> None:
        results[item] = await batcher.submit(item)

    async with anyio.create_task_group() as background:
        background.start_soon(batcher.run)
        async with anyio.create_task_group() as callers:
            callers.start_soon(submit, 1)
            await anyio.wait_all_tasks_blocked()
            for item in (2, 3, 4):
                callers.start_soon(submit, item)
            await anyio.wait_all_tasks_blocked()
            gate.set()
        background.cancel_scope.cancel()
    assert sent == [[1], [2, 3, 4]]
    assert results == {1: 10, 2: 20, 3: 30, 4: 40}


async def test_a_failed_call_reaches_every_caller_and_the_next_call_works() -> None:
    calls = 0

    async def send(items: list[int]) -> list[int]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ConnectionError
        return items

    batcher = Batcher(send)
    failed: list[int] = []

    async def submit(item: int) -> None:
        with pytest.raises(ConnectionError):
            await batcher.submit(item)
        failed.append(item)

    async with anyio.create_task_group() as background:
        async with anyio.create_task_group() as callers:
            callers.start_soon(submit, 1)
            callers.start_soon(submit, 2)
            await anyio.wait_all_tasks_blocked()
            background.start_soon(batcher.run)
        assert sorted(failed) == [1, 2]
        assert await batcher.submit(3) == 3
        background.cancel_scope.cancel()


async def test_a_batch_is_sent_when_those_who_may_come_have_been_waited_for() -> None:
    sent: list[list[int]] = []
    gate = anyio.Event()

    async def send(items: list[int]) -> list[int]:
        sent.append(items)
        return items

    batcher = Batcher(send, gather=gate.wait)
    async with anyio.create_task_group() as background:
        background.start_soon(batcher.run)
        async with anyio.create_task_group() as callers:
            for item in (1, 2, 3):
                callers.start_soon(batcher.submit, item)
                await anyio.wait_all_tasks_blocked()
            assert sent == []
            gate.set()
        background.cancel_scope.cancel()
    assert sent == [[1, 2, 3]]
