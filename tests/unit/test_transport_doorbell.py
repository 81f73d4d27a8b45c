"""Ringing across processes: who hears it, what is cleaned up, what cannot break it."""

from __future__ import annotations

import asyncio
import socket

import pytest

from mip.transport import doorbell as doorbell_module
from mip.transport.doorbell import MANY, MAX_PAYLOAD, Doorbell


@pytest.fixture
def bells(tmp_path):
    """Return a function that opens a doorbell in one folder, and what each has heard."""
    opened = []

    def make(folder=tmp_path / "bells"):
        heard: list[object] = []
        doorbell = Doorbell(str(folder), rung=heard.append)
        opened.append(doorbell)
        doorbell.open()
        return doorbell, heard

    yield make
    for doorbell in opened:
        doorbell.close()


async def settled():
    for _ in range(3):
        await asyncio.sleep(0)


async def test_others_hear_which_queues_changed(bells):
    here, heard_here = bells()
    there, heard_there = bells()
    here.start()
    there.start()
    here.ring({"a", "b"})
    await settled()
    assert heard_there == [{"a", "b"}]
    assert heard_here == []


async def test_a_ring_while_nobody_waits_is_heard_later(bells):
    here, _ = bells()
    there, heard = bells()
    there.start()
    there.pause()
    here.ring({"a"})
    await settled()
    assert heard == []
    there.start()
    await settled()
    assert heard == [{"a"}]


async def test_many_rings_at_once_ring_for_every_queue(bells):
    here, _ = bells()
    there, heard = bells()
    for number in range(MANY + 20):  # more than the socket holds: the last ones are lost
        here.ring({f"q{number}"})
    there.start()
    await settled()
    assert heard == [None]


async def test_too_many_names_for_one_datagram_ring_for_every_queue(bells):
    here, _ = bells()
    there, heard = bells()
    there.start()
    here.ring({"q" * MAX_PAYLOAD, "a"})
    await settled()
    assert heard == [None]


def test_ringing_before_anybody_has_waited_is_harmless(tmp_path):
    Doorbell(str(tmp_path / "nobody"), rung=print).ring({"a"})
    assert not (tmp_path / "nobody").exists()


def test_the_socket_of_a_killed_process_is_removed(bells, tmp_path):
    here, _ = bells()
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    dead.bind(str(tmp_path / "bells" / "999999-dead"))
    dead.close()
    here.ring({"a"})
    assert len(list((tmp_path / "bells").iterdir())) == 1


def test_the_last_to_close_removes_the_folder(bells, tmp_path):
    here, _ = bells()
    there, _ = bells()
    here.close()
    assert (tmp_path / "bells").is_dir()
    there.close()
    assert not (tmp_path / "bells").exists()


async def test_a_path_too_long_for_a_socket_is_reached_through_its_folder(bells, tmp_path):
    folder = tmp_path / ("long" * 40)
    here, _ = bells(folder)
    there, heard = bells(folder)
    there.start()
    here.ring({"a"})
    await settled()
    assert heard == [{"a"}]


async def test_without_sockets_nothing_is_heard_and_nothing_fails(bells, tmp_path, monkeypatch):
    monkeypatch.setattr(doorbell_module, "_OPEN_FOLDERS", tmp_path / "missing")
    folder = tmp_path / ("long" * 40)
    here, _ = bells(folder)
    there, heard = bells(folder)
    there.start()
    here.ring({"a"})
    await settled()
    assert heard == []


def test_a_folder_that_cannot_be_made_is_done_without(bells, tmp_path):
    (tmp_path / "file").write_text("in the way")
    here, _ = bells(tmp_path / "file")
    here.ring({"a"})
    assert (tmp_path / "file").read_text() == "in the way"
