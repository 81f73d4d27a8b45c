"""What is fetched over a network, in files of one folder for as long as a job needs them."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from ..dicom import read_header
from ..errors import (
    DicomError,
    ImageTooLargeError,
    InstanceNotFoundError,
    PacsError,
    StorageError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STEP_BYTES = 1024**2
"""Gathered before it is written: a thread for every packet would cost more than the disk."""
_PREAMBLE_BYTES = 128


class Spool:
    """A folder of files that go when they are no longer held; made by :meth:`open`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    @classmethod
    async def open(cls, parent: Path | None) -> Spool:
        """Make a folder below ``parent``, or where the system keeps temporary files.

        Raises
        ------
        StorageError
            It cannot be made.
        """
        make = partial(tempfile.mkdtemp, prefix="pacs-", dir=parent)
        try:
            return cls(Path(await anyio.to_thread.run_sync(make)))
        except OSError as error:
            raise _storage_error(error) from error

    @asynccontextmanager
    async def file(self) -> AsyncIterator[Path]:
        """Hold the path of a file that is not there yet, and is gone afterwards."""
        path = self._folder / f"{next(self._numbers)}.dcm"
        try:
            yield path
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(partial(path.unlink, missing_ok=True))

    async def aclose(self) -> None:
        """Remove the folder."""
        with anyio.CancelScope(shield=True):
            remove = partial(shutil.rmtree, self._folder, ignore_errors=True)
            await anyio.to_thread.run_sync(remove)


async def write_all(chunks: AsyncIterator[bytes], path: Path, *, most: int) -> None:
    """Write chunks into the file ``path``, in place of what an earlier try left there.

    Raises
    ------
    ImageTooLargeError
        They are more than ``most`` bytes.
    StorageError
        The disk does not take them.
    """
    mode, length = "wb", 0
    gathered: list[bytes] = []
    waiting = 0
    async for chunk in chunks:
        length += len(chunk)
        if length > most:
            raise ImageTooLargeError(f"expected an instance of at most {most} bytes from the PACS")
        gathered.append(chunk)
        waiting += len(chunk)
        if waiting >= STEP_BYTES:
            await anyio.to_thread.run_sync(_write, path, mode, b"".join(gathered))
            gathered, waiting, mode = [], 0, "ab"
    await anyio.to_thread.run_sync(_write, path, mode, b"".join(gathered))


async def check_instance(path: Path, *, instance_uid: str | None) -> str | None:
    """Return the SOP Instance UID of a file, or None where its header cannot be read.

    A broken header is left to the decoder, so that its job ends in a result which says so.

    Raises
    ------
    PacsError
        It is no DICOM file, or another instance than ``instance_uid``.
    """
    return await anyio.to_thread.run_sync(_check, path, instance_uid)


def _check(path: Path, expected: str | None) -> str | None:
    try:
        with path.open("rb") as file:
            if file.read(_PREAMBLE_BYTES + 4)[_PREAMBLE_BYTES:] != b"DICM":
                raise PacsError("expected a DICOM file from the PACS, got something else")
        found = read_header(path).instance_uid
    except DicomError:
        return None
    except OSError as error:
        raise _storage_error(error) from error
    except InstanceNotFoundError as error:
        raise StorageError("an image was removed from disk while it was fetched") from error
    if expected is not None and found is not None and found != expected:
        raise PacsError("expected the instance that was asked for, got another from the PACS")
    return found


def _write(path: Path, mode: str, data: bytes) -> None:
    try:
        with path.open(mode) as file:
            file.write(data)
    except OSError as error:
        raise _storage_error(error) from error


def _storage_error(error: OSError) -> StorageError:
    return StorageError(
        f"an image cannot be written to disk: {error.strerror}; free space, or give the right "
        "to write there"
    )
