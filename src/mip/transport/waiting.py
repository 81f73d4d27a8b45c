"""Waiting for a message without looking again and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import anyio

Sleep: TypeAlias = Callable[[float], Awaitable[object]]
"""Waits so many seconds of the clock in use: ``anyio.sleep``, or a fake clock's."""


class Bell:
    """Rings for one waiter; a ring before the wait is not lost."""

    def __init__(self) -> None:
        self._event = anyio.Event()

    def ring(self) -> None:
        """End the wait, now or when it begins."""
        self._event.set()

    def reset(self) -> None:
        """Forget rings so far; call it before looking, so that a later ring is kept."""
        if self._event.is_set():
            self._event = anyio.Event()

    async def rung(self) -> None:
        """Wait for a ring."""
        await self._event.wait()

    async def wait(self, *, at_most: float, sleep: Sleep) -> None:
        """Return at the next ring, or when the time is up."""
        if sleep is anyio.sleep:  # the loop's own clock needs no task that sleeps, and is ended
            with anyio.move_on_after(at_most):
                await self._event.wait()
            return

        async def ring_when_due() -> None:
            await sleep(at_most)
            self.ring()

        async with anyio.create_task_group() as group:
            group.start_soon(ring_when_due)
            await self._event.wait()
            group.cancel_scope.cancel()


class Bells:
    """The bells of all waiters of this event loop, by queue."""

    def __init__(self) -> None:
        self._bells: defaultdict[str, set[Bell]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._bells)

    @contextmanager
    def bell(self, queue: str) -> Iterator[Bell]:
        """Hang up a bell that rings when something may have changed in ``queue``."""
        bell = Bell()
        self._bells[queue].add(bell)
        try:
            yield bell
        finally:
            self._bells[queue].discard(bell)
            if not self._bells[queue]:
                del self._bells[queue]

    def ring(self, queues: Iterable[str]) -> None:
        """Ring for these queues."""
        for queue in queues:
            for bell in self._bells.get(queue, ()):
                bell.ring()

    def ring_all(self) -> None:
        """Ring for every queue."""
        self.ring(list(self._bells))
