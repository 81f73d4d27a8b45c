"""What a queue remembers: the records behind it, and where an adapter keeps them.

A ledger stores and finds; it decides nothing. ``rules`` decides, over any ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from .base import QueueOptions
    from .policy import Lane


class Moment(NamedTuple):
    """An instant on two clocks.

    ``now`` is on the queue's own time line: it runs as the machine's monotonic clock does, goes on
    where it stopped after a restart of the machine, and never jumps. Every decision uses it.
    ``wall`` is seconds since 1970, for people.
    """

    now: float
    wall: float


class Queue(NamedTuple):
    """A queue by its number."""

    id: int
    name: str
    options: QueueOptions


class Entry(NamedTuple):
    """A message as kept; ``published_wall`` is for people."""

    number: int
    lane: int
    body: bytes
    dedup_id: str
    published_at: float
    published_wall: float


class DeadEntry(NamedTuple):
    """A dead letter as kept."""

    number: int
    body: bytes
    group_id: str
    dedup_id: str
    deliveries: int
    reason: str
    published_wall: float
    dead_at: float
    dead_wall: float


class Attempt(NamedTuple):
    """What a receive with an attempt id was given, and when."""

    at: float
    receipts: tuple[str, ...]


class Census(NamedTuple):
    """Live messages of a queue: all of them, heads on loan, heads delayed, the oldest."""

    total: int
    lent: int
    delayed: int
    oldest_wall: float | None


class Ledger(Protocol):
    """Records of all queues, as seen inside one transaction."""

    woken: set[str]
    """Names of queues in which a message may have become ready, or due earlier than thought."""

    # Queues

    def queue(self, name: str) -> Queue | None:
        """Find a queue."""
        ...

    def queue_names(self) -> list[str]:
        """Return all names, sorted."""
        ...

    def save_queue(self, name: str, options: QueueOptions) -> None:
        """Make a queue, or change its options."""
        ...

    def remove_queue(self, queue: Queue) -> None:
        """Remove a queue and all that it holds."""
        ...

    def reach(self, now: float) -> None:
        """Note that time has come this far: after a restart of the machine it goes on from here."""
        ...

    # Ids that are remembered for a while

    def seen_at(self, queue: Queue, dedup_id: str) -> float | None:
        """Return when a dedup id was accepted last."""
        ...

    def remember(self, queue: Queue, dedup_id: str, *, now: float) -> None:
        """Note that a dedup id was accepted."""
        ...

    def attempt(self, queue: Queue, attempt_id: str) -> Attempt | None:
        """Find an attempt."""
        ...

    def save_attempt(self, queue: Queue, attempt_id: str, attempt: Attempt) -> None:
        """Note what an attempt was given."""
        ...

    def forget(self, *, until: float, limit: int) -> int:
        """Remove dedup and attempt ids noted at ``until`` or before; return how many went."""
        ...

    # Lanes and messages

    def take_numbers(self, count: int) -> int:
        """Return the first of ``count`` numbers that were never given before, in order."""
        ...

    def lane_of_group(self, queue: Queue, group_id: str) -> Lane | None:
        """Find the lane of a group."""
        ...

    def lane(self, queue: Queue, lane_id: int) -> Lane | None:
        """Find a lane of this queue by number."""
        ...

    def add_lane(self, queue: Queue, lane: Lane) -> None:
        """Keep a new lane."""
        ...

    def save_lane(self, queue: Queue, lane: Lane) -> None:
        """Keep the new state of a lane."""
        ...

    def remove_lane(self, queue: Queue, lane: Lane) -> None:
        """Remove a lane that has no messages."""
        ...

    def ready(self, queue: Queue, *, now: float, limit: int) -> list[tuple[Lane, Entry]]:
        """Return ready lanes in the order of ``policy.turn``, each with its head."""
        ...

    def next_ready_at(self, queue: Queue) -> float | None:
        """Return the least ``ready_at`` of all lanes."""
        ...

    def add_entry(self, entry: Entry, *, is_first: bool) -> None:
        """Keep a message; ``is_first`` when its lane was empty."""
        ...

    def entry(self, number: int) -> Entry:
        """Return a message that is known to exist."""
        ...

    def remove_entry(self, number: int) -> None:
        """Remove a message."""
        ...

    def next_number(self, lane: Lane) -> int | None:
        """Return the number of the message behind the lane's head."""
        ...

    def census(self, queue: Queue, *, now: float, kept_since: float) -> Census:
        """Count messages published at ``kept_since`` or later, and heads on loan however old."""
        ...

    # Dead letters

    def add_dead_letter(self, queue: Queue, letter: DeadEntry) -> None:
        """Keep a dead letter."""
        ...

    def dead_letter(self, queue: Queue, number: int) -> DeadEntry | None:
        """Find a dead letter."""
        ...

    def dead_letters(
        self, queue: Queue, *, after: int, kept_since: float, limit: int
    ) -> list[DeadEntry]:
        """Return dead letters since ``kept_since`` with numbers above ``after``, in order."""
        ...

    def dead_letter_numbers(self, queue: Queue, *, kept_since: float) -> list[int]:
        """Return the numbers of all dead letters since ``kept_since``, in order."""
        ...

    def remove_dead_letter(self, queue: Queue, number: int) -> None:
        """Remove a dead letter."""
        ...

    def forget_dead_letters(self, queue: Queue, *, before: float, limit: int) -> int:
        """Remove dead letters from before an instant; return how many went."""
        ...
