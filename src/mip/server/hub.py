"""Who waits for results: a seat for each connection, and a bell at each seat."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio

from ..errors import QuotaExceededError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Seat:
    """Where one waits; a ring before the wait is not lost."""

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


class Hub:
    """All who wait, by client.

    Parameters
    ----------
    most : int
        Seats that one client may have.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._seats: defaultdict[str, set[Seat]] = defaultdict(set)

    @contextmanager
    def seat(self, client_id: str) -> Iterator[Seat]:
        """Give a client a seat for as long as the block lasts.

        Raises
        ------
        QuotaExceededError
            The client has as many as it may.
        """
        if len(self._seats.get(client_id, ())) >= self._most:
            raise QuotaExceededError(
                f"expected at most {self._most} connections of a client; close one first"
            )
        seat = Seat()
        self._seats[client_id].add(seat)
        try:
            yield seat
        finally:
            self._seats[client_id].discard(seat)
            if not self._seats[client_id]:
                del self._seats[client_id]

    def wake(self, client_id: str) -> None:
        """Ring for all who wait for this client's results."""
        for seat in self._seats.get(client_id, ()):
            seat.ring()
