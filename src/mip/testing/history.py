"""Histories: what several processes did with a queue, and whether it could have been allowed.

Each process wraps its transport in :class:`RecordingTransport`; afterwards :func:`check_history`
reads all records together and names every broken guarantee. It claims only what is certain: calls
whose answer was lost with their process count as possibly done.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from ..clock import Clock
    from ..transport import Delivery, Message, Settlement, Transport


class PublishBegun(msgspec.Struct, frozen=True, tag=True):
    """A publish is about to be called, with (dedup id, group) of each message."""

    at: float
    messages: list[tuple[str, str]]


class Published(msgspec.Struct, frozen=True, tag=True):
    """The publish begun before has returned."""

    at: float
    outcomes: list[str]


class Received(msgspec.Struct, frozen=True, tag=True):
    """A receive called at ``called_at`` gave (receipt, dedup id, group) of each loan."""

    called_at: float
    at: float
    lease_seconds: float
    loans: list[tuple[str, str, str]]


class SettleBegun(msgspec.Struct, frozen=True, tag=True):
    """Receipts are about to be acked."""

    at: float
    receipts: list[str]


class Settled(msgspec.Struct, frozen=True, tag=True):
    """The settle begun before has returned."""

    at: float
    outcomes: list[str]


Event: TypeAlias = PublishBegun | Published | Received | SettleBegun | Settled


class RecordingTransport:
    """Publishes, receives and acks on one queue, one call at a time, and records each.

    Parameters
    ----------
    transport : Transport
        Does the work.
    queue : str
        Its queue.
    record : callable
        Keeps one encoded event; must survive the process from its return on (a write to a file).
    clock : Clock
        Its monotonic clock must be the same in all processes of a history.
    """

    def __init__(
        self, transport: Transport, queue: str, *, record: Callable[[bytes], object], clock: Clock
    ) -> None:
        self._transport = transport
        self._queue = queue
        self._record = record
        self._clock = clock

    async def publish(self, messages: list[Message]) -> list[str]:
        """Publish and record."""
        ids = [(message.dedup_id, message.group_id) for message in messages]
        self._keep(PublishBegun(self._clock.monotonic(), ids))
        outcomes = list(map(str, await self._transport.publish(self._queue, messages)))
        self._keep(Published(self._clock.monotonic(), outcomes))
        return outcomes

    async def receive(
        self, *, max_messages: int, wait_seconds: float, lease_seconds: float
    ) -> list[Delivery]:
        """Receive and record."""
        called_at = self._clock.monotonic()
        deliveries = await self._transport.receive(
            self._queue,
            max_messages=max_messages,
            wait_seconds=wait_seconds,
            lease_seconds=lease_seconds,
        )
        loans = [(each.receipt, each.dedup_id, each.group_id) for each in deliveries]
        self._keep(Received(called_at, self._clock.monotonic(), lease_seconds, loans))
        return deliveries

    async def ack(self, receipts: list[str]) -> Settlement:
        """Ack and record."""
        self._keep(SettleBegun(self._clock.monotonic(), receipts))
        settlement = await self._transport.settle(self._queue, acks=receipts)
        self._keep(Settled(self._clock.monotonic(), list(map(str, settlement.acks))))
        return settlement

    def _keep(self, event: Event) -> None:
        self._record(msgspec.json.encode(event) + b"\n")


def read_events(lines: bytes) -> list[Event]:
    """Decode what one process recorded; a last line cut short by its death is left out."""
    whole = lines[: lines.rfind(b"\n") + 1]
    return [msgspec.json.decode(line, type=Event) for line in whole.splitlines()]


class _Loan(msgspec.Struct):
    """One delivery and what became of it."""

    message: str
    group: str
    called_at: float
    held_from: float
    held_until: float
    acked_from: float | None = None
    """When its ack was called."""
    acked_at: float | None = None
    """When its ack returned ``done``."""
    is_maybe_acked: bool = False


class _Story(msgspec.Struct):
    """All processes together."""

    confirmed: set[str] = msgspec.field(default_factory=set)
    groups: dict[str, list[str]] = msgspec.field(default_factory=dict)
    """Messages of each group in the order in which publishing them began."""
    loans: dict[str, _Loan] = msgspec.field(default_factory=dict)
    repeated_receipts: list[str] = msgspec.field(default_factory=list)


def check_history(processes: Iterable[list[Event]], *, is_drained: bool = True) -> list[str]:
    """Return every broken guarantee, in words; nothing when the history is allowed.

    Parameters
    ----------
    processes : iterable of list of Event
        What each process recorded, in its own order. Each group has one publisher.
    is_drained : bool
        Whether the queue was received empty at the end.
    """
    story = _Story()
    for events in processes:
        _tell(story, events)
    problems = [f"receipt {receipt} was given twice" for receipt in story.repeated_receipts]
    if is_drained:
        problems += _lost(story)
    by_message: defaultdict[str, list[_Loan]] = defaultdict(list)
    by_group: defaultdict[str, list[_Loan]] = defaultdict(list)
    for loan in story.loans.values():
        by_message[loan.message].append(loan)
        by_group[loan.group].append(loan)
    for message, loans in by_message.items():
        problems += _undone(message, loans)
    for group, loans in by_group.items():
        problems += _together(group, loans)
    for messages in story.groups.values():
        problems += _disordered(messages, by_message)
    return problems


def _tell(story: _Story, events: list[Event]) -> None:
    """Add what one process did."""
    publishing: list[tuple[str, str]] = []
    settling: list[_Loan | None] = []
    for event in events:
        if isinstance(event, PublishBegun):
            publishing = event.messages
            for message, group in publishing:
                story.groups.setdefault(group, []).append(message)
        elif isinstance(event, Published):
            outcomes = zip(publishing, event.outcomes, strict=True)
            story.confirmed |= {message for (message, _), done in outcomes if done == "published"}
        elif isinstance(event, Received):
            _lend(story, event)
        elif isinstance(event, SettleBegun):
            settling = [story.loans.get(receipt) for receipt in event.receipts]
            for known in filter(None, settling):
                known.acked_from = event.at
                known.is_maybe_acked = True
        else:
            for loan, outcome in zip(settling, event.outcomes, strict=True):
                if loan is not None:
                    loan.is_maybe_acked = outcome == "done"
                    loan.acked_at = event.at if outcome == "done" else None


def _lend(story: _Story, event: Received) -> None:
    for receipt, message, group in event.loans:
        if receipt in story.loans:
            story.repeated_receipts.append(receipt)
        # The lease began at some time during the call: these bounds hold for certain.
        until = event.called_at + event.lease_seconds
        story.loans[receipt] = _Loan(message, group, event.called_at, event.at, until)


def _lost(story: _Story) -> list[str]:
    finished = {loan.message for loan in story.loans.values() if loan.is_maybe_acked}
    return [f"{id_} was published and is lost" for id_ in sorted(story.confirmed - finished)]


def _undone(message: str, loans: list[_Loan]) -> list[str]:
    """Check that an ack is for good and happens once."""
    done = [loan for loan in loans if loan.acked_at is not None]
    problems = [f"{message} was acked {len(done)} times"] if len(done) > 1 else []
    first_done_at = min((loan.acked_at for loan in loans if loan.acked_at), default=math.inf)
    if any(loan.called_at > first_done_at for loan in loans):
        problems.append(f"{message} was delivered after it was acked")
    return problems


def _together(group: str, loans: list[_Loan]) -> list[str]:
    """Check that no two loans of a group stood at the same time."""
    spans = sorted(
        (loan.held_from, min(loan.held_until, loan.acked_from or loan.held_until)) for loan in loans
    )
    latest = 0.0
    problems = []
    for begin, end in spans:
        if begin < min(latest, end):
            problems.append(f"two loans of group {group} stood at {begin}")
        latest = max(latest, end)
    return problems


def _disordered(messages: list[str], by_message: dict[str, list[_Loan]]) -> list[str]:
    """Check that each message was first delivered when all before it could be finished."""
    problems = []
    finished_from = 0.0
    for message in messages:
        loans = by_message.get(message, [])
        if not loans:
            continue  # its publisher died before it was published
        if min(loan.held_from for loan in loans) < finished_from:
            problems.append(f"{message} was delivered before its turn")
        acks = [loan.acked_from for loan in loans if loan.is_maybe_acked and loan.acked_from]
        finished_from = max(finished_from, min(acks, default=math.inf))
    return problems
