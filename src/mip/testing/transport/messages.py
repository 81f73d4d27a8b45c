"""Short words for what the suites publish and receive."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from typing import TYPE_CHECKING, TypeAlias

from ...transport import Delivery, Message, QueueOptions, Transport

if TYPE_CHECKING:
    from ...transport import Extend, Nack, SetAside

Another: TypeAlias = Callable[[], Awaitable[Transport]]
Call: TypeAlias = Callable[[Transport], Awaitable[object]]

QUEUE = "mip-window-requests.fifo"
LEASE_SECONDS = 30.0
RETENTION_SECONDS = 86_400.0
MAX_RECEIVES = 3

_ids = count()


def message(body: str, group: str = "g", dedup: str | None = None) -> Message:
    """Make a message; its dedup id is new unless given."""
    return Message(
        body=body.encode(),
        group_id=group,
        dedup_id=f"dedup-{next(_ids)}" if dedup is None else dedup,
    )


async def made(
    transport: Transport,
    *,
    lease_seconds: float = LEASE_SECONDS,
    retention_seconds: float = RETENTION_SECONDS,
    max_receives: int = MAX_RECEIVES,
) -> str:
    """Create the queue of a test and return its name."""
    options = QueueOptions(
        lease_seconds=lease_seconds,
        retention_seconds=retention_seconds,
        max_receives=max_receives,
    )
    await transport.create_queue(QUEUE, options)
    return QUEUE


async def publish(transport: Transport, *bodies: str, group: str = "g") -> None:
    """Publish messages to one group and insist that they were accepted."""
    outcomes = await transport.publish(QUEUE, [message(body, group) for body in bodies])
    assert outcomes == ["published"] * len(bodies)


async def receive(transport: Transport, most: int = 10) -> list[Delivery]:
    """Take what there is."""
    return await transport.receive(QUEUE, max_messages=most)


async def receive_one(transport: Transport) -> Delivery:
    """Take exactly one message."""
    (delivery,) = await transport.receive(QUEUE)
    return delivery


async def ack(transport: Transport, *deliveries: Delivery) -> tuple[str, ...]:
    """Ack deliveries; return the outcomes."""
    settlement = await transport.settle(QUEUE, acks=[each.receipt for each in deliveries])
    return settlement.acks


async def settle(transport: Transport, item: str | Nack | Extend | SetAside) -> str:
    """Settle one loan in any of the four ways; return the outcome."""
    kind = "acks" if isinstance(item, str) else KINDS[type(item).__name__]
    settlement = await transport.settle(QUEUE, **{kind: [item]})  # type: ignore[arg-type] # by kind
    (outcome,) = getattr(settlement, kind)
    return str(outcome)


KINDS = {"Nack": "nacks", "Extend": "extends", "SetAside": "dead_letters"}


def bodies(deliveries: list[Delivery]) -> list[str]:
    """Return what was received, as text."""
    return [delivery.body.decode() for delivery in deliveries]
