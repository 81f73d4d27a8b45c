"""Job records in one SQLite file, shared by the processes of a machine.

Every method is one transaction: read the record, let :mod:`~mip.state.policy` decide, write what
became of it. So a crash leaves the record before the call or after it. Transactions of tasks that
wait together share one commit.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from ..contracts import JobKey, Output, canonical_algorithm_id
from ..errors import JobConflictError, JobNotFoundError, StateError
from . import policy, rows
from .base import FINAL_STATES, MAX_EVENTS, Finish, JobRecord, JobState, Submission
from .sqlite_file import purge, run, state_database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..clock import Clock
    from ..contracts import ErrorInfo, Job, JobEvent, Result
    from ..sqlite import Connection, Database
    from .base import Ending
    from .sqlite_file import Row, Values

Decide: TypeAlias = "Callable[[JobRecord], policy.Step]"


class SqliteJobStore:
    """Job records; every guarantee is in :mod:`mip.state.base`.

    Parameters
    ----------
    file : Path or Database
        The file, made when absent (its folder is not); or one that other stores share.
    clock : Clock
        Tells when things happened.
    is_durable : bool
        Wait for the disk at each commit; False is for tests.
    """

    def __init__(self, file: Path | Database, *, clock: Clock, is_durable: bool = True) -> None:
        self._clock = clock
        self._database = state_database(file, is_durable=is_durable)

    async def submit(self, job: Job, *, request_digest: str) -> Submission:
        """Record a job as queued and unpublished, once."""

        def write(connection: Connection) -> Submission:
            found = _find(connection, job.key)
            if found is None:
                step = policy.submitted(
                    job,
                    request_digest=request_digest,
                    is_published=False,
                    now=self._clock.now(),
                )
                return Submission(record=_insert(connection, step)[1], is_new=True)
            if found[1].request_digest != request_digest:
                raise JobConflictError(
                    "this job id was used for another request; choose another, or leave it out"
                )
            return Submission(record=found[1], is_new=False)

        return await self._database.write(write)

    async def mark_published(self, keys: list[JobKey]) -> None:
        """Note that these jobs are on their queues."""
        await self._mark(rows.MARK_PUBLISHED, keys)

    async def unpublished(
        self, *, before: float, limit: int = 100, after: JobKey | None = None
    ) -> list[JobRecord]:
        """Return jobs submitted before an instant that are on no queue and have not ended."""
        values = {"before": before, "after": after, "limit": limit}
        return await self._records(rows.UNPUBLISHED, values)

    async def overdue(
        self, *, before: float, limit: int = 100, after: JobKey | None = None
    ) -> list[JobRecord]:
        """Return jobs that have not ended and were left alone since before an instant."""
        values = {"before": before, "after": after, "limit": limit}
        return await self._records(rows.OVERDUE, values)

    async def start(self, job: Job, *, worker: str) -> JobRecord:
        """Begin an attempt and return the record; a final record is returned unchanged."""
        decide = partial(policy.started, worker=worker, now=self._clock.now())

        def write(connection: Connection) -> JobRecord:
            return self._advance(connection, self._adopt(connection, job), decide)

        def undo(connection: Connection, record: JobRecord) -> None:
            """Hand back what a cancelled caller does not know that it has begun."""
            self._update(connection, record.job.key, self._release(worker))

        return await self._database.write(write, undo=undo)

    async def fail_attempt(self, key: JobKey, *, worker: str, error: ErrorInfo) -> int:
        """End an attempt in failure; return how many have ended so."""
        now = self._clock.now()
        decide = partial(policy.attempt_failed, worker=worker, error=error, now=now)
        return (await self._change(key, decide)).failures

    async def release(
        self,
        key: JobKey,
        *,
        worker: str,
        retry_at: float | None = None,
        error: ErrorInfo | None = None,
    ) -> None:
        """End an attempt because the worker hands the job back, or puts it off."""
        await self._change(key, partial(self._release(worker), retry_at=retry_at, error=error))

    async def pin_instances(self, key: JobKey, uids: tuple[str, ...]) -> tuple[str, ...]:
        """Keep the instances of a series job at its first start; return the list on record."""
        decide = partial(policy.instances_pinned, uids=uids)
        return (await self._change(key, decide)).instance_uids or ()

    async def finish(self, job: Job, ending: Ending) -> Finish:
        """End a job, once; records it first when nobody has."""

        def write(connection: Connection) -> Finish:
            row_id, record = self._adopt(connection, job)
            is_first = not record.is_final
            if is_first:
                step = policy.Step(record=record, ending=ending)
                record = self._advance(connection, (row_id, record), lambda _: step)
            return Finish(result=_result_of(record), is_first=is_first)

        return await self._database.write(write)

    async def mark_announced(self, keys: list[JobKey]) -> None:
        """Note that these results are on the results queue."""
        await self._mark(rows.MARK_ANNOUNCED, keys)

    async def unannounced(
        self, *, before: float, limit: int = 100, after: JobKey | None = None
    ) -> list[JobRecord]:
        """Return jobs finished before an instant and never marked announced."""
        values = {"before": before, "after": after, "limit": limit}
        return await self._records(rows.UNANNOUNCED, values)

    async def cancel(self, key: JobKey) -> JobRecord:
        """Cancel a queued job, or ask the worker of a running one to stop."""
        return await self._change(key, policy.cancelled)

    async def cancel_requested(self, keys: list[JobKey]) -> set[JobKey]:
        """Return which of these jobs are asked to stop or have ended elsewhere."""
        values = {"keys": _json(keys)}
        return {JobKey(row[0]) for row in await self._rows(rows.CANCEL_REQUESTED, values)}

    async def get(self, key: JobKey) -> JobRecord:
        """Return one record."""
        found = await self._database.read(lambda connection: _find(connection, key))
        if found is None:
            raise _not_found()
        return found[1]

    async def events(self, key: JobKey) -> list[JobEvent]:
        """Return what happened to a job, oldest first."""
        return [rows.read_event(row[0]) for row in await self._rows(rows.EVENTS, (key,))]

    async def jobs(
        self,
        *,
        client_id: str | None = None,
        algo_id: str | None = None,
        state: JobState | None = None,
        limit: int = 100,
        before: JobKey | None = None,
    ) -> list[JobRecord]:
        """Return records, newest first, of a client, an algorithm or all; ``before`` pages on."""
        conditions = ["1"]
        if client_id is not None:
            conditions.append("client_id = :client_id")
        if algo_id is not None:
            # Of one client: by its own jobs, never by everybody's of the algorithm.
            own = "" if client_id is None else "+"
            conditions.append(f"{own}algo_id = :algo_id")
        if state is not None:
            conditions.append(rows.IN_STATE[state in FINAL_STATES])
        if before is not None:
            await self.get(before)
            conditions.append("id < (SELECT id FROM jobs WHERE key = :before)")
        sql = rows.LISTED.format(conditions=" AND ".join(conditions))
        values = {
            "client_id": client_id,
            "algo_id": None if algo_id is None else canonical_algorithm_id(algo_id),
            "state": state,
            "before": before,
            "limit": limit,
        }
        return await self._records(sql, values)

    async def results_after(self, client_id: str, seq: int, *, limit: int = 1000) -> list[Result]:
        """Return a client's results with a greater ``seq``, in order."""
        found = await self._rows(rows.RESULTS, (client_id, seq, limit))
        return [rows.read_result(row[0]) for row in found]

    async def last_seq(self, client_id: str) -> int:
        """Return the number of a client's last result, whether it is kept or not; 0 for none."""
        found = await self._rows(rows.LAST_SEQ, (client_id,))
        return int(found[0][0]) if found else 0

    async def find_output(
        self, sop_instance_uid: str, *, client_id: str | None = None
    ) -> Output | None:
        """Return a derived object of one client's results, or of anybody's."""
        conditions = "" if client_id is None else "AND client_id = :client_id"
        sql = rows.FIND_OUTPUT.format(conditions=conditions)
        for row in await self._rows(sql, {"uid": sop_instance_uid, "client_id": client_id}):
            for output in rows.read_result(row[0]).outputs:
                if output.sop_instance_uid == sop_instance_uid:
                    return output
        return None

    async def counts(self) -> dict[JobState, int]:
        """Return how many jobs are queued and how many run."""
        found: dict[JobState, int] = dict(await self._rows(rows.COUNTS, ()))
        return {"queued": found.get("queued", 0), "running": found.get("running", 0)}

    async def unfinished_of(self, client_id: str) -> int:
        """Return how many jobs of a client have not ended."""
        [(count,)] = await self._rows(rows.UNFINISHED_OF, (client_id,))
        return int(count)

    async def reset_attempts(self, key: JobKey) -> JobRecord:
        """Forget the attempts of a job that has not ended, and queue it; return the record."""
        return await self._change(key, partial(policy.attempts_reset, now=self._clock.now()))

    async def purge(self, *, before: float, limit: int = 10_000) -> int:
        """Forget jobs that ended before an instant and were announced; return how many."""
        return await purge(self._database, partial(_purge, before=before), limit=limit)

    async def aclose(self) -> None:
        """Finish what was called, and release the file."""
        await self._database.aclose()

    async def _change(self, key: JobKey, decide: Decide) -> JobRecord:
        return await self._database.write(lambda connection: self._update(connection, key, decide))

    async def _mark(self, sql: str, keys: list[JobKey]) -> None:
        await self._database.write(partial(run, sql=sql, values={"keys": _json(keys)}))

    async def _rows(self, sql: str, values: Values) -> list[Row]:
        return await self._database.read(partial(run, sql=sql, values=values))

    async def _records(self, sql: str, values: Values) -> list[JobRecord]:
        def read(connection: Connection) -> list[JobRecord]:
            return [rows.from_row(row[1:]) for row in run(connection, sql, values)]

        return await self._database.read(read)

    def _release(self, worker: str) -> partial[policy.Step]:
        return partial(policy.released, worker=worker, now=self._clock.now())

    def _update(self, connection: Connection, key: JobKey, decide: Decide) -> JobRecord:
        found = _find(connection, key)
        if found is None:
            raise _not_found()
        return self._advance(connection, found, decide)

    def _adopt(self, connection: Connection, job: Job) -> tuple[int, JobRecord]:
        """Find the record of a message, or make one: it was published by somebody else."""
        found = _find(connection, job.key, like=job)
        if found is not None:
            return found
        step = policy.submitted(
            job,
            request_digest=policy.request_digest(job),
            is_published=True,
            now=self._clock.now(),
        )
        return _insert(connection, step)

    def _advance(
        self,
        connection: Connection,
        found: tuple[int, JobRecord],
        decide: Decide,
    ) -> JobRecord:
        """Write what a decision makes of a record."""
        row_id, record = found
        step = decide(record)
        after, events = step.record, step.events
        if step.ending is not None:
            seq = _next_seq(connection, record.job.client_id)
            end = policy.finished(after, step.ending, seq=seq, now=self._clock.now())
            after, events = end.record, (*events, *end.events)
            connection.execute(rows.UPDATE_RESULT, rows.result_values(after, row_id))
            connection.executemany(rows.INDEX_OUTPUT, rows.output_values(after.result, row_id))
        if after is not record:
            connection.execute(rows.UPDATE_PROGRESS, rows.progress_values(after, row_id))
        _note(connection, row_id, events)
        return after


