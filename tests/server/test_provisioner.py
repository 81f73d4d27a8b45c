"""Real workers, as their algorithm's record wants them."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import pytest

from mip.contracts import request_queue
from mip.errors import AlgorithmCrashedError, AlgorithmInactiveError, SettingsError
from mip.server.provisioner import LocalProvisioner, crashes, keeper, local, logs
from mip.worker import ChildPool
from tests.faults.site import CLIENT, Services, until, wait_finished
from tests.faults.site import Site as DataFolder
from tests.server.workers_house import House, make_folder, occupants, opened, site_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mip.contracts import AlgorithmSpec

pytestmark = pytest.mark.usefixtures("no_blocking")

ALGORITHM = "slow"
BROKEN = """
import mip

raise RuntimeError("the model is missing")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    folder = make_folder(tmp_path / "site")
    yield folder
    folder.clear()


async def until_empty(house: House) -> None:
    """Wait until the queue holds no job: a result is there before its message is settled."""
    with anyio.fail_after(60.0):
        while True:
            depth = await house.transport.depth(request_queue(ALGORITHM))
            if not depth.waiting + depth.in_flight:
                return
            await anyio.sleep(0.02)  # another process settles it


async def submit(house: House, job_id: str) -> None:
    request = house.folder.request(job_id, index=0, milliseconds=1)
    await house.router.submit(ALGORITHM, request)


async def test_a_registered_algorithm_runs_is_scaled_restarted_and_replaced(
    folder: DataFolder,
) -> None:
    async with opened(folder) as house:
        await house.register()
        record = await house.until("ACTIVE")
        assert (record.version, record.scope) == ("1.0.0", "image")
        assert record.parameters is not None
        assert record.resource_status.queue_url.endswith(f"#{request_queue(ALGORITHM)}")
        [first] = (await house.occupants(until=lambda found: len(found) == 1)).values()

        await house.scale(3)
        await house.settled()
        three = await house.occupants(until=lambda _: True)
        assert len(three) == 3
        assert three[0] == first
        assert len({each.pid for each in three.values()}) == 3

        os.kill(three[1].pid, signal.SIGKILL)
        again = await house.occupants(
            until=lambda found: len(found) == 3 and found[1].pid != three[1].pid
        )
        assert (again[0], again[2]) == (three[0], three[2])

        house.registry.statuses.clear()
        await house.patch(env={"MIP_DRAIN_SECONDS": 5, "EXTRA_DEBUG": "1"})
        stamps = {each.stamp for each in again.values()}
        await house.settled()
        replaced = await house.occupants(until=lambda _: True)
        assert len(replaced) == 3
        assert not stamps & {each.stamp for each in replaced.values()}
        assert not {each.pid for each in replaced.values()} & {each.pid for each in again.values()}
        assert set(house.registry.statuses) == {"ACTIVE"}, "it took jobs all the time"
    assert folder.processes() == []


async def test_scaled_to_zero_it_keeps_its_jobs_and_deleted_it_leaves_nothing(
    folder: DataFolder,
) -> None:
    async with opened(folder) as house:
        await house.register(env={"MIP_DRAIN_SECONDS": 5, "MIP_CONCURRENCY": 1})
        await house.until("ACTIVE")
        await house.delete()
        await house.until("SCALED_DOWN")
        assert folder.processes() == []
        with pytest.raises(AlgorithmInactiveError):
            await submit(house, "refused")
        await house.scale(1)
        await house.until("ACTIVE")
        await submit(house, "job")
        services = Services(house.transport, house.jobs, house.outbox)
        await wait_finished(services, 1, seconds=60.0)
        [result] = await house.jobs.results_after(CLIENT, 0)
        assert result.status == "succeeded"
        await until_empty(house)
        await house.delete(hard=True)
        await house.until("DELETED")
        assert folder.processes() == []
        assert not (folder.root / "slots" / ALGORITHM).exists()
        assert request_queue(ALGORITHM) not in await house.transport.queues()


async def test_code_that_does_not_load_is_an_error_in_words(
    folder: DataFolder, tmp_path: Path
) -> None:
    code = tmp_path / "broken.py"
    code.write_text(BROKEN)
    async with opened(folder) as house:
        await house.register(image_uri=f"file:{code}")
        record = await house.until("ERROR")
        assert "algorithm.invalid" in record.last_error
        assert "RuntimeError at line 4 of broken.py" in record.last_error
        assert "the model is missing" not in record.last_error
        assert folder.processes() == []


async def test_a_child_that_dies_once_does_not_condemn_the_code(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "DESCRIBE_PAUSES", (0.0,))
    errors: list[Exception] = [AlgorithmCrashedError("the child was killed")]

    class Dying(ChildPool):
        async def describe(self) -> AlgorithmSpec:
            if errors:
                raise errors.pop()
            return await super().describe()

    monkeypatch.setattr(local, "ChildPool", Dying)
    async with opened(folder) as house:
        await house.register()
        await house.until("ACTIVE")
        assert errors == []
        assert "ERROR" not in house.registry.statuses


async def test_code_whose_child_always_dies_is_an_error(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "DESCRIBE_PAUSES", (0.0,))

    class Dying(ChildPool):
        async def describe(self) -> AlgorithmSpec:
            raise AlgorithmCrashedError("the child was killed")

    monkeypatch.setattr(local, "ChildPool", Dying)
    async with opened(folder) as house:
        await house.register()
        record = await house.until("ERROR")
        assert "algorithm.crashed" in record.last_error


