"""The roof over what works in the background: one defect must not end the server."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import anyio

from ..telemetry import fields

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 5.0


async def keep_running(work: Callable[[], Awaitable[object]], *, name: str) -> None:
    """Do some work to its end, and begin it anew, after a pause, whenever it fails.

    Parameters
    ----------
    work : callable
        Begins it; what it fails of was not expected, for it handles all that may happen.
    name : str
        Under which the log tells of it.
    """
    while True:
        try:
            await work()
        except Exception:
            log.exception("server.task_failed", extra=fields(task=name))
        else:
            return
        await anyio.sleep(PAUSE_SECONDS)
