"""Job records as rows: the statements, and how a record becomes a row and back.

Statements are put together from constants of this module alone; every value is bound. That is why
the check for injected SQL (S608) is put off here, line by line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ..contracts import (
    JobEvent,
    Result,
    canonical_algorithm_id,
    decode_job,
    encode_job,
    encode_result,
)
from .base import JobRecord

if TYPE_CHECKING:
    from ..contracts import Job
    from .sqlite_file import Row

RECORD_COLUMNS = (
    "job, request_digest, state, is_published, is_announced, submitted_at, worker, started_at, "
    "finished_at, starts, failures, releases, crashes, cancel_requested, instance_uids, result, "
    "retry_at"
)

SELECT = f"SELECT id, {RECORD_COLUMNS} FROM jobs"  # noqa: S608
FIND = f"{SELECT} WHERE key = ?"
UNPUBLISHED = f"""
{SELECT} WHERE is_published = 0 AND finished_at IS NULL AND submitted_at < :before
    AND id > coalesce((SELECT id FROM jobs WHERE key = :after), 0)
ORDER BY id LIMIT :limit
"""  # noqa: S608
OVERDUE = f"""
{SELECT} INDEXED BY unfinished_jobs WHERE finished_at IS NULL AND submitted_at < :before
    AND coalesce(started_at, 0) < :before AND coalesce(retry_at, 0) < :before
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
IN_STATE = {
    False: "state = :state AND finished_at IS NULL",
    True: "state = :state AND finished_at IS NOT NULL",
}
"""By whether the state is final, which tells a partial index that it has all that is asked for."""
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
LAST_SEQ = "SELECT last_seq FROM clients WHERE client_id = ?"
PURGEABLE = """
SELECT id, result FROM jobs
WHERE is_announced = 1 AND finished_at IS NOT NULL AND finished_at < ?
ORDER BY finished_at LIMIT ?
"""
INDEX_OUTPUT = "INSERT OR IGNORE INTO outputs (sop_instance_uid, client_id, job) VALUES (?, ?, ?)"
FORGET_OUTPUT = "DELETE FROM outputs WHERE sop_instance_uid = ? AND client_id = ? AND job = ?"
FIND_OUTPUT = """
SELECT result FROM jobs WHERE id = (
    SELECT job FROM outputs WHERE sop_instance_uid = :uid {conditions} LIMIT 1
)
"""
COUNTS = """
SELECT state, count(*) FROM jobs INDEXED BY unfinished_jobs
WHERE finished_at IS NULL GROUP BY state
"""
UNFINISHED_OF = """
SELECT count(*) FROM jobs INDEXED BY unfinished_jobs WHERE finished_at IS NULL AND client_id = ?
"""

INSERT = f"""
INSERT INTO jobs ({RECORD_COLUMNS}, key, client_id, algo_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
"""  # noqa: S608
NOTE = """
INSERT INTO events SELECT ?1, coalesce(max(number), 0) + 1, ?2 FROM events WHERE job = ?1
RETURNING number
"""
FORGET_EVENTS = "DELETE FROM events WHERE job = ? AND number <= ?"
NEXT_SEQ = """
INSERT INTO clients (client_id, last_seq) VALUES (?, 1)
ON CONFLICT (client_id) DO UPDATE SET last_seq = last_seq + 1 RETURNING last_seq
"""
# Finishing touches indexed columns that progress leaves alone, so each has its own statement.
UPDATE_PROGRESS = """
UPDATE jobs SET state = ?, is_published = ?, worker = ?, started_at = ?, starts = ?,
    failures = ?, releases = ?, crashes = ?, cancel_requested = ?, instance_uids = ?,
    retry_at = ?
WHERE id = ?
"""
UPDATE_RESULT = "UPDATE jobs SET finished_at = ?, seq = ?, result = ? WHERE id = ?"

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
        retry_at=row[16],
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
        record.retry_at,
        job.key,
        job.client_id,
        canonical_algorithm_id(job.algo_id),
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
        record.retry_at,
        row_id,
    )


def result_values(record: JobRecord, row_id: int) -> Row:
    """Return the values of ``UPDATE_RESULT``."""
    result = record.result
    seq, body = (None, None) if result is None else (result.seq, encode_result(result))
    return (record.finished_at, seq, body, row_id)


def output_values(result: Result | None, row_id: int) -> list[Row]:
    """Return the values of ``INDEX_OUTPUT`` and ``FORGET_OUTPUT`` for each output of a result."""
    if result is None:
        return []
    return [(output.sop_instance_uid, result.client_id, row_id) for output in result.outputs]


def read_result(body: bytes) -> Result:
    """Read the column ``result``."""
    return _results.decode(body)


def read_event(body: bytes) -> JobEvent:
    """Read the column ``event``."""
    return _events.decode(body)


def _pinned(record: JobRecord) -> bytes | None:
    uids = record.instance_uids
    return None if uids is None else msgspec.json.encode(uids)
