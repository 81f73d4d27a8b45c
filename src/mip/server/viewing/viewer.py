"""Frames of instances: decoded once in a child, however many ask, and read from the cache."""

from __future__ import annotations

import os
from collections import OrderedDict
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from io import FileIO
from typing import TYPE_CHECKING, Final, Protocol

import anyio
import anyio.to_thread
import msgspec

from ...dicom import ObjectDescription
from ...dicom.unpack import DESCRIPTION_NAME, PIXELS_NAME
from ...errors import DicomError, InstanceNotFoundError, PacsError
from ...worker import ChildLimits, ChildPool
from .cache import FrameCache

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from ...clock import Clock
    from ...settings import ServerSettings
    from .locate import Located

MEMORY_BYTES: Final = 3 * 1024**3
"""Of one child beyond its code: for the largest object, read, decoded and converted."""
FAILURE_SECONDS: Final = 60.0
"""For so long an object that does not decode is not tried again."""
MAX_FAILURES: Final = 1000
MAX_DESCRIPTIONS: Final = 64
_TRIES: Final = 3
_CHUNK_BYTES: Final = 256 * 1024
_MIB: Final = 1024**2

_decoder = msgspec.json.Decoder(ObjectDescription)


class Unpacker(Protocol):
    """Writes the frames of a file into a folder, as :meth:`mip.worker.ChildPool.unpack`."""

    async def unpack(self, path: Path, folder: Path) -> int:
        """Return how many bytes were written."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """One frame, in a file that is closed once it was read."""

    description: ObjectDescription
    file: FileIO
    offset: int

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return self.description.frame_bytes

    async def read(self) -> bytes:
        """Return all of it."""
        parts = [part async for part in self.chunks()]
        return b"".join(parts)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give it part by part."""
        with self.file:
            done = 0
            while done < self.size:
                wanted = min(_CHUNK_BYTES, self.size - done)
                read = partial(os.pread, self.file.fileno(), wanted, self.offset + done)
                part = await anyio.to_thread.run_sync(read)
                if not part:
                    raise PacsError("the decoded frames are shorter than they should be")
                done += len(part)
                yield part


class Viewer:
    """Gives frames of located instances.

    Parameters
    ----------
    pool : Unpacker
        Decodes.
    cache : FrameCache
        Keeps what was decoded.
    clock : Clock
        Tells when a failure is worth another try.
    """

    def __init__(self, pool: Unpacker, *, cache: FrameCache, clock: Clock) -> None:
        self._pool = pool
        self._cache = cache
        self._clock = clock
        self._turns: dict[str, tuple[anyio.Lock, int]] = {}
        self._failures: OrderedDict[str, tuple[DicomError, float]] = OrderedDict()
        self._descriptions: OrderedDict[str, ObjectDescription] = OrderedDict()

    async def describe(self, located: Located, *, number: int = 1) -> ObjectDescription:
        """Return what the frames of an instance are, which has a frame of this number, from 1.

        Raises
        ------
        InstanceNotFoundError
            The object has no such frame.
        DicomError
            It does not decode.
        PacsError, StorageError
            It cannot be read now.
        """
        told = await self._described(located)
        if not 1 <= number <= told.frames:
            raise InstanceNotFoundError(
                f"expected a frame from 1 to {told.frames} of this instance"
            )
        return told

    async def _described(self, located: Located) -> ObjectDescription:
        known = self._descriptions.get(located.sha256)
        if known is not None and self._cache.find(located.sha256) is not None:
            return known
        for _ in range(_TRIES):
            folder = await self._entry(located)
            try:
                told = await anyio.to_thread.run_sync(_read_description, folder)
            except FileNotFoundError:  # removed between two steps, to make room
                continue
            self._descriptions[located.sha256] = told
            while len(self._descriptions) > MAX_DESCRIPTIONS:
                self._descriptions.popitem(last=False)
            return told
        raise _crowded()

    async def frame(self, located: Located, number: int) -> Frame:
        """Open a frame, counted from 1.

        Raises
        ------
        InstanceNotFoundError
            The object has no such frame.
        DicomError, PacsError, StorageError
            As :meth:`describe`.
        """
        for _ in range(_TRIES):
            told = await self.describe(located, number=number)
            folder = await self._entry(located)
            try:
                file = await anyio.to_thread.run_sync(FileIO, folder / PIXELS_NAME)
            except FileNotFoundError:
                continue
            return Frame(description=told, file=file, offset=(number - 1) * told.frame_bytes)
        raise _crowded()

    async def _entry(self, located: Located) -> Path:
        key = located.sha256
        found = self._cache.find(key)
        if found is not None:
            return found
        async with self._turn(key):
            found = self._cache.find(key)
            if found is not None:
                return found
            self._raise_known(key)
            try:
                return await self._cache.add(key, partial(self._unpack, located))
            except DicomError as error:
                self._remember(key, error)
                raise

    async def _unpack(self, located: Located, folder: Path) -> int:
        async with located.hold() as path:
            size = await self._pool.unpack(path, folder)
        told = await anyio.to_thread.run_sync(_read_description, folder)
        if told.sha256 != located.sha256:
            raise PacsError("the file changed while it was read; ask again")
        return size

    def _raise_known(self, key: str) -> None:
        error, until = self._failures.get(key, (None, 0.0))
        if error is not None and self._clock.monotonic() < until:
            raise type(error)(str(error))

    def _remember(self, key: str, error: DicomError) -> None:
        self._failures[key] = (error, self._clock.monotonic() + FAILURE_SECONDS)
        self._failures.move_to_end(key)
        while len(self._failures) > MAX_FAILURES:
            self._failures.popitem(last=False)

    @asynccontextmanager
    async def _turn(self, key: str) -> AsyncIterator[None]:
        """Let one at a time decode what has this content."""
        lock, users = self._turns.get(key, (anyio.Lock(), 0))
        self._turns[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._turns[key]
            if users == 1:
                del self._turns[key]
            else:
                self._turns[key] = (lock, users - 1)


@asynccontextmanager
async def open_viewer(
    folder: Path, *, settings: ServerSettings, clock: Clock
) -> AsyncIterator[Viewer]:
    """Open a viewer with children of its own; ``folder`` is emptied.

    Raises
    ------
    StorageError
        The folder cannot be used.
    """
    cache = FrameCache(folder, max_bytes=settings.mip_viewer_cache_mib * _MIB)
    await cache.open()
    limits = ChildLimits(
        decode_timeout_seconds=settings.mip_decode_timeout_seconds, memory_bytes=MEMORY_BYTES
    )
    async with ChildPool(
        None, size=settings.mip_viewer_processes, limits=limits, threads_per_child=1
    ) as pool:
        yield Viewer(pool, cache=cache, clock=clock)


def _read_description(folder: Path) -> ObjectDescription:
    return _decoder.decode((folder / DESCRIPTION_NAME).read_bytes())


def _crowded() -> PacsError:
    return PacsError("decoded frames are removed before they are read; raise MIP_VIEWER_CACHE_MIB")
