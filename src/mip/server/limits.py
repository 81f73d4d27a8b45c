"""How often somebody may ask for something: a bucket of tokens for each."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from ..errors import QuotaExceededError

if TYPE_CHECKING:
    from ..clock import Clock

MAX_REMEMBERED: Final = 10_000
"""Remembered at a time; the one that asked longest ago is forgotten first."""


class RateLimit:
    """Lets each address, or client, do something so many times a minute, at once or spread.

    Parameters
    ----------
    per_minute : int
        0 lets everything through.
    clock : Clock
        Monotonic time.
    limited : str
        What is limited, and of whom, for the error.
    """

    def __init__(
        self, per_minute: int, *, clock: Clock, limited: str = "calls from one address"
    ) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._limited = limited
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, whose: str, *, amount: int = 1) -> None:
        """Count one, or as much as it takes; what is more than a minute's counts as a minute's.

        Raises
        ------
        QuotaExceededError
            It was too much; it is not counted.
        """
        if not self._per_minute:
            return
        now = self._clock.monotonic()
        left, at = self._buckets.pop(whose, (float(self._per_minute), now))
        left = min(float(self._per_minute), left + (now - at) * self._per_minute / 60.0)
        taken = self._bounded(amount)
        is_allowed = left >= taken
        self._buckets[whose] = (left - taken if is_allowed else left, now)
        if len(self._buckets) > MAX_REMEMBERED:
            self._buckets.popitem(last=False)
        if not is_allowed:
            raise QuotaExceededError(
                f"expected at most {self._per_minute} {self._limited} in a minute; wait a little"
            )

    def give_back(self, whose: str, *, amount: int = 1) -> None:
        """Forget what was counted: it turned out to be nothing."""
        if whose in self._buckets:
            left, at = self._buckets[whose]
            left = min(float(self._per_minute), left + self._bounded(amount))
            self._buckets[whose] = (left, at)

    def _bounded(self, amount: int) -> float:
        return float(min(amount, self._per_minute))
