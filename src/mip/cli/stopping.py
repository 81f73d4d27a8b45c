"""Ctrl-C in two steps: once finishes what is in hand, twice stops it."""

from __future__ import annotations

import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .console import Console


class Stop:
    """Whether a person asked to stop; ``is_now`` once they asked twice."""

    def __init__(self) -> None:
        self.is_asked = False
        self.is_now = False
        self.scope = anyio.CancelScope()

    def ask(self) -> None:
        """Take note of one Ctrl-C."""
        if self.is_asked:
            self.is_now = True
            self.scope.cancel()
        self.is_asked = True


@asynccontextmanager
async def two_step_stop(console: Console) -> AsyncIterator[Stop]:
    """Run a block that Ctrl-C (or SIGTERM) stops in two steps; the second cancels it."""
    stop = Stop()
    async with anyio.create_task_group() as group:
        await group.start(_watch, console, stop)
        with stop.scope:
            yield stop
        group.cancel_scope.cancel()


async def _watch(console: Console, stop: Stop, *, task_status: anyio.abc.TaskStatus[None]) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            if not stop.is_asked:
                console.talk("\nfinishing what is in hand; Ctrl-C again stops at once")
            stop.ask()
