"""What every transport must do: one test per sentence of :mod:`mip.transport.base`.

Subclass :class:`TransportConformance` and give three fixtures:

``clock``
    A :class:`mip.testing.FakeClock`, or something like it that moves the service's time.
``transport``
    An open transport without queues, on that clock.
``another``
    An async function that opens the same queues once more, as another user of them would.

A durable one subclasses :class:`DurableTransportConformance` too.
"""

from __future__ import annotations

from .dead_letters import DeadLetterConformance
from .durability import DurableTransportConformance
from .leases import LeaseConformance
from .order import OrderConformance
from .publishing import PublishingConformance
from .queues import QueueConformance
from .waiting import WaitingConformance

__all__ = ["DurableTransportConformance", "TransportConformance"]


class TransportConformance(
    QueueConformance,
    PublishingConformance,
    OrderConformance,
    LeaseConformance,
    WaitingConformance,
    DeadLetterConformance,
):
    """All guarantees that every transport gives."""
