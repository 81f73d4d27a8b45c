"""What to do when a worker has ended that should not: start another, wait first, or give up."""

from __future__ import annotations

import signal
from typing import Final

import msgspec

EXIT_CANNOT_START: Final = 2
QUICK_SECONDS: Final = 30.0
"""A worker that ends sooner after its start has not worked; one that ends later begins anew."""
TROUBLE_AFTER: Final = 5
"""Quick ends in a row that an operator is told of."""

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 60.0


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """How the workers of one slot have ended.

    Attributes
    ----------
    quick : int
        How many in a row ended soon after their start.
    how : str
        The last end, in words.
    is_final : bool
        The last one could not start, and the next one could not either.
    """

    quick: int = 0
    how: str = ""
    is_final: bool = False


def after_end(ends: Ends, *, code: int | None, lived_seconds: float) -> Ends:
    """Return the ends of a slot with one more; ``code`` is None when nobody could tell it."""
    quick = ends.quick + 1 if lived_seconds < QUICK_SECONDS else 1
    return Ends(quick=quick, how=in_words(code), is_final=code == EXIT_CANNOT_START)


def pause_after(ends: Ends, *, jitter: float) -> float:
    """Return how long to wait before the next start: doubling, with jitter, up to a minute.

    Parameters
    ----------
    ends : Ends
        Of this slot.
    jitter : float
        0 to 1, at random.
    """
    if not ends.quick:
        return 0.0
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(ends.quick - 1, 20))
    return pause * (0.5 + jitter / 2)


def trouble_of(ends: Ends, *, slot: int) -> str:
    """Say that workers of a slot do not stay up; nothing while they do."""
    if ends.quick < TROUBLE_AFTER:
        return ""
    return (
        f"worker {slot} ended {ends.quick} times in a row within {QUICK_SECONDS:.0f} s of its "
        f"start ({ends.how}); it is started again, at most a minute apart"
    )


def in_words(code: int | None) -> str:
    """Say how a process ended."""
    if code is None:
        return "nobody saw how"
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"{name}, perhaps out of memory" if -code == signal.SIGKILL else name
