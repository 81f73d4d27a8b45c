"""A real ``mip serve``, started, spoken to and ended as its users do."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from mip.settings import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MIP = Path(sys.executable).parent / "mip"
KEY = "k"
ADMIN = {"x-admin-key": KEY}
START_SECONDS = 60
END_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Served:
    """A server that takes calls; ``told`` is what it printed when it began to."""

    process: subprocess.Popen[str]
    told: dict[str, Any]
    http: httpx.Client

    @property
    def address(self) -> str:
        return str(self.told["address"])

    def stop(self) -> int:
        """Send SIGTERM; return the exit code."""
        self.process.terminate()
        return self.process.wait(END_SECONDS)

    def until_active(self, *names: str) -> None:
        until(
            lambda: all(
                self.http.get(f"/algorithms/{name}", headers=ADMIN).json()["status"] == "ACTIVE"
                for name in names
            )
        )


@contextmanager
def serving(
    data: Path, *arguments: str, verify: Any = True, **environment: str
) -> Iterator[Served]:
    """Start a server on a free port, and end it whatever happens."""
    command = [str(MIP), "serve", *arguments, "--data", str(data), "--port", "0", "--json"]
    environ = child_environment({"MIP_ADMIN_KEY": KEY, **environment})
    log = data.parent / f"{data.name}.log"
    with (
        log.open("ab") as file,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=file, env=environ, text=True
        ) as process,
    ):
        watchdog = threading.Timer(START_SECONDS, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            watchdog.cancel()
            assert line, log.read_text()
            told = json.loads(line)
            with httpx.Client(base_url=told["address"], verify=verify, timeout=30) as http:
                yield Served(process=process, told=told, http=http)
        finally:
            watchdog.cancel()
            end(process)


def end(process: subprocess.Popen[str]) -> None:
    """Ask a process to end, and then see to it."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def until(is_true: Callable[[], bool], *, seconds: float = 60) -> None:
    """Look again and again until something is so."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def processes_of(data: Path) -> dict[int, str]:
    """Return the processes whose environment or command line names a data folder."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            if str(data).encode() in (process / "environ").read_bytes() + command:
                found[int(process.name)] = command.decode().replace("\0", " ")
        except OSError:
            continue
    return found


def workers_of(data: Path) -> set[int]:
    return {pid for pid, line in processes_of(data).items() if " -m mip.worker " in line}
