"""What a child is doing, readable by its parent even after the child has died.

The child notes each stage in a page of memory that both share. Against a message per stage this
costs no system call and does not wake the parent, which looks only when a time limit is reached
or the child is gone.
"""

from __future__ import annotations

import enum
import mmap
import os
import struct
import tempfile
import time

_FORMAT = struct.Struct("=qd")


class Stage(enum.IntEnum):
    """Where a child is in its work."""

    IDLE = 0
    LOAD = 1
    DECODE = 2
    RUN = 3
    DERIVE = 4


class StageBoard:
    """One child's current stage and when it began, in memory shared through ``fd``.

    Times are of ``time.monotonic()``, which all processes of a machine share.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._memory = mmap.mmap(fd, mmap.PAGESIZE)

    @classmethod
    def create(cls) -> StageBoard:
        """Make a board; the caller closes it."""
        if hasattr(os, "memfd_create"):
            fd = os.memfd_create("mip-stages")
        else:
            with tempfile.TemporaryFile() as file:
                fd = os.dup(file.fileno())
        os.ftruncate(fd, mmap.PAGESIZE)
        return cls(fd)

    def enter(self, stage: Stage) -> None:
        """Note that ``stage`` begins now."""
        _FORMAT.pack_into(self._memory, 0, stage, time.monotonic())

    def read(self) -> tuple[Stage, float]:
        """Return the current stage and when it began."""
        number, since = _FORMAT.unpack_from(self._memory, 0)
        try:
            return Stage(number), since
        except ValueError:  # The author's code wrote where it should not.
            return Stage.RUN, since

    def close(self) -> None:
        """Give the memory back; a second call does nothing."""
        if self.fd >= 0:
            self._memory.close()
            os.close(self.fd)
            self.fd = -1
