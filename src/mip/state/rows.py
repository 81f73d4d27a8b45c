"""Job records as rows: the schema, the statements, and how a record becomes a row and back.

Statements are put together from constants of this module alone; every value is bound. That is why
the check for injected SQL (S608) is put off here, line by line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ..contracts import JobEvent, Result, decode_job, encode_job, encode_result
from .base import JobRecord

if TYPE_CHECKING:
    from ..contracts import Job

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

MIGRATIONS = (SCHEMA_1,)
APPLICATION_ID = 0x6D69704A
"""``mipJ``."""

RECORD_COLUMNS = (
    "job, request_digest, state, is_published, is_announced, submitted_at, worker, started_at, "
    "finished_at, starts, failures, releases, crashes, cancel_requested, instance_uids, result"
)

SELECT = f"SELECT id, {RECORD_COLUMNS} FROM jobs"  # noqa: S608
FIND = f"{SELECT} WHERE key = ?"
UNPUBLISHED = f"""
{SELECT} WHERE is_published = 0 AND finished_at IS NULL AND submitted_at < :before
    AND id > coalesce((SELECT id FROM jobs WHERE key = :after), 0)
ORDER BY id LIMIT :limit
"""  # noqa: S608
UNANNOUNCED = f"""
{SELECT} WHERE is_announced = 0 AND finished_at IS NOT NULL AND finished_at < :before
    AND (finished_at, id) > (
        coalesce((SELECT finished_at FROM jobs WHERE key = :after), 0),
        coalesce((SELECT id FROM jobs WHERE key = :after), 0)
    )
ORDER BY finished_at, id LIMIT :limit
"""  # noqa: S608
LISTED = f"""
{SELECT} WHERE {{conditions}} ORDER BY id DESC LIMIT :limit
"""
_THESE = "key IN (SELECT value FROM json_each(:keys))"
CANCEL_REQUESTED = f"""
SELECT key FROM jobs WHERE {_THESE} AND (cancel_requested = 1 OR finished_at IS NOT NULL)
"""  # noqa: S608
MARK_PUBLISHED = f"UPDATE jobs SET is_published = 1 WHERE {_THESE} AND is_published = 0"  # noqa: S608
MARK_ANNOUNCED = f"UPDATE jobs SET is_announced = 1 WHERE {_THESE} AND is_announced = 0"  # noqa: S608
EVENTS = """
SELECT event FROM events WHERE job = (SELECT id FROM jobs WHERE key = ?) ORDER BY number
"""
RESULTS = "SELECT result FROM jobs WHERE client_id = ? AND seq > ? ORDER BY seq LIMIT ?"
PURGEABLE = """
SELECT id FROM jobs WHERE is_announced = 1 AND finished_at IS NOT NULL AND finished_at < ? LIMIT ?
"""

INSERT = f"""
INSERT INTO jobs ({RECORD_COLUMNS}, key, client_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
"""  # noqa: S608
NOTE = """
INSERT INTO events SELECT ?1, coalesce(max(number), 0) + 1, ?2 FROM events WHERE job = ?1
"""
NEXT_SEQ = """
INSERT INTO clients VALUES (?, 1)
ON CONFLICT (client_id) DO UPDATE SET last_seq = last_seq + 1 RETURNING last_seq
"""
# Finishing touches indexed columns that progress leaves alone, so each has its own statement.
UPDATE_PROGRESS = """
UPDATE jobs SET state = ?, is_published = ?, worker = ?, started_at = ?, starts = ?,
    failures = ?, releases = ?, crashes = ?, cancel_requested = ?, instance_uids = ?
WHERE id = ?
"""
UPDATE_RESULT = "UPDATE jobs SET finished_at = ?, seq = ?, result = ? WHERE id = ?"

Row = tuple[Any, ...]

_uids = msgspec.json.Decoder(tuple[str, ...])
_results = msgspec.json.Decoder(Result)
_events: msgspec.json.Decoder[JobEvent] = msgspec.json.Decoder(JobEvent)


def from_row(row: Row, *, like: Job | None = None) -> JobRecord:
    """Read the columns ``RECORD_COLUMNS``; a row of the very job ``like`` takes it as it is.

    Workers have the job in hand; to compare it takes 1 us, to read it 24 us.
    """
    return JobRecord(
        job=like if like is not None and encode_job(like) == row[0] else decode_job(row[0]),
        request_digest=row[1],
        state=row[2],
        is_published=bool(row[3]),
        is_announced=bool(row[4]),
        submitted_at=row[5],
        worker=row[6],
        started_at=row[7],
        finished_at=row[8],
        starts=row[9],
        failures=row[10],
        releases=row[11],
        crashes=row[12],
        cancel_requested=bool(row[13]),
        instance_uids=None if row[14] is None else _uids.decode(row[14]),
        result=None if row[15] is None else _results.decode(row[15]),
    )


def insert_values(record: JobRecord) -> Row:
    """Return the values of ``INSERT``."""
    job = record.job
    return (
        encode_job(job),
        record.request_digest,
        record.state,
        record.is_published,
        record.is_announced,
        record.submitted_at,
        record.worker,
        record.started_at,
        record.finished_at,
        record.starts,
        record.failures,
        record.releases,
        record.crashes,
        record.cancel_requested,
        _pinned(record),
        None if record.result is None else encode_result(record.result),
        job.key,
        job.client_id,
    )


def progress_values(record: JobRecord, row_id: int) -> Row:
    """Return the values of ``UPDATE_PROGRESS``."""
    return (
        record.state,
        record.is_published,
        record.worker,
        record.started_at,
        record.starts,
        record.failures,
        record.releases,
        record.crashes,
        record.cancel_requested,
        _pinned(record),
        row_id,
    )


def result_values(record: JobRecord, row_id: int) -> Row:
    """Return the values of ``UPDATE_RESULT``."""
    result = record.result
    seq, body = (None, None) if result is None else (result.seq, encode_result(result))
    return (record.finished_at, seq, body, row_id)


def read_result(body: bytes) -> Result:
    """Read the column ``result``."""
    return _results.decode(body)


def read_event(body: bytes) -> JobEvent:
    """Read the column ``event``."""
    return _events.decode(body)


def _pinned(record: JobRecord) -> bytes | None:
    uids = record.instance_uids
    return None if uids is None else msgspec.json.encode(uids)
