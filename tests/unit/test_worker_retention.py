from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from mip.contracts import RESULTS_QUEUE, request_queue
from mip.errors import StateError
from mip.outbox import Outbox
from mip.outbox.outbox import EXPIRED_SECONDS
from mip.settings import DEFAULT_RECORDS_DAYS, MIN_RECORDS_DAYS
from mip.state.sqlite import SqliteJobStore
from mip.testing import FakeClock, faults
from mip.testing.state import SUCCEEDED, make_test_job
from mip.transport import QueueOptions, open_transport
from mip.transport.base import DEFAULT_RETENTION_SECONDS, MAX_LEASE_SECONDS
from mip.worker import retention
from mip.worker.options import WorkerOptions
from mip.worker.retention import PURGE_SECONDS, Retention

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mip.state import JobStore
    from mip.transport import Transport

DAY = 86_400.0
KEEP = 90 * DAY


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def jobs(tmp_path: Path, clock: FakeClock) -> AsyncIterator[JobStore]:
    store = SqliteJobStore(tmp_path / "state.db", clock=clock, is_durable=False)
    yield store
    await store.aclose()


def keeping(
    jobs: JobStore,
    clock: FakeClock,
    *,
    jitter: float = 0.5,
    transport: Transport | None = None,
) -> Retention:
    outbox = Outbox(transport or open_transport("memory:", clock=clock), jobs, clock=clock)
    return Retention(jobs, outbox=outbox, clock=clock, record_seconds=KEEP, jitter=lambda: jitter)


async def end(jobs: JobStore, *job_ids: str) -> None:
    for job_id in job_ids:
        await jobs.finish(make_test_job(job_id), SUCCEEDED)
    await jobs.mark_announced([make_test_job(job_id).key for job_id in job_ids])


async def left(jobs: JobStore) -> set[str]:
    return {record.job.job_id for record in await jobs.jobs()}


async def test_a_job_is_forgotten_when_it_ended_longer_ago_than_records_are_kept(
    jobs: JobStore, clock: FakeClock
) -> None:
    await end(jobs, "old")
    clock.advance(1)
    await end(jobs, "younger")
    worker = keeping(jobs, clock)
    clock.advance(KEEP)
    assert await worker.purge() == 1
    assert await left(jobs) == {"younger"}
    clock.advance(2 * PURGE_SECONDS)
    assert await worker.purge() == 1
    assert await left(jobs) == set()


async def test_what_was_not_announced_or_has_not_ended_is_kept(
    jobs: JobStore, clock: FakeClock
) -> None:
    await jobs.finish(make_test_job("unannounced"), SUCCEEDED)
    worker = keeping(jobs, clock)
    clock.advance(KEEP - EXPIRED_SECONDS)
    await jobs.start(make_test_job("running"), worker="w")
    await jobs.submit(make_test_job("queued"), request_digest="x")
    clock.advance(EXPIRED_SECONDS)
    assert await worker.purge() == 0
    assert await left(jobs) == {"unannounced", "running", "queued"}


async def test_a_job_whose_message_its_queue_has_dropped_ends_as_failed(
    jobs: JobStore, clock: FakeClock
) -> None:
    transport = open_transport("memory:", clock=clock)
    outbox = Outbox(transport, jobs, clock=clock)
    await outbox.create_results_queue()
    job = make_test_job("a")
    queue = request_queue(job.algo_id)
    await transport.create_queue(queue)
    await jobs.submit(job, request_digest="x")
    await outbox.sweep(older_than_seconds=-1)
    worker = keeping(jobs, clock, transport=transport)
    clock.advance(EXPIRED_SECONDS)
    await jobs.submit(make_test_job("younger"), request_digest="x")
    clock.advance(1)
    await worker.purge()
    record = await jobs.get(job.key)
    assert record.result is not None
    assert record.result.error is not None
    assert (record.state, record.result.error.code) == ("failed", "state.job_expired")
    assert not (await jobs.get(make_test_job("younger").key)).is_final
    assert (await transport.depth(RESULTS_QUEUE)).waiting == 1
    await transport.aclose()


async def test_a_job_is_not_expired_while_its_queue_has_messages(
    jobs: JobStore, clock: FakeClock
) -> None:
    transport = open_transport("memory:", clock=clock)
    job = make_test_job("a")
    await transport.create_queue(
        request_queue(job.algo_id), QueueOptions(retention_seconds=10 * EXPIRED_SECONDS)
    )
    await jobs.submit(job, request_digest="x")
    await Outbox(transport, jobs, clock=clock).sweep(older_than_seconds=-1)
    worker = keeping(jobs, clock, transport=transport)
    clock.advance(2 * EXPIRED_SECONDS)
    await worker.purge()
    assert not (await jobs.get(job.key)).is_final
    await transport.aclose()


async def test_a_pass_is_due_once_in_an_interval(jobs: JobStore, clock: FakeClock) -> None:
    counted = faults.script(jobs, {})
    worker = keeping(counted, clock)
    for seconds, passes in ((0, 0), (0.5, 1), (0, 1), (0.99, 1), (0.01, 2), (0.5, 2), (0.5, 3)):
        clock.advance(seconds * PURGE_SECONDS)
        await worker.purge()
        assert faults.calls(counted).count("purge") == passes


@pytest.mark.parametrize(("jitter", "first", "second"), [(0.0, 0.0, 0.5), (0.99, 0.99, 1.49)])
async def test_workers_make_their_passes_at_different_moments(
    jobs: JobStore, clock: FakeClock, jitter: float, first: float, second: float
) -> None:
    counted = faults.script(jobs, {})
    worker = keeping(counted, clock, jitter=jitter)
    for passes, pause in enumerate((first, second)):
        clock.advance(pause * PURGE_SECONDS - 1)
        await worker.purge()
        assert faults.calls(counted).count("purge") == passes
        clock.advance(1)
        await worker.purge()
        assert faults.calls(counted).count("purge") == passes + 1


async def test_a_pass_is_bounded_and_the_next_goes_on_at_once(
    jobs: JobStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PURGE_LIMIT", 2)
    await end(jobs, *"abcde")
    worker = keeping(jobs, clock)
    clock.advance(KEEP + 1)
    assert [await worker.purge() for _ in range(4)] == [2, 2, 1, 0]


async def test_a_pass_that_failed_is_made_again_at_the_next_call(
    jobs: JobStore, clock: FakeClock
) -> None:
    await end(jobs, "old")
    worker = keeping(faults.script(jobs, {"purge": {1: faults.before(StateError("full"))}}), clock)
    clock.advance(KEEP + 1)
    with pytest.raises(StateError):
        await worker.purge()
    assert await worker.purge() == 1


async def test_two_workers_forget_a_job_once_and_tell_it_once(
    jobs: JobStore, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await end(jobs, "old")
    workers = [keeping(jobs, clock) for _ in range(2)]
    clock.advance(KEEP + 1)
    assert [await worker.purge() for worker in workers] == [1, 0]
    assert caplog.messages == ["records.purged"]


def test_records_outlive_every_message_of_their_jobs() -> None:
    kept = 2 * DEFAULT_RETENTION_SECONDS + MAX_LEASE_SECONDS
    assert kept < MIN_RECORDS_DAYS * DAY
    assert WorkerOptions().record_seconds == DEFAULT_RECORDS_DAYS * DAY
