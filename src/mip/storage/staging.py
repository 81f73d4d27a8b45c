"""Room for files that are being written: one folder per process, gone when its process is.

A process holds a lock on ``NAME.lock`` for as long as it lives, and writes only below ``NAME``.
The kernel lets go of the lock when the process dies, however it dies; so whoever can take the
lock knows that nobody writes there any more, and may remove what is left. No age, process id or
clock has to be trusted.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from contextlib import suppress
from pathlib import Path

LOCK_SUFFIX = ".lock"


class Staging:
    """A folder of this process's own below ``parent``; every method does blocking I/O.

    Raises
    ------
    OSError
        The folder cannot be made.
    """

    def __init__(self, parent: Path) -> None:
        parent.mkdir(parents=True, exist_ok=True)
        clean(parent)
        self.path = parent / uuid.uuid4().hex
        self._lock = _lock_new(self.path.with_suffix(LOCK_SUFFIX))
        self.path.mkdir()

    def new_path(self) -> Path:
        """Return a path in the folder that nothing else uses."""
        return self.path / uuid.uuid4().hex

    def close(self) -> None:
        """Remove the folder and let go of it; closing twice does nothing."""
        if self._lock < 0:
            return
        _remove(self.path)
        os.close(self._lock)
        self._lock = -1


def clean(parent: Path) -> int:
    """Remove the folders of processes that died; return how many there were."""
    removed = 0
    for lock in parent.glob(f"*{LOCK_SUFFIX}"):
        with suppress(FileNotFoundError):
            fd = os.open(lock, os.O_RDWR)
            try:
                if _try_lock(fd):
                    _remove(lock.with_suffix(""))
                    removed += 1
            finally:
                os.close(fd)
    return removed


def _lock_new(path: Path) -> int:
    """Create a lock file and lock it; another process may clean it away in between."""
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            if _is_same(path, fd):
                return fd
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)


def _is_same(path: Path, fd: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(fd))
    except FileNotFoundError:
        return False


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove(path: Path) -> None:
    """Remove a folder, then its lock file: while anything is left, so is its lock."""
    shutil.rmtree(path, ignore_errors=True)
    if not path.exists():
        path.with_suffix(LOCK_SUFFIX).unlink(missing_ok=True)
