"""Publishes and announces what a crash left on record only, also where no worker runs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import anyio

from ..contracts import request_queue
from ..errors import MipError, QueueNotFoundError
from ..telemetry import fields

if TYPE_CHECKING:
    from ..clock import Clock
    from ..control import Admin
    from ..outbox import Outbox
    from ..state import WorkerStore
    from ..worker.retention import Retention

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 5.0
OLDER_THAN_SECONDS: Final = 5.0
"""Younger records are most likely still in somebody's hands."""
PAGE: Final = 100


SILENT_SECONDS: Final = 86_400.0
"""A worker that has not been heard of for a day was killed, and is forgotten."""


async def sweep_for_ever(
    outbox: Outbox, admin: Admin, *, retention: Retention, workers: WorkerStore, clock: Clock
) -> None:
    """Sweep until cancelled; what fails now is found again by the next sweep."""
    while True:
        try:
            await outbox.sweep(older_than_seconds=OLDER_THAN_SECONDS)
            await _rescue(outbox, admin)
            await retention.purge()
            await workers.forget_silent(before=clock.now() - SILENT_SECONDS)
        except MipError as error:
            log.warning("sweep.failed", extra=fields(code=error.code))
        await anyio.sleep(PAUSE_SECONDS)


async def _rescue(outbox: Outbox, admin: Admin) -> None:
    after = None
    while records := await admin.records(limit=PAGE, after=after):
        after = records[-1].algorithm_id
        for record in records:
            try:
                queue = request_queue(record.algorithm_id)
                await outbox.rescue(queue, algorithm_id=record.algorithm_id)
            except QueueNotFoundError:
                continue  # not provisioned yet
