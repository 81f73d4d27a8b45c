"""Health tells of disks that refuse writes and of folders of images that are away."""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from typing import TYPE_CHECKING, NoReturn

import pytest

from mip.clock import SystemClock
from mip.pacs import open_pacs
from mip.server import probes
from mip.server.probes import Probes

from .house import open_house

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("no_blocking")


async def made(root: Path) -> Probes:
    for name in ("data", "results", "pacs"):
        (root / name).mkdir()
    pacs = await open_pacs(f"folder:{root / 'pacs'}", clock=SystemClock())
    return Probes(data=root / "data", results=root / "results", pacs=pacs)


async def test_what_answers_is_no_trouble_and_nothing_is_left_behind(tmp_path: Path) -> None:
    looked = await made(tmp_path)
    assert await looked() == []
    assert list((tmp_path / "data").iterdir()) == []


async def test_a_full_disk_takes_no_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = await made(tmp_path)

    def full(**options: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    [first, second] = await looked()
    assert first == (
        "the disk refuses writes (No space left on device); no job is taken",
        "unhealthy",
    )
    assert second == ("the disk of results refuses writes (No space left on device)", "degraded")


async def test_a_disk_that_hangs_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = await made(tmp_path)
    mounted = threading.Event()
    monkeypatch.setattr(probes, "PROBE_SECONDS", 0.05)
    monkeypatch.setattr(probes, "_refusal", lambda _: "" if mounted.wait(30.0) else "never")
    try:
        for _ in range(2):  # The second look finds the thread taken.
            assert await looked() == [("a disk does not answer", "unhealthy")]
    finally:
        mounted.set()


async def test_health_tells_of_a_folder_of_images_that_is_away(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        (tmp_path / "pacs").rename(tmp_path / "elsewhere")
        answer = await house.http.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["problems"] == [
        "the folder of the PACS is not there; mount it again; its jobs wait"
    ]


async def test_health_is_unhealthy_when_the_data_folder_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "_refusal", lambda folder: "" if folder != tmp_path else "full")
    async with open_house(tmp_path) as house:
        answer = await house.http.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
