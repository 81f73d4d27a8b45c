"""Algorithms on record in the shared SQLite file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from ..contracts import AlgorithmRecord, canonical_algorithm_id
from ..errors import AlreadyRegisteredError, NotRegisteredError, RegistryConflictError
from .sqlite_file import decoded, run

if TYPE_CHECKING:
    from ..sqlite import Connection, Database

FIND = "SELECT record FROM algorithms WHERE algorithm_id = ?"
WRITE = """
INSERT INTO algorithms (algorithm_id, revision, is_deleted, record) VALUES (?, ?, ?, ?)
ON CONFLICT (algorithm_id) DO UPDATE SET
    revision = excluded.revision, is_deleted = excluded.is_deleted, record = excluded.record
"""
LISTED = """
SELECT record FROM algorithms WHERE algorithm_id > :after AND is_deleted <= :with_deleted
ORDER BY algorithm_id LIMIT :limit
"""

_records = msgspec.json.Decoder(AlgorithmRecord)


class SqliteRegistry:
    """Algorithms on record; every guarantee is in :mod:`mip.state.registry`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, record: AlgorithmRecord) -> AlgorithmRecord:
        """Record an algorithm; return the record with its ``revision``."""

        def write(connection: Connection) -> AlgorithmRecord:
            found = _find(connection, record.algorithm_id)
            if found is None:
                return _write(connection, record, revision=1)
            if found.status != "DELETED":
                raise AlreadyRegisteredError(
                    f"algorithm {found.algorithm_id} is on record as {found.status}: change it, "
                    "or choose another id"
                )
            return _write(connection, record, revision=found.revision + 1)

        return await self._database.write(write)

    async def get(self, algorithm_id: str) -> AlgorithmRecord:
        """Return a record, also of a deleted algorithm."""
        found = await self._database.read(partial(_find, algorithm_id=algorithm_id))
        if found is None:
            raise _not_registered(algorithm_id)
        return found

    async def replace(self, record: AlgorithmRecord) -> AlgorithmRecord:
        """Write a changed record; ``revision`` is the one that it was read with."""

        def write(connection: Connection) -> AlgorithmRecord:
            found = _find(connection, record.algorithm_id)
            if found is None:
                raise _not_registered(record.algorithm_id)
            if found.revision != record.revision:
                raise RegistryConflictError(
                    f"algorithm {found.algorithm_id} has revision {found.revision} by now, the "
                    f"change was made from {record.revision}: read it again and decide anew"
                )
            return _write(connection, record, revision=found.revision + 1)

        return await self._database.write(write)

    async def records(
        self, *, with_deleted: bool = False, limit: int = 100, after: str | None = None
    ) -> list[AlgorithmRecord]:
        """Return records by id; ``after`` pages on."""
        values = {
            "after": canonical_algorithm_id(after or ""),
            "with_deleted": with_deleted,
            "limit": limit,
        }
        found = await self._database.read(partial(run, sql=LISTED, values=values))
        return [decoded(_records, body) for (body,) in found]

    async def aclose(self) -> None:
        """Finish what was called, and release the file."""
        await self._database.aclose()


def _find(connection: Connection, algorithm_id: str) -> AlgorithmRecord | None:
    for (body,) in run(connection, FIND, (canonical_algorithm_id(algorithm_id),)):
        return decoded(_records, body)
    return None


def _write(connection: Connection, record: AlgorithmRecord, *, revision: int) -> AlgorithmRecord:
    algorithm_id = canonical_algorithm_id(record.algorithm_id)
    written = replace(record, algorithm_id=algorithm_id, revision=revision)
    is_deleted = written.status == "DELETED"
    run(connection, WRITE, (algorithm_id, revision, is_deleted, msgspec.json.encode(written)))
    return written


def _not_registered(algorithm_id: str) -> NotRegisteredError:
    return NotRegisteredError(f"no algorithm {algorithm_id[:64]} is on record; list them")
