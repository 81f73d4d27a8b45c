"""Decoded frames on disk: a folder per content, the least recently used removed first.

The cache begins empty at each start: what a crash left may be torn, and is cheap to make again.
"""

from __future__ import annotations

import secrets
import shutil
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, TypeVar

import anyio
import anyio.to_thread

from ...errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

MAX_THREADS: Final = 4

_T = TypeVar("_T")


class FrameCache:
    """Folders by key, of at most ``max_bytes`` in all; the newest stays even if it is larger.

    Whoever reads a file of an entry opens it at once: an entry may be removed at any time.
    """

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._limiter = anyio.CapacityLimiter(MAX_THREADS)

    @property
    def size(self) -> int:
        """Bytes of all entries."""
        return sum(self._sizes.values())

    async def open(self) -> None:
        """Begin with an empty folder.

        Raises
        ------
        StorageError
            It cannot be made.
        """
        try:
            await self._in_thread(self._emptied)
        except OSError as error:
            raise StorageError(
                f"the folder of decoded frames cannot be used: {error.strerror}"
            ) from error

    def find(self, key: str) -> Path | None:
        """Return the folder of an entry, which is now the most recently used."""
        if key not in self._sizes:
            return None
        self._sizes.move_to_end(key)
        return self._folder / key

    async def add(self, key: str, make: Callable[[Path], Awaitable[int]]) -> Path:
        """Make an entry, and remove old ones until there is room.

        Parameters
        ----------
        key : str
            A name that a folder can have.
        make : callable
            Fills a folder, and returns how many bytes it took.
        """
        draft = self._folder / f".new-{secrets.token_hex(8)}"
        try:
            await self._in_thread(draft.mkdir)
            size = await make(draft)
            await self._in_thread(lambda: draft.rename(self._folder / key))
        except BaseException as error:
            with anyio.CancelScope(shield=True):
                await self._remove(draft)
            if isinstance(error, OSError):
                raise StorageError(
                    f"decoded frames cannot be written: {error.strerror}; free space on the disk"
                ) from error
            raise
        self._sizes[key] = size
        while self.size > self._max_bytes and len(self._sizes) > 1:
            old, _ = self._sizes.popitem(last=False)
            await self._remove(self._folder / old)
        return self._folder / key

    async def _remove(self, path: Path) -> None:
        await self._in_thread(lambda: shutil.rmtree(path, ignore_errors=True))

    def _emptied(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)
