"""Processes that are killed at any statement, and several that write at once."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from mip.state import open_job_store, request_digest
from mip.testing.state import ERROR, SUCCEEDED, make_test_job
from tests.faults.statements import run_lives

if TYPE_CHECKING:
    from pathlib import Path

STATEMENTS = 110
"""More than the schema and the life of a job take."""

FINISH = """
import anyio, sys
from pathlib import Path
from mip.state import open_job_store
from mip.testing.state import SUCCEEDED, make_test_job

async def main():
    store = await open_job_store(f"sqlite:{sys.argv[1]}")
    firsts = []
    async def finish(number):
        job = make_test_job(str(number))
        await store.start(job, worker=sys.argv[2])
        firsts.append((await store.finish(job, SUCCEEDED)).is_first)
    async with anyio.create_task_group() as tasks:
        for number in range(50):
            tasks.start_soon(finish, number)
    await store.aclose()
    print(sum(firsts))

anyio.run(main)
"""


async def live(path: Path) -> None:
    store = await open_job_store(f"sqlite:{path}")
    job = make_test_job("a")
    await store.submit(job, request_digest=request_digest(job))
    await store.mark_published([job.key])
    await store.start(job, worker="v")
    await store.fail_attempt(job.key, worker="v", error=ERROR)
    await store.start(job, worker="v")
    await store.pin_instances(job.key, ("1.1",))
    await store.finish(job, SUCCEEDED)
    await store.mark_announced([job.key])
    await store.aclose()


async def test_a_process_killed_at_any_statement_leaves_one_result_to_make_or_to_tell(
    tmp_path: Path,
) -> None:
    assert run_lives(__name__, tmp_path, STATEMENTS) == "some lived", "raise STATEMENTS"
    states = set()
    for number in range(STATEMENTS):
        states.add(await goes_on(tmp_path / f"{number}.db"))
    assert states == {None, "queued", "running", "succeeded"}


async def goes_on(path: Path) -> str | None:
    """Check what a crash left, then live the life again; return the state that was found."""
    store = await open_job_store(f"sqlite:{path}")
    job = make_test_job("a")
    records = await store.jobs()
    events = [event.__struct_config__.tag for event in await store.events(job.key)]
    state = None
    if records:
        (record,) = records
        state = record.state
        assert record.starts == events.count("started")
        assert record.failures == events.count("failed")
        assert record.is_final == (events[-1] == "finished") == (record.result is not None)
        assert record.is_final == (await store.find_output("2.25.1") is not None)
        assert (record.state == "running") == (events[-1] == "started")
    else:
        assert events == []
    started = await store.start(job, worker="w")
    assert started.crashes <= 1
    finish = await store.finish(job, SUCCEEDED)
    assert finish.result.seq == 1
    assert [result.seq for result in await store.results_after("client", 0)] == [1]
    await store.aclose()
    return state


async def test_of_processes_that_end_the_same_jobs_one_is_first_each_time(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    await (await open_job_store(f"sqlite:{path}")).aclose()
    assert sum(run_workers(path)) == 50
    store = await open_job_store(f"sqlite:{path}")
    results = await store.results_after("client", 0)
    assert [result.seq for result in results] == list(range(1, 51))
    assert len({result.job_id for result in results}) == 50
    await store.aclose()


def run_workers(path: Path) -> list[int]:
    """Return how many ends each of three processes was the first to make."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", FINISH, str(path), worker], stdout=subprocess.PIPE, text=True
        )
        for worker in ("u", "v", "w")
    ]
    return [int(process.communicate(timeout=60)[0]) for process in processes]
