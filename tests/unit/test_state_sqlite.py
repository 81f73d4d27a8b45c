from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import anyio
import apsw
import pytest
from blockbuster import blockbuster_ctx

from mip.clock import SystemClock
from mip.contracts import ErrorInfo, JobFinished, job_key
from mip.errors import SchemaTooNewError, SettingsError, StateError
from mip.state import Ending, open_job_store, request_digest, rows
from mip.state.sqlite import SqliteJobStore
from mip.state.sqlite_file import APPLICATION_ID, MIGRATIONS, PURGE_BATCH, run
from mip.testing import FakeClock
from mip.testing.state import SUCCEEDED, make_test_job
from tests.unit.cancelling_clock import CancellingClock

if TYPE_CHECKING:
    from pathlib import Path

    from mip.contracts import JobKey
    from mip.sqlite import Connection
    from mip.state import JobState
    from mip.state.sqlite_file import Row, Values

# Digest of each migration that was ever released; a file may be at any of them.
RELEASED = ["81feabc5", "1023e88b", "fe22246d", "bc017448"]

# A record as schema 1 wrote it: a failed job, its result and its events.
KEY = job_key("client", "a")
VERSION_1_JOB = (
    b'{"job_id":"a","client_id":"client","pacs":{"study_id":"s","series_id":"t","image_id":"i"},'
    b'"algo_id":"window_1","version":"1.0","submitted_at":"2026-01-01T00:00:00.000Z","schema":1}'
)
VERSION_1_RESULT = (
    b'{"job_id":"a","algo_id":"window","version":"1.0","client_id":"client","seq":4,'
    b'"status":"failed","error":{"code":"algorithm.failed","message":"m"}}'
)
VERSION_1_OUTPUTS = (
    b'{"job_id":"a","algo_id":"window","version":"1.0","client_id":"client","seq":4,'
    b'"status":"succeeded","outputs":['
    b'{"role":"image","sop_instance_uid":"2.25.1","bucket":"b","key":"k","sha256":"0"},'
    b'{"role":"mask","sop_instance_uid":"2.25.2","bucket":"b","key":"l","sha256":"0"},'
    b'{"role":"mask","sop_instance_uid":"2.25.2","bucket":"b","key":"l","sha256":"0"}]}'
)
VERSION_1_EVENT = b'{"type":"finished","at":"2026-01-01T00:00:02.000Z","outcome":"failed","seq":4}'


def make_file(path: Path, *, version: int, result: bytes = VERSION_1_RESULT) -> None:
    connection = apsw.Connection(str(path))
    connection.execute(MIGRATIONS[0])
    times = (1767225600.0, None, 1767225601.0, 1767225602.0)
    head = (7, KEY, "client", VERSION_1_JOB, "digest", "failed", 1, 0, *times)
    row = (*head, 3, 2, 0, 0, 0, b'["1.2","1.3"]', 4, result)
    connection.execute("INSERT INTO jobs VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", row)
    connection.execute("INSERT INTO clients VALUES ('client', 4)")
    connection.execute("INSERT INTO events VALUES (7, 1, ?)", (VERSION_1_EVENT,))
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={version}")
    connection.close()


@pytest.mark.parametrize("url", ["", "sqlite:", "dynamodb:jobs", "state.db"])
async def test_a_url_of_no_store_is_a_settings_error(url: str) -> None:
    with pytest.raises(SettingsError, match="sqlite:PATH"):
        await open_job_store(url)


