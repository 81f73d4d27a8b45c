"""The lease keeper: one task that renews every lease in hand and carries cancel requests back.

It renews at half the lease, for running and waiting deliveries alike, in one batched call. A lease
that was lost stops its work, whose result is then suppressed. Nothing else runs in this task, and
decoding and computing run in other processes, so nothing stalls it.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

import anyio

from ..errors import MipError, StateError, TransportError
from ..telemetry import fields
from ..transport import Extend
from ..transport.base import MAX_BATCH
from .holds import Hold, StopReason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..clock import Clock
    from ..state import JobStore
    from ..transport import Delivery, Transport

log = logging.getLogger(__name__)

MAX_RETRY_SECONDS = 1.0


class LeaseKeeper:
    """Keep the leases of a worker's deliveries.

    Parameters
    ----------
    transport, queue
        Where the deliveries came from.
    jobs : JobStore
        Where requests to cancel are on record.
    lease_seconds : float
        Length of a lease.
    cancel_check_seconds : float
        How often running jobs are checked for a request to stop.
    clock : Clock
        Monotonic time.
    """

    def __init__(
        self,
        transport: Transport,
        queue: str,
        *,
        jobs: JobStore,
        lease_seconds: float,
        cancel_check_seconds: float,
        clock: Clock,
    ) -> None:
        self._transport = transport
        self._queue = queue
        self._jobs = jobs
        self._lease_seconds = lease_seconds
        self._cancel_check_seconds = cancel_check_seconds
        self._clock = clock
        self._holds: dict[str, Hold] = {}
        self._arrived = anyio.Event()
        self._renewing = anyio.Lock()
        self._check_at = 0.0

    @property
    def holds(self) -> Iterable[Hold]:
        """Everything in hand, oldest first."""
        return tuple(self._holds.values())

    def add(self, delivery: Delivery) -> Hold:
        """Keep the lease of a delivery from now on."""
        hold = Hold(delivery, now=self._clock.monotonic(), lease_seconds=self._lease_seconds)
        if not self._holds:
            self._arrived.set()
        self._holds[delivery.receipt] = hold
        return hold

    async def remove(self, hold: Hold) -> None:
        """Stop keeping a lease; when this returns no renewal of it is under way.

        A renewal that overtook the settlement would hide a message that was just given back.
        """
        self._holds.pop(hold.delivery.receipt, None)
        if self._renewing.locked():
            async with self._renewing:
                pass

    async def run(self) -> None:
        """Keep leases until cancelled."""
        while True:
            with anyio.move_on_after(self._pause()):
                await self._arrived.wait()
            self._arrived = anyio.Event()
            await self.tick()

    async def tick(self) -> None:
        """Do what is due now: renew leases, look for requests to cancel."""
        await self._renew()
        await self._check_cancelled()

    def _pause(self) -> float:
        if not self._holds:
            return math.inf
        due = min(hold.renew_at for hold in self._holds.values())
        return max(0.0, min(due, self._check_at) - self._clock.monotonic())

    async def _renew(self) -> None:
        now = self._clock.monotonic()
        due = [hold for hold in self._holds.values() if hold.renew_at <= now][:MAX_BATCH]
        if not due:
            return
        extends = [Extend(hold.delivery.receipt, self._lease_seconds) for hold in due]
        async with self._renewing:
            try:
                with anyio.fail_after(self._lease_seconds / 4):
                    settlement = await self._transport.settle(self._queue, extends=extends)
            except (TransportError, TimeoutError) as error:
                self._retry_soon(due, _code(error))
                return
        for hold, outcome in zip(due, settlement.extends, strict=True):
            if outcome == "done":
                hold.renewed(now, self._lease_seconds)
            elif outcome == "lease_lost":
                self._lose(hold)
            else:
                self._retry_soon([hold], outcome)

    def _retry_soon(self, due: list[Hold], code: str) -> None:
        now = self._clock.monotonic()
        log.warning(
            "lease.renewal_failed", extra=fields(leases=len(due), code=code, queue=self._queue)
        )
        for hold in due:
            hold.renew_at = now + min(MAX_RETRY_SECONDS, self._lease_seconds / 10)
            if now >= hold.expires_at:
                self._lose(hold)

    def _lose(self, hold: Hold) -> None:
        if hold.delivery.receipt in self._holds:
            log.warning("lease.lost", extra=fields(job_key=hold.key, queue=self._queue))
            del self._holds[hold.delivery.receipt]
            hold.stop(StopReason.LEASE_LOST)

    async def _check_cancelled(self) -> None:
        now = self._clock.monotonic()
        if now < self._check_at:
            return
        self._check_at = now + self._cancel_check_seconds
        running = {hold.key: hold for hold in self._holds.values() if hold.key is not None}
        if not running:
            return
        try:
            # Records that are slow to answer must not keep leases from being renewed.
            with anyio.fail_after(self._lease_seconds / 8):
                asked = await self._jobs.cancel_requested(list(running))
        except (StateError, TimeoutError) as error:
            log.warning("cancel.check_failed", extra=fields(code=_code(error)))
            return
        for key in asked:
            hold = running[key]
            if hold.delivery.receipt in self._holds:
                hold.stop(StopReason.CANCELLED)


def _code(error: MipError | TimeoutError) -> str:
    return error.code if isinstance(error, MipError) else "timeout"
