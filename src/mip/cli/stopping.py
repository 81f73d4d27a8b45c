"""Ctrl-C in steps: once finishes what is in hand, twice stops it."""

from __future__ import annotations

import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anyio.abc import TaskStatus

    from .console import Console


class Stop:
    """Whether a person asked to stop; ``is_now`` once they asked as often as it takes.

    Parameters
    ----------
    steps : int
        How often they have to ask until the work is cancelled.
    """

    def __init__(self, *, steps: int) -> None:
        self._left = steps
        self.is_asked = False
        self.scope = anyio.CancelScope()

    @property
    def is_now(self) -> bool:
        """True when the work was cancelled."""
        return self._left <= 0

    def ask(self) -> None:
        """Take note of one Ctrl-C."""
        self.is_asked = True
        self._left -= 1
        if self.is_now:
            self.scope.cancel()


@asynccontextmanager
async def stoppable(console: Console, *, steps: int) -> AsyncIterator[Stop]:
    """Run a block that Ctrl-C, SIGTERM or a closed terminal stops in one step or two."""
    stop = Stop(steps=steps)
    async with anyio.create_task_group() as group:
        await group.start(_watch, console, stop)
        with stop.scope:
            yield stop
        group.cancel_scope.cancel()


async def _watch(console: Console, stop: Stop, *, task_status: TaskStatus[None]) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
        task_status.started()
        async for _ in signals:
            is_first, was_now = not stop.is_asked, stop.is_now
            stop.ask()
            if stop.is_now and not was_now:
                console.talk_as_is("\nstopping")
            elif is_first:
                console.talk_as_is("\nfinishing what is in hand; Ctrl-C again stops at once")
