"""Run a worker or a submitter that kills itself with SIGKILL at one named point.

``python -m tests.faults.crashing worker JobStore.finish:before`` runs a worker until
the first call of that method is about to be made, and dies there; ``:after`` dies when the call
has taken effect and its caller does not know yet.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from mip.settings import worker_settings
from mip.state.sqlite import SqliteJobStore
from mip.storage.folder import FolderStore
from mip.transport.queues import LedgerTransport
from mip.worker.service import run_worker
from tests.faults.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable

CLASSES = {"JobStore": SqliteJobStore, "ObjectStore": FolderStore, "Transport": LedgerTransport}

WORKER_POINTS = [
    f"{call}:{when}"
    for call in (
        "Transport.receive",
        "JobStore.start",
        "ObjectStore.put",
        "JobStore.finish",
        "Transport.publish",
        "JobStore.mark_announced",
        "Transport.settle",
    )
    for when in ("before", "after")
]
SUBMIT_POINTS = [
    f"{call}:{when}"
    for call in ("JobStore.submit", "Transport.publish", "JobStore.mark_published")
    for when in ("before", "after")
]


def _is_meant(call: str, arguments: dict[str, Any], answer: object) -> bool:
    """Tell the calls of a job's path from those of the keeper and of an idle worker."""
    if call == "Transport.settle":
        return bool(arguments.get("acks"))
    if call == "Transport.receive":
        return answer is None or bool(answer)
    return True


def arm(point: str) -> None:
    """Make this process die at ``point``."""
    call, when = point.split(":")
    class_name, method = call.split(".")
    kind = CLASSES[class_name]
    original: Callable[..., Any] = getattr(kind, method)

    @functools.wraps(original)
    async def dying(*args: Any, **kwargs: Any) -> Any:
        if when == "before" and _is_meant(call, kwargs, None):
            os.kill(os.getpid(), signal.SIGKILL)
        answer = await original(*args, **kwargs)
        if _is_meant(call, kwargs, answer):
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(kind, method, dying)


async def _submit(root: Path, name: str) -> None:
    site = Site(root)
    async with site.open() as services:
        await services.outbox.submit(site.request(name), site.spec("index"))


def main() -> int:
    """Arm the point, then do the whole work; only a point that is never reached returns."""
    role, point = sys.argv[1:3]
    arm(point)
    if role == "worker":
        return run_worker(worker_settings())
    anyio.run(_submit, Path(sys.argv[3]), sys.argv[4])
    return 0


if __name__ == "__main__":
    sys.exit(main())