def _find(
    connection: Connection, key: JobKey, *, like: Job | None = None
) -> tuple[int, JobRecord] | None:
    for row in run(connection, rows.FIND, (key,)):
        return row[0], rows.from_row(row[1:], like=like)
    return None


def _insert(connection: Connection, step: policy.Step) -> tuple[int, JobRecord]:
    [(row_id,)] = run(connection, rows.INSERT, rows.insert_values(step.record))
    _note(connection, row_id, step.events)
    return row_id, step.record


def _note(connection: Connection, row_id: int, events: tuple[JobEvent, ...]) -> None:
    for event in events:
        [(number,)] = run(connection, rows.NOTE, (row_id, msgspec.json.encode(event)))
        if number > MAX_EVENTS:
            connection.execute(rows.FORGET_EVENTS, (row_id, number - MAX_EVENTS))


def _next_seq(connection: Connection, client_id: str) -> int:
    [(seq,)] = run(connection, rows.NEXT_SEQ, (client_id,))
    return int(seq)


def _purge(size: int, connection: Connection, *, before: float) -> int:
    found = run(connection, rows.PURGEABLE, (before, size))
    ids = [(row_id,) for row_id, _ in found]
    outputs = [
        each
        for row_id, body in found
        for each in rows.output_values(rows.read_result(body), row_id)
    ]
    connection.executemany(rows.FORGET_OUTPUT, outputs)
    connection.executemany("DELETE FROM events WHERE job = ?", ids)
    connection.executemany("DELETE FROM jobs WHERE id = ?", ids)
    return len(ids)


def _result_of(record: JobRecord) -> Result:
    if record.result is None:
        raise StateError(f"the record is {record.state} and has no result; restore a backup")
    return record.result


def _not_found() -> JobNotFoundError:
    return JobNotFoundError("expected the id of a job on record, found none; list the jobs")


def _json(keys: list[JobKey]) -> str:
    return msgspec.json.encode(keys).decode()
