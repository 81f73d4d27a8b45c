"""What each call does to a ledger: the one code behind every transport that keeps its own queues.

Functions of (ledger, arguments, moment): no I/O of their own, no clock, no await. An adapter calls
one of them per transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..errors import QueueNotEmptyError, QueueNotFoundError
from . import policy
from .base import (
    DEDUP_SECONDS,
    MAX_RECEIVES_REASON,
    Delivery,
    Depth,
    Extend,
    Message,
    Nack,
    PublishOutcome,
    SetAside,
    Settlement,
    SettleOutcome,
)
from .ledger import Attempt, DeadEntry, Entry, Ledger, Moment, Queue
from .policy import Lane, Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable

CHUNK = 500
"""Most records that one transaction cleans up or redrives: bounds how long others wait."""

TIDIED_LANES = 20
"""Lanes, longest wait first, whose heads are checked against the retention in one go."""


class Taken(NamedTuple):
    """A loan, and when its lane had been ready: enough to take it back."""

    receipt: Receipt
    ready_at: float


class Received(NamedTuple):
    """What a receive got; ``ready_in`` tells when to look again when that is nothing."""

    deliveries: list[Delivery]
    taken: list[Taken]
    ready_in: float | None


def find_queue(ledger: Ledger, name: str) -> Queue:
    """Return a queue.

    Raises
    ------
    QueueNotFoundError
        There is none of this name.
    """
    queue = ledger.queue(name)
    if queue is None:
        raise QueueNotFoundError(f"there is no queue {name!r}: create it first")
    return queue


def delete_queue(ledger: Ledger, name: str, moment: Moment, *, force: bool) -> None:
    """Remove a queue with its dead letters; one that holds messages only by force."""
    queue = find_queue(ledger, name)
    held = depth(ledger, name, moment)
    count = held.waiting + held.in_flight + held.delayed
    if count and not force:
        raise QueueNotEmptyError(
            f"queue {name!r} holds {count} messages: force deletes them with it"
        )
    ledger.remove_queue(queue)
    ledger.woken.add(name)


def publish(
    ledger: Ledger, name: str, messages: list[Message], moment: Moment
) -> list[PublishOutcome]:
    """Append messages; each is accepted, a duplicate or too large."""
    queue = find_queue(ledger, name)
    since = moment.now - DEDUP_SECONDS
    seen = ledger.seen_at(queue, [message.dedup_id for message in messages], since=since)
    outcomes: list[PublishOutcome] = []
    accepted: list[Message] = []
    for message in messages:
        outcome = policy.admit(
            size=len(message.body), seen_at=seen.get(message.dedup_id), now=moment.now
        )
        outcomes.append(outcome)
        if outcome == "published":
            seen[message.dedup_id] = moment.now
            accepted.append(message)
    if accepted:
        _append(ledger, queue, accepted, moment)
    return outcomes


def _append(ledger: Ledger, queue: Queue, messages: list[Message], moment: Moment) -> None:
    """Put messages at the ends of their lanes; the first of a new lane gives it its number."""
    first = ledger.take_numbers(len(messages), now=moment.now)
    ledger.remember(queue, [message.dedup_id for message in messages], now=moment.now)
    lanes = ledger.lanes_of_groups(queue, [message.group_id for message in messages])
    begun: list[Lane] = []
    entries: list[Entry] = []
    for number, message in enumerate(messages, first):
        lane = lanes.get(message.group_id)
        if lane is None:
            lane = Lane(number, message.group_id, head=number, ready_at=moment.now)
            lanes[message.group_id] = lane
            begun.append(lane)
        entries.append(Entry(number, lane.id, message.body, message.dedup_id, *moment))
    ledger.add_entries(entries)
    if begun:
        ledger.add_lanes(queue, begun)
        ledger.woken.add(queue.name)


def receive(
    ledger: Ledger,
    name: str,
    moment: Moment,
    *,
    max_messages: int,
    lease_seconds: float | None,
    attempt_id: str | None,
) -> Received:
    """Lend up to ``max_messages``, or again what the same attempt was lent."""
    queue = find_queue(ledger, name)
    seconds = queue.options.lease_seconds if lease_seconds is None else lease_seconds
    received = Received([], [], None)
    if attempt_id is not None:
        received = _repeat(ledger, queue, attempt_id, moment, seconds)
    if not received.deliveries:
        received = _lend(ledger, queue, moment, seconds, max_messages)
    if received.deliveries and attempt_id is not None:
        receipts = tuple(delivery.receipt for delivery in received.deliveries)
        ledger.save_attempt(queue, attempt_id, Attempt(moment.now, receipts))
    return received


def _repeat(
    ledger: Ledger, queue: Queue, attempt_id: str, moment: Moment, seconds: float
) -> Received:
    """Return the loans of an attempt, begun anew, if every one of them still stands."""
    received = Received([], [], None)
    attempt = ledger.attempt(queue, attempt_id, since=moment.now - DEDUP_SECONDS)
    if attempt is None or policy.is_forgotten(attempt.at, now=moment.now):
        return received
    desk = _Desk(ledger, queue, moment, attempt.receipts)
    lanes = [lane for text in attempt.receipts if (lane := desk.held(text)) is not None]
    if len(lanes) < len(attempt.receipts):
        return received
    renewed = [policy.renew(lane, lease_seconds=seconds, now=moment.now) for lane in lanes]
    ledger.save_lanes(queue, renewed)
    for lane in renewed:
        received.taken.append(Taken(policy.receipt_of(lane), moment.now))
        received.deliveries.append(_delivery(lane, ledger.entry(lane.head), moment))
    return received


def _lend(
    ledger: Ledger, queue: Queue, moment: Moment, seconds: float, max_messages: int
) -> Received:
    received = Received([], [], None)
    for _ in range(CHUNK):  # more than once only when heads had to be cleared away
        wanted = max_messages - len(received.deliveries)
        loans: list[Lane] = []
        was_cleared = False
        for lane, entry in ledger.ready(queue, now=moment.now, limit=wanted):
            was_cleared = _clear(ledger, queue, lane, entry, moment)
            if was_cleared:
                break  # whose turn it is now has to be asked again
            lent = policy.lend(lane, lease_seconds=seconds, now=moment.now)
            loans.append(lent)
            received.taken.append(Taken(policy.receipt_of(lent), lane.ready_at))
            received.deliveries.append(_delivery(lent, entry, moment))
        ledger.save_lanes(queue, loans)
        if not was_cleared:
            break
    if received.deliveries:
        return received
    return received._replace(ready_in=ready_in(ledger, queue.name, moment))


def _clear(ledger: Ledger, queue: Queue, lane: Lane, entry: Entry, moment: Moment) -> bool:
    """Remove the head of a ready lane if it may not be lent any more; tell whether that was so."""
    fate = policy.judge(
        lane, published_at=entry.published_at, options=queue.options, now=moment.now
    )
    if fate == "lend":
        return False
    if fate == "dead_letter":
        _dead_letter(ledger, queue, lane, MAX_RECEIVES_REASON, moment)
    _clear_away(ledger, queue, lane)
    return True


def _clear_away(ledger: Ledger, queue: Queue, lane: Lane) -> None:
    """Remove a head that was not lent; the next message takes its turn, or its own if later."""
    behind = ledger.next_numbers([lane]).get(lane.id)
    published_at = lane.ready_at if behind is None else ledger.entry(behind).published_at
    _advance(ledger, queue, [lane], ready_at=max(lane.ready_at, published_at))


def _delivery(lane: Lane, entry: Entry, moment: Moment) -> Delivery:
    return Delivery(
        body=entry.body,
        group_id=lane.group_id,
        dedup_id=entry.dedup_id,
        receipt=str(policy.receipt_of(lane)),
        deliveries=lane.deliveries,
        deadline=moment.wall + (lane.ready_at - moment.now),
        published_at=entry.published_wall,
    )


def take_back(ledger: Ledger, name: str, taken: list[Taken], moment: Moment) -> None:
    """Undo loans whose receiver was gone before it learnt of them."""
    queue = ledger.queue(name)
    if queue is None:
        return
    lanes = ledger.lanes(queue, [receipt.lane for receipt, _ in taken])
    unlent: list[Lane] = []
    for receipt, ready_at in taken:
        lane = lanes.get(receipt.lane)
        if lane is not None and policy.is_held(lane, receipt, now=moment.now):
            unlent.append(policy.unlend(lane, ready_at=ready_at))
    if unlent:
        ledger.save_lanes(queue, unlent)
        ledger.woken.add(name)


def ready_in(ledger: Ledger, name: str, moment: Moment) -> float | None:
    """Return in how many seconds a message is ready: 0 for now, None when there is none."""
    ready_at = ledger.next_ready_at(find_queue(ledger, name))
    return None if ready_at is None else max(0.0, ready_at - moment.now)


def look(ledger: Ledger, name: str, moment: Moment) -> Received | None:
    """Return what a receive gets while nothing is ready; None when it has to be tried.

    This only reads, so that those who wait do not compete for the right to write.
    """
    seconds = ready_in(ledger, name, moment)
    return None if seconds == 0 else Received([], [], seconds)


def settle(
    ledger: Ledger,
    name: str,
    moment: Moment,
    *,
    acks: list[str],
    nacks: list[Nack],
    extends: list[Extend],
    dead_letters: list[SetAside],
) -> Settlement:
    """Settle or extend loans, each on its own."""
    others: list[Nack | Extend | SetAside] = [*nacks, *extends, *dead_letters]
    receipts = [*acks, *(item.receipt for item in others)]
    desk = _Desk(ledger, find_queue(ledger, name), moment, receipts)
    settlement = Settlement(
        acks=tuple(map(desk.ack, acks)),
        nacks=tuple(map(desk.nack, nacks)),
        extends=tuple(map(desk.extend, extends)),
        dead_letters=tuple(map(desk.dead_letter, dead_letters)),
    )
    desk.close()
    return settlement


class _Desk:
    """Where the loans of some receipts are settled one after another, in one transaction."""

    def __init__(
        self, ledger: Ledger, queue: Queue, moment: Moment, receipts: Iterable[str]
    ) -> None:
        self._ledger = ledger
        self._queue = queue
        self._moment = moment
        parsed = ((text, policy.parse_receipt(text)) for text in receipts)
        self._receipts = {text: receipt for text, receipt in parsed if receipt is not None}
        numbers = [receipt.lane for receipt in self._receipts.values()]
        self._lanes = ledger.lanes(queue, numbers)
        self._changed: dict[int, Lane] = {}
        self._done: list[Lane] = []

    def held(self, text: str) -> Lane | None:
        """Return the lane whose loan a receipt names, if that still stands."""
        receipt = self._receipts.get(text)
        lane = self._lanes.get(receipt.lane) if receipt is not None else None
        if receipt is None or not policy.is_held(lane, receipt, now=self._moment.now):
            return None
        return lane

    def ack(self, receipt: str) -> SettleOutcome:
        lane = self.held(receipt)
        if lane is None:
            return "lease_lost"
        self._end(lane)
        return "done"

    def nack(self, item: Nack) -> SettleOutcome:
        lane = self.held(item.receipt)
        if lane is None:
            return "lease_lost"
        self._change(policy.release(lane, delay_seconds=item.delay_seconds, now=self._moment.now))
        self._ledger.woken.add(self._queue.name)
        return "done"

    def extend(self, item: Extend) -> SettleOutcome:
        lane = self.held(item.receipt)
        if lane is None:
            return "lease_lost"
        renewed = policy.renew(lane, lease_seconds=item.lease_seconds, now=self._moment.now)
        self._change(renewed)
        if renewed.ready_at < lane.ready_at:  # who waits for the old deadline must look earlier
            self._ledger.woken.add(self._queue.name)
        return "done"

    def dead_letter(self, item: SetAside) -> SettleOutcome:
        lane = self.held(item.receipt)
        if lane is None:
            return "lease_lost"
        _dead_letter(self._ledger, self._queue, lane, item.reason, self._moment)
        self._end(lane)
        return "done"

    def close(self) -> None:
        """Write what was settled."""
        self._ledger.save_lanes(self._queue, list(self._changed.values()))
        _advance(self._ledger, self._queue, self._done, ready_at=self._moment.now)

    def _change(self, lane: Lane) -> None:
        self._lanes[lane.id] = self._changed[lane.id] = lane

    def _end(self, lane: Lane) -> None:
        """Note that the head of a lane is done with, and with it every receipt of it."""
        del self._lanes[lane.id]
        self._changed.pop(lane.id, None)
        self._done.append(lane)


def _advance(ledger: Ledger, queue: Queue, lanes: list[Lane], *, ready_at: float) -> None:
    """Remove the heads of lanes; the next messages, if any, are ready from ``ready_at``."""
    numbers = ledger.next_numbers(lanes)
    going_on: list[Lane] = []
    empty: list[Lane] = []
    for lane in lanes:
        following = policy.advance(lane, head=numbers.get(lane.id), ready_at=ready_at)
        if following is None:
            empty.append(lane)
        else:
            going_on.append(following)
    ledger.remove_entries([lane.head for lane in lanes])
    ledger.remove_lanes(queue, empty)
    if going_on:
        ledger.save_lanes(queue, going_on)
        ledger.woken.add(queue.name)


def _dead_letter(ledger: Ledger, queue: Queue, lane: Lane, reason: str, moment: Moment) -> None:
    """Copy the head of a lane to the dead letters."""
    entry = ledger.entry(lane.head)
    ledger.add_dead_letter(
        queue,
        DeadEntry(
            number=ledger.take_numbers(1, now=moment.now),
            body=entry.body,
            group_id=lane.group_id,
            dedup_id=entry.dedup_id,
            deliveries=lane.deliveries,
            reason=reason,
            published_wall=entry.published_wall,
            dead_at=moment.now,
            dead_wall=moment.wall,
        ),
    )


def depth(ledger: Ledger, name: str, moment: Moment) -> Depth:
    """Count what a queue holds."""
    queue = find_queue(ledger, name)
    since = policy.kept_since(queue.options, now=moment.now)
    census = ledger.census(queue, now=moment.now, kept_since=since)
    return Depth(
        waiting=census.total - census.lent - census.delayed,
        in_flight=census.lent,
        delayed=census.delayed,
        dead_letters=len(ledger.dead_letter_numbers(queue, kept_since=since)),
        oldest_at=census.oldest_wall,
    )


def tidy(ledger: Ledger, moment: Moment) -> bool:
    """Remove a chunk of what no call can see any more; tell whether there may be more of it."""
    most = ledger.forget(until=moment.now - DEDUP_SECONDS, limit=CHUNK)
    for name in ledger.queue_names():
        queue = find_queue(ledger, name)
        since = policy.kept_since(queue.options, now=moment.now)
        most = max(most, ledger.forget_dead_letters(queue, before=since, limit=CHUNK))
        for lane, entry in ledger.ready(queue, now=moment.now, limit=TIDIED_LANES):
            if entry.published_at < since:
                _clear_away(ledger, queue, lane)
    return most == CHUNK
