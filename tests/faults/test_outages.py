"""What a worker needs goes away and comes back: jobs wait, none is lost, none fails for it."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import anyio
import apsw
import pytest

from tests.faults.site import CLIENT, Services, Site, submit_all, terminate, until, wait_finished

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Iterator
    from pathlib import Path

JOBS = 4
FULL_BYTES = 512
"""A file may not grow beyond: to whoever writes one, the disk is full."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "site").prepare()
    yield site
    site.clear()


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "slow", algorithm="slow").prepare()
    yield site
    site.clear()


async def submit(site: Site, services: Services, *indices: int) -> None:
    await submit_all(site, services, [site.request(f"job-{n}", index=n) for n in indices])


def fill_disk(pids: Iterable[int]) -> None:
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (FULL_BYTES, resource.RLIM_INFINITY))


def free_disk(pids: Iterable[int]) -> None:
    for pid in pids:
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)


async def warm(site: Site, services: Services) -> tuple[subprocess.Popen[bytes], list[int]]:
    """Start a worker and have it do a job; return it and its children."""
    worker = site.start_worker(mip_lease_seconds=60.0)
    await submit(site, services, 0)
    await wait_finished(services, 1, seconds=30.0)
    return worker, [pid for pid in site.processes() if pid != worker.pid]


async def finish(site: Site, services: Services, worker: subprocess.Popen[bytes]) -> None:
    """Wait for all jobs, stop the worker, and see that none has suffered."""
    try:
        await wait_finished(services, JOBS + 1, seconds=40.0)
        assert worker.poll() is None
    finally:
        await anyio.to_thread.run_sync(terminate, worker)
    results = await services.jobs.results_after(CLIENT, 0)
    assert [result.status for result in results] == ["succeeded"] * (JOBS + 1)
    records = await services.jobs.jobs()
    assert {(record.failures, record.crashes) for record in records} == {(0, 0)}
    assert await services.transport.dead_letters(site.queue) == []
    assert len(site.objects()) == JOBS + 1


async def test_a_pacs_that_goes_away_is_waited_for(site: Site) -> None:
    async with site.open() as services:
        worker, _ = await warm(site, services)
        site.pacs.rename(site.root / "unmounted")
        await submit(site, services, *range(1, JOBS + 1))
        await until(lambda: site.log().count("job.attempt_failed") >= JOBS)
        assert "pacs.failed" in site.log()
        (site.root / "unmounted").rename(site.pacs)
        await finish(site, services, worker)


async def test_a_disk_without_room_for_results_is_waited_for(site: Site) -> None:
    async with site.open() as services:
        worker, children = await warm(site, services)
        fill_disk(children)
        await submit(site, services, *range(1, JOBS + 1))
        await until(lambda: site.log().count("storage.failed") >= JOBS)
        free_disk(children)
        await finish(site, services, worker)


async def test_a_disk_without_room_for_queues_and_records_is_waited_for(site: Site) -> None:
    async with site.open() as services:
        worker, children = await warm(site, services)
        fill_disk([worker.pid, *children])
        await submit(site, services, *range(1, JOBS + 1))
        await until(lambda: "receive.failed" in site.log())
        free_disk([worker.pid, *children])
        await finish(site, services, worker)


async def test_a_disk_that_fills_while_jobs_run_is_waited_for(slow: Site) -> None:
    runs = slow.root / "runs"
    async with slow.open() as services:
        worker = slow.start_worker(mip_lease_seconds=60.0)
        requests = [
            slow.request(f"job-{n}", index=n, milliseconds=300, runs=str(runs))
            for n in range(JOBS + 1)
        ]
        await submit_all(slow, services, requests, "index", "milliseconds", "runs:string")
        await until(runs.exists)
        fill_disk([worker.pid])
        await until(lambda: "records.not_answering" in slow.log())
        free_disk([worker.pid])
        await finish(slow, services, worker)
        assert sorted(map(int, runs.read_text().split())) == list(range(JOBS + 1))


