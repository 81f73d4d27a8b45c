"""A server is killed and started again: its workers live on, and are looked after as before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import msgspec
import pytest

from mip.worker.slot import occupant_of
from tests.faults.site import ALGORITHMS
from tests.faults.site import Site as DataFolder
from tests.server.workers_house import make_folder, occupants
from tests.unit.control_house import make_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mip.contracts import AlgorithmRecord

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    folder = make_folder(tmp_path / "site")
    yield folder
    folder.clear()


def record(count: int = 2, **changes: object) -> AlgorithmRecord:
    values: dict[str, object] = {
        "algorithm_id": "slow",
        "image_uri": f"file:{ALGORITHMS / 'slow.py'}",
        "desired_count": count,
        "env": {"MIP_DRAIN_SECONDS": "5"},
        **changes,
    }
    return make_record("ACTIVE", **values)


@contextmanager
def server(
    folder: DataFolder, wanted: AlgorithmRecord | None, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in a process of its own; what it leaves alive is the folder's to clear."""
    command = [
        *(sys.executable, "-m", "tests.server.serve_workers"),
        *(str(folder.root), folder.algorithm, msgspec.json.encode(wanted).decode()),
    ]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, **environment}
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


async def ends(process: subprocess.Popen[bytes]) -> int:
    return await anyio.to_thread.run_sync(lambda: process.wait(timeout=60.0))


async def left_by_a_killed_server(folder: DataFolder, wanted: AlgorithmRecord) -> dict[int, int]:
    """Have a server start workers, kill it, and return the process of each slot."""
    with server(folder, wanted) as process:
        count = wanted.desired_count
        found = await occupants(folder, until=lambda found: len(found) == count)
        process.kill()
        await ends(process)
    after = await occupants(folder, until=lambda _: True)
    assert after == found, "workers outlive their server"
    return {number: each.pid for number, each in found.items()}


async def test_a_restarted_server_adopts_its_workers_and_ends_them_with_itself(
    folder: DataFolder,
) -> None:
    pids = await left_by_a_killed_server(folder, record())
    with server(folder, record(count=3)) as process:
        found = await occupants(folder, until=lambda found: len(found) == 3)
        assert {number: found[number].pid for number in pids} == pids
        # An adopted worker that dies is replaced, though nobody here is its parent.
        os.kill(pids[0], signal.SIGKILL)
        await occupants(folder, until=lambda found: 0 in found and found[0].pid != pids[0])
        process.send_signal(signal.SIGTERM)
        assert await ends(process) == 0
    assert await occupants(folder, until=lambda _: True) == {}
    assert folder.processes() == []


async def test_workers_that_were_started_otherwise_are_replaced(folder: DataFolder) -> None:
    pids = await left_by_a_killed_server(folder, record())
    with server(folder, record(cpu=2048, memory=4096)):
        found = await occupants(
            folder,
            until=lambda found: (
                len(found) == 2 and not set(pids.values()) & {each.pid for each in found.values()}
            ),
        )
    assert len({each.stamp for each in found.values()}) == 1


async def test_workers_that_are_too_many_are_ended(folder: DataFolder) -> None:
    pids = await left_by_a_killed_server(folder, record())
    with server(folder, record(count=1)):
        found = await occupants(folder, until=lambda found: len(found) == 1)
        assert found[0].pid == pids[0]


@pytest.mark.parametrize("wanted", [None, record(count=0), record(count=2)])
async def test_workers_that_should_not_be_are_ended(
    folder: DataFolder, wanted: AlgorithmRecord | None
) -> None:
    await left_by_a_killed_server(folder, record())
    if wanted is not None and wanted.desired_count:
        wanted = msgspec.structs.replace(wanted, status="ERROR")
    elif wanted is not None:
        wanted = msgspec.structs.replace(wanted, status="SCALED_DOWN")
    with server(folder, wanted):
        assert await occupants(folder, until=lambda found: not found) == {}


async def test_a_worker_that_is_no_process_of_any_server_is_not_doubled(
    folder: DataFolder,
) -> None:
    slot = folder.root / "slots" / "slow" / "0.lock"
    slot.parent.mkdir(parents=True)
    stranger = folder.start_worker(mip_slot=str(slot), mip_slot_stamp="by hand")
    with stranger:
        try:
            await occupants(folder, until=lambda found: len(found) == 1)
            with server(folder, record(count=1)):
                found = await occupants(
                    folder, until=lambda found: bool(found) and found[0].pid != stranger.pid
                )
                assert await ends(stranger) in {0, -signal.SIGTERM}
                assert found[0].stamp != "by hand"
                occupant = await anyio.to_thread.run_sync(occupant_of, slot)
                assert occupant == found[0]
        finally:
            stranger.kill()


def worker_processes(folder: DataFolder) -> set[int]:
    """Return the processes of workers, without their children."""
    found = set()
    for pid in folder.processes():
        with suppress(OSError):
            if Path(f"/proc/{pid}/cmdline").read_bytes().endswith(b"-m\0mip.worker\0"):
                found.add(pid)
    return found


def started_for(attempt: str, workers: set[int]) -> set[int]:
    """Return those of these processes whose record said which try it is for."""
    found = set()
    for pid in workers:
        with suppress(OSError):
            if f"TRY={attempt}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                found.add(pid)
    return found


async def test_servers_killed_at_any_moment_leave_one_worker_in_each_slot(
    folder: DataFolder,
) -> None:
    for number, tenths in enumerate((0, 4, 8, 12, 18, 24)):
        wanted = record(count=1 + number % 2, env={"MIP_DRAIN_SECONDS": "0", "TRY": f"{tenths}"})
        with server(folder, wanted) as process:
            assert process.stdout is not None
            await anyio.to_thread.run_sync(process.stdout.readline)
            await anyio.sleep(tenths / 10)  # the moment that is tried
            process.kill()
    with server(folder, record(count=2, env={"TRY": "last"})) as process:
        with anyio.fail_after(120.0):
            while True:
                living = await occupants(folder, until=lambda found: len(found) == 2)
                workers = worker_processes(folder)
                if (
                    workers
                    == {each.pid for each in living.values()}
                    == started_for("last", workers)
                ):
                    break
                await anyio.sleep(0.05)  # other processes cannot set our event
        process.send_signal(signal.SIGTERM)
        assert await ends(process) == 0
    assert folder.processes() == []
