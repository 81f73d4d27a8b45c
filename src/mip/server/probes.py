"""Tries what everything depends on and no record tells of: disks, and folders of images.

What does not answer is told in words for anybody, without paths.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Final

import anyio
import anyio.to_thread

from ..control import Trouble
from ..errors import PacsError
from ..pacs.folder import FolderPacs
from ..pacs.named import NamedPacs

if TYPE_CHECKING:
    from pathlib import Path

    from ..pacs import Pacs

PROBE_BYTES: Final = 64 * 1024
"""More than a job's record and message take, so that jobs are refused when this is, or later."""
PROBE_SECONDS: Final = 3.0
"""Longer than a disk that works takes, and shorter than a load balancer waits for an answer."""


class Probes:
    """Troubles of the disks and of the folder of images, as :class:`mip.control.Health` asks.

    Parameters
    ----------
    data : Path
        Folder that must be writable for any job to be taken.
    results : Path or None
        Folder that must be writable for jobs to have results; None when they are in none.
    pacs : Pacs
        Folders among its servers must be there. Those behind a network are not asked.
    """

    def __init__(self, *, data: Path, results: Path | None, pacs: Pacs) -> None:
        self._data = data
        self._results = results
        servers = [*pacs.servers.values()] if isinstance(pacs, NamedPacs) else [pacs]
        self._folders = [each for each in servers if isinstance(each, FolderPacs)]
        # One thread, which a mount that hangs may keep: the next look finds it taken and says so.
        self._thread = anyio.CapacityLimiter(1)

    async def __call__(self) -> list[Trouble]:
        """Look once; this takes some milliseconds, and a few seconds when a disk hangs."""
        with anyio.move_on_after(PROBE_SECONDS):
            return await anyio.to_thread.run_sync(
                self._look, abandon_on_cancel=True, limiter=self._thread
            )
        return [Trouble("a disk does not answer", "unhealthy")]

    def _look(self) -> list[Trouble]:
        found = []
        if reason := _refusal(self._data):
            found.append(
                Trouble(f"the disk refuses writes ({reason}); no job is taken", "unhealthy")
            )
        if self._results is not None and (reason := _refusal(self._results)):
            found.append(Trouble(f"the disk of results refuses writes ({reason})", "degraded"))
        for folder in self._folders:
            try:
                folder.check()
            except PacsError as error:
                found.append(Trouble(f"{error}; its jobs wait", "degraded"))
        return found


def _refusal(folder: Path) -> str:
    """Return why nothing can be written in a folder; empty when it can."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            written = file.write(bytes(PROBE_BYTES))
    except OSError as error:
        return error.strerror or type(error).__name__
    return "" if written == PROBE_BYTES else "no space left"