async def test_a_worker_told_to_stop_on_a_full_disk_loses_nothing(slow: Site) -> None:
    runs = slow.root / "runs"
    async with slow.open() as services:
        worker = slow.start_worker(mip_lease_seconds=3.0, mip_drain_seconds=0.5)
        request = slow.request("job-0", milliseconds=300, runs=str(runs))
        await submit_all(slow, services, [request], "index", "milliseconds", "runs:string")
        await until(runs.exists)
        fill_disk([worker.pid])
        await until(lambda: "records.not_answering" in slow.log())
        assert await anyio.to_thread.run_sync(terminate, worker) == 0
        assert await services.jobs.results_after(CLIENT, 0) == []
        other = slow.start_worker()
        try:
            await wait_finished(services, 1, seconds=40.0)
        finally:
            await anyio.to_thread.run_sync(terminate, other)
        (result,) = await services.jobs.results_after(CLIENT, 0)
    assert result.status == "succeeded"
    assert len(slow.objects()) == 1


async def test_a_locked_database_is_waited_for(slow: Site) -> None:
    runs = slow.root / "runs"
    async with slow.open() as services:
        worker = slow.start_worker(mip_lease_seconds=60.0)
        requests = [
            slow.request(f"job-{n}", index=n, milliseconds=100, runs=str(runs))
            for n in range(JOBS + 1)
        ]
        await submit_all(slow, services, requests, "index", "milliseconds", "runs:string")
        await until(runs.exists)
        stranger = apsw.Connection(str(slow.root / "state.db"))
        stranger.set_busy_timeout(5000)
        stranger.execute("BEGIN IMMEDIATE")
        await anyio.sleep(1.0)
        stranger.execute("ROLLBACK")
        stranger.close()
        await finish(slow, services, worker)
        assert sorted(map(int, runs.read_text().split())) == list(range(JOBS + 1))


@pytest.mark.parametrize("name", ["queue.db", "state.db"])
async def test_a_worker_on_a_file_that_is_no_database_ends_and_says_so(
    site: Site, name: str
) -> None:
    (site.root / name).write_bytes(b"no database " * 1000)
    worker = site.start_worker()
    await until(lambda: worker.poll() is not None)
    assert worker.returncode == 2
    assert f"{name}: expected a SQLite database" in site.log()


async def test_a_worker_of_another_algorithm_than_its_code_does_not_start(site: Site) -> None:
    worker = site.start_worker(algo_id="slow")
    await until(lambda: worker.poll() is not None)
    assert worker.returncode == 2
    assert "ALGO_ID: expected 'noop'" in site.log()
    assert "worker.started" not in site.log()


@pytest.mark.parametrize("name", ["queue.db", "state.db"])
async def test_an_idle_worker_whose_file_is_deleted_ends_and_says_so(site: Site, name: str) -> None:
    async with site.open() as services:
        worker, _ = await warm(site, services)
    (site.root / name).unlink()
    await until(lambda: worker.poll() is not None)
    assert worker.returncode == 2
    assert f"{name}: it was deleted, moved or replaced" in site.log()
    assert "worker.failed" in site.log()


async def test_a_worker_under_load_whose_folder_is_replaced_ends(slow: Site) -> None:
    names = ("index", "milliseconds", "runs:string")
    runs = slow.root / "runs"
    async with slow.open() as services:
        worker = slow.start_worker()
        requests = [
            slow.request(f"job-{n}", index=n, milliseconds=50, runs=str(runs)) for n in range(600)
        ]
        await submit_all(slow, services, requests, *names)
        await until(runs.exists)
    old = slow.root / "old"
    old.mkdir()
    for path in slow.root.glob("*.db*"):
        path.rename(old / path.name)
    async with slow.open():
        await until(lambda: worker.poll() is not None, seconds=20.0)
    assert worker.returncode == 2
    assert "it was deleted, moved or replaced" in slow.log()
