"""Schema versions: numbered steps forward, each whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import apsw

from ..errors import MipError, SchemaTooNewError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .connection import Connection


class Schema:
    """What a database must look like; ``PRAGMA user_version`` counts the steps it has had."""

    def __init__(
        self,
        migrations: Sequence[str],
        *,
        application_id: int,
        error: type[MipError],
        corrupt: type[MipError],
    ) -> None:
        self._migrations = tuple(migrations)
        self._application_id = application_id
        self._error = error
        self._corrupt = corrupt

    def prepare(self, connection: Connection, *, path: str, busy_seconds: float) -> None:
        """Bring a database to the newest version; safe when several processes do so at once.

        Nothing is written before the file is known to be ours and not newer than this release.

        Raises
        ------
        SchemaTooNewError
            A newer release wrote it; the file is left as it is.
        MipError
            Of class ``corrupt``: the file belongs to something else. Of class ``error``: it
            cannot have a log.
        """
        with _transaction(connection, "DEFERRED"):
            self._version(connection, path=path)
        self._use_write_ahead_log(connection, path=path, busy_seconds=busy_seconds)
        while self._step(connection, path=path):
            pass

    def _step(self, connection: Connection, *, path: str) -> bool:
        """Take one step; False when none is left, perhaps as another process was faster."""
        with _transaction(connection, "IMMEDIATE"):
            version = self._version(connection, path=path)
            if version == len(self._migrations):
                return False
            connection.execute(self._migrations[version])
            connection.execute(f"PRAGMA user_version={version + 1}")
            connection.execute(f"PRAGMA application_id={self._application_id}")
        return True

    def _version(self, connection: Connection, *, path: str) -> int:
        version = int(connection.pragma("user_version"))
        owner = int(connection.pragma("application_id"))
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()[0][0]
        is_new = version == 0 and owner == 0 and tables == 0
        if not is_new and owner != self._application_id:
            raise self._corrupt(
                f"database {path}: it was made for another purpose (application id {owner}, "
                f"expected {self._application_id}): give each its own file"
            )
        if version > len(self._migrations):
            raise SchemaTooNewError(
                f"database {path}: its schema is version {version}, this release knows up to "
                f"{len(self._migrations)}: upgrade mip, or use another file; it is left untouched"
            )
        return version

    def _use_write_ahead_log(
        self, connection: Connection, *, path: str, busy_seconds: float
    ) -> None:
        """Switch to WAL; SQLite does not call the busy handler for this, so wait here."""
        give_up_at = time.monotonic() + busy_seconds
        mode = None
        while mode is None:
            try:
                mode = connection.pragma("journal_mode", "wal")
            except apsw.BusyError:
                if time.monotonic() >= give_up_at:
                    raise
                time.sleep(0.002)
        if mode != "wal":
            raise self._error(
                f"database {path}: the file system does not support SQLite's write-ahead log "
                f"(mode {mode}): use a local disk"
            )


@contextmanager
def _transaction(connection: Connection, kind: str) -> Iterator[None]:
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
