"""Time as a dependency, so that no test waits for it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Return the wall-clock time in seconds since 1970 (UTC); it may jump."""
        ...

    def monotonic(self) -> float:
        """Return seconds since an unspecified start; it never goes back."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> float:
        """Return ``time.time()``."""
        return time.time()

    def monotonic(self) -> float:
        """Return ``time.monotonic()``."""
        return time.monotonic()


def to_iso(seconds: float) -> str:
    """Write an instant as ISO 8601 in UTC with milliseconds, as wire contracts have it."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def from_iso(text: str) -> float:
    """Read an ISO 8601 instant; the inverse of :func:`to_iso`.

    Raises
    ------
    ValueError
        ``text`` is not ISO 8601 or has no offset.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant must have an offset from UTC, such as a final Z")
    return instant.timestamp()
