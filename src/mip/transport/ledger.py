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

    # Ids that are remembered for a while

    def seen_at(self, queue: Queue, dedup_ids: list[str], *, since: float) -> dict[str, float]:
        """Return when dedup ids were accepted last; those not accepted since may be left out."""
        ...

    def remember(self, queue: Queue, dedup_ids: list[str], *, now: float) -> None:
        """Note that dedup ids were accepted."""
        ...

    def attempt(self, queue: Queue, attempt_id: str, *, since: float) -> Attempt | None:
        """Find an attempt; one not noted since may be left out."""
        ...

    def save_attempt(self, queue: Queue, attempt_id: str, attempt: Attempt) -> None:
        """Note what an attempt was given."""
        ...

    def forget(self, *, until: float, limit: int) -> int:
        """Remove dedup and attempt ids noted at ``until`` or before; return how many went.

        An adapter may keep them for some time longer.
        """
        ...

    # Lanes and messages

    def take_numbers(self, count: int, *, now: float) -> int:
        """Return the first of ``count`` numbers that were never given before, in order.

        Notes that time has come this far: after a restart of the machine it goes on from here.
        """
        ...

    def lanes_of_groups(self, queue: Queue, group_ids: list[str]) -> dict[str, Lane]:
        """Return the lanes of groups; a group without one is left out."""
        ...

    def lanes(self, queue: Queue, lane_ids: list[int]) -> dict[int, Lane]:
        """Return lanes of this queue by number; unknown ones are left out."""
        ...

    def add_lanes(self, queue: Queue, lanes: list[Lane]) -> None:
        """Keep new lanes."""
        ...

    def save_lanes(self, queue: Queue, lanes: list[Lane]) -> None:
        """Keep the new state of lanes."""
        ...

    def remove_lanes(self, queue: Queue, lanes: list[Lane]) -> None:
        """Remove lanes that have no messages."""
        ...

    def ready(self, queue: Queue, *, now: float, limit: int) -> list[tuple[Lane, Entry]]:
        """Return ready lanes in the order of ``policy.turn``, each with its head."""
        ...

    def next_ready_at(self, queue: Queue) -> float | None:
        """Return the least ``ready_at`` of all lanes."""
        ...

    def add_entries(self, entries: list[Entry]) -> None:
        """Keep messages; the first of a lane has the lane's own number."""
        ...

    def entry(self, number: int) -> Entry:
        """Return a message that is known to exist."""
        ...

    def remove_entries(self, numbers: list[int]) -> None:
        """Remove messages."""
        ...

    def next_numbers(self, lanes: list[Lane]) -> dict[int, int]:
        """Return, by lane, the number of the message behind its head; none, and it is left out."""
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
