from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import anyio
import apsw
import pytest
from msgspec.structs import replace

from mip.contracts import job_key
from mip.errors import SettingsError, StateCorruptError, StateError
from mip.state import Callback, open_job_store, open_stores
from mip.state import sqlite_callbacks as callbacks
from mip.state import sqlite_clients as clients
from mip.state import sqlite_registry as registry
from mip.state import sqlite_workers as workers
from mip.state.sqlite_file import MIGRATIONS, PURGE_BATCH
from mip.testing.registry import make_test_record
from mip.testing.state import SUCCEEDED, make_test_job
from mip.testing.workers import make_test_worker
from tests.unit.cancelling_clock import CancellingClock

if TYPE_CHECKING:
    from pathlib import Path

KEY = job_key("client", "a")
CALLBACK = Callback(
    key=KEY, client_id="client", job_id="a", url="https://a.example.com", owed_at=0.0, next_at=0.0
)


@pytest.mark.parametrize("url", ["", "sqlite:", "dynamodb:jobs", "state.db"])
async def test_a_url_of_no_stores_is_a_settings_error(url: str) -> None:
    with pytest.raises(SettingsError, match="sqlite:PATH"):
        await open_stores(url)


async def test_a_file_that_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="folder does not exist"):
        await open_stores(f"sqlite:{tmp_path / 'missing' / 'state.db'}")
    for thread in threading.enumerate():
        if thread.name.startswith("mip-"):
            thread.join(10)  # it has said that it ends
            assert not thread.is_alive()


async def test_all_stores_share_one_file_and_its_threads(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    stores = await open_stores(f"sqlite:{tmp_path / 'state.db'}")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stores.jobs.finish, make_test_job("a"), SUCCEEDED)
        tasks.start_soon(stores.registry.create, make_test_record("window"))
        tasks.start_soon(stores.clients.create, "client")
        tasks.start_soon(stores.workers.beat, make_test_worker("w"))
        tasks.start_soon(stores.callbacks.owe, CALLBACK)
    assert await stores.callbacks.get(KEY) == CALLBACK
    begun = set(threading.enumerate()) - before
    threads = [each.name for each in begun if each.name.startswith("mip-")]
    assert sorted(threads) == ["mip-sqlite-reader", "mip-sqlite-writer"]
    await stores.aclose()
    await stores.aclose()
    with pytest.raises(StateError, match="closed"):
        await stores.registry.get("window")


async def test_a_client_has_one_count_of_results_however_it_came(tmp_path: Path) -> None:
    stores = await open_stores(f"sqlite:{tmp_path / 'state.db'}")
    await stores.clients.create("client")
    assert (await stores.jobs.finish(make_test_job("a"), SUCCEEDED)).result.seq == 1
    await stores.clients.advance("client", seq=1)
    assert (await stores.jobs.finish(make_test_job("b"), SUCCEEDED)).result.seq == 2
    assert await stores.clients.delivered("client") == 1
    await stores.aclose()


async def test_those_who_need_jobs_alone_share_the_file(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path / 'state.db'}"
    jobs = await open_job_store(url)
    stores = await open_stores(url)
    await jobs.finish(make_test_job("a"), SUCCEEDED)
    await jobs.aclose()
    assert len(await stores.jobs.results_after("client", 0)) == 1
    await stores.aclose()


@pytest.mark.parametrize("table", ["algorithms", "workers"])
async def test_a_record_that_cannot_be_read_is_told(tmp_path: Path, table: str) -> None:
    path = tmp_path / "state.db"
    stores = await open_stores(f"sqlite:{path}")
    await stores.registry.create(make_test_record("window"))
    await stores.workers.beat(make_test_worker("w"))
    connection = apsw.Connection(str(path))
    connection.execute(f"UPDATE {table} SET record = x'7b7d'")  # noqa: S608 - no input here
    connection.close()
    with pytest.raises(StateCorruptError):
        await (stores.registry.get("window") if table == "algorithms" else stores.workers.workers())
    await stores.aclose()


async def test_a_purge_of_callbacks_goes_on_past_one_batch(tmp_path: Path) -> None:
    stores = await open_stores(f"sqlite:{tmp_path / 'state.db'}")
    keys = [job_key("client", str(number)) for number in range(PURGE_BATCH + 3)]
    async with anyio.create_task_group() as tasks:
        for key in keys:
            tasks.start_soon(stores.callbacks.owe, replace(CALLBACK, key=key, state="given_up"))
    assert await stores.callbacks.purge(before=1.0) == len(keys)
    await stores.aclose()


async def test_a_loan_that_was_cancelled_when_it_was_under_way_is_handed_back(
    tmp_path: Path,
) -> None:
    clock = CancellingClock()
    stores = await open_stores(f"sqlite:{tmp_path / 'state.db'}", clock=clock)
    await stores.callbacks.owe(CALLBACK)
    with clock.scope:
        await stores.callbacks.due(limit=1, lease_seconds=60.0)
    assert clock.scope.cancelled_caught
    await stores.aclose()  # waits for what undoes the loan
    stores = await open_stores(f"sqlite:{tmp_path / 'state.db'}", clock=clock)
    assert await stores.callbacks.next_due_at() == 0.0
    await stores.aclose()


@pytest.mark.parametrize(
    "sql",
    [
        registry.FIND,
        registry.LISTED,
        clients.DELIVERED,
        workers.LISTED_OF,
        workers.FORGET,
        workers.FORGET_SILENT,
        callbacks.DUE,
        callbacks.LEND,
        callbacks.SETTLE,
        callbacks.NEXT,
        callbacks.FIND,
        callbacks.PURGE,
    ],
)
def test_no_statement_reads_a_whole_table(sql: str) -> None:
    connection = apsw.Connection(":memory:")
    for migration in MIGRATIONS:
        connection.execute(migration)
    names = ("after", "with_deleted", "limit", "algorithm_id", "since")
    values = dict.fromkeys(names) if ":" in sql else (None,) * sql.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert [step for step in plan if "SEARCH" in step]
    read_whole = [step for step in plan if step.startswith("SCAN") and "json_each" not in step]
    assert read_whole == []  # of tables: an argument is read whole
    assert [step for step in plan if "TEMP B-TREE" in step] == []