async def test_a_file_that_is_no_database_is_a_state_error(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(StateError) as caught:
        await open_job_store(f"sqlite:{path}")
    assert isinstance(caught.value.__cause__, apsw.Error)


async def test_a_newer_schema_is_refused_and_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    make_file(path, version=len(MIGRATIONS) + 1)
    before = path.read_bytes()
    with pytest.raises(SchemaTooNewError):
        await open_job_store(f"sqlite:{path}")
    assert path.read_bytes() == before


def test_a_migration_that_was_released_never_changes() -> None:
    digests = [hashlib.sha256(text.encode()).hexdigest()[:8] for text in MIGRATIONS]
    assert digests == RELEASED


async def test_a_file_of_the_first_schema_is_read(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    make_file(path, version=1)
    store = await open_job_store(f"sqlite:{path}")
    record = await store.get(KEY)
    assert (record.state, record.starts, record.failures) == ("failed", 3, 2)
    assert (record.job.algo_id, record.instance_uids) == ("window_1", ("1.2", "1.3"))
    [result] = await store.results_after("client", 3)
    assert result == record.result
    assert (result.seq, result.error) == (4, ErrorInfo(code="algorithm.failed", message="m"))
    assert await store.events(KEY) == [
        JobFinished(at="2026-01-01T00:00:02.000Z", outcome="failed", seq=4)
    ]
    assert (await store.finish(make_test_job("b"), SUCCEEDED)).result.seq == 5
    await store.aclose()


async def test_jobs_of_the_first_schema_are_found_by_what_the_second_knows(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    make_file(path, version=1, result=VERSION_1_OUTPUTS)
    store = await open_job_store(f"sqlite:{path}")
    for number in (1, 2):
        found = await store.find_output(f"2.25.{number}", client_id="client")
        assert found is not None
        assert found.sop_instance_uid == f"2.25.{number}"
    assert [record.job.key for record in await store.jobs(algo_id="window-1")] == [KEY]
    assert await store.counts() == {"queued": 0, "running": 0}
    await store.mark_announced([KEY])
    assert await store.purge(before=1767225603.0) == 1
    assert await store.find_output("2.25.2") is None
    await store.aclose()


@pytest.mark.parametrize(
    "sql",
    [
        rows.COUNTS,
        rows.UNFINISHED_OF,
        rows.FIND_OUTPUT.format(conditions="AND client_id = :client_id"),
        rows.FIND_OUTPUT.format(conditions=""),
        rows.LISTED.format(conditions="algo_id = :algo_id"),
        rows.LISTED.format(conditions="client_id = :client_id AND algo_id = :algo_id"),
        rows.RESULTS,
        rows.PURGEABLE,
        rows.FORGET_OUTPUT,
    ],
)
def test_no_statement_reads_a_whole_table(sql: str) -> None:
    connection = apsw.Connection(":memory:")
    for migration in MIGRATIONS:
        connection.execute(migration)
    names = ("uid", "client_id", "algo_id", "limit")
    values = dict.fromkeys(names) if ":" in sql else (None,) * sql.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert [step for step in plan if "INDEX" in step or "KEY" in step]
    assert [step for step in plan if step.startswith("SCAN") and "INDEX" not in step] == []


@pytest.mark.parametrize("algo_id", [None, "window"])
@pytest.mark.parametrize("client_id", [None, "client"])
@pytest.mark.parametrize("before", [None, KEY])
@pytest.mark.parametrize("state", ["queued", "running", "succeeded", "failed", "cancelled"])
async def test_jobs_in_a_state_are_found_without_a_look_at_others(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    algo_id: str | None,
    client_id: str | None,
    before: JobKey | None,
    state: JobState,
) -> None:
    path = tmp_path / "state.db"
    make_file(path, version=1)
    store = await open_job_store(f"sqlite:{path}")
    asked: list[tuple[str, Values]] = []

    def noted(connection: Connection, sql: str, values: Values = ()) -> list[Row]:
        asked.append((sql, values))
        return run(connection, sql, values)

    monkeypatch.setattr("mip.state.sqlite.run", noted)
    await store.jobs(algo_id=algo_id, client_id=client_id, before=before, state=state)
    await store.aclose()
    sql, values = asked[-1]
    connection = apsw.Connection(str(path))
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    connection.close()
    assert "state=?" in plan[0]
    assert ("client_id=?" in plan[0]) == (client_id is not None)
    assert [step for step in plan if "SCAN" in step.split() or "TEMP B-TREE" in step] == []


async def test_nothing_blocks_the_event_loop(tmp_path: Path) -> None:
    job = make_test_job("a")
    with blockbuster_ctx():
        store = await open_job_store(f"sqlite:{tmp_path / 'state.db'}")
        await store.submit(job, request_digest=request_digest(job))
        await store.start(job, worker="w")
        await store.finish(job, SUCCEEDED)
        assert await store.results_after("client", 0)
        await store.aclose()


async def test_a_result_longer_than_a_message_is_kept(tmp_path: Path) -> None:
    store = SqliteJobStore(tmp_path / "state.db", clock=SystemClock(), is_durable=False)
    ending = Ending(outcome="succeeded", meta={"values": ["x" * 1000] * 2000})
    await store.finish(make_test_job("a"), ending)
    [result] = await store.results_after("client", 0)
    assert result.meta == ending.meta
    await store.aclose()


async def test_a_purge_goes_on_past_one_batch(tmp_path: Path) -> None:
    clock = FakeClock()
    store = SqliteJobStore(tmp_path / "state.db", clock=clock, is_durable=False)
    jobs = [make_test_job(str(number)) for number in range(2 * PURGE_BATCH + 3)]
    async with anyio.create_task_group() as tasks:
        for job in jobs:
            tasks.start_soon(store.finish, job, SUCCEEDED)
    await store.mark_announced([job.key for job in jobs])
    some = PURGE_BATCH + 1
    assert await store.purge(before=clock.now() + 1, limit=some) == some
    assert await store.purge(before=clock.now() + 1) == len(jobs) - some
    assert await store.jobs() == []
    await store.aclose()


async def test_a_start_that_was_cancelled_when_it_was_under_way_is_handed_back(
    tmp_path: Path,
) -> None:
    clock = CancellingClock()
    store = SqliteJobStore(tmp_path / "state.db", clock=clock, is_durable=False)
    job = make_test_job("a")
    with clock.scope:
        await store.start(job, worker="w")
    assert clock.scope.cancelled_caught
    await store.aclose()  # waits for what undoes the start
    store = SqliteJobStore(tmp_path / "state.db", clock=clock, is_durable=False)
    record = await store.get(job.key)
    assert (record.state, record.starts, record.releases) == ("queued", 1, 1)
    assert (await store.start(job, worker="w")).crashes == 0
    await store.aclose()


async def test_a_record_that_lost_its_result_is_told_and_not_made_up(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    make_file(path, version=1)
    connection = apsw.Connection(str(path))
    connection.execute("UPDATE jobs SET result = NULL")
    connection.close()
    store = await open_job_store(f"sqlite:{path}")
    with pytest.raises(StateError, match="no result"):
        await store.finish(make_test_job("a"), SUCCEEDED)
    await store.aclose()
