"""A worker on a folder of damaged and hostile files: one result each, and nothing else happens."""

from __future__ import annotations

import os
import shutil
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
import pytest
from pydicom.data import get_testdata_file

from mip.testing.dicom import write_damaged
from tests.faults.site import CLIENT, MemoryWatch, Site, submit_all, terminate, wait_finished

if TYPE_CHECKING:
    from mip.contracts import Result

MIB = 1024**2
CHILD_MEMORY_MIB = 256
"""Beyond what a child takes to begin with, which is less than 150 MiB."""

NOT_FOUND = "pacs.instance_not_found"


@dataclass
class Outcome:
    """What one worker made of the folder."""

    expected: dict[str, str | None]
    results: dict[str, Result]
    dead_letters: int
    log: str
    lived: bool
    worker_peak: int
    child_peak: int
    children: int


def write_hostile(site: Site) -> dict[str, str | None]:
    """Put what is no image file, or no file, into the PACS folder; return the codes to come."""
    pacs, whole = site.pacs, (site.pacs / "ct.dcm").read_bytes()
    outside = site.root / "outside.dcm"
    outside.write_bytes(whole)
    (pacs / "link-out.dcm").symlink_to(outside)
    (pacs / "link-to-zeros.dcm").symlink_to("/dev/zero")
    (pacs / "link-nowhere.dcm").symlink_to(pacs / "gone.dcm")
    (pacs / "link-to-itself.dcm").symlink_to(pacs / "link-to-itself.dcm")
    (pacs / "link-within.dcm").symlink_to(pacs / "ct.dcm")
    os.mkfifo(pacs / "pipe.dcm")
    (pacs / "folder.dcm").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(pacs / "socket.dcm"))
    for name, head in (("sparse-zeros.dcm", b""), ("sparse-tail.dcm", whole)):
        with (pacs / name).open("wb") as file:
            file.write(head)
            file.truncate(20 * 1024**3)
    shutil.copyfile(str(get_testdata_file("DICOMDIR")), pacs / "DICOMDIR")
    return {
        "link-out.dcm": NOT_FOUND,
        "link-to-zeros.dcm": NOT_FOUND,
        "link-nowhere.dcm": NOT_FOUND,
        "link-to-itself.dcm": NOT_FOUND,
        "link-within.dcm": None,
        "pipe.dcm": NOT_FOUND,
        "folder.dcm": NOT_FOUND,
        "socket.dcm": NOT_FOUND,
        "never-there.dcm": NOT_FOUND,
        "ct.dcm/inside": NOT_FOUND,
        "x" * 300: NOT_FOUND,
        "sparse-zeros.dcm": "dicom.too_large",
        "sparse-tail.dcm": "dicom.too_large",
        "DICOMDIR": "dicom.not_an_image",
    }


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    site = Site(tmp_path_factory.mktemp("damaged") / "site").prepare()
    expected: dict[str, str | None] = {
        path.name: code for path, code in write_damaged(site.pacs).items()
    }
    expected |= write_hostile(site)
    return anyio.run(work, site, expected)


async def work(site: Site, expected: dict[str, str | None]) -> Outcome:
    watch = MemoryWatch(site)
    async with site.open() as services:
        requests = [
            site.request(f"job-{index}", image=name, index=index)
            for index, name in enumerate(expected)
        ]
        await submit_all(site, services, requests)
        worker = site.start_worker(mip_memory_mib=CHILD_MEMORY_MIB, mip_concurrency=1)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(watch.run)
                await wait_finished(services, len(expected), seconds=120.0)
                tasks.cancel_scope.cancel()
            watch.look()
            lived = worker.poll() is None
        finally:
            await anyio.to_thread.run_sync(terminate, worker)
        results = await services.jobs.results_after(CLIENT, 0)
        dead = await services.transport.dead_letters(site.queue, limit=1000)
    assert len(results) == len(expected)
    children = {pid: peak for pid, peak in watch.peaks.items() if pid != worker.pid}
    names = list(expected)
    return Outcome(
        expected=expected,
        results={names[int(result.job_id.split("-")[1])]: result for result in results},
        dead_letters=len(dead),
        log=site.log(),
        lived=lived,
        worker_peak=watch.peaks[worker.pid],
        child_peak=max(children.values()),
        children=len(children),
    )


def test_each_file_ends_in_one_result_with_its_stable_code(outcome: Outcome) -> None:
    found = {
        name: result.error.code if result.error else None
        for name, result in outcome.results.items()
    }
    assert found == outcome.expected


def test_each_failure_is_one_dead_letter(outcome: Outcome) -> None:
    failures = [code for code in outcome.expected.values() if code is not None]
    assert outcome.dead_letters == len(failures)


def test_the_worker_lives_and_loses_no_lease(outcome: Outcome) -> None:
    assert outcome.lived
    assert outcome.log.count("worker.started") == 1
    assert "lease.lost" not in outcome.log
    assert "lease.renewal_failed" not in outcome.log


def test_memory_stays_within_its_limit(outcome: Outcome) -> None:
    assert outcome.worker_peak < 120 * MIB
    assert outcome.child_peak < (150 + CHILD_MEMORY_MIB) * MIB


def test_nothing_but_a_dying_decoder_costs_a_child(outcome: Outcome) -> None:
    assert outcome.children == 1 + outcome.log.count("child.died")
