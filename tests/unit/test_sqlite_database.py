"""The shared SQLite database: transactions, isolation, cancellation, migrations, errors."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import apsw
import pytest

from mip.errors import SchemaTooNewError, StateCorruptError, StateError
from mip.sqlite import Database, place
from mip.sqlite import connection as connection_module
from mip.sqlite.work import MAX_GROUP

SCHEMA = "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT"
APPLICATION = 0x6D697054


def make(path, **changes):
    options = {
        "migrations": (SCHEMA,),
        "error": StateError,
        "corrupt": StateCorruptError,
        "application_id": APPLICATION,
    }
    return Database(path, **{**options, **changes})


@pytest.fixture
async def database(tmp_path):
    database = make(tmp_path / "a.db")
    yield database
    await database.aclose()


def insert(name):
    def run(connection):
        connection.execute("INSERT INTO item (name) VALUES (?)", (name,))
        return name

    return run


def names(connection):
    return [name for (name,) in connection.execute("SELECT name FROM item ORDER BY id")]


async def held(database):
    """Occupy the writer; return the event that lets it go on."""
    started, release = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def wait(_):
        loop.call_soon_threadsafe(started.set)
        release.wait(10)

    task = asyncio.ensure_future(database.write(wait))
    await started.wait()
    return release, task


async def test_a_write_returns_the_value_of_its_function(database):
    assert await database.write(insert("a")) == "a"


async def test_no_statement_is_compiled_again_for_other_values(database):
    def plans_are_stable(connection):
        return connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, -1)

    assert await database.write(plans_are_stable) == 1
    assert await database.read(plans_are_stable) == 1


async def test_what_a_look_returns_spares_the_write_and_its_lock(database, tmp_path):
    await database.write(insert("a"))
    other = apsw.Connection(str(tmp_path / "a.db"))
    other.execute("BEGIN IMMEDIATE")
    assert await database.write(insert("b"), look=names) == ["a"]
    other.close()
    assert await database.read(names) == ["a"]


async def test_a_look_that_finds_nothing_lets_the_write_run(database):
    assert await database.write(insert("a"), look=lambda _: None) == "a"
    assert await database.read(names) == ["a"]


async def test_a_failed_look_fails_its_write_alone(database):
    def fail(_):
        raise KeyError("here")

    release, task = await held(database)
    failing = asyncio.ensure_future(database.write(insert("a"), look=fail))
    going = asyncio.ensure_future(database.write(insert("b")))
    await asyncio.sleep(0)
    release.set()
    results = await asyncio.gather(task, failing, going, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), KeyError, str]
    assert await database.read(names) == ["b"]


async def test_a_read_sees_every_write_that_returned_before(database):
    await database.write(insert("a"))
    assert await database.read(names) == ["a"]


async def test_what_was_written_is_there_after_reopening(tmp_path):
    first = make(tmp_path / "a.db")
    await first.write(insert("a"))
    await first.aclose()
    second = make(tmp_path / "a.db")
    assert await second.read(names) == ["a"]
    await second.aclose()


async def test_writes_that_wait_together_share_one_transaction(tmp_path):
    commits = []
    database = make(tmp_path / "a.db", after_commit=lambda: commits.append(1))
    release, task = await held(database)
    writes = [asyncio.ensure_future(database.write(insert(f"{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(task, *writes)
    assert len(commits) == 2
    assert await database.read(names) == [f"{n}" for n in range(20)]
    await database.aclose()


async def test_a_failing_write_undoes_its_own_changes_only(database):
    def fail(connection):
        insert("lost")(connection)
        raise ValueError("no")

    release, task = await held(database)
    writes = [
        asyncio.ensure_future(database.write(function))
        for function in (insert("a"), fail, insert("b"))
    ]
    await asyncio.sleep(0)
    release.set()
    first, second, third = await asyncio.gather(*writes, return_exceptions=True)
    await task
    assert (first, third) == ("a", "b")
    assert isinstance(second, ValueError)
    assert await database.read(names) == ["a", "b"]


async def test_a_write_that_fails_alone_changes_nothing(database):
    def fail(connection):
        insert("lost")(connection)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await database.write(fail)
    assert await database.read(names) == []


async def test_a_broken_constraint_comes_as_the_given_error(database):
    await database.write(insert("a"))
    with pytest.raises(StateError, match="ConstraintError") as caught:
        await database.write(insert("a"))
    assert isinstance(caught.value.__cause__, apsw.ConstraintError)


async def test_a_commit_that_fails_fails_every_write_in_it(tmp_path):
    schema = (
        "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE);"
        "CREATE TABLE child (parent INTEGER REFERENCES item DEFERRABLE INITIALLY DEFERRED)"
    )
    database = make(tmp_path / "a.db", migrations=(schema,))

    def orphan(connection):
        connection.execute("INSERT INTO child VALUES (7)")

    await database.open()
    database._writing.execute("PRAGMA foreign_keys=ON")  # impossible inside a transaction
    release, task = await held(database)
    writes = [asyncio.ensure_future(database.write(function)) for function in (insert("a"), orphan)]
    await asyncio.sleep(0)
    release.set()
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    await task
    assert [type(outcome) for outcome in outcomes] == [StateError, StateError]
    assert await database.read(names) == []
    assert await database.write(insert("b")) == "b"
    await database.aclose()


async def test_a_write_cancelled_while_it_waits_never_runs(database):
    release, task = await held(database)
    write = asyncio.ensure_future(database.write(insert("a")))
    await asyncio.sleep(0)
    write.cancel()
    await asyncio.gather(write, return_exceptions=True)
    release.set()
    await task
    assert await database.read(names) == []


async def test_a_write_cancelled_after_its_commit_is_undone(database):
    undone = []
    started, release = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def run(connection):
        loop.call_soon_threadsafe(started.set)
        release.wait(10)
        return insert("a")(connection)

    write = asyncio.ensure_future(database.write(run, undo=lambda _, value: undone.append(value)))
    await started.wait()
    write.cancel()
    await asyncio.gather(write, return_exceptions=True)
    release.set()
    await database.aclose()
    assert undone == ["a"]


async def test_a_write_cancelled_as_its_outcome_arrives_is_undone(database, monkeypatch):
    undone = []
    is_over = asyncio.Event()
    write = asyncio.ensure_future(
        database.write(insert("a"), undo=lambda _, value: undone.append(value))
    )
    loop = asyncio.get_running_loop()
    real = loop.call_soon_threadsafe

    def with_cancel(callback, *arguments):
        def both():
            callback(*arguments)  # sets the future; its task has not run since
            write.cancel()
            is_over.set()

        return real(both)

    monkeypatch.setattr(loop, "call_soon_threadsafe", with_cancel)
    await is_over.wait()
    monkeypatch.undo()
    with pytest.raises(asyncio.CancelledError):
        await write
    await database.aclose()
    assert undone == ["a"]


async def test_a_withdrawn_write_is_not_undone(database):
    undone = []
    release, task = await held(database)
    write = asyncio.ensure_future(
        database.write(insert("a"), undo=lambda _, value: undone.append(value))
    )
    await asyncio.sleep(0)
    write.cancel()
    await asyncio.gather(write, return_exceptions=True)
    release.set()
    await task
    await database.aclose()
    assert undone == []


async def test_an_undo_that_fails_is_logged(database, caplog):
    def fail(_, __):
        raise StateError("the disk is full")

    started, release = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def run(_):
        loop.call_soon_threadsafe(started.set)
        release.wait(10)

    write = asyncio.ensure_future(database.write(run, undo=fail))
    await started.wait()
    write.cancel()
    await asyncio.gather(write, return_exceptions=True)
    release.set()
    with caplog.at_level(logging.WARNING):
        await database.aclose()
        await asyncio.sleep(0)
    (record,) = caplog.records
    assert record.message == "sqlite.undo_failed"
    assert record.mip_fields == {"code": "state.failed"}  # what the log's forms write


async def test_closing_finishes_what_was_submitted(tmp_path):
    database = make(tmp_path / "a.db")
    release, task = await held(database)
    write = asyncio.ensure_future(database.write(insert("a")))
    await asyncio.sleep(0)
    release.set()
    await database.aclose()
    assert write.done()
    assert write.result() == "a"
    await task


async def test_a_closed_database_refuses_work(database):
    await database.aclose()
    with pytest.raises(StateError, match="closed"):
        await database.write(names)
    with pytest.raises(StateError, match="closed"):
        await database.read(names)


async def test_closing_twice_is_allowed(database):
    await database.write(insert("a"))
    await database.aclose()
    await database.aclose()


async def test_a_reader_cannot_write(database):
    with pytest.raises(StateError, match="read-only"):
        await database.read(insert("a"))


async def test_a_failed_read_harms_no_later_one(database):
    with pytest.raises(StateError, match="SQLError"):
        await database.read(lambda connection: connection.execute("SELECT * FROM nothing"))
    assert await database.read(names) == []


async def test_the_event_loop_goes_on_while_a_write_runs(database):
    release, task = await held(database)
    await asyncio.sleep(0)
    assert not task.done()
    release.set()
    await task


async def test_migrations_are_applied_in_order(tmp_path):
    first = make(tmp_path / "a.db")
    await first.write(insert("a"))
    await first.aclose()
    second = make(
        tmp_path / "a.db",
        migrations=(SCHEMA, "ALTER TABLE item ADD COLUMN size INTEGER; UPDATE item SET size = 3"),
    )
    rows = await second.read(
        lambda connection: connection.execute("SELECT name, size FROM item").fetchall()
    )
    assert rows == [("a", 3)]
    await second.aclose()


async def test_a_failing_migration_leaves_the_version_before(tmp_path):
    broken = make(tmp_path / "a.db", migrations=(SCHEMA, "CREATE TABLE b (x); CREATE TABLE b (x)"))
    with pytest.raises(StateError, match="SQLError"):
        await broken.open()
    await broken.aclose()
    old = make(tmp_path / "a.db")
    tables = await old.read(
        lambda connection: connection.execute("SELECT name FROM sqlite_schema").fetchall()
    )
    assert ("b",) not in tables
    await old.aclose()


async def test_a_newer_schema_is_refused_and_left_untouched(tmp_path):
    path = tmp_path / "a.db"
    newer = make(path, migrations=(SCHEMA, "CREATE TABLE future (x)"))
    await newer.open()
    await newer.aclose()
    before = path.read_bytes()
    older = make(path)
    with pytest.raises(SchemaTooNewError, match="version 2"):
        await older.open()
    await older.aclose()
    assert path.read_bytes() == before


async def test_a_database_of_another_purpose_is_refused(tmp_path):
    first = make(tmp_path / "a.db")
    await first.open()
    await first.aclose()
    second = make(tmp_path / "a.db", application_id=7)
    with pytest.raises(StateCorruptError, match="another purpose"):
        await second.open()
    await second.aclose()


async def test_a_foreign_database_is_refused_and_left_untouched(tmp_path):
    path = tmp_path / "a.db"
    foreign = apsw.Connection(str(path))
    foreign.execute("CREATE TABLE theirs (x)")
    foreign.close()
    before = path.read_bytes()
    database = make(path)
    with pytest.raises(StateCorruptError, match="another purpose"):
        await database.open()
    await database.aclose()
    assert path.read_bytes() == before


OPENER = """
import asyncio, sys
from mip.errors import StateCorruptError, StateError
from mip.sqlite import Database

