"""Queues in one SQLite file: durable, for any number of processes on one machine.

Leases run on the machine's monotonic clock, which all its processes share: setting the wall clock
moves no deadline, and a restart of the machine ends all loans, as it ended their holders. Beside
``PATH`` lie SQLite's ``PATH-wal`` and ``PATH-shm`` and, while someone waits, ``PATH-bells`` with a
socket per waiting process.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from ..clock import Clock, SystemClock
from ..errors import SettingsError, TransportCorruptError, TransportError
from ..sqlite import Connection, Database
from .base import Capabilities
from .doorbell import Doorbell
from .ledger import Ledger, Moment
from .queues import LedgerTransport
from .sqlite_ledger import APPLICATION_ID, MIGRATIONS, SqliteLedger, adopt_boot
from .waiting import Bell, Bells, Sleep

if TYPE_CHECKING:
    import os

SCHEME = "sqlite:"

RECHECK_SECONDS = 0.5
"""How often a waiter looks by itself: two reads a second, far below 1 % of a core."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

_T = TypeVar("_T")


class SqliteRecords:
    """A queue database as :class:`~mip.transport.queues.Records`.

    Parameters
    ----------
    path : path
        The file; made when absent, its folder is not.
    clock : Clock
        Its monotonic clock must be the same in all processes, as the system's is.
    boot_id : str
        Names the current start of the machine.
    is_durable : bool
        Wait for the disk at each commit. False survives crashes of processes, not of the machine.
    """

    capabilities = Capabilities(is_durable=True, is_shared=True)
    recheck_seconds: float | None = RECHECK_SECONDS

    def __init__(
        self, path: str | os.PathLike[str], *, clock: Clock, boot_id: str, is_durable: bool
    ) -> None:
        self._database = Database(
            path,
            migrations=MIGRATIONS,
            error=TransportError,
            corrupt=TransportCorruptError,
            application_id=APPLICATION_ID,
            is_durable=is_durable,
            prepare_data=self._begin,
            after_commit=self._ring,
        )
        self._clock = clock
        self._boot_id = boot_id
        self._offset = 0.0
        self._ledger: SqliteLedger | None = None
        self._bells = Bells()
        self._doorbell = Doorbell(f"{self._database.path}-bells", rung=self._rung)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def write(
        self,
        function: Callable[[Ledger, Moment], _T],
        *,
        look: Callable[[Ledger, Moment], _T | None] | None = None,
        undo: Callable[[Ledger, Moment, _T], None] | None = None,
    ) -> _T:
        """Run in a transaction of its own or one shared with others; durable on return."""

        def take_back(connection: Connection, value: _T) -> None:
            if undo is not None:
                undo(self._writing(connection), self._moment(), value)

        def see(connection: Connection) -> _T | None:
            return look(self._writing(connection), self._moment()) if look is not None else None

        return await self._database.write(
            lambda connection: function(self._writing(connection), self._moment()),
            look=see if look is not None else None,
            undo=take_back if undo is not None else None,
        )

    async def read(self, function: Callable[[Ledger, Moment], _T]) -> _T:
        """Run over a snapshot."""
        return await self._database.read(
            lambda connection: function(SqliteLedger(connection), self._moment())
        )

    @asynccontextmanager
    async def bell(self, queue: str) -> AsyncIterator[Bell]:
        """Hang up a bell that writers here and in other processes ring."""
        if not self._doorbell.is_open:
            await self._database.open()  # its folder is known to exist after this
            await anyio.to_thread.run_sync(self._doorbell.open)
        try:
            with self._bells.bell(queue) as bell:
                self._loop = asyncio.get_running_loop()
                self._doorbell.start()
                yield bell
        finally:
            if not self._bells:
                self._loop = None
                self._doorbell.pause()

    def ring_all(self) -> None:
        """Ring all bells of this transport."""
        self._bells.ring_all()

    def _rung(self, queues: Iterable[str] | None) -> None:
        if queues is None:
            self._bells.ring_all()
        else:
            self._bells.ring(queues)

    async def aclose(self) -> None:
        """Finish what was begun, then release files and threads."""
        with anyio.CancelScope(shield=True):
            await self._database.aclose()
            self._doorbell.pause()
            await anyio.to_thread.run_sync(self._doorbell.close)

    # What follows runs in the database's threads.

    def _begin(self, connection: Connection) -> None:
        self._offset = adopt_boot(
            connection, boot_id=self._boot_id, monotonic=self._clock.monotonic()
        )

    def _writing(self, connection: Connection) -> SqliteLedger:
        if self._ledger is None:
            self._ledger = SqliteLedger(connection)
        return self._ledger

    def _moment(self) -> Moment:
        return Moment(self._clock.monotonic() + self._offset, self._clock.now())

    def _ring(self) -> None:
        """Ring for all queues that the commit changed: here, and in other processes."""
        if self._ledger is None or not self._ledger.woken:
            return
        queues = frozenset(self._ledger.woken)
        self._ledger.woken.clear()
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # it was closed, with all its waiters
                loop.call_soon_threadsafe(self._bells.ring, queues)
        self._doorbell.ring(queues)


def current_boot_id() -> str:
    """Return what names the current start of the machine.

    Where the system does not tell, a clock that went back tells a restart.
    """
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return sys.platform


def open_transport(
    url: str,
    *,
    clock: Clock = SystemClock(),  # noqa: B008 - stateless
    sleep: Sleep = anyio.sleep,
) -> LedgerTransport:
    """Open ``sqlite:PATH``; the file is opened at the first call.

    Raises
    ------
    SettingsError
        The URL names no file.
    """
    path = url.removeprefix(SCHEME)
    if path.startswith("///"):  # as other tools write an absolute path
        path = path[2:]
    if not url.startswith(SCHEME) or not path or path.startswith("//"):
        raise SettingsError(f"expected a URL such as {SCHEME}/data/queue.db, got {url!r}")
    return open_file(path, clock=clock, sleep=sleep)


def open_file(
    path: str | os.PathLike[str],
    *,
    clock: Clock = SystemClock(),  # noqa: B008 - stateless
    sleep: Sleep = anyio.sleep,
    is_durable: bool = True,
    boot_id: str | None = None,
) -> LedgerTransport:
    """Open a queue database by path; see :class:`SqliteRecords`."""
    records = SqliteRecords(
        path,
        clock=clock,
        boot_id=current_boot_id() if boot_id is None else boot_id,
        is_durable=is_durable,
    )
    return LedgerTransport(records, clock=clock, sleep=sleep)
