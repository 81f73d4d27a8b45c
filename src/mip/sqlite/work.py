"""Work handed from event loops to a thread, and its outcome handed back."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from .connection import Connection

MAX_GROUP = 256
"""Most pieces of work in one transaction: bounds how long other processes wait for the lock."""

_T = TypeVar("_T")


class Work(Generic[_T]):
    """One function to run, once or not at all, and the future of whoever waits for it."""

    __slots__ = (
        *("_is_claimed", "_lock", "error", "function", "future", "has_run", "look", "loop"),
        *("undo", "value"),
    )

    def __init__(
        self,
        function: Callable[[Connection], _T],
        *,
        look: Callable[[Connection], _T | None] | None = None,
        undo: Callable[[_T], None] | None = None,
    ) -> None:
        self.function = function
        self.look = look
        self.undo = undo
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[_T] = self.loop.create_future()
        self.value: _T | None = None
        self.error: Exception | None = None
        self.has_run = False
        self._lock = threading.Lock()
        self._is_claimed = False

    def claim(self) -> bool:
        """Decide between running and withdrawing: True for whoever asks first."""
        with self._lock:
            is_first = not self._is_claimed
            self._is_claimed = True
        return is_first

    def run(self, connection: Connection) -> None:
        """Call the function and keep its value."""
        self.value = self.function(connection)
        self.has_run = True

    def settle(self) -> None:
        """Hand the outcome over; called on the event loop, after the commit."""
        if self.future.done():
            self.take_back()
        elif self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.value)  # type: ignore[arg-type] # set when there is no error

    def take_back(self) -> None:
        """Undo what was committed for a caller that has gone."""
        if self.has_run and self.error is None and self.undo is not None:
            self.undo(self.value)  # type: ignore[arg-type] # set when there is no error


class WorkThread:
    """A thread that runs work in the order it came, as many pieces at once as there are."""

    def __init__(
        self,
        name: str,
        *,
        run: Callable[[list[Work[object]]], None],
        close: Callable[[], None],
    ) -> None:
        self._queue: SimpleQueue[Work[object] | None] = SimpleQueue()
        self._run = run
        self._close = close
        self._end: Work[None] | None = None
        self._thread = threading.Thread(target=self._main, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Work[_T]) -> None:
        """Queue a piece of work."""
        self._queue.put(work)  # type: ignore[arg-type] # the queue forgets the type of the value

    async def stop(self) -> None:
        """Run what was submitted, then end the thread."""
        self._end = Work(lambda _: None)
        self._queue.put(None)
        await self._end.future

    def _main(self) -> None:
        is_open = True
        while is_open:
            batch: list[Work[object]] = []
            work = self._queue.get()
            while work is not None:
                batch.append(work)
                if len(batch) == MAX_GROUP:
                    break
                try:
                    work = self._queue.get_nowait()
                except Empty:
                    break
            is_open = work is not None
            self._run([work for work in batch if work.claim()])
            _hand_over(batch)
        end = self._end
        if end is not None:
            try:
                self._close()
            except Exception as exc:  # noqa: BLE001 - carried to the caller, as an executor does
                end.error = exc
            _hand_over([end])


def _hand_over(batch: list[Work[_T]]) -> None:
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[Work[_T]]] = defaultdict(list)
    for work in batch:
        by_loop[work.loop].append(work)
    for loop, works in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle_all, works)
        except RuntimeError:  # that event loop was closed: nobody waits any more
            continue


def _settle_all(works: list[Work[_T]]) -> None:
    for work in works:
        work.settle()
