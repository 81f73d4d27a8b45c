"""A worker's process: started here, or found alive in its slot and adopted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self

import anyio

from ...worker.slot import began_at
from .logs import bound

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ...worker.slot import Occupant
    from .launch import Launch


class WorkerProcess:
    """One process of a slot; keep :meth:`watch` running in a task.

    Attributes
    ----------
    pid : int
        The process.
    stamp : str
        What it was started with.
    is_ready : bool
        It takes jobs; an adopted one is taken to.
    code : int or None
        Its exit code once it has ended; None for one that was adopted, whose end alone is seen.
    log_start : int
        Length of its log before it was started.
    """

    def __init__(self, pid: int, *, fd: int, stamp: str) -> None:
        self.pid = pid
        self.stamp = stamp
        self.is_ready = True
        self.ended = anyio.Event()
        self.code: int | None = None
        self.log_start = 0
        self._fd = fd
        self._began_at = time.monotonic()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready_fd: int | None = None

    @classmethod
    def start(cls, launch: Launch, *, slot: Path, log: Path) -> Self:
        """Start a process in a session of its own; this blocks for some milliseconds.

        Raises
        ------
        OSError
            The machine has no room for it, or the log cannot be written.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        bound(log)
        with ExitStack() as stack:
            reader, writer = os.pipe()
            stack.callback(os.close, writer)
            os.set_blocking(writer, False)
            os.set_blocking(reader, False)
            try:
                file = stack.enter_context(log.open("ab"))
                log_start = file.tell()
                process = subprocess.Popen(  # noqa: S603 - our own modules
                    [sys.executable, "-P", "-m", launch.module, *launch.arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=file,
                    pass_fds=(writer,),
                    env={
                        **launch.environment,
                        "MIP_SLOT": str(slot),
                        "MIP_SLOT_STAMP": launch.stamp,
                        "MIP_SLOT_READY_FD": str(writer),
                    },
                    # Ctrl-C at the terminal is for the server to pass on, and its death is not
                    # theirs.
                    start_new_session=True,
                )
            except OSError:
                os.close(reader)
                raise
        # Ours until we reap it, so the number cannot be another's.
        started = cls(process.pid, fd=os.pidfd_open(process.pid), stamp=launch.stamp)
        started.is_ready = False
        started.log_start = log_start
        started._process = process
        started._ready_fd = reader
        return started

    @classmethod
    def adopt(cls, occupant: Occupant) -> Self | None:
        """Take over a worker that somebody else started; None when it has just ended."""
        try:
            fd = os.pidfd_open(occupant.pid)
        except ProcessLookupError:
            return None
        if began_at(occupant.pid) != occupant.began:
            os.close(fd)
            return None
        return cls(occupant.pid, fd=fd, stamp=occupant.stamp)

    @property
    def lived_seconds(self) -> float:
        """How long it has been known."""
        return time.monotonic() - self._began_at

    async def watch(self, *, on_ready: Callable[[], None]) -> None:
        """Wait for its end, and clear up after it; tell when it takes jobs."""
        async with anyio.create_task_group() as tasks:
            if self._ready_fd is not None:
                tasks.start_soon(self._watch_ready, self._ready_fd, on_ready)
            await anyio.wait_readable(self._fd)
            tasks.cancel_scope.cancel()
        if self._process is not None:
            self.code = self._process.wait()
        self.ended.set()

    async def _watch_ready(self, fd: int, on_ready: Callable[[], None]) -> None:
        await anyio.wait_readable(fd)
        # The end of the pipe, when nobody is left to write, reads as nothing.
        if os.read(fd, 16):
            self.is_ready = True
            on_ready()

    def close(self) -> None:
        """Forget it; whether it has ended or goes on without us."""
        os.close(self._fd)
        if self._ready_fd is not None:
            os.close(self._ready_fd)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it is still there."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._fd, number)
