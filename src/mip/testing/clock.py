"""A clock that stands still until a test moves it."""

from __future__ import annotations

import anyio
import anyio.lowlevel

EPOCH = 1_700_000_000.0
"""Where the wall clock begins: an instant like those of production, so that formats are tested."""


class FakeClock:
    """A :class:`~mip.clock.Clock` whose time passes only in :meth:`advance`."""

    def __init__(self, *, now: float = EPOCH, monotonic: float = 1000.0) -> None:
        self._now = now
        self._monotonic = monotonic
        self._sleepers: list[tuple[float, anyio.Event]] = []
        self._began = anyio.Event()

    def now(self) -> float:
        """Return the wall-clock time, seconds since 1970."""
        return self._now

    def monotonic(self) -> float:
        """Return the time that only goes on."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass, and wake those whose sleep is over."""
        self._now += seconds
        self._monotonic += seconds
        for due_at, event in list(self._sleepers):
            if due_at <= self._monotonic:
                event.set()

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward, or back when negative, as an operator might."""
        self._now += seconds

    async def sleep(self, seconds: float) -> None:
        """Wait until that much time has passed; give it to code in place of ``anyio.sleep``."""
        if seconds <= 0:
            await anyio.lowlevel.checkpoint()
            return
        sleeper = (self._monotonic + seconds, anyio.Event())
        self._sleepers.append(sleeper)
        self._began.set()
        try:
            await sleeper[1].wait()
        finally:
            self._sleepers.remove(sleeper)

    async def until_sleeping(self, sleepers: int = 1) -> None:
        """Wait until so many sleep, so that a following :meth:`advance` reaches them."""
        while len(self._sleepers) < sleepers:
            self._began = anyio.Event()
            await self._began.wait()
