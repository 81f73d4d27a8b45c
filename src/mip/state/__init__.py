"""Job records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..clock import SystemClock
from ..errors import SettingsError
from .base import (
    FINAL_STATES,
    Ending,
    Finish,
    JobRecord,
    JobState,
    JobStore,
    Submission,
)
from .policy import request_digest

if TYPE_CHECKING:
    from ..clock import Clock

__all__ = [
    "FINAL_STATES",
    "Ending",
    "Finish",
    "JobRecord",
    "JobState",
    "JobStore",
    "Submission",
    "open_job_store",
    "request_digest",
]


async def open_job_store(url: str, *, clock: Clock | None = None) -> JobStore:
    """Open the job records that ``MIP_STATE`` names.

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
    scheme, _, path = url.partition(":")
    if scheme != "sqlite" or not path:
        raise SettingsError(f"expected job records as sqlite:PATH, got {url!r}")
    # Only who opens records pays for SQLite.
    from .sqlite import SqliteJobStore  # noqa: PLC0415
    from .sqlite_file import open_state  # noqa: PLC0415

    return SqliteJobStore(await open_state(Path(path)), clock=clock or SystemClock())
