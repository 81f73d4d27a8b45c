"""The log of a worker: one file for each slot, bounded, also while a worker writes to it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES: Final = 8 * 1024**2
_TAIL_BYTES: Final = 64 * 1024
_SAID_BY_THE_ROOF: Final = "mip worker: "
_MAX_WORDS: Final = 600


def bound(log: Path) -> None:
    """Keep the end of a log that is too long as ``NAME.1``, and begin it anew.

    Workers append, so one that writes to the file goes on at its new beginning; a line that is
    written meanwhile may be lost.
    """
    if log.exists() and log.stat().st_size > MAX_BYTES:
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


def last_words(log: Path, *, after: int) -> str:
    """Return why a worker could not start, as it told on its last line.

    Only what ``python -m mip.worker`` itself says is told: whatever else is in the log was written
    by an algorithm, and may hold anything.

    Parameters
    ----------
    log : Path
        The slot's log.
    after : int
        Its length before the worker was started.
    """
    with log.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(min(after, end), end - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    said = [line for line in lines if line.startswith(_SAID_BY_THE_ROOF)]
    return said[-1].removeprefix(_SAID_BY_THE_ROOF)[:_MAX_WORDS] if said else ""
