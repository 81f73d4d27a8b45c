"""What only the SQLite transport can meet: disks, locks, schemas, restarts of the machine."""

from __future__ import annotations

import asyncio
import threading

import apsw
import pytest

from mip.errors import SchemaTooNewError, TransportError
from mip.testing import FakeClock
from mip.transport import Message, QueueOptions, sqlite, sqlite_ledger
from mip.transport.base import DEDUP_SECONDS
from mip.transport.rules import CHUNK

LEASE = 30.0


def message(id_, group="g", size=1):
    return Message(body=b"x" * size, group_id=group, dedup_id=id_)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def opened(tmp_path, clock):
    """Return a function that opens the queue database of this test."""
    made = []

    def open_it(*, clock=clock, boot_id="boot-1"):
        path = tmp_path / "queue.db"
        transport = sqlite.open_file(path, clock=clock, sleep=clock.sleep, boot_id=boot_id)
        made.append(transport)
        return transport

    yield open_it
    for transport in made:
        await transport.aclose()


@pytest.fixture
async def transport(opened):
    transport = opened()
    await transport.create_queue("q", QueueOptions(lease_seconds=LEASE, retention_seconds=1000))
    return transport


def run(transport, sql):
    return transport._records._database.write(lambda connection: connection.execute(sql).fetchall())


async def test_a_full_disk_refuses_the_batch_and_keeps_the_queue(transport):
    await transport.publish("q", [message("a")])
    ((pages,),) = await run(transport, "PRAGMA page_count")
    await run(transport, f"PRAGMA max_page_count={pages + 8}")
    with pytest.raises(TransportError, match="disk is full"):
        await transport.publish("q", [message("b", "1"), message("c", "2", 500_000)])
    assert (await transport.depth("q")).waiting == 1
    await run(transport, "PRAGMA max_page_count=1000000")
    assert await transport.publish("q", [message("b", "1")]) == ["published"]


async def test_a_locked_database_is_told(transport, tmp_path):
    await transport.publish("q", [message("a")])
    transport._records._database._writing.set_busy_timeout(50)
    other = apsw.Connection(str(tmp_path / "queue.db"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransportError, match="locked"):
        await transport.receive("q")
    other.execute("ROLLBACK")
    other.close()
    assert len(await transport.receive("q")) == 1


async def test_a_newer_schema_is_refused(transport, opened, tmp_path):
    await transport.aclose()
    connection = apsw.Connection(str(tmp_path / "queue.db"))
    connection.pragma("user_version", 99)
    connection.close()
    with pytest.raises(SchemaTooNewError, match="version 99"):
        await opened().queues()


async def test_a_database_of_job_records_is_refused(tmp_path, clock):
    connection = apsw.Connection(str(tmp_path / "state.db"))
    connection.execute("PRAGMA application_id=77; CREATE TABLE job (id)")
    connection.close()
    transport = sqlite.open_file(tmp_path / "state.db", clock=clock)
    with pytest.raises(TransportError, match="another purpose"):
        await transport.queues()
    await transport.aclose()


async def test_a_restart_of_the_machine_ends_loans_and_delays(transport, opened):
    await transport.publish("q", [message("a", "1"), message("b", "2")])
    first, second = await transport.receive("q", max_messages=2)
    await transport.aclose()
    later = opened(clock=FakeClock(monotonic=3.0), boot_id="boot-2")
    again = await later.receive("q", max_messages=2)
    assert [(each.dedup_id, each.deliveries) for each in again] == [("a", 2), ("b", 2)]
    settlement = await later.settle("q", acks=[first.receipt, second.receipt])
    assert settlement.acks == ("lease_lost", "lease_lost")


async def test_time_while_the_machine_is_off_does_not_count(transport, opened, clock):
    clock.advance(100)
    await transport.publish("q", [message("a")])
    await transport.aclose()
    after = FakeClock(now=clock.now() + 1_000_000, monotonic=3.0)
    later = opened(clock=after, boot_id="boot-2")
    assert await later.publish("q", [message("a")]) == ["duplicate"]
    after.advance(999)
    assert (await later.depth("q")).waiting == 1
    after.advance(2)
    assert (await later.depth("q")).waiting == 0


async def test_a_clock_that_went_back_counts_as_a_restart(transport, opened):
    await transport.publish("q", [message("a")])
    await transport.receive("q")
    await transport.aclose()
    later = opened(clock=FakeClock(monotonic=3.0))  # a system that cannot name its starts
    (again,) = await later.receive("q")
    assert again.deliveries == 2


async def test_another_process_of_the_same_start_changes_no_loan(transport, opened):
    await transport.publish("q", [message("a")])
    await transport.receive("q")
    assert await opened().receive("q") == []


async def test_old_dedup_ids_attempts_and_dead_letters_are_removed(transport, clock):
    for start in range(0, 2 * CHUNK, 500):
        batch = [message(f"{n}", f"{n}") for n in range(start, start + 500)]
        await transport.publish("q", batch)
    await transport.receive("q", attempt_id="one")
    clock.advance(2 * DEDUP_SECONDS)
    for n in range(4):  # each call may remove a chunk
        await transport.publish("q", [message(f"later-{n}", "later")])
    assert await run(transport, "SELECT count(*) FROM seen") == [(4,)]
    assert await run(transport, "SELECT count(*) FROM attempt") == [(0,)]


async def test_groups_of_one_hash_are_told_apart(transport, monkeypatch):
    monkeypatch.setattr(sqlite_ledger, "_group_hash", lambda _queue, _group: 7)
    assert await transport.publish("q", [message("a", "1"), message("b", "2")]) == 2 * ["published"]
    await transport.publish("q", [message("c", "1")])
    first = await transport.receive("q", max_messages=9)
    assert [(each.group_id, each.dedup_id) for each in first] == [("1", "a"), ("2", "b")]
    await transport.settle("q", acks=[each.receipt for each in first])
    assert [each.dedup_id for each in await transport.receive("q", max_messages=9)] == ["c"]


async def test_a_queue_made_anew_remembers_nothing_of_the_one_deleted(transport):
    await transport.publish("q", [message("a")])
    await transport.delete_queue("q", force=True)
    await transport.create_queue("q", QueueOptions())
    assert await transport.publish("q", [message("a")]) == ["published"]


async def test_the_boot_of_this_machine_has_a_name(monkeypatch, tmp_path):
    assert sqlite.current_boot_id() == sqlite.current_boot_id() != ""
    monkeypatch.setattr(sqlite, "_BOOT_ID", tmp_path / "missing")
    assert sqlite.current_boot_id() != ""


async def test_waiting_reads_now_and_then_without_being_rung_for(opened, clock):
    transport, silent = opened(), opened()
    await transport.create_queue("q", QueueOptions())
    waiting = asyncio.ensure_future(transport.receive("q", wait_seconds=20))
    await clock.until_sleeping()
    silent._records._ring = silent._records._database._after_commit = lambda: None
    await silent.publish("q", [message("a")])
    clock.advance(sqlite.RECHECK_SECONDS)
    assert len(await asyncio.wait_for(waiting, 10)) == 1


class GateClock(FakeClock):
    """Holds the writer's thread, at the moment it looks at the clock, until it is let go."""

    def __init__(self):
        super().__init__()
        self.loop = asyncio.get_running_loop()
        self.home = threading.get_ident()
        self.is_shut = False
        self.reached, self.release = asyncio.Event(), threading.Event()

    def monotonic(self):
        if self.is_shut and threading.get_ident() != self.home:
            self.is_shut = False
            self.loop.call_soon_threadsafe(self.reached.set)
            assert self.release.wait(10)
        return super().monotonic()


async def test_a_receive_cancelled_amid_its_transaction_takes_nothing_and_counts_nothing(opened):
    clock = GateClock()
    transport = opened(clock=clock)
    await transport.create_queue("q", QueueOptions(lease_seconds=LEASE))
    await transport.publish("q", [message("a", "1"), message("b", "2")])
    clock.is_shut = True
    receiving = asyncio.ensure_future(transport.receive("q", max_messages=2, attempt_id="one"))
    await clock.reached.wait()
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)
    clock.release.set()
    await run(transport, "SELECT 1")  # behind the receive; its undo comes next
    again = await transport.receive("q", max_messages=2, attempt_id="one")
    assert [(each.dedup_id, each.deliveries) for each in again] == [("a", 1), ("b", 1)]


