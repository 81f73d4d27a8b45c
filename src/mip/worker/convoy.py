"""Writes that wait for each other under load, so that they share a commit.

A commit costs the same whether it keeps one write or twenty. A worker that has much in hand loses
nothing when a settlement waits some milliseconds, and saves most of its commits; one that has
little in hand waits for nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LINGER_SECONDS = 0.005


class Convoy:
    """Where tasks meet before they write.

    Parameters
    ----------
    is_loaded : callable
        Whether there is anybody to wait for.
    sleep : callable
        Waits some seconds.
    """

    def __init__(
        self,
        is_loaded: Callable[[], bool],
        *,
        sleep: Callable[[float], Awaitable[object]] = anyio.sleep,
    ) -> None:
        self._is_loaded = is_loaded
        self._sleep = sleep
        self._departure: anyio.Event | None = None

    async def join(self) -> None:
        """Return at once when idle, else with all who join within ``LINGER_SECONDS``."""
        if self._departure is not None:
            await self._departure.wait()
        elif self._is_loaded():
            self._departure = departure = anyio.Event()
            try:
                await self._sleep(LINGER_SECONDS)
            finally:
                self._departure = None
                departure.set()
