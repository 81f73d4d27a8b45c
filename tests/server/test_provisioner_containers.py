"""Images under a container program, as far as that can be told without one."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.site import until
from tests.server.workers_house import make_folder, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.site import Site as DataFolder

pytestmark = pytest.mark.usefixtures("no_blocking")

IMAGE = "registry.example.com/slow:1"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    folder = make_folder(tmp_path / "site")
    yield folder
    folder.clear()


@pytest.fixture
def docker(tmp_path: Path, monkeypatch) -> Path:
    """A program that is called docker; returns its folder."""
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    text = (Path(__file__).parent / "fake_docker.py").read_text()
    program.write_text(f"#!{sys.executable}\n{text}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    return program.parent


def calls(docker: Path) -> list[str]:
    path = docker / "calls"
    return path.read_text().splitlines() if path.exists() else []


def containers(docker: Path) -> list[str]:
    return sorted(path.name for path in (docker / "containers").glob("*"))


async def until_run(docker: Path, *, after: int) -> None:
    """Wait until there is one container, and so many calls were made."""
    await until(lambda: len(calls(docker)) == after and len(containers(docker)) == 1, seconds=60.0)


async def test_a_container_is_run_in_a_slot_replaced_when_killed_and_stopped(
    folder: DataFolder, docker: Path
) -> None:
    async with opened(folder) as house:
        await house.register(image_uri=IMAGE, runtime="foreign", command=["/app/run"])
        record = await house.until("ACTIVE")
        assert (record.version, record.digest) == ("1.0.0", "")
        assert record.resource_status.task_definition == IMAGE
        [occupant] = (await house.occupants(until=lambda found: len(found) == 1)).values()
        await until_run(docker, after=2)
        [name] = containers(docker)
        assert name == occupant.worker
        assert (docker / "containers" / name).read_text() == "slow"
        removed, run = calls(docker)
        assert removed == f"rm --force {name}"
        assert run.startswith(f"run --rm --name {name} ")
        assert run.endswith(f" {IMAGE} /app/run")
        # The container of a killed process is left, and removed before there is another.
        os.kill(occupant.pid, signal.SIGKILL)
        await house.occupants(until=lambda found: 0 in found and found[0].pid != occupant.pid)
        await until_run(docker, after=4)
        await house.scale(0)
        await house.until("SCALED_DOWN")
        assert calls(docker)[-1] == f"stop --time 30 {name}"
        assert containers(docker) == []
        assert folder.processes() == []


async def test_an_image_that_is_not_there_is_an_error_with_the_remedy(
    folder: DataFolder, docker: Path
) -> None:
    async with opened(folder) as house:
        await house.register(image_uri="absent:1")
        record = await house.until("ERROR")
        assert "exit code 125" in record.last_error
        assert "check that its service runs" in record.last_error
        assert "docker" in record.last_error


async def test_without_a_container_program_the_record_says_what_to_do(
    folder: DataFolder, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("docker") is None
    async with opened(folder) as house:
        await house.register(image_uri=IMAGE)
        record = await house.until("ERROR")
        assert "neither docker nor podman is here" in record.last_error
        assert "threshold-filter" in record.last_error
        assert folder.processes() == []
