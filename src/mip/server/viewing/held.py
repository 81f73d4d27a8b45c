"""A stored object as a local file for a while."""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from ...errors import ObjectNotFoundError, StorageError

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
        The store did not answer, or there is no room for the copy.
    """
    make = partial(
        tempfile.TemporaryDirectory,
        prefix="download-",
        dir=objects.staging,
        ignore_cleanup_errors=True,  # of no use to who has the copy; the next start clears it
    )
    try:
        folder = await anyio.to_thread.run_sync(make)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageError(f"cannot make a folder for the copy of an object: {reason}") from error
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
