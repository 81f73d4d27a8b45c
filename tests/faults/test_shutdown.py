"""Workers that are told to stop at any moment: nothing is lost, nothing stays behind."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from mip.worker import Worker, WorkerOptions
from tests.faults.site import CLIENT, Services, Site, submit_all, terminate, until, wait_finished

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("no_blocking")

NAMES = ("index", "milliseconds", "runs:string")


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "site", algorithm="slow").prepare()
    yield site
    site.clear()


async def submit(site: Site, services: Services, count: int, **parameters: Any) -> None:
    requests = [site.request(f"job-{n}", index=n, **parameters) for n in range(count)]
    await submit_all(site, services, requests, *NAMES)


async def wait(worker: subprocess.Popen[bytes], *, seconds: float = 20.0) -> int:
    return await anyio.to_thread.run_sync(lambda: worker.wait(timeout=seconds))


def library_worker(site: Site) -> Worker:
    options = WorkerOptions(concurrency=1, prefetch=2, lease_seconds=60.0, drain_seconds=10.0)
    return Worker(site.settings(), options=options)


def own_children() -> set[int]:
    """Return the processes that this one has started and that still live."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == os.getpid():
            found.add(int(stat.parent.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_at_any_moment_of_the_start_ends_the_worker(
    slow: Site, number: signal.Signals
) -> None:
    async with slow.open() as services:
        await submit(slow, services, 3, milliseconds=50)
        workers = []
        for tenths in range(8):
            worker = slow.start_worker(mip_lease_seconds=60.0)
            await anyio.sleep(0.15 * tenths)
            worker.send_signal(number)
            workers.append(worker)
        codes = {await wait(worker) for worker in workers}
        depth = await services.transport.depth(slow.queue)
        results = await services.jobs.results_after(CLIENT, 0)
    # One that has not got to listen yet is ended by the signal itself, and holds nothing.
    assert codes <= {0, -number}
    assert depth.in_flight == 0
    assert depth.waiting + len(results) == 3
    assert slow.processes() == []


async def test_a_second_signal_hands_back_at_once(slow: Site) -> None:
    runs = slow.root / "runs"
    async with slow.open() as services:
        await submit(slow, services, 2, milliseconds=60_000, runs=str(runs))
        worker = slow.start_worker(mip_drain_seconds=60.0, mip_lease_seconds=60.0)
        await until(runs.exists)
        worker.send_signal(signal.SIGTERM)
        await until(lambda: "worker.stopping" in slow.log())
        begun = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert await wait(worker) == 0
        assert time.monotonic() - begun < 5.0
        depth = await services.transport.depth(slow.queue)
    assert (depth.waiting, depth.in_flight) == (2, 0)
    assert slow.processes() == []


async def test_a_deleted_queue_ends_the_worker_with_a_clear_error(slow: Site) -> None:
    runs = slow.root / "runs"
    async with slow.open() as services:
        await submit(slow, services, 2, milliseconds=60_000, runs=str(runs))
        worker = slow.start_worker()
        await until(runs.exists)
        await services.transport.delete_queue(slow.queue, force=True)
        assert await wait(worker) == 2
    last = slow.log().splitlines()[-1]
    assert last.startswith("mip worker: ")
    assert slow.queue in last
    assert slow.processes() == []


async def test_a_cancelled_worker_leaves_no_process_and_holds_no_job(slow: Site) -> None:
    runs = slow.root / "runs"
    before = own_children()
    async with slow.open() as services:
        await submit(slow, services, 3, milliseconds=60_000, runs=str(runs))
        with anyio.fail_after(30.0):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(library_worker(slow).run)
                await until(runs.exists)
                tasks.cancel_scope.cancel()
        depth = await services.transport.depth(slow.queue)
        records = await services.jobs.jobs()
    assert (depth.waiting, depth.in_flight) == (3, 0)
    assert {record.state for record in records} == {"queued"}
    assert {record.crashes for record in records} == {0}
    assert own_children() == before
    assert list((slow.results / ".staging~").iterdir()) == []


async def test_two_workers_share_a_process_and_a_queue(slow: Site) -> None:
    runs = slow.root / "runs"
    before = own_children()
    async with slow.open() as services:
        await submit(slow, services, 6, milliseconds=100, runs=str(runs))
        workers = [library_worker(slow), library_worker(slow)]
        with anyio.fail_after(40.0):
            async with anyio.create_task_group() as tasks:
                for worker in workers:
                    tasks.start_soon(worker.run)
                await wait_finished(services, 6, seconds=30.0)
                for worker in workers:
                    worker.stop()
        names = {record.worker for record in await services.jobs.jobs()}
        depth = await services.transport.depth(slow.queue)
    assert names == {None}
    assert (depth.waiting, depth.in_flight) == (0, 0)
    assert sorted(map(int, runs.read_text().split())) == list(range(6))
    assert own_children() == before


async def test_a_worker_that_was_stopped_before_it_ran_takes_nothing(slow: Site) -> None:
    async with slow.open() as services:
        await submit(slow, services, 1)
        worker = library_worker(slow)
        worker.stop()
        with anyio.fail_after(20.0):
            await worker.run()
        assert (await services.transport.depth(slow.queue)).waiting == 1


async def test_a_worker_runs_once(slow: Site) -> None:
    worker = library_worker(slow)
    worker.stop()
    await worker.run()
    with pytest.raises(RuntimeError, match="make another"):
        await worker.run()


async def test_a_suspended_worker_takes_its_lost_job_up_again(slow: Site) -> None:
    runs = slow.root / "runs"
    async with slow.open() as services:
        await submit(slow, services, 2, milliseconds=800, runs=str(runs))
        worker = slow.start_worker(mip_lease_seconds=1.0)
        try:
            await until(runs.exists)
            worker.send_signal(signal.SIGSTOP)
            await anyio.sleep(1.5)  # its leases end
            worker.send_signal(signal.SIGCONT)
            await wait_finished(services, 2, seconds=30.0)
            assert worker.poll() is None
        finally:
            await anyio.to_thread.run_sync(terminate, worker)
        results = await services.jobs.results_after(CLIENT, 0)
        dead = await services.transport.dead_letters(slow.queue)
    assert [result.status for result in results] == ["succeeded"] * 2
    assert dead == []
