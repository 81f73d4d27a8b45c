"""Deliveries in hand, and the room there is for more."""

from __future__ import annotations

from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING

import anyio

from . import policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..contracts import JobKey
    from ..transport import Delivery
    from .options import WorkerOptions


class StopReason(Enum):
    """Why the work on a delivery is stopped before its end."""

    LEASE_LOST = "lease_lost"
    CANCELLED = "cancelled"
    RELEASED = "released"


class Hold:
    """One delivery in hand: its lease, and the way to stop the work on it.

    Attributes
    ----------
    delivery : Delivery
        What was received.
    renew_at, expires_at : float
        Monotonic instants: when the lease is due for renewal, and when it ends.
    key : str or None
        The job, once the body has been read.
    is_started : bool
        True while an attempt is on record as begun and not as ended.
    reason : StopReason or None
        Why the work was stopped; the first reason stays.
    outages : int
        Attempts in a row, the last one included, that failed because a service was out.
    outage_began_at : float
        Monotonic instant at which the first of them failed.
    """

    def __init__(self, delivery: Delivery, *, now: float, lease_seconds: float) -> None:
        self.delivery = delivery
        self.key: JobKey | None = None
        self.is_started = False
        self.reason: StopReason | None = None
        self.outages = 0
        self.outage_began_at = now
        self.scope = anyio.CancelScope()
        self.renewed(now, lease_seconds)

    def renewed(self, now: float, lease_seconds: float) -> None:
        """Begin the lease anew."""
        self.renew_at = now + lease_seconds / 2
        self.expires_at = now + lease_seconds

    def note(self, error: Exception, *, now: float) -> None:
        """Note how an attempt failed."""
        self.outages = self.outages + 1 if policy.is_outage(error) else 0
        if self.outages <= 1:
            self.outage_began_at = now

    def stop(self, reason: StopReason) -> None:
        """Cancel the work; who runs it settles by the reason."""
        if self.reason is None:
            self.reason = reason
            self.scope.cancel()


class Capacity:
    """How many deliveries may be in hand: those that compute, and some more that are prefetched.

    One whose job waits for its next attempt gives its place up meanwhile, so that jobs which fail
    do not stop others; at most ``MAX_WAITING`` times the capacity wait so, and ``MAX_PUT_OFF``
    that wait for long.

    Parameters
    ----------
    options : WorkerOptions
        ``concurrency``, and ``prefetch`` as the upper bound of what is prefetched.
    """

    MAX_WAITING = 4
    MAX_PUT_OFF = 1000
    """Each costs a renewal of its lease at half its length: 1,000 are 17 calls a second of 60 s."""
    LONG_SECONDS = 120.0
    """A longer pause is one for which a job was put off."""
    _WEIGHT = 0.2
    """Of the newest job in the mean: some five jobs tell what jobs are like."""

    def __init__(self, options: WorkerOptions) -> None:
        self._options = options
        self._total = 2 * options.concurrency
        self._mean_seconds: float | None = None
        self._taken = 0
        self._waiting = 0
        self._put_off = 0
        self._changed = anyio.Event()

    @property
    def free(self) -> int:
        """How many more may be taken in hand now."""
        return max(0, self._total - self._taken)

    def observe(self, seconds: float) -> None:
        """Learn how long a job has computed; sets how many are prefetched from now on."""
        before = seconds if self._mean_seconds is None else self._mean_seconds
        self._mean_seconds = before + self._WEIGHT * (seconds - before)
        prefetched = policy.prefetch(self._mean_seconds, options=self._options)
        self._total = self._options.concurrency + prefetched
        self._changed.set()

    def take(self, count: int) -> None:
        """Occupy places, also beyond the total: what was received is in hand."""
        self._taken += count

    def give(self) -> None:
        """Free one place."""
        self._taken -= 1
        self._changed.set()

    @property
    def is_loaded(self) -> bool:
        """True while more is in hand than computes and is about to."""
        return self._taken > 2 * self._options.concurrency

    async def wait_free(self) -> int:
        """Wait until it is worth a call to receive more; return how many places are free.

        That is when a quarter of what is prefetched has been used up: the rest is still in hand.
        """
        while self.free <= (self._total - self._options.concurrency) // 4:
            self._changed = anyio.Event()
            await self._changed.wait()
        return self.free

    def has_room(self, seconds: float) -> bool:
        """Tell whether another may wait so long in hand."""
        return seconds <= self.LONG_SECONDS or self._put_off < self.MAX_PUT_OFF

    @contextmanager
    def put_off(self) -> Iterator[None]:
        """Give the place up for the length of the context, which is long."""
        self._put_off += 1
        self.give()
        try:
            yield
        finally:
            self._put_off -= 1
            self.take(1)

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Give the place up for the length of the context, within the bound."""
        if self._waiting >= self.MAX_WAITING * self._total:
            yield
            return
        self._waiting += 1
        self.give()
        try:
            yield
        finally:
            self._waiting -= 1
            self.take(1)
