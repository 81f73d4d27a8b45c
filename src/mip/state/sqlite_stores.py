"""All stores in one SQLite file: one writer, so that calls of all of them share commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .sqlite import SqliteJobStore
from .sqlite_callbacks import SqliteCallbackStore
from .sqlite_clients import SqliteClientStore
from .sqlite_file import open_state
from .sqlite_registry import SqliteRegistry
from .sqlite_workers import SqliteWorkerStore
from .stores import Stores

if TYPE_CHECKING:
    from pathlib import Path

    from ..clock import Clock


async def open_sqlite(path: Path, *, clock: Clock) -> Stores:
    """Open and migrate a file now, rather than at the first call."""
    database = await open_state(path)
    return Stores(
        jobs=SqliteJobStore(database, clock=clock),
        registry=SqliteRegistry(database),
        clients=SqliteClientStore(database, clock=clock),
        workers=SqliteWorkerStore(database),
        callbacks=SqliteCallbackStore(database, clock=clock),
    )
