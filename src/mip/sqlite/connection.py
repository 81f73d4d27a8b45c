"""Connections: when a file may be opened, with which settings, and what foreign errors mean."""

from __future__ import annotations

import os
import random
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import apsw
from apsw import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..errors import MipError

__all__ = ["Connection", "connect", "map_errors"]

OLDEST_SQLITE = (3, 51, 3)
"""The first release in which a WAL reset cannot race with another connection's commit."""

PAGE_BYTES = 2048
"""Half of SQLite's own: records and index entries here are small and far apart, so a commit writes
two thirds of the bytes (measured: 132 kB instead of 203 kB for ten messages there and back)."""

LOG_BYTES_PER_CHECKPOINT = 8 * 1024 * 1024
"""Twice SQLite's own: half the stalls."""

MAX_LOG_BYTES = 64 * 1024 * 1024
"""A log that a burst made longer is cut back to this."""

_NETWORK_FILE_SYSTEMS = frozenset(
    {"afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "lustre", "ncpfs", "nfs"}
    | {"nfs4", "smb3", "smbfs"}
)
_MOUNTS = Path("/proc/self/mounts")

_CORRUPT = (apsw.NotADBError, apsw.CorruptError)
"""What no waiting mends."""

_MEANINGS: tuple[tuple[type[apsw.Error], str], ...] = (
    (apsw.FullError, "the disk is full (or the file at its largest): free space, then try again"),
    (apsw.BusyError, "another process holds it locked: find what keeps it busy, then try again"),
    (apsw.LockedError, "another process holds it locked: find what keeps it busy, then try again"),
    (apsw.NotADBError, "expected a SQLite database, got another kind of file: correct the path"),
    (apsw.CorruptError, "the file is damaged: stop all users of it and restore a backup"),
    (apsw.ReadOnlyError, "the file or its folder is read-only: grant write access to both"),
    (apsw.PermissionsError, "access was denied: grant read and write access to file and folder"),
    (apsw.CantOpenError, "it cannot be opened: the folder must exist and be writable"),
    (apsw.NoMemError, "memory ran out"),
    (apsw.TooBigError, "a value is longer than SQLite stores"),
    (apsw.IOError, "the disk failed to read or write: check the disk and the system's log"),
)


@contextmanager
def map_errors(path: str, *, error: type[MipError], corrupt: type[MipError]) -> Iterator[None]:
    """Turn what SQLite raises into ``error`` or ``corrupt``, in words that say what to do."""
    try:
        yield
    except apsw.Error as exc:
        raise translated(exc, path=path, error=error, corrupt=corrupt) from exc


def translated(
    exc: apsw.Error, *, path: str, error: type[MipError], corrupt: type[MipError]
) -> MipError:
    """Return the error that a caller sees in place of ``exc``."""
    for kind, meaning in _MEANINGS:
        if isinstance(exc, kind):
            raised = corrupt if isinstance(exc, _CORRUPT) else error
            return raised(f"database {path}: {meaning}")
    return error(f"database {path}: {type(exc).__name__}: {exc}")


def connect(
    path: str,
    *,
    error: type[MipError],
    corrupt: type[MipError],
    is_durable: bool,
    busy_seconds: float,
    is_reader: bool,
) -> Connection:
    """Open the file with the settings that every connection of ours has.

    Raises
    ------
    MipError
        Of class ``error``: wrong folder, network disk, SQLite too old, no access. Of class
        ``corrupt``: not a database, or damaged.
    """
    _check_sqlite(error)
    _check_place(path, error=error)
    with map_errors(path, error=error, corrupt=corrupt):
        flags = apsw.SQLITE_OPEN_READWRITE | (0 if is_reader else apsw.SQLITE_OPEN_CREATE)
        connection = Connection(path, flags=flags)
        try:
            connection.set_busy_handler(patience(busy_seconds))
            # Plans hang on no bound value; else a range is compiled anew for each of its values.
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA temp_store=MEMORY")
            if is_reader:
                connection.execute("PRAGMA query_only=ON")
            else:
                connection.execute(f"PRAGMA synchronous={'FULL' if is_durable else 'NORMAL'}")
                connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
                pages = LOG_BYTES_PER_CHECKPOINT // PAGE_BYTES
                connection.execute(f"PRAGMA wal_autocheckpoint={pages}")
                connection.execute(f"PRAGMA journal_size_limit={MAX_LOG_BYTES}")
        except BaseException:
            connection.close()
            raise
    return connection


def patience(seconds: float) -> Callable[[int], bool]:
    """Return a busy handler that waits this long for a lock.

    SQLite's own sleeps up to 100 ms between two looks, longer than most transactions here take;
    under load a process then starves. This one looks again after 0.1 ms to 5 ms, at random, so
    that processes which wait together do not stay in step.
    """
    started_at = 0.0

    def wait(calls: int) -> bool:
        nonlocal started_at
        if calls == 0:
            started_at = time.monotonic()
        elif time.monotonic() - started_at >= seconds:
            return False
        longest = min(0.0002 * 1.3 ** min(calls, 20), 0.005)
        time.sleep(random.uniform(longest / 2, longest))  # noqa: S311 - spreads load, no secret
        return True

    return wait


def _check_sqlite(error: type[MipError]) -> None:
    found = apsw.sqlite_lib_version()
    if tuple(int(part) for part in found.split(".")) < OLDEST_SQLITE:
        wanted = ".".join(map(str, OLDEST_SQLITE))
        raise error(
            f"expected SQLite {wanted} or newer, found {found}, which can lose commits when "
            "several processes write: upgrade the apsw package"
        )


def _check_place(path: str, *, error: type[MipError]) -> None:
    folder = Path(path).parent
    if not folder.is_dir():
        raise error(f"database {path}: its folder does not exist: create it or correct the path")
    kind = _file_system_of(folder)
    if kind in _NETWORK_FILE_SYSTEMS:
        raise error(
            f"database {path}: it is on a network file system ({kind}), where several machines "
            "cannot share SQLite's log safely: use a local disk"
        )


def _file_system_of(folder: Path) -> str:
    """Return the type of the file system, or nothing where the system does not tell."""
    try:
        mounts = _MOUNTS.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    target = os.path.join(os.path.realpath(folder), "")  # noqa: PTH118 - wants the final slash
    best, kind = "", ""
    for line in mounts:
        _, point, fs_type, *_ = line.split(" ")
        point = os.path.join(_unescaped(point), "")  # noqa: PTH118 - as above
        if target.startswith(point) and len(point) >= len(best):
            best, kind = point, fs_type
    return kind


def _unescaped(point: str) -> str:
    return point.encode("latin-1", "backslashreplace").decode("unicode_escape")
