"""A real PACS for tests: Orthanc on loopback, in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "orthanc"
KEY = "mip:mip-secret"
START_SECONDS = 60.0


class Orthanc:
    """One server on one folder; ``start`` and ``kill`` as often as wanted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]

    @property
    def url(self) -> str:
        return f"dicomweb:http://127.0.0.1:{self._port}/dicom-web"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._folder.mkdir(exist_ok=True)
        with (self._folder / "orthanc.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, SCRIPT, self._folder, "--port", str(self._port)],
                stdout=log,
                stderr=log,
            )
        transport = httpx.HTTPTransport(retries=7)  # with growing pauses, half a minute in all
        with httpx.Client(transport=transport, timeout=START_SECONDS, trust_env=False) as client:
            url = f"http://127.0.0.1:{self._port}/system"
            answer = client.get(url, auth=("mip", "mip-secret"))
        assert answer.status_code == 200

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=20)
            self._process = None


def require() -> None:
    """Skip where there is no Orthanc; but never in CI."""
    command = [sys.executable, str(SCRIPT)]
    if subprocess.run(command, check=False, timeout=20).returncode == 0:
        return
    reason = "Orthanc is not installed: scripts/orthanc --install"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
