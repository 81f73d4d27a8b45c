"""The one file that all stores of a machine share: its schema, and how it is opened and asked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import anyio.to_thread
import msgspec

from ..errors import StateCorruptError, StateError
from ..sqlite import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ..sqlite import Connection

SCHEMA_1 = """
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,           -- in the order of submission
    key TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    job BLOB NOT NULL,                -- the job message
    request_digest TEXT NOT NULL,
    state TEXT NOT NULL,
    is_published INTEGER NOT NULL,
    is_announced INTEGER NOT NULL,
    submitted_at REAL NOT NULL,
    worker TEXT,
    started_at REAL,
    finished_at REAL,
    starts INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    releases INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL,
    instance_uids BLOB,               -- a JSON array
    seq INTEGER,                      -- the result's number within its client
    result BLOB                       -- the result message
) STRICT;
CREATE INDEX jobs_of_client ON jobs (client_id);
CREATE UNIQUE INDEX results_of_client ON jobs (client_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX unpublished_jobs ON jobs (id) WHERE is_published = 0 AND finished_at IS NULL;
CREATE INDEX finished_jobs ON jobs (is_announced, finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE clients (
    client_id TEXT PRIMARY KEY,
    last_seq INTEGER NOT NULL         -- outlives the jobs
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    job INTEGER NOT NULL,
    number INTEGER NOT NULL,
    event BLOB NOT NULL,
    PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;
"""

SCHEMA_2 = """
ALTER TABLE jobs ADD COLUMN algo_id TEXT NOT NULL DEFAULT '';    -- the form with hyphens
UPDATE jobs SET algo_id = replace(json_extract(CAST(job AS TEXT), '$.algo_id'), '_', '-');
CREATE INDEX jobs_of_algorithm ON jobs (algo_id);
CREATE INDEX unfinished_jobs ON jobs (client_id, state) WHERE finished_at IS NULL;

CREATE TABLE outputs (                -- which job's result has an object
    sop_instance_uid TEXT NOT NULL,
    client_id TEXT NOT NULL,
    job INTEGER NOT NULL,
    PRIMARY KEY (sop_instance_uid, client_id, job)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO outputs
    SELECT json_extract(output.value, '$.sop_instance_uid'), client_id, jobs.id
    FROM jobs, json_each(CAST(result AS TEXT), '$.outputs') AS output WHERE result IS NOT NULL;

ALTER TABLE clients ADD COLUMN created_at REAL;                  -- NULL: nobody created it
ALTER TABLE clients ADD COLUMN delivered_seq INTEGER NOT NULL DEFAULT 0;

CREATE TABLE algorithms (
    algorithm_id TEXT PRIMARY KEY,    -- the form with hyphens
    revision INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;

CREATE TABLE workers (
    name TEXT PRIMARY KEY,
    algorithm_id TEXT NOT NULL,       -- the form with hyphens
    seen_at REAL NOT NULL,
    record BLOB NOT NULL
) STRICT;
CREATE INDEX workers_of_algorithm ON workers (algorithm_id, name);
CREATE INDEX workers_by_beat ON workers (seen_at);

CREATE TABLE callbacks (
    id INTEGER PRIMARY KEY,           -- in the order in which they were owed
    key TEXT NOT NULL UNIQUE,         -- the job's
    client_id TEXT NOT NULL,
    job_id TEXT NOT NULL,
    url TEXT NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    owed_at REAL NOT NULL,
    next_at REAL NOT NULL,            -- while it is lent: when the loan ends
    last_answer TEXT NOT NULL
) STRICT;
CREATE INDEX pending_callbacks ON callbacks (next_at) WHERE state = 'pending';
CREATE INDEX ended_callbacks ON callbacks (owed_at) WHERE state <> 'pending';
"""

SCHEMA_3 = """
ALTER TABLE jobs ADD COLUMN retry_at REAL;                       -- NULL: as soon as may be
"""

# Each ends in the id, as every index does: what is found comes in the order of submission.
SCHEMA_4 = """
CREATE INDEX unfinished_jobs_by_state ON jobs (state) WHERE finished_at IS NULL;
CREATE INDEX ended_jobs_by_state ON jobs (state) WHERE finished_at IS NOT NULL;
CREATE INDEX ended_jobs_of_client ON jobs (client_id, state) WHERE finished_at IS NOT NULL;
"""

MIGRATIONS = (SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4)
APPLICATION_ID = 0x6D69704A
"""``mipJ``."""

PURGE_BATCH = 500
"""Rows forgotten in one transaction, so that others are not kept waiting."""

Row: TypeAlias = "tuple[Any, ...]"
Values: TypeAlias = "Row | Mapping[str, object]"

_T = TypeVar("_T")


def state_database(file: Path | Database, *, is_durable: bool = True) -> Database:
    """Return the database of a file; one that is a database already, as it is."""
    if isinstance(file, Database):
        return file
    return Database(
        file,
        migrations=MIGRATIONS,
        error=StateError,
        corrupt=StateCorruptError,
        application_id=APPLICATION_ID,
        is_durable=is_durable,
    )


async def open_state(path: Path) -> Database:
    """Open and migrate a file now, rather than at the first call.

    Raises
    ------
    SchemaTooNewError
        A newer release wrote it.
    StateError
        It cannot be used.
    """
    database = await anyio.to_thread.run_sync(state_database, path)
    try:
        await database.open()
    except BaseException:
        await database.aclose()
        raise
    return database


def run(connection: Connection, sql: str, values: Values = ()) -> list[Row]:
    """Run a statement and return all of its rows."""
    return connection.execute(sql, values).fetchall()


async def purge(
    database: Database, step: Callable[[int, Connection], int], *, limit: int | None = None
) -> int:
    """Repeat a step that forgets up to so many until it finds fewer, or ``limit`` is reached.

    Each step is a transaction of at most :data:`PURGE_BATCH`. Returns how many were forgotten.
    """
    purged = 0
    while limit is None or purged < limit:
        size = PURGE_BATCH if limit is None else min(PURGE_BATCH, limit - purged)
        count = await database.write(partial(step, size))
        purged += count
        if count < size:
            break
    return purged


def decoded(decoder: msgspec.json.Decoder[_T], body: bytes) -> _T:
    """Read a record that is kept as JSON.

    Raises
    ------
    StateCorruptError
        It does not read as one.
    """
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError as exc:
        raise StateCorruptError(
            "a record cannot be read: stop all users of the file and restore a backup"
        ) from exc
