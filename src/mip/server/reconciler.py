"""Brings what runs in line with what is on record: when asked, and again and again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import anyio

from ..errors import MipError
from ..telemetry import fields

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from ..control import Admin

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 2.0
"""Between two looks at all records: what no call asked for, as a worker that died, is mended so."""
PAGE: Final = 100


class Reconciler:
    """Works on every algorithm's record until it is in line; :meth:`wake` asks for it now.

    Algorithms are independent: one that takes long, or fails, holds up no other.
    """

    def __init__(self, admin: Admin, *, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._admin = admin
        self._pause_seconds = pause_seconds
        self._asked = anyio.Event()
        self._busy: set[str] = set()

    def wake(self) -> None:
        """Look at the records now."""
        self._asked.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with anyio.create_task_group() as tasks:
            while True:
                self._asked = anyio.Event()
                try:
                    await self._look(tasks)
                except MipError as error:  # records that do not answer may do so at the next look
                    log.warning("reconcile.failed", extra=fields(code=error.code))
                with anyio.move_on_after(self._pause_seconds):
                    await self._asked.wait()

    async def _look(self, tasks: TaskGroup) -> None:
        after = None
        while records := await self._admin.records(limit=PAGE, after=after):
            after = records[-1].algorithm_id
            for record in records:
                if record.algorithm_id not in self._busy:
                    self._busy.add(record.algorithm_id)
                    tasks.start_soon(self._reconcile, record.algorithm_id)

    async def _reconcile(self, algorithm_id: str) -> None:
        asked = self._asked
        try:
            await self._admin.reconcile(algorithm_id)
        except MipError as error:
            log.warning("reconcile.failed", extra=fields(algorithm=algorithm_id, code=error.code))
        finally:
            self._busy.discard(algorithm_id)
        if asked.is_set():  # perhaps for what this call had read before
            self.wake()
