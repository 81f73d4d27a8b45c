"""Several processes on one queue, killed and frozen: every history is allowed.

``MIP_KILLS`` sets how many processes are killed; the full run sets it high.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import apsw
import pytest

from mip.testing.history import Settled, check_history, read_events
from mip.transport import Message, QueueOptions
from mip.transport.sqlite import open_file
from tests.faults.queue_player import LEASE_SECONDS, QUEUE, recording

KILLS = int(os.environ.get("MIP_KILLS", "8"))
PLAYER = Path(__file__).with_name("queue_player.py")


class Play:
    """Processes, and what they recorded."""

    def __init__(self, folder):
        self.path = folder / "queue.db"
        self.logs = []
        self.running = []
        self.folder = folder

    def start(self, part):
        name = f"{part}-{len(self.logs)}"
        log = self.folder / f"{name}.log"
        log.touch()
        self.logs.append(log)
        root = Path(__file__).resolve().parents[2]
        command = [sys.executable, str(PLAYER), part, str(self.path), str(log), name, name]
        self.running.append(subprocess.Popen(command, cwd=root))
        return self.running[-1], log

    def kill(self, process):
        process.kill()
        process.wait(10)
        self.running.remove(process)

    def histories(self):
        return [read_events(log.read_bytes()) for log in self.logs]

    async def create(self):
        transport = open_file(self.path)
        options = QueueOptions(lease_seconds=LEASE_SECONDS, max_receives=10_000)
        await transport.create_queue(QUEUE, options)
        await transport.aclose()

    async def drain(self):
        """Receive and ack until the queue is empty; part of the history."""
        self.logs.append(self.folder / "drain.log")
        transport = recording(self.path, self.logs[-1])
        while True:
            deliveries = await transport.receive(max_messages=100, wait_seconds=0, lease_seconds=20)
            if deliveries:
                await transport.ack([each.receipt for each in deliveries])
                continue
            depth = await transport._transport.depth(QUEUE)
            if depth.waiting + depth.in_flight == 0:
                break
            await asyncio.sleep(LEASE_SECONDS / 4)  # a loan of the dead has yet to expire
        await transport._transport.aclose()


@pytest.fixture
def play(tmp_path):
    play = Play(tmp_path)
    asyncio.run(play.create())
    yield play
    for process in list(play.running):
        play.kill(process)


def wait_for(condition):
    """Wait for another process to come so far."""
    give_up_at = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def test_killing_publishers_and_consumers_loses_and_repeats_nothing(play):
    chance = random.Random(1)
    parts = ["publisher", "publisher", "consumer", "consumer"]
    cast = [(part, *play.start(part)) for part in parts]
    for _ in range(KILLS):
        part, process, log = victim = chance.choice(cast)
        wait_for(lambda log=log: log.stat().st_size > 500)
        time.sleep(chance.random() * 0.2)
        play.kill(process)
        cast.remove(victim)
        cast.append((part, *play.start(part)))
    for process in list(play.running):
        play.kill(process)
    asyncio.run(play.drain())

    histories = play.histories()
    assert check_history(histories) == []
    assert sum(len(events) for events in histories) > 20 * KILLS
    connection = apsw.Connection(str(play.path))
    assert connection.pragma("integrity_check") == "ok"
    for table in ("message", "lane"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchall() == [(0,)]  # noqa: S608
    connection.close()


def test_a_consumer_frozen_for_longer_than_its_lease_changes_nothing(play):
    zombie, log = play.start("zombie")

    async def meanwhile():
        transport = recording(play.path, play.folder / "main.log")
        play.logs.append(play.folder / "main.log")
        await transport.publish([_message("first"), _message("second")])
        wait_for(lambda: log.stat().st_size > 0)  # it has taken the first, and stopped
        (again,) = await transport.receive(max_messages=1, wait_seconds=20, lease_seconds=20)
        assert again.dedup_id == "first"
        assert again.deliveries == 2
        zombie.send_signal(signal.SIGCONT)
        assert zombie.wait(20) == 0
        settlement = await transport.ack([again.receipt])
        assert settlement.acks == ("done",)
        await transport._transport.aclose()

    asyncio.run(meanwhile())
    asyncio.run(play.drain())
    (ack,) = [event for event in read_events(log.read_bytes()) if isinstance(event, Settled)]
    assert ack.outcomes == ["lease_lost"]
    assert check_history(play.histories()) == []


def test_sockets_of_killed_processes_are_removed(play):
    consumer, _ = play.start("consumer")
    bells = Path(f"{play.path}-bells")
    wait_for(lambda: bells.is_dir() and list(bells.iterdir()))
    play.kill(consumer)
    assert len(list(bells.iterdir())) == 1

    async def publish():
        transport = open_file(play.path)
        await transport.publish(QUEUE, [_message("a")])
        await transport.aclose()

    asyncio.run(publish())
    assert not bells.exists()


def _message(id_):
    return Message(body=b"x", group_id="g", dedup_id=id_)
