"""What is said over a connection, as far as it takes a clock and records that fail to see it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import anyio
import pytest

from mip.control import Push
from mip.errors import StateError
from mip.server.conversation import (
    CONFIRM_SECONDS,
    LEAVING_SECONDS,
    MAX_FRAMES_PER_MINUTE,
    Conversation,
)
from mip.state import Ending, open_stores
from mip.testing import FakeClock
from mip.transport.waiting import Bell

from .house import job_of


class Line:
    """A connection whose other end is a test."""

    def __init__(self):
        self.sent: asyncio.Queue[bytes] = asyncio.Queue(maxsize=1)
        self.said: asyncio.Queue[bytes | Exception] = asyncio.Queue()

    async def send(self, text):
        await self.sent.put(text)

    async def receive(self):
        frame = await self.said.get()
        if isinstance(frame, Exception):
            raise frame
        return frame

    def say(self, frame):
        self.said.put_nowait(frame)

    async def heard(self):
        with anyio.fail_after(10):
            return json.loads(await self.sent.get())


class Desk:
    def __init__(self, stores, clock):
        self.stores = stores
        self.clock = clock
        self.ended = []

    @asynccontextmanager
    async def talk(self, *, clients=None, records=None, after=None, expires_at=None):
        line, bell = Line(), Bell()
        push = Push(records or self.stores.jobs, clients=clients or self.stores.clients)
        conversation = Conversation(
            line,
            client_id="a",
            push=push,
            present=lambda result: {"seq": result.seq},
            bell=bell,
            clock=self.clock,
            expires_at=expires_at,
        )

        async def run():
            self.ended.append(await conversation.run(after=after))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
            yield line, bell
            with anyio.fail_after(10):
                while not self.ended:
                    await anyio.lowlevel.checkpoint()

    async def finish(self, *job_ids):
        for job_id in job_ids:
            await self.stores.jobs.finish(job_of("a", job_id), Ending(outcome="succeeded"))

    async def until_delivered(self, seq):
        with anyio.fail_after(10):
            while await self.stores.clients.delivered("a") != seq:
                await anyio.lowlevel.checkpoint()


@pytest.fixture
async def desk(tmp_path):
    clock = FakeClock()
    stores = await open_stores(f"sqlite:{tmp_path / 'state.db'}", clock=clock)
    yield Desk(stores, clock)
    await stores.aclose()


async def test_a_conversation_ends_with_the_token_that_opened_it(desk):
    await desk.finish("1")
    async with desk.talk(expires_at=desk.clock.now() + 0.01) as (line, _):
        assert await line.heard() == {"seq": 1}
        assert desk.ended == []
        desk.clock.advance(1)
    assert desk.ended == ["expired"]


async def test_what_a_connection_has_outlived_is_delivered(desk):
    await desk.finish("1", "2")
    async with desk.talk() as (line, bell):
        assert [await line.heard(), await line.heard()] == [{"seq": 1}, {"seq": 2}]
        desk.clock.advance(10)
        await desk.finish("3")
        bell.ring()
        assert await line.heard() == {"seq": 3}
        assert await desk.stores.clients.delivered("a") == 0
        desk.clock.advance(CONFIRM_SECONDS - 10)
        bell.ring()
        await desk.until_delivered(2)
        desk.clock.advance(10)
        bell.ring()
        await desk.until_delivered(3)
        line.say(ConnectionError())
    assert desk.ended == ["lost"]


@pytest.mark.parametrize(
    ("how", "ended", "seconds", "delivered"),
    [
        (EOFError(), "left", LEAVING_SECONDS, 2),
        (EOFError(), "left", LEAVING_SECONDS - 1, 0),  # it may be on its way
        (ConnectionError(), "lost", LEAVING_SECONDS, 0),
    ],
)
async def test_how_a_connection_ends_tells_what_was_delivered(desk, how, ended, seconds, delivered):
    await desk.finish("1", "2")
    async with desk.talk() as (line, _):
        await line.heard()
        await line.heard()
        line.say(b'{"type":"ping"}')
        assert await line.heard() == {"type": "pong"}  # all of before is sent
        desk.clock.advance(seconds)
        line.say(how)
    assert desk.ended == [ended]
    assert await desk.stores.clients.delivered("a") == delivered


class Out:
    """Records that do not answer."""

    def __getattr__(self, name):
        async def fail(*_, **__):
            raise StateError("out")

        return fail


@pytest.mark.parametrize("after", [None, 0])
async def test_records_that_do_not_answer_end_the_connection(desk, after):
    async with desk.talk(records=Out(), clients=Out(), after=after):
        pass
    assert desk.ended == ["failing"]


async def test_a_minute_brings_new_frames(desk):
    async with desk.talk() as (line, _):
        for _ in range(2):
            for _ in range(MAX_FRAMES_PER_MINUTE):
                line.say(b'{"type":"ping"}')
                assert await line.heard() == {"type": "pong"}
            desk.clock.advance(60)
        line.say(EOFError())
    assert desk.ended == ["left"]


async def test_a_resume_in_the_middle_of_a_page_is_heeded(desk):
    await desk.finish(*map(str, range(1, 21)))
    async with desk.talk() as (line, _):
        assert await line.heard() == {"seq": 1}
        line.say(b'{"action":"resume","after":18}')
        heard = []
        while {"type": "replay_end", "seq": 20} not in heard:
            heard.append(await line.heard())
        assert heard[-3:-1] == [{"seq": 19}, {"seq": 20}]
        line.say(EOFError())
    assert desk.ended == ["left"]
