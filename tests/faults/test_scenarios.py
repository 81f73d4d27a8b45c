"""Whole workers in situations that must not lose, double or disorder a job."""

from __future__ import annotations

import collections
import signal
import time
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from mip.contracts import AttemptStarted
from tests.faults.site import CLIENT, Services, Site, terminate, until, wait_finished

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("index", "poison", "fail_first", "tries:string", "milliseconds", "runs:string")


@pytest.fixture
def flaky(tmp_path: Path) -> Site:
    return Site(tmp_path / "site", algorithm="flaky").prepare()


@pytest.fixture
def slow(tmp_path: Path) -> Site:
    return Site(tmp_path / "site", algorithm="slow").prepare()


async def submit(site: Site, services: Services, count: int, **parameters: Any) -> None:
    """Submit ``count`` jobs of one group, in order."""
    for index in range(count):
        values = {
            name: value[index] if isinstance(value, list) else value
            for name, value in parameters.items()
        }
        request = site.request(f"job-{index}", ordering_key="one", index=index, **values)
        await services.outbox.submit(request, site.spec(*NAMES))


async def finish(site: Site, services: Services, count: int, **settings: object) -> None:
    worker = site.start_worker(**settings)
    try:
        await wait_finished(services, count, seconds=60.0)
    finally:
        await anyio.to_thread.run_sync(terminate, worker)


def order_of_first_tries(folder: Path) -> list[int]:
    tries = [int(line) for line in (folder / "order").read_text().split()]
    return list(dict.fromkeys(tries))


async def test_a_poison_head_costs_its_group_one_dead_letter(flaky: Site) -> None:
    async with flaky.open() as services:
        poison = [1] + [0] * 9
        await submit(flaky, services, 10, poison=poison, tries=str(flaky.root))
        await finish(flaky, services, 10)
        results = await services.jobs.results_after(CLIENT, 0)
        dead = await services.transport.dead_letters(flaky.queue)
    assert [result.status for result in results] == ["failed"] + ["succeeded"] * 9
    assert [result.job_id for result in results] == [f"job-{n}" for n in range(10)]
    assert len(dead) == 1
    assert "algorithm.failed" in dead[0].reason
    assert order_of_first_tries(flaky.root) == list(range(10))


async def test_ten_jobs_that_each_fail_once_are_all_done_in_order(flaky: Site) -> None:
    async with flaky.open() as services:
        await submit(flaky, services, 10, fail_first=1, tries=str(flaky.root))
        await finish(flaky, services, 10)
        results = await services.jobs.results_after(CLIENT, 0)
        dead = await services.transport.dead_letters(flaky.queue)
    assert [result.job_id for result in results] == [f"job-{n}" for n in range(10)]
    assert {result.status for result in results} == {"succeeded"}
    assert dead == []
    tries = [int(line) for line in (flaky.root / "order").read_text().split()]
    assert tries == [n for n in range(10) for _ in range(2)]


async def test_a_job_longer_than_its_lease_runs_once(slow: Site) -> None:
    runs = slow.root / "runs"
    async with slow.open() as services:
        await submit(slow, services, 1, milliseconds=3500, runs=str(runs))
        other = slow.start_worker(mip_lease_seconds=1.0)
        try:
            await finish(slow, services, 1, mip_lease_seconds=1.0)
        finally:
            await anyio.to_thread.run_sync(terminate, other)
    assert runs.read_text().split() == ["0"]


