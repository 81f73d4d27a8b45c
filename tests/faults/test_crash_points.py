from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import anyio
import pytest

from mip.contracts import job_key
from tests.faults.crashing import SUBMIT_POINTS, WORKER_POINTS
from tests.faults.site import CLIENT, Site, submit_all, terminate, wait_finished

if TYPE_CHECKING:
    from pathlib import Path

JOBS = 70


def crash_worker(site: Site, point: str) -> int:
    environment = {**os.environ, **site.settings().environment()}
    command = [sys.executable, "-m", "tests.faults.crashing", "worker", point]
    return subprocess.run(
        command, env=environment, check=False, timeout=60, capture_output=True
    ).returncode


async def test_a_worker_that_dies_between_any_two_writes_loses_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path / "site").prepare()
    async with site.open() as services:
        await submit_all(site, services, (site.request(f"j{n}", index=n) for n in range(JOBS)))
        for point in WORKER_POINTS:
            code = await anyio.to_thread.run_sync(crash_worker, site, point)
            assert code == -signal.SIGKILL, f"{point} was never reached"
        worker = site.start_worker()
        try:
            await wait_finished(services, JOBS, seconds=60.0)
        finally:
            await anyio.to_thread.run_sync(terminate, worker)
        await services.outbox.sweep(older_than_seconds=0.0)
        results = await services.jobs.results_after(CLIENT, 0)
        assert [result.seq for result in results] == list(range(1, JOBS + 1))
        assert {result.job_id for result in results} == {f"j{n}" for n in range(JOBS)}
        assert {result.status for result in results} == {"succeeded"}
        assert len(site.objects()) == JOBS
        assert await services.transport.dead_letters(site.queue) == []
    assert site.processes() == []


@pytest.mark.parametrize("point", SUBMIT_POINTS)
async def test_a_submitter_that_dies_between_any_two_writes_leaves_one_job(
    tmp_path: Path, point: str
) -> None:
    site = Site(tmp_path / "site").prepare()
    command = [sys.executable, "-m", "tests.faults.crashing", "submit", point]
    done = await anyio.run_process([*command, str(site.root), "j"], check=False)
    assert done.returncode == -signal.SIGKILL
    async with site.open() as services:
        # The client never got an answer, so it sends the same request again.
        await services.outbox.submit(site.request("j"), site.spec("index"))
        await services.outbox.sweep(older_than_seconds=0.0)
        deliveries = await services.transport.receive(site.queue, max_messages=10)
        assert len(deliveries) == 1
        assert (await services.jobs.get(job_key(CLIENT, "j"))).is_published
        assert len(await services.jobs.jobs()) == 1
