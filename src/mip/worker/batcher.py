"""One call for many items: what arrives while a call is under way goes together in the next.

So an item alone is sent at once, and batches grow only under load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import anyio
import anyio.lowlevel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")
R = TypeVar("R")


class _Entry(Generic[T, R]):
    __slots__ = ("done", "error", "item", "result")

    def __init__(self, item: T) -> None:
        self.item = item
        self.done = anyio.Event()
        self.result: R | None = None
        self.error: Exception | None = None


class Batcher(Generic[T, R]):
    """Collect items of concurrent callers and send each batch with one call.

    Parameters
    ----------
    send : callable
        Takes a list of items, returns one result per item in the same order. If it raises, every
        caller of the batch gets the exception.
    most : int, optional
        Most items in a call; what is over goes in the next.
    gather : callable, optional
        Awaited before each call: how long to wait for others.
    """

    def __init__(
        self,
        send: Callable[[list[T]], Awaitable[list[R]]],
        *,
        most: int | None = None,
        gather: Callable[[], Awaitable[None]] = anyio.lowlevel.checkpoint_if_cancelled,
    ) -> None:
        self._send = send
        self._most = most
        self._gather = gather
        self._pending: list[_Entry[T, R]] = []
        self._arrived = anyio.Event()

    async def submit(self, item: T) -> R:
        """Send an item with whatever else is waiting; return its result.

        When the caller is cancelled while it waits, the item may still be sent.
        """
        entry: _Entry[T, R] = _Entry(item)
        self._pending.append(entry)
        self._arrived.set()
        await entry.done.wait()
        if entry.error is not None:
            raise entry.error
        return entry.result  # type: ignore[return-value] # set together with done

    async def run(self) -> None:
        """Send batches until cancelled; the owner runs this in its task group."""
        while True:
            await self._arrived.wait()
            self._arrived = anyio.Event()
            while self._pending:
                await self._gather()
                batch = self._pending[: self._most]
                del self._pending[: self._most]
                await self._flush(batch)

    async def _flush(self, batch: list[_Entry[T, R]]) -> None:
        try:
            results = await self._send([entry.item for entry in batch])
        except Exception as error:  # noqa: BLE001 - handed to the callers, who know what it means
            for entry in batch:
                entry.error = error
        else:
            for entry, result in zip(batch, results, strict=True):
                entry.result = result
        for entry in batch:
            entry.done.set()
