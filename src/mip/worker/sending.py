"""Send what a job made to a PACS, when it is stored and before the job ends.

So a job that succeeded is in the PACS, and one that the PACS refuses says so. A worker that dies
in between sends again what the PACS then has already: an instance is known by its UID, which
follows from its content.

An archive that is away is waited for here, with the objects as they are: computing them again for
each try would cost more than the wait.
"""

from __future__ import annotations

import logging
import shutil
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from ..errors import MipError, PacsError, PacsRefusedError, StorageError
from ..pacs import SOURCE, check_archives, find_archive
from . import policy
from .joblog import job_fields

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from ..clock import Clock
    from ..contracts import Job, Output
    from ..pacs import Archive, Pacs, Sent
    from ..storage import ObjectStore
    from .holds import Capacity
    from .options import WorkerOptions

log = logging.getLogger(__name__)


class Sender:
    """Sends the objects of jobs where ``options.send_results`` says.

    Parameters
    ----------
    pacs : Pacs
        Where images come from, and whom objects may go to.
    objects : ObjectStore
        Where they are.
    capacity : Capacity
        Lent to others while an archive is waited for.
    folder : Path
        Where files are while they are sent.
    options, clock, jitter
        Policy and pauses, time, and a random number in [0, 1).

    Raises
    ------
    SettingsError
        There is no such PACS, or it takes no objects.
    """

    def __init__(
        self,
        pacs: Pacs,
        objects: ObjectStore,
        *,
        capacity: Capacity,
        folder: Path,
        options: WorkerOptions,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        if options.send_results:
            check_archives(pacs, options.send_results)
        self._pacs = pacs
        self._objects = objects
        self._capacity = capacity
        self._folder = folder
        self._options = options
        self._clock = clock
        self._jitter = jitter
        self._numbers = count()

    async def send(self, job: Job, outputs: Sequence[Output]) -> dict[str, float]:
        """Send the objects of a job; return how long it took, as a job's timings have it.

        Raises
        ------
        PacsRefusedError
            The archive does not take one of them.
        PacsError, StorageError
            The archive, or the store that they are in, was away for too long.
        """
        if not self._options.send_results or not outputs:
            return {}
        begun = self._clock.monotonic()
        archive = self._archive(job)
        folder = self._folder / f"send-{next(self._numbers)}"
        try:
            await self._insist(job, partial(self._send, archive, outputs, folder))
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(partial(shutil.rmtree, folder, ignore_errors=True))
        return {"send": round((self._clock.monotonic() - begun) * 1000, 3)}

    def _archive(self, job: Job) -> Archive:
        is_source = self._options.send_results == SOURCE
        return find_archive(
            self._pacs, job.pacs.server if is_source else self._options.send_results
        )

    async def _insist(self, job: Job, send: Callable[[], Awaitable[None]]) -> None:
        """Send until it is done, or an outage has lasted as long as any may."""
        tries = 0
        away_since: float | None = None
        while True:
            try:
                return await send()
            except MipError as error:
                now = self._clock.monotonic()
                away_since = now if away_since is None else away_since
                if not policy.is_outage(error) or (
                    now - away_since >= self._options.max_outage_seconds
                ):
                    raise
                log.warning("send.waiting", extra=job_fields(job, code=error.code))
            with self._capacity.lent():
                await anyio.sleep(
                    policy.backoff(tries, jitter=self._jitter(), options=self._options)
                )
            tries += 1

    async def _send(self, archive: Archive, outputs: Sequence[Output], folder: Path) -> None:
        paths = [folder / f"{number}.dcm" for number in range(len(outputs))]
        await anyio.to_thread.run_sync(_make_anew, folder)
        for output, path in zip(outputs, paths, strict=True):
            await self._objects.fetch(output.key, path)
        check_sent(await archive.send(paths))


def _make_anew(folder: Path) -> None:
    """Make an empty folder: an earlier try may have left part of a file."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    except OSError as error:
        raise StorageError(f"the worker's folder takes no files: {error.strerror}") from error


def check_sent(sent: Sequence[Sent]) -> None:
    """Check that an archive has all that it was sent.

    Raises
    ------
    PacsRefusedError
        It refuses one.
    PacsError
        One is not stored, and may be when it is sent again.
    """
    for status, kind in (("refused", PacsRefusedError), ("failed", PacsError)):
        reasons = [each.reason for each in sent if each.status == status]
        if reasons:
            raise kind(f"the PACS did not take {len(reasons)} of {len(sent)} objects: {reasons[0]}")
