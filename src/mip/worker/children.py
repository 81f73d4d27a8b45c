"""Child processes that decode images and run one algorithm, kept warm and replaced when they die.

An image that takes its decoder down, an algorithm that hangs, leaks or crashes: each costs one
process and becomes one classified error, and the event loop of the worker never waits for it.
"""

from __future__ import annotations

import logging
import sys
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self

import anyio
import anyio.to_thread

from ..contracts import DEFAULT_TIMEOUT_SECONDS
from ..errors import (
    AlgorithmCrashedError,
    AlgorithmFailedError,
    AlgorithmTimeoutError,
    DecoderDiedError,
    DecodeTimeoutError,
    MipError,
)
from ..settings import DEFAULT_DECODE_TIMEOUT_SECONDS
from ..telemetry import fields
from .failures import rebuild
from .handle import ChildDied, ChildHandle, ChildOverdue
from .messages import (
    Failure,
    Load,
    Loaded,
    ProcessReport,
    ProcessRequest,
    UnpackReport,
    pack,
    pack_request,
    pack_unpacking,
    readable,
)
from .stages import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from types import TracebackType

    from anyio.abc import TaskGroup

    from ..contracts import AlgorithmSpec
    from .messages import Answer

log = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
"""A killed process is gone in milliseconds, unless the kernel holds it in a disk that hangs."""


@dataclass(frozen=True, kw_only=True)
class ChildLimits:
    """What a child may take; exceeding a time kills it, exceeding memory fails the job.

    Attributes
    ----------
    load_timeout_seconds : float
        Importing the algorithm and setting it up.
    decode_timeout_seconds : float
        Decoding one image or series.
    run_timeout_seconds : float or None
        The algorithm itself; None means its own declaration.
    derive_timeout_seconds : float
        Writing its outputs as DICOM.
    memory_bytes : int or None
        Beyond what the loaded code takes; None means the algorithm's own declaration.
    """

    load_timeout_seconds: float = 120.0
    decode_timeout_seconds: float = DEFAULT_DECODE_TIMEOUT_SECONDS
    run_timeout_seconds: float | None = None
    derive_timeout_seconds: float = 120.0
    memory_bytes: int | None = None


@dataclass(eq=False)
class _Seat:
    """A place for one child; its lock is held while a child is started into it."""

    lock: anyio.Lock
    child: ChildHandle | None = None


