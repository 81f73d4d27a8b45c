"""Many results, clients that do not read, and connections that keep breaking."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from mip.server import conversation
from mip.state import Ending

from .house import job_of
from .live import SECONDS, jobs, live, take

MANY = 20_000


async def finish_many(server, client_id, count, *, meta=None):
    """End many jobs; together, since each commit alone would take a millisecond."""
    store = server.services.stores.jobs

    async def some(numbers):
        for number in numbers:
            job = job_of(client_id, f"j{number:05}")
            await store.finish(job, Ending(outcome="succeeded", meta=meta or {}))

    async with anyio.create_task_group() as tasks:
        for first in range(50):
            tasks.start_soon(some, range(first, count, 50))


def resident() -> int:
    """Return the memory of this process in bytes, as the system counts it."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def test_twenty_thousand_undelivered_results_cost_no_memory(tmp_path):
    async with live(tmp_path) as server:
        await finish_many(server, "a", MANY, meta={"text": "x" * 2000})
        async with server.socket("a", after=0) as a:
            before = most = resident()
            with anyio.fail_after(120):
                for seq in range(1, MANY + 1):
                    assert f'"seq":{seq},' in str(await a.recv())
                    if seq % 500 == 0:
                        most = max(most, resident())
        assert most - before < 16_000_000, "all of the results are 40 MB and more"


async def test_a_client_that_does_not_read_is_dropped_and_holds_nobody_up(tmp_path, monkeypatch):
    monkeypatch.setattr(conversation, "SEND_SECONDS", 0.2)
    async with live(tmp_path, mip_max_connections=1) as server:
        await finish_many(server, "slow", 64, meta={"text": "x" * 300_000})
        url = server.url(client_id="slow", token=server.token("slow"), after=0)
        async with connect(url, max_queue=1, compression=None) as slow, server.socket("b") as b:
            with anyio.fail_after(SECONDS):
                while server.services.hub._bells.get("slow"):
                    await server.results("b", [f"{random.random()}"])
                    await take(b, 1)
            seen = []
            with suppress(ConnectionClosed):
                while True:
                    seen.append(await slow.recv())
            assert len(seen) < 64
        async with server.socket("slow", after=len(seen)) as again:
            frames = await take(again, 64 - len(seen))
            assert [frame["seq"] for frame in frames] == list(range(len(seen) + 1, 65))


async def test_a_client_whose_connections_break_gets_everything_once_and_in_order(tmp_path):
    chance = random.Random(7)
    got: list[int] = []
    async with live(tmp_path) as server, anyio.create_task_group() as tasks:
        tasks.start_soon(finish_and_announce, server, 300)
        with anyio.fail_after(SECONDS):
            while len(got) < 300:
                async with server.socket("a", after=len(got)) as a:
                    for _ in range(chance.randrange(1, 40)):
                        if len(got) == 300:
                            break
                        [frame] = await take(a, 1)
                        if "seq" in frame and "type" not in frame:
                            got.append(frame["seq"])
                    a.transport.abort()
    assert got == list(range(1, 301))


async def finish_and_announce(server, count):
    for number in range(count):
        await server.results("a", [f"j{number}"])


@pytest.mark.parametrize("is_resuming", [True, False])
async def test_results_made_while_the_server_was_away_are_there_when_it_is_back(
    tmp_path, is_resuming
):
    after: dict[str, Any] = {"after": 0} if is_resuming else {}
    async with live(tmp_path) as server:
        port = server.port
        async with server.socket("a", **after):
            pass
        await server.results("a", ["1", "2"], announce=False)
    async with live(tmp_path, port=port) as server, server.socket("a", **after) as a:
        await server.results("a", ["3"])
        assert jobs(await take(a, 2)) == ["1", "2"]
        frames = await take(a, 2 if is_resuming else 1)
        assert "3" in [frame.get("job_id") for frame in frames]
