"""The parent's end of one child process: start it, ask it, kill it, learn how it died."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import msgspec

from ..errors import AlgorithmCrashedError
from ..settings import child_environment
from .messages import LENGTH_BYTES, MAX_MESSAGE_BYTES, unpack_answer
from .stages import Stage, StageBoard
from .strays import MARK, kill_strays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .messages import Answer

_READ_BYTES = 64 * 1024
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


class ChildDied(Exception):  # noqa: N818 - an event that the pool turns into an error
    """The process ended before it answered; ``stage`` is what it was doing."""

    def __init__(self, stage: Stage, how: str) -> None:
        super().__init__(stage, how)
        self.stage = stage
        self.how = how


class ChildOverdue(Exception):  # noqa: N818 - an event that the pool turns into an error
    """The process did not end a stage in its time, and was killed."""

    def __init__(self, stage: Stage, limit_seconds: float) -> None:
        super().__init__(stage, limit_seconds)
        self.stage = stage
        self.limit_seconds = limit_seconds


class ChildHandle:
    """One child process, leader of a session and process group of its own.

    Call :meth:`spawn` in a thread, then keep :meth:`watch` running in a task: it reaps the
    process, ends what the process leaves behind, and wakes a pending :meth:`ask`.
    """

    def __init__(self) -> None:
        self.jobs = 0
        self.ended = anyio.Event()
        self._mark = uuid.uuid4().hex
        self._in_use = anyio.Lock(fast_acquire=True)
        self._watching = anyio.CancelScope(shield=True)
        self._is_killed = False
        self._buffer = bytearray()
        self._resources = ExitStack()

    def spawn(self, *, threads: int | None) -> None:
        """Start the process; this blocks for some milliseconds.

        Raises
        ------
        AlgorithmCrashedError
            The machine has no room for another process.
        """
        try:
            self._spawn(threads)
        except OSError as error:
            self._resources.close()
            raise AlgorithmCrashedError(
                f"no process could be started for the algorithm: {error.strerror}"
            ) from error

    def _spawn(self, threads: int | None) -> None:
        keep = self._resources
        with ExitStack() as given:
            self._board = StageBoard.create()
            keep.callback(self._board.close)
            self._board.enter(Stage.LOAD)
            lifeline, ours = os.pipe()
            given.callback(os.close, lifeline)
            keep.callback(os.close, ours)
            self._channel, theirs = socket.socketpair()
            given.callback(theirs.close)
            keep.callback(self._channel.close)
            self._channel.setblocking(False)
            inherited = (theirs.fileno(), lifeline, self._board.fd)
            # -P: a random.py in the working folder must not become the standard library's.
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", "mip.worker.child", *map(str, inherited)],
                stdin=subprocess.DEVNULL,
                pass_fds=inherited,
                start_new_session=True,
                env={**_environment(threads), MARK: self._mark},
            )

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its group."""
        return self._process.pid

    @property
    def is_usable(self) -> bool:
        """False once the process was killed or has ended."""
        return not self._is_killed and not self.ended.is_set()

    async def watch(self) -> None:
        """Wait for the end of the process, and clear up after it; not to be cancelled."""
        with self._watching:
            await self._wait()
            # Its group before its pid: until it is reaped, the number belongs to nobody else.
            self.kill()
            self._process.wait()
            await anyio.to_thread.run_sync(
                kill_strays, self._mark, limiter=anyio.CapacityLimiter(1)
            )
            self.ended.set()
            with suppress(OSError):
                self._channel.shutdown(socket.SHUT_RDWR)
            async with self._in_use:
                self._resources.close()

    async def ask(self, message: bytes, *, limits: Mapping[Stage, float]) -> Answer:
        """Send a request and return its answer; whatever keeps the answer away kills the child.

        Parameters
        ----------
        message : bytes
            A packed request; the child is idle.
        limits : mapping of Stage to float
            Seconds that each stage may take.

        Raises
        ------
        ChildDied, ChildOverdue
            There will be no answer.
        """
        async with self._in_use:
            try:
                await self._send(message)
                return unpack_answer(await self._receive_within(limits))
            except (OSError, EOFError, msgspec.MsgspecError):
                # A child that does not keep to the protocol is as good as dead.
                self.kill()
                await self.ended.wait()
                stage, _ = self._board.read()
                raise ChildDied(stage, self._how()) from None
            except BaseException:
                self.kill()
                raise

    def kill(self) -> None:
        """Kill the process and all that it has started, without waiting for their end."""
        self._is_killed = True
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def abandon(self) -> None:
        """Stop watching a killed process that the kernel does not let go of."""
        self._watching.cancel()

    async def _wait(self) -> None:
        if not hasattr(os, "pidfd_open"):  # Not Linux.
            await anyio.to_thread.run_sync(
                self._process.wait, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
            )
            return
        fd = os.pidfd_open(self.pid)
        try:
            await anyio.wait_readable(fd)
        finally:
            os.close(fd)

    async def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[self._channel.send(view) :]
            except BlockingIOError:
                await anyio.wait_writable(self._channel)

    async def _receive_within(self, limits: Mapping[Stage, float]) -> bytes:
        """Receive an answer, looking at the board whenever some stage might be overdue."""
        begun = time.monotonic()
        shortest = min(limits.values())
        wait = shortest
        while True:
            with anyio.move_on_after(wait):
                return await self._receive()
            stage, since = self._board.read()
            limit = limits.get(stage, shortest)
            left = max(since, begun) + limit - time.monotonic()
            if left <= 0:
                raise ChildOverdue(stage, limit)
            wait = min(left, shortest)

    async def _receive(self) -> bytes:
        """Receive one message; after a cancellation it can be called again."""
        while (body := self._take_message()) is None:
            try:
                part = self._channel.recv(_READ_BYTES)
            except BlockingIOError:
                await anyio.wait_readable(self._channel)
                continue
            if not part:
                raise EOFError
            self._buffer += part
        return body

    def _take_message(self) -> bytes | None:
        if len(self._buffer) < LENGTH_BYTES:
            return None
        end = LENGTH_BYTES + int.from_bytes(self._buffer[:LENGTH_BYTES], "big")
        if end > MAX_MESSAGE_BYTES:
            raise EOFError
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[LENGTH_BYTES:end])
        del self._buffer[:end]
        return body

    def _how(self) -> str:
        code = self._process.returncode
        if code is None or code >= 0:
            return f"exit code {code}"
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"{name}, perhaps out of memory" if -code == signal.SIGKILL else name


def _environment(threads: int | None) -> dict[str, str]:
    # A panic of a decoder in Rust comes back as an error; its backtrace helps nobody.
    changes = {"RUST_BACKTRACE": "0"}
    if threads is not None:
        changes |= dict.fromkeys(_THREAD_VARIABLES, str(threads))
        # OpenMP's waiting threads spin by default, and keep the core from the one they wait for:
        # on two cores under a load of 7, a window of 512 x 512 took 13 ms so and 0.3 ms asleep.
        changes["OMP_WAIT_POLICY"] = "passive"
    return child_environment(changes)
