"""A clock that cancels its caller at the very moment when a store is at work for it."""

from __future__ import annotations

import asyncio
import threading

import anyio

from mip.testing import FakeClock


class CancellingClock(FakeClock):
    """Cancels a scope of the event loop when another thread asks for the time."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.get_running_loop()
        self.scope = anyio.CancelScope()

    def now(self) -> float:
        if threading.current_thread() is not threading.main_thread():
            self.loop.call_soon_threadsafe(self.scope.cancel)
        return super().now()