async def test_code_under_the_id_of_another_is_an_error(folder: DataFolder) -> None:
    async with opened(folder) as house:
        await house.register(image_uri="python:mip.algorithms.window:window")
        record = await house.until("ERROR")
        assert "the code is window, and was registered as slow" in record.last_error


async def test_a_worker_that_cannot_start_is_an_error_with_its_last_words(
    folder: DataFolder,
) -> None:
    async with opened(folder, pacs_url="nowhere:") as house:
        await house.register()
        record = await house.until("ERROR")
        assert record.last_error.startswith("worker 0 cannot start: ")
        assert "nowhere:" in record.last_error
        assert "logs/slow-0.log" in record.last_error
        await house.occupants(until=lambda found: not found)
        # It is tried anew when somebody asks for it, and tells again.
        house.registry.statuses.clear()
        await house.scale(1)
        await house.registry.wait(
            ALGORITHM,
            until=lambda record: house.registry.statuses[-1:] == ["ERROR"],
        )
        assert "PROVISIONING" in house.registry.statuses


async def test_workers_that_die_again_and_again_are_told_of_and_started_again(
    folder: DataFolder, monkeypatch
) -> None:
    monkeypatch.setattr(crashes, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(keeper, "QUICK_SECONDS", 3.0)
    async with opened(folder) as house:
        await house.register()
        await house.until("ACTIVE")
        killed: set[int] = set()
        for _ in range(5):
            [worker] = (
                await house.occupants(
                    until=lambda found: bool(found) and found[0].pid not in killed
                )
            ).values()
            killed.add(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)
        record = await house.registry.wait(ALGORITHM, until=lambda record: bool(record.last_error))
        assert record.status == "ACTIVE"
        assert "worker 0 ended 5 times in a row" in record.last_error
        assert "SIGKILL" in record.last_error
        await house.registry.wait(ALGORITHM, until=lambda record: not record.last_error)
        assert len(await house.occupants(until=lambda found: len(found) == 1)) == 1


async def test_workers_of_one_folder_have_one_server(folder: DataFolder) -> None:
    async with opened(folder):
        with pytest.raises(SettingsError, match="another server"):
            async with LocalProvisioner(site_of(folder), news=lambda _: None):
                pytest.fail("two servers look after the same workers")


async def test_a_provisioner_works_within_its_block_only(folder: DataFolder) -> None:
    async with opened(folder) as house:
        await house.register()
        record = await house.until("ACTIVE")
    provisioner = LocalProvisioner(site_of(folder), news=lambda _: None)
    with pytest.raises(RuntimeError, match="async with"):
        await provisioner.ensure(record)


async def test_more_workers_than_a_machine_runs_are_an_error(folder: DataFolder) -> None:
    async with opened(folder) as house:
        await house.register(desired_count=257)
        record = await house.until("ERROR")
        assert "at most 256 workers" in record.last_error
        assert folder.processes() == []


async def test_workers_that_are_there_already_are_looked_after(folder: DataFolder) -> None:
    slots = folder.root / "slots" / ALGORITHM
    slots.mkdir(parents=True)
    (slots / "notes.lock").touch()
    strangers = [
        folder.start_worker(mip_slot=str(slots / f"{number}.lock"), mip_slot_stamp="by hand")
        for number in (0, 4)
    ]
    try:
        await occupants(folder, until=lambda found: len(found) == 2)
        async with opened(folder) as house:
            await house.register()
            found = await house.occupants(
                until=lambda found: set(found) == {0} and found[0].pid != strangers[0].pid
            )
            assert found[0].stamp != "by hand"
            await house.until("ACTIVE")
    finally:
        for stranger in strangers:
            stranger.kill()
            await anyio.to_thread.run_sync(stranger.wait)


async def test_a_server_that_stops_hands_back_what_takes_too_long(
    folder: DataFolder, monkeypatch
) -> None:
    monkeypatch.setattr(local, "FINISH_SECONDS", 0.1)
    runs = folder.root / "runs"
    async with opened(folder) as house:
        await house.register(env={"MIP_DRAIN_SECONDS": 60})
        await house.until("ACTIVE")
        request = folder.request("long", index=0, milliseconds=60_000, runs=str(runs))
        await house.router.submit(ALGORITHM, request)
        await until(runs.exists, seconds=60.0)
    assert folder.processes() == []
    async with folder.open() as services:
        depth = await services.transport.depth(folder.queue)
        [job] = await services.jobs.jobs()
    assert (depth.waiting, depth.in_flight) == (1, 0)
    assert (job.state, job.releases, job.crashes) == ("queued", 1, 0)


async def test_logs_are_bounded_while_workers_live(folder: DataFolder, monkeypatch) -> None:
    monkeypatch.setattr(local, "BOUND_LOGS_SECONDS", 0.05)
    log = folder.root / "logs" / f"{ALGORITHM}-0.log"
    async with opened(folder) as house:
        await house.register()
        await house.until("ACTIVE")
        monkeypatch.setattr(logs, "MAX_BYTES", 10)
        await until(lambda: log.with_name(f"{log.name}.1").exists(), seconds=60.0)
        assert log.stat().st_size <= 10


async def test_a_system_that_cannot_watch_is_refused(folder: DataFolder, monkeypatch) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    with pytest.raises(SettingsError, match="expected Linux"):
        async with LocalProvisioner(site_of(folder), news=lambda _: None):
            pytest.fail("it cannot look after workers that it did not start")
