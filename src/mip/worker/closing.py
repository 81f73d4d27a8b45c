"""Close a queue, a database or a store whatever happens, and never wait for ever."""

from __future__ import annotations

from typing import Protocol

import anyio

CLOSE_SECONDS = 10.0
"""As long as a database waits for others; a disk that hangs must not keep the process."""


class Closable(Protocol):
    """What holds files and threads."""

    async def aclose(self) -> None:
        """Release them."""
        ...


async def close(service: Closable) -> None:
    """Release files and threads, also when the caller is being cancelled."""
    with anyio.move_on_after(CLOSE_SECONDS, shield=True):
        await service.aclose()
