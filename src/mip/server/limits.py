"""How often one address may ask for something: a bucket of tokens for each."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from ..errors import QuotaExceededError

if TYPE_CHECKING:
    from ..clock import Clock

MAX_ADDRESSES: Final = 10_000
"""Remembered at a time; the one that asked longest ago is forgotten first."""


class RateLimit:
    """Lets each address do something so many times a minute, at once or spread.

    Parameters
    ----------
    per_minute : int
        0 lets everything through.
    clock : Clock
        Monotonic time.
    """

    def __init__(self, per_minute: int, *, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> None:
        """Count one.

        Raises
        ------
        QuotaExceededError
            It was too much; it is not counted.
        """
        if not self._per_minute:
            return
        now = self._clock.monotonic()
        left, at = self._buckets.pop(address, (float(self._per_minute), now))
        left = min(float(self._per_minute), left + (now - at) * self._per_minute / 60.0)
        is_allowed = left >= 1.0
        self._buckets[address] = (left - 1.0 if is_allowed else left, now)
        if len(self._buckets) > MAX_ADDRESSES:
            self._buckets.popitem(last=False)
        if not is_allowed:
            raise QuotaExceededError(
                f"expected at most {self._per_minute} in a minute from one address; wait a little"
            )

    def give_back(self, address: str) -> None:
        """Forget one that was counted: it turned out to be none."""
        if address in self._buckets:
            left, at = self._buckets[address]
            self._buckets[address] = (min(float(self._per_minute), left + 1.0), at)
