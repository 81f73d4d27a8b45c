"""Callbacks in the shared SQLite file; a loan moves the instant at which one is next due."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from .callbacks import Callback
from .sqlite_file import purge, run

if TYPE_CHECKING:
    from ..clock import Clock
    from ..contracts import JobKey
    from ..sqlite import Connection, Database
    from .callbacks import CallbackState
    from .sqlite_file import Row, Values

COLUMNS = "key, client_id, job_id, url, state, tries, owed_at, next_at, last_answer"
OWE = f"""
INSERT INTO callbacks ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING
"""  # noqa: S608 - of constants; values are bound
DUE = f"""
SELECT {COLUMNS} FROM callbacks WHERE state = 'pending' AND next_at <= ?
ORDER BY next_at, id LIMIT ?
"""  # noqa: S608 - as above
LEND = "UPDATE callbacks SET next_at = ? WHERE key = ?"
HAND_BACK = """
UPDATE callbacks SET next_at = ? WHERE key = ? AND state = 'pending' AND next_at = ?
"""
SETTLE = """
UPDATE callbacks SET state = ?, tries = tries + 1, last_answer = ?, next_at = ?
WHERE key = ? AND state = 'pending'
"""
NEXT = "SELECT min(next_at) FROM callbacks WHERE state = 'pending'"
FIND = f"SELECT {COLUMNS} FROM callbacks WHERE key = ?"  # noqa: S608 - as above
PURGE = """
DELETE FROM callbacks WHERE id IN (
    SELECT id FROM callbacks WHERE state <> 'pending' AND owed_at < ? LIMIT ?
) RETURNING id
"""


class SqliteCallbackStore:
    """Callbacks; every guarantee is in :mod:`mip.state.callbacks`."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def owe(self, callback: Callback) -> None:
        """Record a callback, unless this job has one."""
        values = (
            callback.key,
            callback.client_id,
            callback.job_id,
            callback.url,
            callback.state,
            callback.tries,
            callback.owed_at,
            callback.next_at,
            callback.last_answer,
        )
        await self._database.write(partial(run, sql=OWE, values=values))

    async def due(self, *, limit: int, lease_seconds: float) -> list[Callback]:
        """Lend callbacks whose time has come; ``next_at`` is when the loan ends."""

        def lend(connection: Connection) -> tuple[float, list[Callback]]:
            now = self._clock.now()
            until = now + lease_seconds
            found = [_from_row(row) for row in run(connection, DUE, (now, limit))]
            connection.executemany(LEND, [(until, callback.key) for callback in found])
            return until, found

        def hand_back(connection: Connection, loan: tuple[float, list[Callback]]) -> None:
            """Make due again what a cancelled caller does not know that it was lent."""
            until, found = loan
            values = [(callback.next_at, callback.key, until) for callback in found]
            connection.executemany(HAND_BACK, values)

        until, found = await self._database.write(lend, undo=hand_back)
        return [replace(callback, next_at=until) for callback in found]

    async def settle(
        self, key: JobKey, *, state: CallbackState, answer: str, next_at: float = 0.0
    ) -> None:
        """Record how a try ended, and count it."""
        values = (state, answer, next_at, key)
        await self._database.write(partial(run, sql=SETTLE, values=values))

    async def next_due_at(self) -> float | None:
        """Return when the next callback is due; None when none is owed."""
        [(at,)] = await self._rows(NEXT, ())
        return None if at is None else float(at)

    async def get(self, key: JobKey) -> Callback | None:
        """Return a job's callback, if it has one."""
        for row in await self._rows(FIND, (key,)):
            return _from_row(row)
        return None

    async def purge(self, *, before: float) -> int:
        """Forget callbacks that ended and were owed before an instant; return how many."""

        def step(size: int, connection: Connection) -> int:
            return len(run(connection, PURGE, (before, size)))

        return await purge(self._database, step)

    async def aclose(self) -> None:
        """Finish what was called, and release the file."""
        await self._database.aclose()

    async def _rows(self, sql: str, values: Values) -> list[Row]:
        return await self._database.read(partial(run, sql=sql, values=values))


def _from_row(row: Row) -> Callback:
    key, client_id, job_id, url, state, tries, owed_at, next_at, last_answer = row
    return Callback(
        key=key,
        client_id=client_id,
        job_id=job_id,
        url=url,
        state=state,
        tries=tries,
        owed_at=owed_at,
        next_at=next_at,
        last_answer=last_answer,
    )