async def test_sigterm_hands_back_what_has_not_begun_and_finishes_what_has(slow: Site) -> None:
    runs = slow.root / "runs"
    async with slow.open() as services:
        for index in range(8):
            request = slow.request(f"job-{index}", index=index, milliseconds=400, runs=str(runs))
            await services.outbox.submit(request, slow.spec(*NAMES))
        worker = slow.start_worker(mip_lease_seconds=60.0)
        await wait_finished(services, 1, seconds=30.0)
        begun = time.monotonic()
        code = await anyio.to_thread.run_sync(terminate, worker)
        took = time.monotonic() - begun
        depth = await services.transport.depth(slow.queue)
        results = await services.jobs.results_after(CLIENT, 0)
        assert code == 0
        assert took < 10.0
        assert depth.in_flight == 0
        assert depth.waiting == 8 - len(results)
        await finish(slow, services, 8)
        results = await services.jobs.results_after(CLIENT, 0)
    assert len(results) == 8
    assert sorted(map(int, runs.read_text().split())) == list(range(8))


async def test_a_job_past_the_drain_deadline_is_handed_back_and_done_later(slow: Site) -> None:
    runs = slow.root / "runs"
    async with slow.open() as services:
        await submit(slow, services, 1, milliseconds=2500, runs=str(runs))
        worker = slow.start_worker(mip_drain_seconds=0.2, mip_lease_seconds=60.0)
        await until(runs.exists)
        begun = time.monotonic()
        code = await anyio.to_thread.run_sync(terminate, worker)
        assert code == 0
        assert time.monotonic() - begun < 2.4
        depth = await services.transport.depth(slow.queue)
        assert (depth.waiting, depth.in_flight) == (1, 0)
        await finish(slow, services, 1)
        (record,) = await services.jobs.jobs()
    assert record.state == "succeeded"
    assert (record.starts, record.failures, record.releases) == (2, 0, 1)


async def test_a_stopped_worker_that_wakes_up_late_changes_nothing(slow: Site) -> None:
    runs = slow.root / "runs"
    async with slow.open() as services:
        await submit(slow, services, 1, milliseconds=800, runs=str(runs))
        zombie = slow.start_worker(mip_lease_seconds=1.0)
        await until(runs.exists)
        zombie.send_signal(signal.SIGSTOP)
        await finish(slow, services, 1, mip_lease_seconds=1.0)
        zombie.send_signal(signal.SIGCONT)
        await anyio.to_thread.run_sync(terminate, zombie)
        results = await services.jobs.results_after(CLIENT, 0)
        dead = await services.transport.dead_letters(slow.queue)
    assert [result.status for result in results] == ["succeeded"]
    assert dead == []
    assert len(slow.objects()) == 1


async def test_a_running_job_is_cancelled_on_request(slow: Site) -> None:
    runs = slow.root / "runs"
    async with slow.open() as services:
        await submit(slow, services, 1, milliseconds=60_000, runs=str(runs))
        worker = slow.start_worker()
        try:
            await until(runs.exists)
            (record,) = await services.jobs.jobs()
            await services.jobs.cancel(record.job.key)
            await wait_finished(services, 1, seconds=10.0)
        finally:
            await anyio.to_thread.run_sync(terminate, worker)
        (result,) = await services.jobs.results_after(CLIENT, 0)
    assert result.status == "cancelled"
    assert slow.objects() == []


async def test_long_jobs_are_shared_by_the_workers_that_are_free(slow: Site) -> None:
    async with slow.open() as services:
        for index in range(2):
            request = slow.request(f"warm-{index}", index=index, milliseconds=700)
            await services.outbox.submit(request, slow.spec(*NAMES))
        workers = [slow.start_worker() for _ in range(2)]
        try:
            await wait_finished(services, 2, seconds=30.0)
            for index in range(8):
                request = slow.request(f"job-{index}", index=index, milliseconds=700)
                await services.outbox.submit(request, slow.spec(*NAMES))
            await wait_finished(services, 10, seconds=30.0)
        finally:
            for worker in workers:
                await anyio.to_thread.run_sync(terminate, worker)
        starters = []
        for record in await services.jobs.jobs():
            events = await services.jobs.events(record.job.key)
            starters += [event.worker for event in events if isinstance(event, AttemptStarted)]
    counts = collections.Counter(starters)
    assert len(counts) == 2
    assert min(counts.values()) >= 3
