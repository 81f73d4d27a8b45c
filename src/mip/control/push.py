"""A client's results on their way to it: in order, from where it stopped.

What is guaranteed
------------------
* A reader that asks for page after page, each from the ``seq`` of the last result it was given,
  gets every result of its client that is kept, once, in ``seq`` order.
* A client that tells how far it came (``after``) goes on from there. Where results behind that
  were forgotten, or there never were so many, the reading begins with a *reset*: the client has
  missed something, or knows another server's numbers, and gets all that is kept.
* A client that tells nothing goes on from what is noted as delivered. Of several readers of one
  client the one that is furthest is noted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from ..contracts import Result
    from ..state import JobStore
    from ..state.clients import ClientStore

PAGE: Final = 32
"""Results in memory at a time for one reader: a result can be as long as a message, 1 MiB."""


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """Where a reader begins: the ``seq`` before its first result, and whether it is a reset."""

    cursor: int
    is_reset: bool = False


class Push:
    """Reads results for their client, and notes what it was given.

    Parameters
    ----------
    records : JobStore
        Where results are.
    clients : ClientStore
        Where it is noted.
    """

    def __init__(self, records: JobStore, *, clients: ClientStore) -> None:
        self._records = records
        self._clients = clients

    async def begin(self, client_id: str, *, after: int | None) -> Beginning:
        """Tell where to begin reading.

        Parameters
        ----------
        client_id : str
            Whose results.
        after : int or None
            The ``seq`` of the last one that the client knows; None when it does not tell.

        Raises
        ------
        StateError
            The records do not answer.
        """
        if after is None:
            return Beginning(cursor=await self._clients.delivered(client_id))
        # Before the results: one that is recorded in between must not look forgotten.
        last = await self._records.last_seq(client_id)
        if after > last:
            return Beginning(cursor=0, is_reset=True)
        following = await self._records.results_after(client_id, after, limit=1)
        is_whole = following[0].seq == after + 1 if following else after == last
        return Beginning(cursor=after, is_reset=not is_whole)

    async def page(self, client_id: str, *, cursor: int) -> list[Result]:
        """Return the next results of a client, at most :data:`PAGE`; none when it has all.

        Raises
        ------
        StateError
            The records do not answer.
        """
        return await self._records.results_after(client_id, cursor, limit=PAGE)

    async def delivered(self, client_id: str, *, seq: int) -> None:
        """Note that a client was given its results up to ``seq``.

        Raises
        ------
        StateError
            The records do not answer.
        """
        await self._clients.advance(client_id, seq=seq)
