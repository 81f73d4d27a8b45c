"""Makes the world agree with the registry: at the start, after every change, and on news."""

from __future__ import annotations

import logging
import random
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio

from ...contracts import canonical_algorithm_id
from ...errors import MipError
from ...telemetry import fields

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from ...control import Admin

log = logging.getLogger(__name__)

PAGE: Final = 100
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 60.0
ORPHANS_SECONDS: Final = 60.0
"""How often jobs are looked for that nobody would end: their algorithm was deleted while they were
submitted, or they are to stop and their worker is gone."""


class Reconciler:
    """Calls :meth:`mip.control.Admin.reconcile` for whoever needs it, one call at a time each.

    ``wake`` may be called before ``run``, from any task, as often as one likes.
    """

    def __init__(self) -> None:
        self._waiting: set[str] = set()
        self._busy: set[str] = set()
        self._woken = anyio.Event()

    def wake(self, algorithm_id: str) -> None:
        """Have an algorithm reconciled soon; what happens during a call leads to another one."""
        self._waiting.add(canonical_algorithm_id(algorithm_id))
        self._woken.set()

    async def run(
        self, admin: Admin, *, end_strays: Callable[[Collection[str]], None] | None = None
    ) -> None:
        """Reconcile until cancelled, every algorithm on record first.

        Parameters
        ----------
        admin : Admin
            Does the work.
        end_strays : callable, optional
            Told once which algorithms are on record, to end the workers of all others.
        """
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._start, admin, end_strays)
            tasks.start_soon(self._cancel_orphans, admin)
            while True:
                self._woken = anyio.Event()
                for algorithm_id in self._waiting - self._busy:
                    self._busy.add(algorithm_id)
                    tasks.start_soon(self._work, admin, algorithm_id)
                await self._woken.wait()

    async def _start(
        self, admin: Admin, end_strays: Callable[[Collection[str]], None] | None
    ) -> None:
        async def look() -> None:
            known = await _ids(admin)
            for algorithm_id in known:
                self.wake(algorithm_id)
            if end_strays is not None:
                end_strays(known)

        await _until_done(look, what="all")

    async def _work(self, admin: Admin, algorithm_id: str) -> None:
        try:
            while algorithm_id in self._waiting:
                self._waiting.discard(algorithm_id)
                await _until_done(partial(admin.reconcile, algorithm_id), what=algorithm_id)
        finally:
            self._busy.discard(algorithm_id)

    async def _cancel_orphans(self, admin: Admin) -> None:
        while True:
            try:
                await admin.cancel_orphans(older_than_seconds=ORPHANS_SECONDS)
                await admin.cancel_abandoned()
            except MipError as error:
                log.warning("orphans.not_cancelled", extra=fields(code=error.code))
            await anyio.sleep(ORPHANS_SECONDS)


async def _until_done(work: Callable[[], Awaitable[object]], *, what: str) -> None:
    """Try until services answer; what waiting does not help is logged, and given up."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            await work()
        except MipError as error:
            log.warning("algorithm.not_reconciled", extra=fields(algorithm=what, code=error.code))
            if not error.retryable:
                return
            await anyio.sleep(pause * (0.5 + random.random() / 2))  # noqa: S311 - jitter
            pause = min(LONGEST_PAUSE_SECONDS, 2 * pause)
        else:
            return


async def _ids(admin: Admin) -> list[str]:
    ids: list[str] = []
    after = None
    while page := await admin.records(limit=PAGE, after=after):
        ids += [record.algorithm_id for record in page]
        after = page[-1].algorithm_id
    return ids
