"""Progress on standard error: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..clock import Clock
    from .console import Console

_BAR_CELLS: Final = 24
_BAR_SECONDS: Final = 0.1
_LINE_SECONDS: Final = 5.0
_ERASE: Final = "\r\x1b[K"


class Progress:
    """Counts what is done of ``total``; written at most every 0.1 s (terminal) or 5 s (else)."""

    def __init__(self, console: Console, *, total: int, clock: Clock) -> None:
        self._console = console
        self._clock = clock
        self._is_bar = console.is_talk_terminal
        self._total = total
        self._done = 0
        self._began = clock.monotonic()
        self._shown = self._began

    def advance(self) -> None:
        """Count one more, and show it when it is time."""
        self._done += 1
        now = self._clock.monotonic()
        interval = _BAR_SECONDS if self._is_bar else _LINE_SECONDS
        if now - self._shown >= interval:
            self._shown = now
            self._show()

    def clear(self) -> None:
        """Take the bar away, so that a line can be written in its place."""
        if self._is_bar:
            self._console.talk_as_is(_ERASE, end="")

    def _show(self) -> None:
        elapsed = self._clock.monotonic() - self._began
        text = progress_text(self._done, self._total, elapsed_seconds=elapsed)
        if self._is_bar:
            self._console.talk_as_is(f"{_ERASE}{bar(self._done, self._total)} {text}", end="")
        else:
            self._console.talk(text)


def progress_text(done: int, total: int, *, elapsed_seconds: float) -> str:
    """Say how far it is: ``12/40 30% 4.1/s eta 7s``."""
    rate = done / elapsed_seconds if elapsed_seconds > 0 else 0.0
    percent = 100 * done // total if total else 100
    parts = [f"{done}/{total}", f"{percent}%"]
    if rate > 0:
        parts += [f"{rate:.1f}/s", f"eta {duration((total - done) / rate)}"]
    return " ".join(parts)


def bar(done: int, total: int) -> str:
    """Draw the share that is done."""
    filled = _BAR_CELLS * done // total if total else _BAR_CELLS
    return "█" * filled + "░" * (_BAR_CELLS - filled)


def duration(seconds: float) -> str:
    """Write a length of time for people: ``0.7s``, ``12s``, ``3m20s``, ``2h05m``."""
    if seconds < 10:  # noqa: PLR2004 - below, a tenth of a second tells something
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:  # noqa: PLR2004 - minutes in an hour
        return f"{minutes}m{rest:02}s"
    return f"{minutes // 60}h{minutes % 60:02}m"