async def test_a_receive_cancelled_amid_its_transaction_wakes_who_waits(opened):
    clock = GateClock()
    transport = opened(clock=clock)
    await transport.create_queue("q", QueueOptions(lease_seconds=LEASE))
    await transport.publish("q", [message("a")])
    clock.is_shut = True
    receiving = asyncio.ensure_future(transport.receive("q"))
    await clock.reached.wait()
    waiting = asyncio.ensure_future(transport.receive("q", wait_seconds=20))
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)
    clock.release.set()
    (delivery,) = await asyncio.wait_for(waiting, 10)
    assert delivery.deliveries == 1


async def test_many_messages_too_old_are_cleared_in_one_call(transport, clock):
    for start in range(0, 300, 100):
        await transport.publish("q", [message(f"{n}") for n in range(start, start + 100)])
    clock.advance(1001)
    assert await transport.receive("q") == []
    assert await run(transport, "SELECT count(*) FROM message") == [(0,)]


async def test_what_one_call_cannot_clear_the_next_one_does(transport, clock):
    await transport.publish("q", [message(f"{n}") for n in range(CHUNK + 5)])
    clock.advance(999)
    await transport.publish("q", [message("young")])
    clock.advance(2)
    assert await transport.receive("q") == []
    (delivery,) = await transport.receive("q", wait_seconds=20)
    assert delivery.dedup_id == "young"


async def test_a_queue_deleted_amid_a_cancelled_receive_is_no_trouble(opened):
    clock = GateClock()
    transport = opened(clock=clock)
    await transport.create_queue("q", QueueOptions(lease_seconds=LEASE))
    await transport.publish("q", [message("a")])
    clock.is_shut = True
    receiving = asyncio.ensure_future(transport.receive("q"))
    await clock.reached.wait()
    deleting = asyncio.ensure_future(transport.delete_queue("q", force=True))
    await asyncio.sleep(0)
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)
    clock.release.set()
    await deleting
    assert await transport.queues() == []
