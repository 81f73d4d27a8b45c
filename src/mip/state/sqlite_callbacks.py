"""Callbacks in the shared SQLite file; a loan moves the instant at which one is next due."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from .callbacks import Callback
from .sqlite_file import purge, run

if TYPE_CHECKING:
    from collections.abc import Mapping

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
AND client_id NOT IN (SELECT value FROM json_each(?)) ORDER BY next_at, id LIMIT ?
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

    async def due(
        self,
        *,
        limit: int,
        lease_seconds: float,
        per_client: int | None = None,
        in_hand: Mapping[str, int] | None = None,
    ) -> list[Callback]:
        """Lend callbacks whose time has come; ``next_at`` is when the loan ends."""
        most = limit if per_client is None else per_client
        counts = dict(in_hand or {})  # of this instant: what follows runs in the writer's thread

        def lend(connection: Connection) -> tuple[float, list[Callback]]:
            now = self._clock.now()
            until = now + lease_seconds
            places = _Places(most, counts)
            lent: list[Callback] = []
            while len(lent) < limit:
                values = (now, json.dumps(places.full_clients()), limit - len(lent))
                found = [_from_row(row) for row in run(connection, DUE, values)]
                taken = [callback for callback in found if places.take(callback.client_id)]
                connection.executemany(LEND, [(until, callback.key) for callback in taken])
                lent += taken
                if len(taken) == len(found):  # else there may be others' behind them
                    break
            return until, lent

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


class _Places:
    """How many callbacks each client may still be lent."""

    def __init__(self, most: int, in_hand: Mapping[str, int]) -> None:
        self._most = most
        self._counts = Counter(in_hand)

    def full_clients(self) -> list[str]:
        return [client_id for client_id, count in self._counts.items() if count >= self._most]

    def take(self, client_id: str) -> bool:
        """Count one more of a client, unless it has all that it may have."""
        if self._counts[client_id] >= self._most:
            return False
        self._counts[client_id] += 1
        return True
