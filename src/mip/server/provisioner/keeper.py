"""One slot and whoever works in it: as wanted, replaced when wanted otherwise, never two."""

from __future__ import annotations

import logging
import math
import random
import signal
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio
import anyio.to_thread

from ...telemetry import fields
from ...worker.slot import EXIT_SLOT_TAKEN, clear, occupant_of
from .crashes import QUICK_SECONDS, Ends, after_end, in_words, pause_after, trouble_of
from .logs import last_words
from .processes import WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anyio.abc import TaskGroup

    from .launch import Launch

log = logging.getLogger(__name__)

DEFAULT_DRAIN_SECONDS: Final = 30.0
"""Of a worker that was adopted and is not wanted: nobody remembers what it was told."""
HAND_BACK_SECONDS: Final = 10.0
"""For a worker to hand back its jobs, after the time to finish them is over."""
READY_SECONDS: Final = 150.0
"""For a new worker to load its algorithm, before the next one of a herd is replaced."""
LOST_SLOT_SECONDS: Final = 0.5


class SlotKeeper:
    """Keeps one slot as it is wanted; :meth:`run` ends when it is wanted empty and is.

    Parameters
    ----------
    slot, log : Path
        The slot's file, and where its worker writes.
    turn : Lock
        Held while a worker is replaced, so that those of an algorithm are replaced one by one.
    proven : set of str
        Stamps of which a worker of the algorithm has lived for 30 s: what could start once is tried
        again, for what stands in its way passes, such as a PACS folder that is not mounted.
    news : callable
        Called when something is to be told of this slot.

    Attributes
    ----------
    failure : str
        Why its worker cannot start and is not tried again; empty while it can.
    """

    def __init__(
        self,
        slot: Path,
        *,
        log: Path,
        turn: anyio.Lock,
        proven: set[str],
        news: Callable[[], None],
    ) -> None:
        self._slot = slot
        self._log = log
        self._turn = turn
        self._proven = proven
        self._tell = news
        self._launch: Launch | None = None
        self._is_decided = False
        self._drain_seconds = DEFAULT_DRAIN_SECONDS
        self._changed = anyio.Event()
        self._waiting = anyio.CancelScope()
        self._process: WorkerProcess | None = None
        self._ends = Ends()
        self.failure = ""

    @property
    def number(self) -> int:
        """The slot's number among those of its algorithm."""
        return int(self._slot.stem)

    @property
    def is_done(self) -> bool:
        """True when nobody is wanted in the slot, and nobody is."""
        return self._is_decided and self._launch is None and self._process is None

    @property
    def is_alive(self) -> bool:
        """True while a process is in the slot."""
        return self._process is not None

    @property
    def is_ready(self) -> bool:
        """True while the worker in it takes jobs."""
        return self._process is not None and self._process.is_ready

    @property
    def is_settled(self) -> bool:
        """True while the worker in it is the one that is wanted, and takes jobs."""
        process, launch = self._process, self._launch
        if process is None or launch is None or process.ended.is_set():
            return False
        return process.is_ready and process.stamp == launch.stamp

    @property
    def trouble(self) -> str:
        """Why workers do not stay up in this slot, in words; empty while they do."""
        return trouble_of(self._ends, slot=self.number)

    def want(self, launch: Launch | None) -> None:
        """Say what should be in the slot; what failed before is forgotten when it is another."""
        if launch is None or not self._is_wanted(launch):
            self._ends = Ends()
            self.failure = ""
            self._waiting.cancel()
        self._launch = launch
        self._is_decided = True
        self._changed.set()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to whoever is in the slot."""
        if self._process is not None:
            self._process.send(number)

    async def run(self) -> None:
        """Keep the slot until it is wanted empty and is; it may be run again."""
        try:
            async with anyio.create_task_group() as tasks:
                while not await self._step(tasks):
                    pass
                tasks.cancel_scope.cancel()
            await anyio.to_thread.run_sync(clear, self._slot)
        finally:
            if self._process is not None:
                self._process.close()
                self._process = None

    async def _step(self, tasks: TaskGroup) -> bool:
        """Do the next thing; return True when there is nothing left to do, ever."""
        self._changed = anyio.Event()
        process, launch = self._process, self._launch
        if process is None:
            return await self._fill(tasks, launch)
        if process.ended.is_set():
            await self._bury(process)
        elif self._is_decided and launch is None:
            await self._end(process)
        elif launch is not None and process.stamp != launch.stamp:
            await self._replace(tasks, process, launch)
        else:
            await self._wait_while_it_lives(process)
        return False

    async def _fill(self, tasks: TaskGroup, launch: Launch | None) -> bool:
        """Do the next thing with an empty slot; return True when it is wanted empty."""
        if await self._adopt(tasks):
            return False
        if not self._is_decided or self.failure:
            await self._changed.wait()
        elif launch is None:
            return True
        else:
            await self._start(tasks, launch)
        return False

    async def _wait_while_it_lives(self, process: WorkerProcess) -> None:
        """Wait until something changes; a worker that lives long enough ends the trouble."""
        left = QUICK_SECONDS - process.lived_seconds if self._ends.quick else math.inf
        with anyio.move_on_after(max(0.0, left)):
            await self._changed.wait()
            return
        self._ends = Ends()
        self._tell()

    async def _adopt(self, tasks: TaskGroup) -> bool:
        """Take over whoever lives in the slot already."""
        try:
            process = await anyio.to_thread.run_sync(_adopted, self._slot)
        except OSError as error:  # no file can be opened now: nobody may be started there either
            log.warning("worker.not_started", extra=fields(slot=self._name, reason=error.strerror))
            await anyio.sleep(LOST_SLOT_SECONDS)
            return True
        if process is None:
            return False
        log.info("worker.adopted", extra=fields(slot=self._name, pid=process.pid))
        self._take(tasks, process)
        return True

    async def _start(self, tasks: TaskGroup, launch: Launch) -> None:
        """Start a worker, after the pause that the ends of others before it ask for."""
        with anyio.move_on_after(pause_after(self._ends, jitter=random.random())):  # noqa: S311 - jitter
            while self._is_wanted(launch):
                await self._changed.wait()
                self._changed = anyio.Event()
        if not self._is_wanted(launch):
            return
        start = partial(WorkerProcess.start, launch, slot=self._slot, log=self._log)
        try:
            # To its end: a process that was started and not noted would be nobody's.
            with anyio.CancelScope(shield=True):
                process = await anyio.to_thread.run_sync(start)
        except OSError as error:
            self._ends = after_end(self._ends, code=None, lived_seconds=0.0)
            log.warning("worker.not_started", extra=fields(slot=self._name, reason=error.strerror))
            self._tell()
            return
        self._drain_seconds = launch.drain_seconds
        self._take(tasks, process)

    def _take(self, tasks: TaskGroup, process: WorkerProcess) -> None:
        self._process = process
        tasks.start_soon(self._watch, process)
        self._tell()

    async def _watch(self, process: WorkerProcess) -> None:
        await process.watch(on_ready=self._ready)
        self._changed.set()

    def _ready(self) -> None:
        self._changed.set()
        self._tell()

    async def _bury(self, process: WorkerProcess) -> None:
        """Learn from how a worker has ended."""
        self._forget(process)
        if self._launch is None:
            return
        if process.code == EXIT_SLOT_TAKEN:
            # Somebody lives there who has not said yet who it is; look again soon.
            await anyio.sleep(LOST_SLOT_SECONDS)
            return
        if process.lived_seconds >= QUICK_SECONDS:
            self._proven.add(process.stamp)
        self._ends = after_end(self._ends, code=process.code, lived_seconds=process.lived_seconds)
        log.warning(
            "worker.ended",
            extra=fields(slot=self._name, pid=process.pid, how=in_words(process.code)),
        )
        if self._ends.is_final and process.stamp not in self._proven:
            tail = partial(last_words, self._log, after=process.log_start)
            try:
                words = await anyio.to_thread.run_sync(tail)
            except OSError:  # the log was taken away
                words = ""
            self.failure = (
                f"worker {self.number} cannot start: {words or self._ends.how}; its log is "
                f"logs/{self._log.name}"
            )
        self._tell()

    async def _replace(self, tasks: TaskGroup, process: WorkerProcess, launch: Launch) -> None:
        """In turn, end a worker and start the one that is wanted, until that takes jobs."""
        if not await self._have_turn():
            return
        try:
            if not self._is_wanted(launch) or not await self._end(process):
                return
            self._forget(process)
            await self._start(tasks, launch)
            new = self._process
            with anyio.move_on_after(READY_SECONDS):
                while new is not None and not (new.is_ready or new.ended.is_set()):
                    if not self._is_wanted(launch):
                        break
                    self._changed = anyio.Event()
                    await self._changed.wait()
        finally:
            self._turn.release()

    async def _have_turn(self) -> bool:
        """Wait for this slot's turn; False when something else is wanted meanwhile."""
        with anyio.CancelScope() as self._waiting:
            await self._turn.acquire()
            return True
        return False

    async def _end(self, process: WorkerProcess) -> bool:
        """Let a worker finish its jobs, then hand them back, then kill it; True when it is gone."""
        for number, seconds in (
            (signal.SIGTERM, self._drain_seconds + HAND_BACK_SECONDS),
            (signal.SIGTERM, HAND_BACK_SECONDS),
            (signal.SIGKILL, HAND_BACK_SECONDS),
        ):
            process.send(number)
            with anyio.move_on_after(seconds):
                await process.ended.wait()
                return True
        return False

    def _forget(self, process: WorkerProcess) -> None:
        process.close()
        self._process = None
        self._tell()

    def _is_wanted(self, launch: Launch) -> bool:
        return self._launch is not None and self._launch.stamp == launch.stamp

    @property
    def _name(self) -> str:
        return f"{self._slot.parent.name}/{self._slot.stem}"


def _adopted(slot: Path) -> WorkerProcess | None:
    occupant = occupant_of(slot)
    return None if occupant is None else WorkerProcess.adopt(occupant)