async def main(path, *migrations):
    db = Database(path, migrations=migrations, error=StateError, corrupt=StateCorruptError,
                  application_id=9)
    await db.write(lambda connection: connection.execute("INSERT INTO b VALUES (1)"))
    await db.aclose()

asyncio.run(main(*sys.argv[1:]))
"""


def test_many_processes_can_open_a_new_file_at_once(tmp_path):
    path = str(tmp_path / "a.db")
    children = [
        subprocess.Popen([sys.executable, "-c", OPENER, path, SCHEMA, "CREATE TABLE b (x)"])
        for _ in range(4)
    ]
    assert [child.wait(30) for child in children] == [0, 0, 0, 0]
    connection = apsw.Connection(path)
    assert connection.execute("SELECT count(*) FROM b").fetchall() == [(4,)]
    assert connection.pragma("user_version") == 2
    connection.close()


async def test_data_are_prepared_once_per_opening_in_a_transaction(tmp_path):
    database = make(tmp_path / "a.db", prepare_data=insert("first"))
    await database.open()
    assert await database.read(names) == ["first"]
    await database.aclose()


async def test_an_opening_that_failed_is_tried_again(tmp_path):
    database = make(tmp_path / "later" / "a.db")
    with pytest.raises(StateError, match="folder does not exist"):
        await database.open()
    (tmp_path / "later").mkdir()
    assert await database.write(insert("a")) == "a"
    await database.aclose()


async def test_another_kind_of_file_is_told(tmp_path):
    path = tmp_path / "a.db"
    path.write_bytes(b"DICM" * 1000)
    database = make(path)
    with pytest.raises(StateCorruptError, match="another kind of file"):
        await database.open()
    await database.aclose()


async def test_a_damaged_file_is_told(tmp_path):
    path = tmp_path / "a.db"
    database = make(path)
    for n in range(200):
        await database.write(insert(f"{n:04}" * 50))
    await database.aclose()
    content = bytearray(path.read_bytes())
    content[4096 * 2 :] = b"\xa5" * (len(content) - 4096 * 2)
    path.write_bytes(bytes(content))
    database = make(path)
    with pytest.raises(StateCorruptError, match="damaged"):
        await database.read(names)
    await database.aclose()


async def test_a_full_disk_is_told_and_survived(database):
    def limit(pages):
        return lambda connection: connection.execute(f"PRAGMA max_page_count={pages}").fetchall()

    await database.write(insert("a"))
    await database.write(limit(4))
    with pytest.raises(StateError, match="disk is full"):
        await database.write(insert("x" * 100_000))
    assert await database.read(names) == ["a"]
    await database.write(limit(1_000_000))
    assert await database.write(insert("b")) == "b"


async def test_a_full_disk_undoes_the_whole_group_it_broke(database):
    await database.write(insert("a"))
    await database.write(
        lambda connection: connection.execute("PRAGMA max_page_count=8").fetchall()
    )
    release, task = await held(database)
    writes = [
        asyncio.ensure_future(database.write(insert(name))) for name in ("b", "x" * 100_000, "c")
    ]
    await asyncio.sleep(0)
    release.set()
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    await task
    kept = await database.read(names)
    confirmed = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert kept == ["a", *confirmed]
    assert isinstance(outcomes[1], StateError)


async def test_a_locked_database_is_told_after_the_patience_is_over(tmp_path):
    database = make(tmp_path / "a.db", busy_seconds=0.05)
    await database.open()
    other = apsw.Connection(str(tmp_path / "a.db"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StateError, match="locked"):
        await database.write(insert("a"))
    other.execute("ROLLBACK")
    other.close()
    assert await database.write(insert("a")) == "a"
    await database.aclose()


async def test_a_network_disk_is_refused(tmp_path, monkeypatch):
    mounts = tmp_path / "mounts"
    place = str(tmp_path.resolve()).replace(" ", "\\040")
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nserver:/x {place} nfs4 rw 0 0\n")
    monkeypatch.setattr(connection_module, "_MOUNTS", mounts)
    database = make(tmp_path / "a.db")
    with pytest.raises(StateError, match="network file system \\(nfs4\\)"):
        await database.open()
    await database.aclose()


async def test_a_system_without_a_list_of_mounts_is_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr(connection_module, "_MOUNTS", Path("/nonexistent/mounts"))
    database = make(tmp_path / "a.db")
    await database.open()
    await database.aclose()


async def test_a_sqlite_that_can_lose_commits_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.50.4")
    database = make(tmp_path / "a.db")
    with pytest.raises(StateError, match=r"3\.51\.3 or newer, found 3\.50\.4"):
        await database.open()
    await database.aclose()


def test_links_to_one_file_are_one_database(tmp_path):
    (tmp_path / "link.db").symlink_to(tmp_path / "a.db")
    assert make(tmp_path / "link.db").path == os.path.realpath(tmp_path / "a.db")


@pytest.mark.parametrize(("is_durable", "level"), [(True, 2), (False, 1)])
async def test_durability_sets_how_sqlite_syncs(tmp_path, is_durable, level):
    database = make(tmp_path / "a.db", is_durable=is_durable)
    found = await database.write(lambda connection: connection.pragma("synchronous"))
    assert found == level
    await database.aclose()


async def test_more_writes_than_one_transaction_takes_are_all_done(database):
    release, task = await held(database)
    writes = [asyncio.ensure_future(database.write(insert(f"{n}"))) for n in range(MAX_GROUP + 9)]
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(task, *writes)
    assert len(await database.read(names)) == MAX_GROUP + 9


def test_an_event_loop_that_ended_in_the_middle_harms_no_other(tmp_path):
    database = make(tmp_path / "a.db")
    release = threading.Event()

    async def leave():
        loop, started = asyncio.get_running_loop(), asyncio.Event()

        def run(connection):
            loop.call_soon_threadsafe(started.set)
            assert release.wait(10)
            return insert("a")(connection)

        task = asyncio.ensure_future(database.write(run))
        await started.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def stay():
        assert await database.write(insert("b")) == "b"
        assert await database.read(names) == ["a", "b"]
        await database.aclose()

    asyncio.run(leave())
    release.set()
    asyncio.run(stay())


async def test_a_failure_to_close_is_told(database, monkeypatch):
    def fail():
        raise StateError("the disk is gone")

    await database.open()
    monkeypatch.setattr(database._writer, "_close", fail)
    with pytest.raises(StateError, match="the disk is gone"):
        await database.aclose()
    database._writing.close()


async def test_a_file_system_without_a_log_is_refused(tmp_path, monkeypatch):
    database = make(":memory:")
    database.path = ":memory:"  # which SQLite keeps in memory, log and all
    monkeypatch.setattr("mip.sqlite.connection._check_place", lambda *_, **__: None)
    with pytest.raises(StateError, match="does not support SQLite's write-ahead log"):
        await database.open()
    await database.aclose()


@pytest.fixture
def always_looking(monkeypatch):
    """Look for the file at each call, not once a second."""
    monkeypatch.setattr(place, "CHECK_SECONDS", 0.0)


@pytest.mark.usefixtures("always_looking")
@pytest.mark.parametrize("call", ["read", "write"])
async def test_a_file_that_was_deleted_is_told_by_the_next_call(database, tmp_path, call):
    await database.write(insert("a"))
    assert await database.read(names) == ["a"]
    (tmp_path / "a.db").unlink()
    with pytest.raises(StateCorruptError, match="deleted, moved or replaced"):
        await (database.read(names) if call == "read" else database.write(insert("b")))


@pytest.mark.usefixtures("always_looking")
async def test_a_file_that_was_replaced_is_not_written_to(database, tmp_path):
    await database.write(insert("a"))
    (tmp_path / "a.db").rename(tmp_path / "old.db")
    other = make(tmp_path / "a.db")
    await other.write(insert("of the other"))
    with pytest.raises(StateCorruptError, match="deleted, moved or replaced"):
        await database.write(insert("b"))
    assert await other.read(names) == ["of the other"]
    await other.aclose()


async def test_reading_never_begins_in_another_file_than_writing(database, tmp_path):
    await database.write(insert("a"))
    (tmp_path / "a.db").rename(tmp_path / "old.db")
    other = make(tmp_path / "a.db")
    await other.open()
    with pytest.raises(StateCorruptError, match="deleted, moved or replaced"):
        await database.read(names)
    await other.aclose()


@pytest.mark.usefixtures("always_looking")
async def test_a_file_that_was_put_back_is_used_again(database, tmp_path):
    await database.write(insert("a"))
    (tmp_path / "a.db").rename(tmp_path / "old.db")
    with pytest.raises(StateCorruptError):
        await database.write(insert("b"))
    (tmp_path / "old.db").rename(tmp_path / "a.db")
    await database.write(insert("c"))
    assert await database.read(names) == ["a", "c"]


def test_a_file_is_looked_for_once_in_a_while_only(tmp_path, monkeypatch):
    monkeypatch.setattr(place, "CHECK_SECONDS", 3600.0)
    path = tmp_path / "a.db"
    path.touch()
    watched = place.Place(str(path), error=StateCorruptError)
    watched.opened()
    watched.check()
    path.unlink()
    watched.check()