class ChildPool:
    """Processes that run one algorithm, or unpack; use as ``async with ChildPool(...) as pool``.

    A child is started when there is work for it, and serves one request at a time; the one that
    was used last is used first. One that died, hung or was cancelled is replaced at once.

    Parameters
    ----------
    reference : str or None
        The algorithm, as :func:`mip.worker.load_algorithm` takes it. Its code is loaded in
        children only. None for a pool that only unpacks images.
    size : int
        How many requests run at once; others wait their turn in order.
    limits : ChildLimits
        Times and memory.
    threads_per_child : int, optional
        ``OMP_NUM_THREADS`` and its like of each child; as in the environment by default.
    max_jobs_per_child : int, optional
        Replace a child after so many jobs, for algorithms that leak.
    with_tracebacks : bool
        Add the author's traceback to errors, as a note. It may quote patient data: for an author
        at a terminal, not for a service.
    """

    def __init__(
        self,
        reference: str | None,
        *,
        size: int = 1,
        limits: ChildLimits = ChildLimits(),
        threads_per_child: int | None = None,
        max_jobs_per_child: int | None = None,
        with_tracebacks: bool = False,
    ) -> None:
        self._reference = reference
        self._limits = limits
        self._threads = threads_per_child
        self._max_jobs = max_jobs_per_child
        self._with_tracebacks = with_tracebacks
        self._turns = anyio.Semaphore(size, fast_acquire=True)
        self._seats = deque(_Seat(anyio.Lock(fast_acquire=True)) for _ in range(size))
        self._children: set[ChildHandle] = set()
        self._spec: AlgorithmSpec | None = None
        self._tasks: TaskGroup | None = None
        self._is_closing = False

    async def __aenter__(self) -> Self:
        """Open the pool; nothing is started yet."""
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Kill all children and wait until they are gone."""
        assert self._tasks is not None  # noqa: S101 - entered before
        self._is_closing = True
        self._tasks.cancel_scope.cancel()
        for child in self._children:
            child.kill()
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            for child in list(self._children):
                await child.ended.wait()
        for child in self._children:
            if not child.ended.is_set():
                child.abandon()
        # The group is not told of an error in the caller's block: it would wrap it in a group.
        await self._tasks.__aexit__(None, None, None)

    async def describe(self) -> AlgorithmSpec:
        """Return the algorithm's spec, as a child that has loaded it tells.

        Raises
        ------
        UnknownAlgorithmError, InvalidAlgorithmError
            It does not load.
        AlgorithmCrashedError, AlgorithmTimeoutError
            Loading it took its process down, or did not end.
        """
        if self._spec is None:
            async with self._seat() as seat:
                await self._ready(seat)
        assert self._spec is not None  # noqa: S101 - a child that is ready has told it
        return self._spec

    async def process(self, request: ProcessRequest) -> ProcessReport:
        """Process one image or series in a child.

        A child that dies before the algorithm runs is replaced, and the request tried once more:
        the decoder may have fallen over what earlier jobs left in the process. Cancelling
        kills the child, so that nothing of the request goes on.

        Raises
        ------
        MipError
            Whatever kept the request from succeeding, by its class: bad parameters, an image that
            does not decode, a time or memory limit, a crash, an exception of the algorithm.
        RetryAfter, Discard
            The algorithm raised it.
        """
        answer = await self._tried_twice(pack_request(request))
        if isinstance(answer, ProcessReport):
            return readable(answer)
        raise _unasked()

    async def unpack(self, path: Path, folder: Path) -> int:
        """Have a child write the frames of a DICOM file into a folder; return their bytes.

        Retried and cancelled as :meth:`process`.

        Raises
        ------
        MipError
            The file does not decode, a time or memory limit, a full disk.
        """
        answer = await self._tried_twice(pack_unpacking(path, folder))
        if isinstance(answer, UnpackReport):
            return answer.size
        raise _unasked()

    async def _tried_twice(self, message: bytes) -> Answer:
        async with self._seat() as seat:
            try:
                return await self._attempt(seat, message)
            except ChildDied as death:
                if death.stage not in (Stage.IDLE, Stage.DECODE):
                    raise _death_error(death) from None
                log.warning("child.died", extra=fields(algorithm=self._reference, how=death.how))
            try:
                return await self._attempt(seat, message)
            except ChildDied as death:
                raise _death_error(death) from None

    @asynccontextmanager
    async def _seat(self) -> AsyncIterator[_Seat]:
        async with self._turns:
            seat = self._seats.pop()
            try:
                yield seat
            finally:
                # The hottest child is taken first; a seat that waits for its new child, last.
                if seat.child is not None and seat.child.is_usable:
                    self._seats.append(seat)
                else:
                    self._seats.appendleft(seat)

    async def _attempt(self, seat: _Seat, message: bytes) -> ProcessReport | UnpackReport:
        child = await self._ready(seat)
        child.jobs += 1
        try:
            answer = await child.ask(message, limits=self._stage_limits())
        except ChildOverdue as overdue:
            raise _overdue_error(overdue) from None
        if child.jobs == self._max_jobs or (isinstance(answer, Failure) and answer.is_spent):
            child.kill()
        if isinstance(answer, Failure):
            raise rebuild(answer)
        if isinstance(answer, (ProcessReport, UnpackReport)):
            return answer
        child.kill()
        raise _unasked()

    async def _ready(self, seat: _Seat) -> ChildHandle:
        """Return the seat's child, after starting one when there is none."""
        async with seat.lock:
            if seat.child is None or not seat.child.is_usable:
                seat.child = await self._start(seat)
            return seat.child

    async def _start(self, seat: _Seat) -> ChildHandle:
        if self._tasks is None or self._is_closing:
            raise AlgorithmCrashedError("the pool of child processes is not open")
        child = ChildHandle()
        await anyio.to_thread.run_sync(partial(child.spawn, threads=self._threads))
        self._children.add(child)
        self._tasks.start_soon(self._look_after, seat, child)
        if self._is_closing:
            child.kill()
        load = Load(
            reference=self._reference,
            search_path=tuple(sys.path),
            memory_bytes=self._limits.memory_bytes,
            with_tracebacks=self._with_tracebacks,
        )
        limits = {Stage.LOAD: self._limits.load_timeout_seconds}
        try:
            answer = await child.ask(pack(load), limits=limits)
        except ChildDied as death:
            raise _death_error(death) from None
        except ChildOverdue as overdue:
            raise _overdue_error(overdue) from None
        if isinstance(answer, Failure):
            raise rebuild(answer)
        self._remember(child, answer)
        return child

    def _remember(self, child: ChildHandle, answer: Answer) -> None:
        is_loaded = isinstance(answer, Loaded) and (answer.spec is None) == (
            self._reference is None
        )
        spec = answer.spec if isinstance(answer, Loaded) else None
        if not is_loaded or self._spec not in (None, spec):
            child.kill()
            raise AlgorithmFailedError(
                "the algorithm's code has changed since this pool was opened; restart to use it"
            )
        self._spec = spec

    async def _look_after(self, seat: _Seat, child: ChildHandle) -> None:
        """Watch a child, and replace it when it has ended."""
        await child.watch()
        self._children.discard(child)
        # One that never got to a job is replaced when somebody asks: it may well never load.
        if child.jobs and not self._is_closing:
            try:
                await self._ready(seat)
            except MipError as error:
                log.warning(
                    "child.not_replaced", extra=fields(algorithm=self._reference, code=error.code)
                )

    def _stage_limits(self) -> dict[Stage, float]:
        limits, spec = self._limits, self._spec
        declared = limits.run_timeout_seconds
        if declared is None:
            declared = spec.timeout_seconds if spec is not None else DEFAULT_TIMEOUT_SECONDS
        return {
            Stage.IDLE: limits.decode_timeout_seconds,
            Stage.DECODE: limits.decode_timeout_seconds,
            Stage.RUN: declared,
            Stage.DERIVE: limits.derive_timeout_seconds,
        }


