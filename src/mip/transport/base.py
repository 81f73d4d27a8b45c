"""The transport contract: durable queues of bytes with leases, groups and dead letters.

A transport carries bytes and knows nothing of jobs. What Amazon SQS calls *visibility timeout* is
the *lease* here.

Guarantees, each with a test in :class:`mip.testing.TransportConformance`
------------------------------------------------------------------------
Publishing
    * A message whose publish returned ``published`` is delivered at least once, whatever crashes.
    * A batch is one call with one outcome per message, in order; one refused message does not
      stop the others.
    * Within 5 minutes a second message with a ``dedup_id`` that the queue has accepted is dropped
      and answered ``duplicate``, also when the first was acked since. A message that was refused
      does not use up its ``dedup_id``.
Order
    * Within a group, messages are delivered in the order in which they were published. While one
      is out on a lease, no other of its group is given; other groups go on.
    * A nacked or expired message keeps its place at the head of its group.
    * The group whose next message has been ready longest is served first.
Leases
    * A delivery is on loan for ``lease_seconds``. Each loan has its own receipt. An expired or
      replaced receipt is answered ``lease_lost`` by ack, nack, extend and set aside, and changes
      nothing; so is anything that never was a receipt of this queue.
    * ``deliveries`` counts the loans of a message, this one included.
    * A nack with ``delay_seconds`` hides the message, and with it its group, for that long.
    * ``receive`` repeated with the same ``attempt_id`` within 5 minutes, while all its loans stand,
      returns the same deliveries with the same receipts, their leases begun anew; a lost answer
      costs nothing. Once one of them was settled or expired, the id names a new attempt.
    * A message delivered ``max_receives`` times without an ack is dead-lettered by the queue
      (reason ``MAX_RECEIVES_REASON``) when it would be delivered again: a backstop for crashes.
    * Setting the wall clock, forward or back, ends no lease and drops no message.
Waiting
    * ``receive`` with ``wait_seconds`` returns as soon as a message can be given (published,
      handed back, freed by its group, its delay or a lease over), from any process, and an empty
      list when the time is up. Waiting costs no polling loop.
    * A cancelled ``receive`` gives no loan that nobody knows of: what it had taken is given back,
      uncounted.
Dead letters
    * A dead letter keeps its body, group, dedup id, deliveries and reason until it is redriven,
      dropped or has been dead for longer than the retention. Setting a message aside frees its
      group. Its id is that of no other dead letter, of this queue or another.
    * ``redrive`` puts it at the end of its group as a new message with a fresh dedup id.
Retention
    * Messages older than ``retention_seconds`` are dropped, except while on loan.

All methods may be called from many tasks at once. Cancelling ``publish`` or ``settle`` leaves it
unknown whether the call took effect; both are safe to repeat. Arguments out of range raise
``ContractError``; a call after ``aclose``, ``TransportClosedError``.
"""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

import msgspec

from ..contracts import MAX_MESSAGE_BYTES

DEDUP_SECONDS = 300.0
"""How long a dedup id is remembered, as in SQS FIFO queues."""

DEFAULT_LEASE_SECONDS = 900.0
MAX_LEASE_SECONDS = 43_200.0
DEFAULT_RETENTION_SECONDS = 14 * 86_400.0
MAX_WAIT_SECONDS = 20.0
MAX_BODY_BYTES = MAX_MESSAGE_BYTES
MAX_BATCH = 1000
"""Most messages in one call; an adapter splits them into the calls of its service."""

MAX_RECEIVES_REASON = "max_receives"
"""Reason of a dead letter that the queue wrote by itself."""

PublishOutcome: TypeAlias = Literal["published", "duplicate", "too_large"]
SettleOutcome: TypeAlias = Literal["done", "lease_lost", "retry"]


class QueueOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a queue behaves; changing the options of an existing queue keeps its messages."""

    lease_seconds: float = DEFAULT_LEASE_SECONDS
    retention_seconds: float = DEFAULT_RETENTION_SECONDS
    max_receives: int = 10


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is published: ``body`` in order within ``group_id``, once per ``dedup_id``."""

    body: bytes
    group_id: str
    dedup_id: str


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message on loan; settle it before ``deadline``.

    ``deadline`` and ``published_at`` are wall-clock seconds since 1970.
    """

    body: bytes
    group_id: str
    dedup_id: str
    receipt: str
    deliveries: int
    deadline: float
    published_at: float


class Nack(msgspec.Struct, frozen=True):
    """Give a message back, to be delivered again after ``delay_seconds``."""

    receipt: str
    delay_seconds: float = 0.0


class Extend(msgspec.Struct, frozen=True):
    """Begin the lease anew, for ``lease_seconds`` from now."""

    receipt: str
    lease_seconds: float


class SetAside(msgspec.Struct, frozen=True):
    """Set a message aside as a dead letter, with the reason that people will read."""

    receipt: str
    reason: str


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of each item of a ``settle`` call, in the order given.

    ``retry`` means that this item was not settled and may be sent again.
    """

    acks: tuple[SettleOutcome, ...] = ()
    nacks: tuple[SettleOutcome, ...] = ()
    extends: tuple[SettleOutcome, ...] = ()
    dead_letters: tuple[SettleOutcome, ...] = ()


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """What a queue holds: waiting, on loan, delayed by a nack, dead; publish time of the oldest."""

    waiting: int
    in_flight: int
    delayed: int
    dead_letters: int
    oldest_at: float | None


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message set aside."""

    id: str
    body: bytes
    group_id: str
    dedup_id: str
    deliveries: int
    reason: str
    published_at: float
    dead_at: float


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """Where transports differ, declared and never discovered by exception.

    ``is_durable``: survives the end of the process. ``is_shared``: several processes can open it.
    ``has_attempt_ids``: a repeated ``receive`` returns the same loans.
    """

    is_durable: bool
    is_shared: bool
    has_attempt_ids: bool = True


class Transport(Protocol):
    """Queues of bytes; every guarantee is in the module's docstring."""

    @property
    def capabilities(self) -> Capabilities:
        """Return what this transport can do."""
        ...

    async def create_queue(self, queue: str, options: QueueOptions = QueueOptions()) -> None:
        """Create ``queue``, or give an existing one these options; its messages stay."""
        ...

    async def delete_queue(self, queue: str, *, force: bool = False) -> None:
        """Delete ``queue`` with its dead letters.

        Raises
        ------
        TransportError
            It holds messages and ``force`` is not given.
        QueueNotFoundError
            There is no such queue.
        """
        ...

    async def queues(self) -> list[str]:
        """Return the names of all queues, sorted."""
        ...

    async def publish(self, queue: str, messages: list[Message]) -> list[PublishOutcome]:
        """Append a batch; one outcome per message, in order.

        Raises
        ------
        QueueNotFoundError
            There is no such queue.
        """
        ...

    async def receive(
        self,
        queue: str,
        *,
        max_messages: int = 1,
        wait_seconds: float = 0.0,
        lease_seconds: float | None = None,
        attempt_id: str | None = None,
    ) -> list[Delivery]:
        """Take up to ``max_messages`` on loan, at most one per group, oldest group first.

        Parameters
        ----------
        queue : str
            Its name.
        max_messages : int
            1 to ``MAX_BATCH``.
        wait_seconds : float
            How long to wait for the first message, 0 to ``MAX_WAIT_SECONDS``.
        lease_seconds : float, optional
            Length of the loan; the queue's own by default.
        attempt_id : str, optional
            Names this call, so that it can be repeated when its answer was lost.

        Raises
        ------
        QueueNotFoundError
            There is no such queue.
        """
        ...

    async def settle(
        self,
        queue: str,
        *,
        acks: list[str] | None = None,
        nacks: list[Nack] | None = None,
        extends: list[Extend] | None = None,
        dead_letters: list[SetAside] | None = None,
    ) -> Settlement:
        """Settle or extend loans by receipt; one batched call, an outcome per item.

        Raises
        ------
        QueueNotFoundError
            There is no such queue.
        """
        ...

    async def depth(self, queue: str) -> Depth:
        """Return what ``queue`` holds.

        Raises
        ------
        QueueNotFoundError
            There is no such queue.
        """
        ...

    async def dead_letters(
        self, queue: str, *, limit: int = 100, after: str | None = None
    ) -> list[DeadLetter]:
        """Return dead letters, oldest first, beginning after the one with id ``after``.

        Raises
        ------
        QueueNotFoundError
            There is no such queue.
        """
        ...

    async def redrive(self, queue: str, *, ids: list[str] | None = None) -> int:
        """Publish dead letters anew (all of them by default); return how many.

        Raises
        ------
        QueueNotFoundError
            There is no such queue.
        """
        ...

    async def drop_dead_letters(self, queue: str, *, ids: list[str] | None = None) -> int:
        """Forget dead letters (all of them by default); return how many.

        Raises
        ------
        QueueNotFoundError
            There is no such queue.
        """
        ...

    async def aclose(self) -> None:
        """Release files and threads; waiting calls raise ``TransportClosedError``."""
        ...
