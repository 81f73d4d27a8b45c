"""Processes that an algorithm started in a session of their own, found by a mark they inherit.

A kill of the process group misses them, and their parent is gone; but their environment holds what
the child's held, unless they were started with another one. Only Linux tells (proc(5)).
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

MARK = "MIP_CHILD"
_MAX_PASSES = 20
"""One that forks just then is found by the next pass."""


def kill_strays(mark: str) -> None:
    """Kill every process with this mark in its environment; this reads all of ``/proc``."""
    if not hasattr(os, "pidfd_open"):  # Not Linux.
        return
    wanted = f"{MARK}={mark}".encode()
    for _ in range(_MAX_PASSES):
        if not [pid for pid in _pids() if _kill_marked(pid, wanted)]:
            return


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _kill_marked(pid: int, wanted: bytes) -> bool:
    """Kill a process if it has the mark; one that is gone, or another user's, has none."""
    with suppress(OSError):
        fd = os.pidfd_open(pid)  # the number may become another's between reading and killing
        try:
            # Of a process that has ended, this is empty.
            if wanted in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                signal.pidfd_send_signal(fd, signal.SIGKILL)
                return True
        finally:
            os.close(fd)
    return False