def _unasked() -> MipError:
    return AlgorithmCrashedError("the algorithm's process answered what was not asked")


def _death_error(death: ChildDied) -> MipError:
    if death.stage is Stage.DECODE:
        return DecoderDiedError(f"the decoder died on this image, twice ({death.how})")
    doing = {
        Stage.IDLE: "before it began",
        Stage.LOAD: "while it was loaded",
        Stage.RUN: "while it ran",
        Stage.DERIVE: "while its outputs were written",
    }[death.stage]
    return AlgorithmCrashedError(
        f"the algorithm's process died {doing} ({death.how}); see what it wrote to standard error"
    )


def _overdue_error(overdue: ChildOverdue) -> MipError:
    limit = f"{overdue.limit_seconds:g} s"
    if overdue.stage is Stage.DECODE:
        return DecodeTimeoutError(f"expected the image to decode in {limit}; it was stopped")
    expected, remedy = {
        Stage.IDLE: ("its process to answer", "it may be stuck in a thread of its own"),
        Stage.LOAD: ("the algorithm to load", "do less when it is imported: this limit is fixed"),
        Stage.RUN: ("the algorithm to end", "raise the limit of its run, or do less"),
        Stage.DERIVE: ("its outputs to be written", "return less: this limit is fixed"),
    }[overdue.stage]
    return AlgorithmTimeoutError(f"expected {expected} in {limit}; it was stopped; {remedy}")
