"""Workers that live, in the shared SQLite file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from ..contracts import canonical_algorithm_id
from .sqlite_file import decoded, run
from .workers import MAX_RUNNING, WorkerRecord

if TYPE_CHECKING:
    from ..sqlite import Connection, Database

BEAT = """
INSERT INTO workers (name, algorithm_id, seen_at, record) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET
    algorithm_id = excluded.algorithm_id, seen_at = excluded.seen_at, record = excluded.record
"""
LISTED = "SELECT record FROM workers WHERE seen_at >= :since ORDER BY name"
LISTED_OF = """
SELECT record FROM workers WHERE algorithm_id = :algorithm_id AND seen_at >= :since ORDER BY name
"""
FORGET = "DELETE FROM workers WHERE name = ?"
FORGET_SILENT = "DELETE FROM workers WHERE seen_at < ? RETURNING name"

_records = msgspec.json.Decoder(WorkerRecord)


class SqliteWorkerStore:
    """Workers; every guarantee is in :mod:`mip.state.workers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def beat(self, record: WorkerRecord) -> None:
        """Record a sign of life."""
        kept = replace(record, running=record.running[:MAX_RUNNING])
        algorithm_id = canonical_algorithm_id(record.algorithm_id)
        values = (record.name, algorithm_id, record.seen_at, msgspec.json.encode(kept))
        await self._database.write(partial(run, sql=BEAT, values=values))

    async def workers(
        self, *, algorithm_id: str | None = None, since: float = 0.0
    ) -> list[WorkerRecord]:
        """Return workers heard of at or after ``since``, by name."""
        sql = LISTED if algorithm_id is None else LISTED_OF
        values = {"algorithm_id": canonical_algorithm_id(algorithm_id or ""), "since": since}
        found = await self._database.read(partial(run, sql=sql, values=values))
        return [decoded(_records, body) for (body,) in found]

    async def forget(self, name: str) -> None:
        """Remove a worker that has ended."""
        await self._database.write(partial(run, sql=FORGET, values=(name,)))

    async def forget_silent(self, *, before: float) -> int:
        """Remove workers not heard of since an instant; return how many."""

        def write(connection: Connection) -> int:
            return len(run(connection, FORGET_SILENT, (before,)))

        return await self._database.write(write)

    async def aclose(self) -> None:
        """Finish what was called, and release the file."""
        await self._database.aclose()
