"""Clients in the shared SQLite file, in the table that also counts their results."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .clients import ClientRecord
from .sqlite_file import run

if TYPE_CHECKING:
    from ..clock import Clock
    from ..sqlite import Connection, Database
    from .sqlite_file import Row, Values

CREATE = """
INSERT INTO clients (client_id, last_seq, created_at) VALUES (?, 0, ?)
ON CONFLICT (client_id) DO UPDATE SET created_at = coalesce(created_at, excluded.created_at)
RETURNING client_id, created_at, delivered_seq
"""
DELIVERED = "SELECT delivered_seq FROM clients WHERE client_id = ?"
ADVANCE = """
INSERT INTO clients (client_id, last_seq, delivered_seq) VALUES (?, 0, ?)
ON CONFLICT (client_id) DO UPDATE SET delivered_seq = max(delivered_seq, excluded.delivered_seq)
"""


class SqliteClientStore:
    """Clients; every guarantee is in :mod:`mip.state.clients`."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(self, client_id: str) -> ClientRecord:
        """Record a client, once; return the record."""

        def write(connection: Connection) -> ClientRecord:
            [row] = run(connection, CREATE, (client_id, self._clock.now()))
            return ClientRecord(client_id=row[0], created_at=row[1], delivered_seq=row[2])

        return await self._database.write(write)

    async def delivered(self, client_id: str) -> int:
        """Return the ``seq`` up to which a client was given its results."""
        found = await self._rows(DELIVERED, (client_id,))
        return int(found[0][0]) if found else 0

    async def advance(self, client_id: str, *, seq: int) -> None:
        """Note that a client was given its results up to ``seq``."""
        await self._database.write(partial(run, sql=ADVANCE, values=(client_id, seq)))

    async def aclose(self) -> None:
        """Finish what was called, and release the file."""
        await self._database.aclose()

    async def _rows(self, sql: str, values: Values) -> list[Row]:
        return await self._database.read(partial(run, sql=sql, values=values))
