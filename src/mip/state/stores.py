"""All stores of one deployment, opened by the URL that ``MIP_STATE`` names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..clock import SystemClock
from ..errors import SettingsError

if TYPE_CHECKING:
    from ..clock import Clock
    from .base import JobStore
    from .callbacks import CallbackStore
    from .clients import ClientStore
    from .registry import Registry
    from .workers import WorkerStore


@dataclass(frozen=True, kw_only=True)
class Stores:
    """What is on record. Stores of one file share it: closing one closes all."""

    jobs: JobStore
    registry: Registry
    clients: ClientStore
    workers: WorkerStore
    callbacks: CallbackStore

    async def aclose(self) -> None:
        """Finish what was called, and release files and threads."""
        for store in (self.jobs, self.registry, self.clients, self.workers, self.callbacks):
            await store.aclose()


async def open_stores(url: str, *, clock: Clock | None = None) -> Stores:
    """Open the records that ``MIP_STATE`` names, all of them.

    Parameters
    ----------
    url : str
        ``sqlite:PATH``; the file is made when it is missing, its folder is not.
    clock : Clock, optional
        Tells when things happened; the machine's own by default.

    Raises
    ------
    SettingsError
        The URL names no store.
    SchemaTooNewError
        A newer release wrote the file.
    StateError
        The file cannot be used.
    """
    path = _sqlite_path(url)
    from .sqlite_stores import open_sqlite  # noqa: PLC0415 - only who opens pays for SQLite

    return await open_sqlite(path, clock=clock or SystemClock())


async def open_job_store(url: str, *, clock: Clock | None = None) -> JobStore:
    """Open the job records alone, for those who need no others; as :func:`open_stores` does."""
    return (await open_stores(url, clock=clock)).jobs


def _sqlite_path(url: str) -> Path:
    scheme, _, path = url.partition(":")
    if scheme != "sqlite" or not path:
        raise SettingsError(f"expected records as sqlite:PATH, got {url!r}")
    return Path(path)
