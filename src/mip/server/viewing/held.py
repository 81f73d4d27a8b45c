"""A stored object as a local file for a while."""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from ...errors import ObjectNotFoundError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ...storage import ObjectStore


@asynccontextmanager
async def held_object(objects: ObjectStore, key: str) -> AsyncIterator[Path]:
    """Hold a copy of an object for the length of the context.

    Raises
    ------
    ObjectNotFoundError
        There is no such object, or none can have this key.
    StorageError
        The store did not answer.
    """
    make = partial(tempfile.TemporaryDirectory, prefix="download-", dir=objects.staging)
    folder = await anyio.to_thread.run_sync(make)
    try:
        path = Path(folder.name) / "object.dcm"
        try:
            await objects.fetch(key, path)
        except ValueError:
            raise ObjectNotFoundError("expected an object with this key, found none") from None
        yield path
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(folder.cleanup)
