"""A folder as an object store.

``put`` makes the file durable, then gives it its name with a hard link, which creates or fails and
never replaces; then it makes the name durable. A crash between any two of these steps leaves the
object whole or absent, and at most a file in the staging folder, which the next process removes.
An object whose name is taken is compared with what is there: what a crash left whole is equal.

Keys are walked one segment at a time from the root with ``O_NOFOLLOW``, so that no symbolic link
in the bucket, however it came there, leads a key out of it. The staging folder lies in the bucket,
for links cannot cross file systems; its name has a character that keys cannot have.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from ..errors import ObjectConflictError, ObjectNotFoundError, StorageError
from .base import ObjectUrl, PutOutcome, check_key
from .staging import Staging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STAGING_NAME = ".staging~"
MAX_THREADS = 8
"""More only wait for the same disk."""
CHUNK_BYTES = 1024 * 1024

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# O_NONBLOCK: a named pipe that somebody put into the bucket must not hang its reader.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})
_REMEDIES = {
    errno.ENOSPC: "free space on its disk",
    errno.EDQUOT: "raise the quota or free space",
    errno.EACCES: "give this user the right to read and write there",
    errno.EPERM: "give this user the right to read and write there",
    errno.EROFS: "mount its file system for writing",
    errno.ENOTDIR: "remove the file or link that stands where a folder must be",
    errno.ELOOP: "remove the link that stands where an object must be",
    errno.ENOENT: "check that the file to be stored and the folder are still there",
}

_T = TypeVar("_T")


class FolderStore:
    """Objects as files below a root; made by :meth:`open`.

    All disk access happens in threads. A call that is cancelled ends when its thread has, so it
    took effect or it did not.
    """

    def __init__(self, root: Path, *, staging: Staging) -> None:
        self._root = root
        self._staging = staging
        self._limiter = anyio.CapacityLimiter(MAX_THREADS)
        self._durable_folders: set[tuple[str, ...]] = set()

    @classmethod
    async def open(cls, root: Path) -> FolderStore:
        """Open the folder ``root``, making it when it is missing; removes what crashes left.

        A leading ``~`` is the home folder, as in a shell.

        Raises
        ------
        StorageError
            It cannot be made or written to.
        """
        return await anyio.to_thread.run_sync(cls._open, root)

    @classmethod
    def _open(cls, root: Path) -> FolderStore:
        root = Path(os.path.realpath(root.expanduser()))
        with _mapped(f"make and write to the folder {root}"):
            return cls(root, staging=Staging(root / STAGING_NAME))

    @property
    def bucket(self) -> str:
        """Return ``folder:PATH``, which :func:`mip.storage.open_store` opens again."""
        return f"folder:{self._root}"

    @property
    def staging(self) -> Path:
        """Return a folder of this process's own; a file in it is stored without a copy."""
        return self._staging.path

    async def put(self, key: str, path: Path) -> PutOutcome:
        """Store the file at ``path``; it is gone afterwards, unless there was an error."""
        return await self._in_thread(partial(self._put, check_key(key), path))

    async def fetch(self, key: str, destination: Path) -> None:
        """Copy an object into the new file ``destination``."""
        await self._in_thread(partial(self._fetch, check_key(key), destination))

    async def exists(self, key: str) -> bool:
        """Tell whether there is such an object."""
        return await self._in_thread(partial(self._exists, check_key(key)))

    async def url(self, key: str) -> ObjectUrl:
        """Make a ``file://`` URL, which never expires."""
        return ObjectUrl(url=(self._root / check_key(key)).as_uri())

    async def aclose(self) -> None:
        """Remove the staging folder with what is in it."""
        await self._in_thread(self._staging.close)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    def _put(self, key: str, path: Path) -> PutOutcome:
        *folders, name = key.split("/")
        with _mapped("store an object"):
            _fsync_file(path)
            with self._folder(tuple(folders), create=True) as folder:
                outcome = self._link(path, name, folder)
                if outcome == "exists" and not _is_equal(path, name, folder):
                    raise ObjectConflictError(
                        f"expected no object {key} or an equal one, found another; give the "
                        "algorithm a new version, or make it deterministic; remove the object if "
                        "it is damaged"
                    )
                # Also when the object existed: its writer may have died before this line.
                os.fsync(folder)
            path.unlink(missing_ok=True)
        return outcome

    def _link(self, path: Path, name: str, folder: int) -> PutOutcome:
        try:
            os.link(path, name, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            return "exists"
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return self._copy_and_link(path, name, folder)
        return "created"

    def _copy_and_link(self, path: Path, name: str, folder: int) -> PutOutcome:
        """Store a file of another file system by way of the staging folder."""
        staged = self._staging.new_path()
        try:
            shutil.copyfile(path, staged)
            _fsync_file(staged)
            return self._link(staged, name, folder)
        finally:
            staged.unlink(missing_ok=True)

    def _fetch(self, key: str, destination: Path) -> None:
        with _mapped("read an object"):
            source = self._open_object(key)
            if source is None:
                raise ObjectNotFoundError("expected an object with this key, found none")
            with (
                os.fdopen(source, "rb") as reader,
                destination.open("xb") as writer,
                _removed_on_error(destination),
            ):
                shutil.copyfileobj(reader, writer, CHUNK_BYTES)
                writer.flush()  # what is written later would change the time again
                made_at = os.fstat(source).st_mtime_ns
                os.utime(writer.fileno(), ns=(made_at, made_at))

    def _exists(self, key: str) -> bool:
        with _mapped("read an object"):
            source = self._open_object(key)
        if source is None:
            return False
        os.close(source)
        return True

    def _open_object(self, key: str) -> int | None:
        """Open the regular file that ``key`` names; what else may stand there is no object."""
        *folders, name = key.split("/")
        try:
            with self._folder(tuple(folders), create=False) as folder:
                return _open_regular(name, folder)
        except OSError as error:
            if error.errno in _ABSENT:
                return None
            raise

    @contextmanager
    def _folder(self, segments: tuple[str, ...], *, create: bool) -> Iterator[int]:
        """Hold a descriptor of a folder below the root, reached without following a link."""
        fd = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for depth, segment in enumerate(segments, start=1):
                if create:
                    self._make_folder(fd, segments[:depth])
                parent, fd = fd, os.open(segment, _FOLDER, dir_fd=fd)
                os.close(parent)
            yield fd
        finally:
            os.close(fd)

    def _make_folder(self, parent: int, path: tuple[str, ...]) -> None:
        """Make a folder durable, also one that another process made and may not have synced."""
        try:
            os.mkdir(path[-1], dir_fd=parent)
        except FileExistsError:
            if path in self._durable_folders:
                return
        os.fsync(parent)
        self._durable_folders.add(path)


def _open_regular(name: str, folder: int) -> int | None:
    """Open a regular file without following a link; of what else has this name, return None."""
    fd = os.open(name, _FILE, dir_fd=folder)
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    return None


def _is_equal(path: Path, name: str, folder: int) -> bool:
    """Tell whether a file and the object ``name`` have the same bytes; most often by their size."""
    fd = _open_regular(name, folder)
    if fd is None:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    with os.fdopen(fd, "rb") as stored, os.fdopen(os.open(path, _FILE), "rb") as file:
        there, here = os.fstat(stored.fileno()), os.fstat(file.fileno())
        if os.path.samestat(there, here):  # linked before, by a put that failed after it
            return True
        if there.st_size != here.st_size:
            return False
        while chunk := file.read(CHUNK_BYTES):
            if stored.read(CHUNK_BYTES) != chunk:
                return False
    return True


def _fsync_file(path: Path) -> None:
    fd = os.open(path, _FILE)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def _removed_on_error(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def _mapped(action: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        remedy = _REMEDIES.get(error.errno or 0, "look at the folder's file system")
        raise StorageError(f"cannot {action}: {reason}; {remedy}") from error
