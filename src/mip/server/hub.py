"""Who waits for results: a bell for each connection."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import QuotaExceededError
from ..transport.waiting import Bell

if TYPE_CHECKING:
    from collections.abc import Iterator


class Hub:
    """All who wait, by client.

    Parameters
    ----------
    most : int
        Connections that one client may have.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._bells: defaultdict[str, set[Bell]] = defaultdict(set)

    @contextmanager
    def bell(self, client_id: str) -> Iterator[Bell]:
        """Hang up a bell for a client for as long as the block lasts.

        Raises
        ------
        QuotaExceededError
            The client has as many as it may.
        """
        if len(self._bells.get(client_id, ())) >= self._most:
            raise QuotaExceededError(
                f"expected at most {self._most} connections of a client; close one first"
            )
        bell = Bell()
        self._bells[client_id].add(bell)
        try:
            yield bell
        finally:
            self._bells[client_id].discard(bell)
            if not self._bells[client_id]:
                del self._bells[client_id]

    def wake(self, client_id: str) -> None:
        """Ring for all who wait for this client's results."""
        for bell in self._bells.get(client_id, ()):
            bell.ring()
