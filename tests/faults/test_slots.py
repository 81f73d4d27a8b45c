"""Real workers in slots, never two in one; and what workers say of themselves."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import anyio
import pytest

from mip.errors import QueueNotFoundError, StateError
from mip.state import open_stores
from mip.worker import Worker, WorkerOptions
from mip.worker import __main__ as worker_main
from mip.worker.slot import occupant_of
from tests.faults.site import Site, submit_all, until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from mip.state.workers import WorkerRecord


@pytest.fixture
def slow(tmp_path) -> Iterator[Site]:
    site = Site(tmp_path / "site", algorithm="slow").prepare()
    yield site
    site.clear()


async def wait(worker: subprocess.Popen[bytes]) -> int:
    return await anyio.to_thread.run_sync(lambda: worker.wait(timeout=60.0))


async def test_a_worker_refuses_a_slot_that_another_has_until_that_one_is_gone(slow: Site) -> None:
    path = slow.root / "0.lock"
    slot = {"mip_slot": str(path), "mip_slot_stamp": "stamp"}
    first = slow.start_worker(**slot)
    await until(lambda: occupant_of(path) is not None, seconds=60.0)
    occupant = occupant_of(path)
    assert occupant is not None
    assert (occupant.pid, occupant.stamp) == (first.pid, "stamp")
    assert await wait(slow.start_worker(**slot)) == 3
    assert "worker.slot_taken" in slow.log()
    first.send_signal(signal.SIGKILL)
    await wait(first)
    third = slow.start_worker(**slot)
    await until(lambda: occupant_of(path) is not None, seconds=60.0)
    third.send_signal(signal.SIGTERM)
    assert await wait(third) in {0, -signal.SIGTERM}
    assert occupant_of(path) is None


@pytest.mark.usefixtures("no_blocking")
async def test_a_worker_says_that_it_lives_and_what_it_runs(slow: Site, monkeypatch) -> None:
    monkeypatch.setattr("mip.worker.heartbeat.BEAT_SECONDS", 0.05)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    worker = Worker(
        slow.settings(mip_slot="/slots/slow/2.lock", mip_slot_ready_fd=writer),
        options=WorkerOptions(concurrency=1, drain_seconds=0.0),
    )
    stores = await open_stores(f"sqlite:{slow.root / 'state.db'}")

    async def said() -> WorkerRecord:
        while True:
            for record in await stores.workers.workers():
                if record.running:
                    return record
            await anyio.sleep(0.02)  # the worker wakes nobody

    async with slow.open() as services:
        request = slow.request("job", index=0, milliseconds=60_000)
        await submit_all(slow, services, [request], "index", "milliseconds")
        with anyio.fail_after(60.0):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(worker.run)
                record = await said()
                worker.stop()
        [job] = await services.jobs.jobs()
    assert os.read(reader, 100) == b"ready"
    os.close(reader)
    assert (record.name, record.algorithm_id, record.version) == (worker.name, "slow", "1.0.0")
    assert (record.pid, record.slot, record.concurrency) == (os.getpid(), "2", 1)
    assert record.running == (job.job.key,)
    assert await stores.workers.workers() == [], "it has ended, and says so"
    await stores.aclose()


def test_the_exit_code_tells_whether_another_start_may_help(monkeypatch, capsys) -> None:
    def fail(error: Exception) -> Callable[[object], int]:
        def run(_: object) -> int:
            raise error

        return run

    monkeypatch.setattr(worker_main, "worker_settings", lambda: None)
    for error, code in ((StateError("away"), 1), (QueueNotFoundError("gone"), 2)):
        monkeypatch.setattr(worker_main, "run_worker", fail(error))
        assert worker_main.main() == code
        assert capsys.readouterr().err == f"mip worker: {error}\n"
