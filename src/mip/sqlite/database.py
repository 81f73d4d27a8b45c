"""The database: asynchronous writes with group commit, reads from a snapshot, one file."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, TypeVar

import anyio
import apsw

from ..telemetry import fields
from .connection import connect, map_errors, translated
from .place import Place
from .schema import Schema
from .work import Work, WorkThread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..errors import MipError
    from .connection import Connection

BUSY_SECONDS = 10.0
"""How long a write waits for other processes before it fails."""

_T = TypeVar("_T")
log = logging.getLogger(__name__)


class Database:
    """One SQLite file, shared by any number of tasks here and processes on this machine.

    Guarantees
    ----------
    * What ``write`` returned is on disk (``is_durable``: also after a power cut).
    * A write runs whole or not at all. Writes of one event loop commit in the order of their calls.
    * A cancelled ``write`` either never runs or is committed; ``undo`` tells it apart.
    * ``read`` sees every write that returned before it began, and one moment in time.
    * Neither blocks the event loop; each has one thread, started on first use.
    * Once the file was deleted, moved or replaced, calls fail as ``corrupt``, a second later at the
      most: SQLite itself would go on in a file that nobody else sees.
    * Errors of SQLite come as ``error`` or ``corrupt``, with the cause chained; those that a
      function raises itself come unchanged.

    Parameters
    ----------
    path : str
        A file on a local disk; made when absent, its folder is not. Links are resolved, so that
        all processes mean the same file.
    migrations : sequence of str
        SQL scripts; the n-th brings a file from version n to n + 1. Append, never edit.
    error : type of MipError
        What failures are raised as.
    corrupt : type of MipError
        What those are raised as that last until somebody mends the file: it is damaged, gone, no
        database, or made for another purpose.
    application_id : int
        Marks the file's purpose (31 bits), so that no one opens another's by mistake.
    is_durable : bool
        Wait for the disk at each commit. False survives crashes of processes, not of the machine.
    busy_seconds : float
        How long to wait for a lock that another process holds.
    prepare_data : callable, optional
        Called with the writing connection in a transaction once after each opening.
    after_commit : callable, optional
        Called in the writer's thread after each commit, before callers learn of it; must be
        quick and must not raise.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        migrations: Sequence[str],
        error: type[MipError],
        corrupt: type[MipError],
        application_id: int,
        is_durable: bool = True,
        busy_seconds: float = BUSY_SECONDS,
        prepare_data: Callable[[Connection], None] | None = None,
        after_commit: Callable[[], None] | None = None,
    ) -> None:
        self.path = os.path.realpath(path)
        self._schema = Schema(
            migrations, application_id=application_id, error=error, corrupt=corrupt
        )
        self._place = Place(self.path, error=corrupt)
        self._error = error
        self._corrupt = corrupt
        self._is_durable = is_durable
        self._busy_seconds = busy_seconds
        self._prepare_data = prepare_data
        self._after_commit = after_commit
        self._writing: Connection | None = None
        self._reading: Connection | None = None
        self._writer: WorkThread | None = None
        self._reader: WorkThread | None = None
        self._is_open = False
        self._is_closed = False

    async def open(self) -> None:
        """Open and migrate the file now, rather than at the first call.

        Raises
        ------
        SchemaTooNewError
            A newer release wrote it.
        MipError
            Of a class given: the file cannot be used; the message says why.
        """
        if not self._is_open:
            await self.write(lambda _: None)

    async def write(
        self,
        function: Callable[[Connection], _T],
        *,
        look: Callable[[Connection], _T | None] | None = None,
        undo: Callable[[Connection, _T], object] | None = None,
    ) -> _T:
        """Run ``function`` in a transaction and return its value once that is committed.

        Parameters
        ----------
        function : callable
            Called once, in the writer's thread.
        look : callable, optional
            Called first, in the same thread, over a snapshot as for ``read``. What it returns is
            the outcome, unless it is None: ``function`` is then not called, and no lock taken.
        undo : callable, optional
            Called in a later transaction, with the value, when the caller was cancelled but the
            function had been committed. ``aclose`` waits for it.
        """
        self._check_open()
        if self._writer is None:
            self._writer = WorkThread(
                "mip-sqlite-writer", run=self._run_writes, close=self._close_writing
            )
        undoing = self._undoing(undo) if undo is not None else None
        work = Work(function, look=look, undo=undoing)
        value = await self._finish(self._writer, work)
        self._is_open = True
        return value

    async def read(self, function: Callable[[Connection], _T]) -> _T:
        """Run ``function`` on a connection that cannot write, over one snapshot."""
        self._check_open()
        await self.open()
        if self._reader is None:
            self._reader = WorkThread(
                "mip-sqlite-reader", run=self._run_reads, close=self._close_reading
            )
        return await self._finish(self._reader, Work(function))

    async def aclose(self) -> None:
        """Finish all work that was submitted, then close; may be called again."""
        if self._is_closed:
            return
        self._is_closed = True
        with anyio.CancelScope(shield=True):
            if self._writer is not None:
                # Handing over the last work is what submits its undo: stop only after that.
                last = Work(lambda _: None)
                last.claim()  # nothing to run: an unopened file stays so
                self._writer.submit(last)
                await asyncio.wait([last.future])
            for thread in (self._reader, self._writer):
                if thread is not None:
                    await thread.stop()

    def _check_open(self) -> None:
        if self._is_closed:
            raise self._error(f"database {self.path}: it was closed: open it anew")

    async def _finish(self, thread: WorkThread, work: Work[_T]) -> _T:
        thread.submit(work)
        try:
            return await work.future
        except asyncio.CancelledError:
            if work.claim() or work.future.cancelled():
                raise  # it never runs, or whoever hands it over sees that nobody waits
            work.take_back()
            raise

    def _undoing(self, undo: Callable[[Connection, _T], object]) -> Callable[[_T], None]:
        def submit(value: _T) -> None:
            work = Work(lambda connection: undo(connection, value))
            work.future.add_done_callback(self._log_failed_undo)
            if self._writer is not None:
                self._writer.submit(work)

        return submit

    @staticmethod
    def _log_failed_undo(future: asyncio.Future[object]) -> None:
        # There is no caller left to raise to; what stays taken is freed by its own deadline.
        if not future.cancelled() and (error := future.exception()) is not None:
            log.warning("sqlite.undo_failed", extra=fields(code=getattr(error, "code", None)))

    # What follows runs in the threads.

    def _run_writes(self, works: list[Work[object]]) -> None:
        """Give each work a value or an error, in as few transactions as possible."""
        works = [work for work in works if not self._is_settled_by_a_look(work)]
        while works:
            works = self._run_group(works)

    def _is_settled_by_a_look(self, work: Work[object]) -> bool:
        if work.look is None:
            return False
        try:
            with map_errors(self.path, error=self._error, corrupt=self._corrupt):
                connection = self._open_writing()
                self._place.check()
                work.value = _in_snapshot(connection, work.look)
        except Exception as exc:  # noqa: BLE001 - carried to the caller
            work.error = exc
        return work.error is not None or work.value is not None

    def _run_group(self, works: list[Work[object]]) -> list[Work[object]]:
        """Run one transaction; return the works that it did not come to."""
        has_begun = False
        done = 0
        try:
            with map_errors(self.path, error=self._error, corrupt=self._corrupt):
                connection = self._open_writing()
                self._place.check()
                connection.execute("BEGIN IMMEDIATE")
                has_begun = True
                try:
                    for done, work in enumerate(works, 1):  # noqa: B007 - read after a failure
                        self._run_one(connection, work, is_alone=len(works) == 1)
                    if connection.in_transaction:
                        connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
        except Exception as exc:  # noqa: BLE001 - carried to the callers, as an executor does
            if not has_begun:
                done = len(works)
            for work in works[:done]:
                work.error = exc
        else:
            if self._after_commit is not None:
                self._after_commit()
        return works[done:]

    def _run_one(self, connection: Connection, work: Work[object], *, is_alone: bool) -> None:
        """Run one work so that its failure undoes its own changes only."""
        if not is_alone:
            connection.execute("SAVEPOINT work")
        try:
            work.run(connection)
        except Exception as exc:
            if not connection.in_transaction:
                raise  # SQLite gave up the whole transaction (full disk): so fail all in it
            connection.execute("ROLLBACK" if is_alone else "ROLLBACK TO work")
            work.error = exc
            if isinstance(exc, apsw.Error):
                work.error = translated(
                    exc, path=self.path, error=self._error, corrupt=self._corrupt
                )
                work.error.__cause__ = exc
        if not is_alone:
            connection.execute("RELEASE work")

    def _run_reads(self, works: list[Work[object]]) -> None:
        for work in works:
            try:
                with map_errors(self.path, error=self._error, corrupt=self._corrupt):
                    self._read_one(work)
            except Exception as exc:  # noqa: BLE001 - carried to the caller
                work.error = exc

    def _read_one(self, work: Work[object]) -> None:
        if self._reading is None:
            self._reading = self._connect(is_reader=True)
        self._place.check()
        _in_snapshot(self._reading, work.run)

    def _open_writing(self) -> Connection:
        if self._writing is None:
            connection = self._connect(is_reader=False)
            try:
                self._schema.prepare(connection, path=self.path, busy_seconds=self._busy_seconds)
                if self._prepare_data is not None:
                    connection.execute("BEGIN IMMEDIATE")
                    self._prepare_data(connection)
                    connection.execute("COMMIT")
            except BaseException:
                connection.close()
                raise
            self._writing = connection
        return self._writing

    def _connect(self, *, is_reader: bool) -> Connection:
        connection = connect(
            self.path,
            error=self._error,
            corrupt=self._corrupt,
            is_durable=self._is_durable,
            busy_seconds=self._busy_seconds,
            is_reader=is_reader,
        )
        try:
            self._place.opened()
        except BaseException:
            connection.close()
            raise
        return connection

    def _close_writing(self) -> None:
        if self._writing is not None:
            with map_errors(self.path, error=self._error, corrupt=self._corrupt):
                self._writing.close()

    def _close_reading(self) -> None:
        if self._reading is not None:
            with map_errors(self.path, error=self._error, corrupt=self._corrupt):
                self._reading.close()


def _in_snapshot(connection: Connection, function: Callable[[Connection], _T]) -> _T:
    connection.execute("BEGIN")
    try:
        return function(connection)
    finally:
        connection.execute("ROLLBACK")
