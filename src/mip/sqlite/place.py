"""Whether a path still leads to the file that was opened.

SQLite goes on in a file that was deleted, moved away or replaced: everything succeeds, nobody else
sees it, and it is gone when the last process ends.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..errors import MipError

CHECK_SECONDS = 1.0
"""How often to look: a call of the system per second costs nothing beside a transaction each."""


class Place:
    """The file at a path, from when it was opened; used by the threads of one database.

    Parameters
    ----------
    path : str
        Without links.
    error : type of MipError
        What is raised once another file, or none, is there.
    """

    def __init__(self, path: str, *, error: type[MipError]) -> None:
        self._path = path
        self._error = error
        self._opened: tuple[int, int] | None = None
        self._check_at = 0.0

    def opened(self) -> None:
        """Note which file is there, at the first opening; see that it is the same at others."""
        if self._opened is None:
            self._opened = _identity(self._path)
        else:
            self._check()

    def check(self) -> None:
        """Look at most once per :data:`CHECK_SECONDS`; before the first opening, not at all.

        Raises
        ------
        MipError
            Of the class given: the file is no longer there.
        """
        now = time.monotonic()
        if self._opened is not None and now >= self._check_at:
            self._check()
            self._check_at = now + CHECK_SECONDS

    def _check(self) -> None:
        if _identity(self._path) != self._opened:
            raise self._error(
                f"database {self._path}: it was deleted, moved or replaced while it was in use, "
                "and what is written now would be lost: stop all users of it and put it back"
            )


def _identity(path: str) -> tuple[int, int] | None:
    """Return what names the file on this machine; None where there is none."""
    try:
        found = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return (found.st_dev, found.st_ino)
