"""A worker's place: a file that it locks for its life, so that no two are ever in one place.

Whoever starts workers gives each a slot (``MIP_SLOT``). The kernel frees the lock when the process
ends, however it ends; so a locked file means a worker that lives, also to a server that was
started later than the worker and is not its parent. What the worker writes into the file says
which process it is.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec

EXIT_SLOT_TAKEN = 3

_MODE = 0o600
# Whoever looks whether a slot is free holds the lock for microseconds.
_TRIES = 10
_PAUSE_SECONDS = 0.05
_MAX_BYTES = 64 * 1024


class SlotTaken(Exception):  # noqa: N818 - the way out of a start, told by an exit code
    """Another worker lives in this slot."""


class Occupant(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a slot.

    Attributes
    ----------
    pid, began : int
        The process, and when the kernel says that it began: a number that was given to another
        process since is not mistaken for it.
    worker : str
        Its name in records and logs.
    stamp : str
        What it was started with, as whoever started it calls that.
    """

    pid: int
    began: int
    worker: str
    stamp: str


class Slot:
    """A slot that this process holds."""

    def __init__(self, path: Path, fd: int) -> None:
        self._path = path
        self._fd = fd

    @classmethod
    def take(cls, path: Path, *, worker: str, stamp: str) -> Self:
        """Lock a slot for this process, and say in it which process that is.

        Raises
        ------
        SlotTaken
            Another process holds it.
        """
        for _ in range(_TRIES):
            fd = os.open(path, os.O_RDWR | os.O_CREAT, _MODE)
            if _lock(fd) and _is_at(fd, path):
                pid = os.getpid()
                occupant = Occupant(pid=pid, began=began_at(pid), worker=worker, stamp=stamp)
                data = msgspec.json.encode(occupant)
                os.ftruncate(fd, 0)
                os.pwrite(fd, data, 0)
                return cls(path, fd)
            os.close(fd)
            time.sleep(_PAUSE_SECONDS)
        raise SlotTaken

    def leave(self) -> None:
        """Free the slot."""
        os.ftruncate(self._fd, 0)
        os.close(self._fd)


def occupant_of(path: Path) -> Occupant | None:
    """Return who lives in a slot; None when nobody does, or it does not say yet who."""
    try:
        fd = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        if _lock(fd):
            return None
        occupant = msgspec.json.decode(os.pread(fd, _MAX_BYTES, 0), type=Occupant)
    except msgspec.MsgspecError:
        return None
    finally:
        os.close(fd)
    return occupant if began_at(occupant.pid) == occupant.began else None


def clear(path: Path) -> None:
    """Remove a slot that nobody holds; one that is held stays."""
    try:
        fd = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        # Whoever locks the file after it was unlinked notices, and makes another.
        if _lock(fd) and _is_at(fd, path):
            path.unlink()
    finally:
        os.close(fd)


def began_at(pid: int) -> int:
    """Return when a process began, in the kernel's ticks since the boot; 0 when it is gone."""
    with suppress(OSError, ValueError, IndexError):
        # The name stands in parentheses and may hold any character; field 22 of proc(5).
        rest = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        if rest[0] != b"Z":
            return int(rest[19])
    return 0


def send(occupant: Occupant, number: signal.Signals) -> None:
    """Send a signal to a slot's occupant, and to no other process that has its number by now."""
    with suppress(ProcessLookupError):
        fd = os.pidfd_open(occupant.pid)
        try:
            if began_at(occupant.pid) == occupant.began:
                signal.pidfd_send_signal(fd, number)
        finally:
            os.close(fd)


def tell_ready(fd: int) -> None:
    """Tell whoever started this worker, if they asked for it and are still there."""
    if not fd:
        return
    with suppress(OSError):
        os.write(fd, b"ready")
        os.close(fd)


def _lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(fd: int, path: Path) -> bool:
    """Tell whether the open file is still the one at ``path``."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(fd)
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
