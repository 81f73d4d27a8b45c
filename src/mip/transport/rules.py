"""What each call does to a ledger: the one code behind every transport that keeps its own queues.

Functions of (ledger, arguments, moment): no I/O of their own, no clock, no await. An adapter calls
one of them per transaction.
"""

from __future__ import annotations

from typing import NamedTuple

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
    number = ledger.take_numbers(len(messages))
    outcomes: list[PublishOutcome] = []
    for message in messages:
        outcome = policy.admit(
            size=len(message.body),
            seen_at=ledger.seen_at(queue, message.dedup_id),
            now=moment.now,
        )
        outcomes.append(outcome)
        if outcome == "published":
            _append(ledger, queue, message, number, moment)
            number += 1
    return outcomes


def _append(ledger: Ledger, queue: Queue, message: Message, number: int, moment: Moment) -> None:
    ledger.remember(queue, message.dedup_id, now=moment.now)
    lane = ledger.lane_of_group(queue, message.group_id)
    is_first = lane is None
    if lane is None:
        lane = Lane(id=number, group_id=message.group_id, head=number, ready_at=moment.now)
        ledger.add_lane(queue, lane)
        ledger.woken.add(queue.name)
    entry = Entry(number, lane.id, message.body, message.dedup_id, *moment)
    ledger.add_entry(entry, is_first=is_first)


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
    attempt = ledger.attempt(queue, attempt_id)
    if attempt is None or policy.is_forgotten(attempt.at, now=moment.now):
        return Received([], [], None)
    lanes: list[Lane] = []
    for text in attempt.receipts:
        receipt = policy.parse_receipt(text)
        lane = ledger.lane(queue, receipt.lane) if receipt is not None else None
        if receipt is None or lane is None or not policy.is_held(lane, receipt, now=moment.now):
            return Received([], [], None)
        lanes.append(lane)
    received = Received([], [], None)
    for lane in lanes:
        renewed = policy.renew(lane, lease_seconds=seconds, now=moment.now)
        ledger.save_lane(queue, renewed)
        received.taken.append(Taken(policy.receipt_of(renewed), moment.now))
        received.deliveries.append(_delivery(renewed, ledger.entry(lane.head), moment))
    return received


def _lend(
    ledger: Ledger, queue: Queue, moment: Moment, seconds: float, max_messages: int
) -> Received:
    received = Received([], [], None)
    for _ in range(CHUNK):  # more than once only when heads had to be cleared away
        wanted = max_messages - len(received.deliveries)
        for lane, entry in ledger.ready(queue, now=moment.now, limit=wanted):
            if _clear(ledger, queue, lane, entry, moment):
                break  # whose turn it is now has to be asked again
            lent = policy.lend(lane, lease_seconds=seconds, now=moment.now)
            ledger.save_lane(queue, lent)
            received.taken.append(Taken(policy.receipt_of(lent), lane.ready_at))
            received.deliveries.append(_delivery(lent, entry, moment))
        else:
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
    behind = ledger.next_number(lane)
    published_at = lane.ready_at if behind is None else ledger.entry(behind).published_at
    _advance(ledger, queue, lane, ready_at=max(lane.ready_at, published_at))


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
    for receipt, ready_at in taken:
        lane = ledger.lane(queue, receipt.lane)
        if lane is not None and policy.is_held(lane, receipt, now=moment.now):
            ledger.save_lane(queue, policy.unlend(lane, ready_at=ready_at))
            ledger.woken.add(name)


def ready_in(ledger: Ledger, name: str, moment: Moment) -> float | None:
    """Return in how many seconds a message is ready: 0 for now, None when there is none."""
    ready_at = ledger.next_ready_at(find_queue(ledger, name))
    return None if ready_at is None else max(0.0, ready_at - moment.now)


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
    desk = _Desk(ledger, find_queue(ledger, name), moment)
    return Settlement(
        acks=tuple(map(desk.ack, acks)),
        nacks=tuple(map(desk.nack, nacks)),
        extends=tuple(map(desk.extend, extends)),
        dead_letters=tuple(map(desk.dead_letter, dead_letters)),
    )


class _Desk:
    """Where loans are settled one after another, in one transaction."""

    def __init__(self, ledger: Ledger, queue: Queue, moment: Moment) -> None:
        self._ledger = ledger
        self._queue = queue
        self._moment = moment

    def ack(self, receipt: str) -> SettleOutcome:
        lane = self._held(receipt)
        if lane is None:
            return "lease_lost"
        _advance(self._ledger, self._queue, lane, ready_at=self._moment.now)
        return "done"

    def nack(self, item: Nack) -> SettleOutcome:
        lane = self._held(item.receipt)
        if lane is None:
            return "lease_lost"
        released = policy.release(lane, delay_seconds=item.delay_seconds, now=self._moment.now)
        self._ledger.save_lane(self._queue, released)
        self._ledger.woken.add(self._queue.name)
        return "done"

    def extend(self, item: Extend) -> SettleOutcome:
        lane = self._held(item.receipt)
        if lane is None:
            return "lease_lost"
        renewed = policy.renew(lane, lease_seconds=item.lease_seconds, now=self._moment.now)
        self._ledger.save_lane(self._queue, renewed)
        if renewed.ready_at < lane.ready_at:  # who waits for the old deadline must look earlier
            self._ledger.woken.add(self._queue.name)
        return "done"

    def dead_letter(self, item: SetAside) -> SettleOutcome:
        lane = self._held(item.receipt)
        if lane is None:
            return "lease_lost"
        _dead_letter(self._ledger, self._queue, lane, item.reason, self._moment)
        _advance(self._ledger, self._queue, lane, ready_at=self._moment.now)
        return "done"

    def _held(self, text: str) -> Lane | None:
        receipt = policy.parse_receipt(text)
        if receipt is None:
            return None
        lane = self._ledger.lane(self._queue, receipt.lane)
        return lane if policy.is_held(lane, receipt, now=self._moment.now) else None


def _advance(ledger: Ledger, queue: Queue, lane: Lane, *, ready_at: float) -> None:
    """Remove the head of a lane; the next message, if any, is ready from ``ready_at``."""
    following = policy.advance(lane, head=ledger.next_number(lane), ready_at=ready_at)
    ledger.remove_entry(lane.head)
    if following is None:
        ledger.remove_lane(queue, lane)
    else:
        ledger.save_lane(queue, following)
        ledger.woken.add(queue.name)


def _dead_letter(ledger: Ledger, queue: Queue, lane: Lane, reason: str, moment: Moment) -> None:
    """Copy the head of a lane to the dead letters."""
    entry = ledger.entry(lane.head)
    ledger.add_dead_letter(
        queue,
        DeadEntry(
            number=ledger.take_numbers(1),
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
    ledger.reach(moment.now)
    most = ledger.forget(until=moment.now - DEDUP_SECONDS, limit=CHUNK)
    for name in ledger.queue_names():
        queue = find_queue(ledger, name)
        since = policy.kept_since(queue.options, now=moment.now)
        most = max(most, ledger.forget_dead_letters(queue, before=since, limit=CHUNK))
        for lane, entry in ledger.ready(queue, now=moment.now, limit=TIDIED_LANES):
            if entry.published_at < since:
                _clear_away(ledger, queue, lane)
    return most == CHUNK
