"""The one consumer of the results queue: it records what is not on record, and wakes who waits."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import anyio

from ..contracts import RESULTS_QUEUE
from ..errors import ContractError, MipError, StateError, TransportError
from ..telemetry import fields
from ..transport import Extend, SetAside
from ..transport.base import MAX_WAIT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..control import Results
    from ..transport import Delivery, Transport
    from ..transport.waiting import Sleep
    from .hub import Hub

log = logging.getLogger(__name__)

BATCH: Final = 100
LEASE_SECONDS: Final = 10.0
"""What a killed server had in hand holds up its clients' next results for so long."""
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 4.0
"""Between two tries while records do not answer; well below a lease."""


class Collector:
    """Takes results off their queue for as long as the server runs.

    A message is acknowledged once what it brings is on record and its callback is owed. So one
    that was in hand when the server died comes again, and changes nothing the second time. Whoever
    is woken reads the records; a wake-up that is lost with the server costs nothing, since a client
    that comes back reads them too.

    Parameters
    ----------
    transport : Transport
        Where the queue is.
    results : Results
        Takes each message.
    hub : Hub
        Where clients wait.
    on_owed : callable
        Called when a callback may be owed.
    sleep : callable
        Waits so many seconds.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        results: Results,
        hub: Hub,
        on_owed: Callable[[], None],
        sleep: Sleep = anyio.sleep,
    ) -> None:
        self._transport = transport
        self._results = results
        self._hub = hub
        self._on_owed = on_owed
        self._sleep = sleep

    async def run(self) -> None:
        """Work until cancelled."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                await self.collect(wait_seconds=MAX_WAIT_SECONDS)
                pause = FIRST_PAUSE_SECONDS
            except TransportError as error:
                log.warning("results.failed", extra=fields(code=error.code))
                await self._sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def collect(self, *, wait_seconds: float = 0.0) -> int:
        """Take what is on the queue now, at most a batch; return how many messages.

        Raises
        ------
        TransportError
            What was not settled comes again.
        """
        deliveries = await self._transport.receive(
            RESULTS_QUEUE,
            max_messages=BATCH,
            wait_seconds=wait_seconds,
            lease_seconds=LEASE_SECONDS,
        )
        if not deliveries:
            return 0
        acks: list[str] = []
        dead: list[SetAside] = []
        for delivery in deliveries:
            reason = await self._take(delivery, in_hand=deliveries)
            if reason is None:
                acks.append(delivery.receipt)
            else:
                dead.append(SetAside(delivery.receipt, reason))
        await self._transport.settle(RESULTS_QUEUE, acks=acks, dead_letters=dead)
        return len(deliveries)

    async def _take(self, delivery: Delivery, *, in_hand: list[Delivery]) -> str | None:
        """Take one message, however long the records do not answer; return why it is none."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                record = await self._results.take(delivery.body, published_at=delivery.published_at)
            except (ContractError, StateError) as error:
                if not error.retryable:
                    # A line about a message of somebody else, not about a place in our code.
                    log.error(  # noqa: TRY400 - as above
                        "results.unreadable", extra=fields(code=error.code, group=delivery.group_id)
                    )
                    return f"{error.code}: {error}"
                log.warning("results.failed", extra=fields(code=error.code))
            else:
                self._hub.wake(record.job.client_id)
                if record.job.callback_url is not None:
                    self._on_owed()
                return None
            await self._sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            await self._extend(in_hand)

    async def _extend(self, deliveries: list[Delivery]) -> None:
        extends = [Extend(delivery.receipt, LEASE_SECONDS) for delivery in deliveries]
        try:
            await self._transport.settle(RESULTS_QUEUE, extends=extends)
        except MipError as error:  # leases that end bring their messages again
            log.warning("results.failed", extra=fields(code=error.code))
