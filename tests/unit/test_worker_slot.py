"""One worker in a slot, whatever happens; and what a slot says of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mip.worker import slot as slots
from mip.worker.slot import (
    Occupant,
    Slot,
    SlotTaken,
    began_at,
    clear,
    occupant_of,
    send,
    tell_ready,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLDER = """
import sys
from pathlib import Path
from mip.worker.slot import Slot
slot = Slot.take(Path(sys.argv[1]), worker="w", stamp="s")
print("taken", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "0.lock"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch) -> None:
    monkeypatch.setattr("mip.worker.slot.time.sleep", lambda _: None)


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that lives in the slot."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "taken\n"
            yield process
        finally:
            process.kill()


def test_a_slot_says_who_lives_in_it(path: Path) -> None:
    slot = Slot.take(path, worker="worker-1", stamp="abc")
    pid = os.getpid()
    assert occupant_of(path) == Occupant(
        pid=pid, began=began_at(pid), worker="worker-1", stamp="abc"
    )
    slot.leave()
    assert occupant_of(path) is None


def test_a_slot_is_taken_once(path: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(SlotTaken):
        Slot.take(path, worker="other", stamp="")
    occupant = occupant_of(path)
    assert occupant is not None
    assert (occupant.pid, occupant.worker, occupant.stamp) == (holder.pid, "w", "s")


def test_a_killed_process_frees_its_slot(path: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait(timeout=30)
    assert occupant_of(path) is None
    Slot.take(path, worker="next", stamp="").leave()


def test_who_only_looks_does_not_keep_a_worker_from_its_slot(path: Path, monkeypatch) -> None:
    looker = os.open(path, os.O_RDWR | os.O_CREAT)
    assert slots._lock(looker)
    monkeypatch.setattr("mip.worker.slot.time.sleep", lambda _: os.close(looker))
    Slot.take(path, worker="w", stamp="").leave()


def test_a_slot_that_is_removed_while_it_is_taken_is_made_anew(path: Path, monkeypatch) -> None:
    lock = slots._lock

    def remove_first(fd: int) -> bool:
        monkeypatch.setattr(slots, "_lock", lock)
        path.unlink()
        return lock(fd)

    monkeypatch.setattr(slots, "_lock", remove_first)
    slot = Slot.take(path, worker="w", stamp="")
    occupant = occupant_of(path)
    assert occupant is not None
    assert occupant.pid == os.getpid()
    slot.leave()


def test_only_a_free_slot_is_cleared(path: Path, holder: subprocess.Popen[str]) -> None:
    clear(path)
    assert path.exists()
    holder.kill()
    holder.wait(timeout=30)
    clear(path)
    assert not path.exists()
    clear(path)


@pytest.mark.parametrize("content", [b"", b"no json", b'{"pid": 1}'])
def test_a_slot_that_does_not_say_who_holds_it_has_nobody_yet(path: Path, content: bytes) -> None:
    slot = Slot.take(path, worker="w", stamp="")
    path.write_bytes(content)
    assert occupant_of(path) is None
    slot.leave()


def test_a_number_that_another_process_has_by_now_is_not_taken_for_the_worker(
    path: Path, holder: subprocess.Popen[str]
) -> None:
    stranger = Occupant(pid=holder.pid, began=1, worker="w", stamp="")
    send(stranger, signal.SIGKILL)
    assert holder.poll() is None
    occupant = occupant_of(path)
    assert occupant is not None
    send(occupant, signal.SIGTERM)
    assert holder.wait(timeout=30) == -signal.SIGTERM
    send(occupant, signal.SIGTERM)
    assert began_at(occupant.pid) == 0


def test_a_slot_that_was_never_taken_has_nobody(path: Path) -> None:
    assert occupant_of(path) is None


def test_who_started_a_worker_is_told_once_and_may_be_gone() -> None:
    reader, writer = os.pipe()
    tell_ready(writer)
    assert os.read(reader, 100) == b"ready"
    os.close(reader)
    reader, writer = os.pipe()
    os.close(reader)
    tell_ready(writer)
    os.close(writer)
    tell_ready(0)
