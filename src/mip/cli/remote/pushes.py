"""Results as a server pushes them, over a WebSocket; read by calls where there is none."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import anyio
import msgspec

from ..deployment import pauses

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ...contracts import Result
    from .calls import Calls
    from .identity import Identity
    from .jobs import RemoteJobs

LOOK_SECONDS: Final = 1.0
"""Without news for so long, whoever follows is given a turn to look around."""
MAX_FRAME_BYTES: Final = 4 * 1024**2
OPEN_SECONDS: Final = 10.0


class Pushes:
    """Follows a client's results."""

    def __init__(self, calls: Calls, identity: Identity, jobs: RemoteJobs) -> None:
        self._calls = calls
        self._identity = identity
        self._jobs = jobs

    async def follow(self, client_id: str, *, after: int) -> AsyncGenerator[list[Result], None]:
        """Yield a client's results after ``after``, in order and each once; for ever.

        An empty list is yielded when there was no news for a while. A connection that breaks is
        made anew, and what was missed meanwhile is read by calls.
        """
        for pause in pauses():
            async with aclosing(self._pushed(client_id, after=after)) as frames:
                async for frame in frames:
                    results = self._after([frame] if frame else [], after)
                    if results:
                        after = results[-1].seq or after
                    yield results
            results = await self._jobs.results(client_id, after=after)
            while results:
                after = results[-1].seq or after
                yield results
                results = await self._jobs.results(client_id, after=after)
            yield []
            await anyio.sleep(pause)

    async def news(self, client_id: str) -> AsyncGenerator[Result | None, None]:
        """Yield results as they come, from any number on; None when there was no news for a while.

        It may leave out any: it only tells that it is worth to look.
        """
        for pause in pauses():
            async with aclosing(self._pushed(client_id, after=None)) as frames:
                async for frame in frames:
                    yield self._jobs.read_result(frame) if frame else None
            yield None
            await anyio.sleep(pause)

    def _after(self, frames: list[dict[str, Any]], after: int) -> list[Result]:
        results = [self._jobs.read_result(frame) for frame in frames]
        return [result for result in results if (result.seq or 0) > after]

    async def _pushed(
        self, client_id: str, *, after: int | None
    ) -> AsyncGenerator[dict[str, Any] | None, None]:
        """Yield what one connection brings, until it ends; None when it brings nothing.

        It ends at once where the server has no WebSocket, the package for it is not installed, or
        results are gone that were asked for; calls tell why.
        """
        try:
            from websockets.asyncio.client import connect  # noqa: PLC0415 - of an extra
            from websockets.exceptions import WebSocketException  # noqa: PLC0415 - of an extra
        except ModuleNotFoundError:
            return
        query = {"client_id": client_id} | ({} if after is None else {"after": str(after)})
        address = f"ws{self._calls.address.removeprefix('http')}/?{urlencode(query)}"
        try:
            async with connect(
                address,
                additional_headers=self._identity.as_client(client_id),
                max_size=MAX_FRAME_BYTES,
                open_timeout=OPEN_SECONDS,
                compression=None,
                proxy=True if self._calls.trusts_environment else None,
            ) as socket:
                while True:
                    text: str | bytes | None = None
                    with anyio.move_on_after(LOOK_SECONDS):
                        text = await socket.recv()
                    frame = None if text is None else _read(text)
                    if frame is not None and frame.get("type") == "reset":
                        return
                    if frame is None or "job_id" in frame:
                        yield frame
        except (WebSocketException, OSError, TimeoutError):
            return


def _read(text: str | bytes) -> dict[str, Any]:
    try:
        frame = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return frame if isinstance(frame, dict) else {}
