"""Results for clients that cannot hold a WebSocket: they ask, and wait a little for an answer."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import anyio

if TYPE_CHECKING:
    from ..contracts import Result
    from ..control import Push
    from .hub import Hub

MAX_CLIENTS: Final = 10_000
"""Whose last answer is remembered; one that is forgotten gets that answer once more."""


class Polls:
    """Answers polls.

    A poll acknowledges what the answer before it brought; what was answered by a server that has
    ended since comes again. Whether an answer arrived cannot be seen: one that broke off on its
    way is taken as read. A poll that tells ``after`` acknowledges up to that and nothing else, so
    that nothing is lost or doubled.

    Parameters
    ----------
    push : Push
        Reads results.
    hub : Hub
        Where polls wait.
    """

    def __init__(self, push: Push, *, hub: Hub) -> None:
        self._push = push
        self._hub = hub
        self._answered: OrderedDict[str, int] = OrderedDict()

    async def poll(self, client_id: str, *, after: int | None, wait_seconds: float) -> list[Result]:
        """Return the next results of a client, as soon as there are any; none when time is up.

        Raises
        ------
        QuotaExceededError
            The client polls too often at a time.
        StateError
            The records do not answer.
        """
        with self._hub.bell(client_id) as bell:
            before = self._answered.get(client_id, 0)
            if before and after is None:
                await self._push.delivered(client_id, seq=before)
            self._answered.pop(client_id, None)
            beginning = await self._push.begin(client_id, after=after)
            if after and not beginning.is_reset:
                await self._push.delivered(client_id, seq=after)
            cursor = beginning.cursor
            results: list[Result] = []
            with anyio.move_on_after(wait_seconds):
                while True:
                    bell.reset()
                    with anyio.CancelScope(shield=True):  # a read is short, and never in vain
                        results = await self._push.page(client_id, cursor=cursor)
                    if results:
                        break
                    await bell.rung()
            return results

    def answered(self, client_id: str, *, seq: int) -> None:
        """Note that an answer was written, with results up to ``seq``."""
        self._answered.pop(client_id, None)
        self._answered[client_id] = seq
        if len(self._answered) > MAX_CLIENTS:
            self._answered.popitem(last=False)
