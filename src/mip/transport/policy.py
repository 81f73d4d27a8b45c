"""Who may have which message, and when: decisions without storage, clock or await.

A group with messages is a *lane*. Only the head of a lane can be on loan, so everything that leases
and order need to know of a queue is one small record per lane:

===========  ===========  =======================  ================================================
is_lent      ready_at     state                    leaves it by
===========  ===========  =======================  ================================================
no           past         ready                    ``lend``
yes          future       on loan                  ``release``, ``advance``; ``renew`` stays
no           future       delayed                  time
yes          past         ready (lease expired)    ``lend``: the old receipt is void
===========  ===========  =======================  ================================================

``ready_at`` orders lanes too: the lane that became ready first has waited longest. An expired lease
needs no event: its lane is ready from its deadline on. Instants are seconds on the queue's own time
line, which never jumps (see ``ledger.Moment``).
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias

from .base import DEDUP_SECONDS, MAX_BODY_BYTES, PublishOutcome, QueueOptions

Fate: TypeAlias = Literal["lend", "expire", "dead_letter"]
LaneState: TypeAlias = Literal["ready", "lent", "delayed"]

_RECEIPT = re.compile(r"([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,18})")
"""Numbers that fit 63 bits, as all that were ever given do."""


class Lane(NamedTuple):
    """A group that has messages.

    ``loans`` numbers the loans of the head and never goes back; ``deliveries`` counts those that
    somebody learnt of.
    """

    id: int
    group_id: str
    head: int
    ready_at: float
    loans: int = 0
    deliveries: int = 0
    is_lent: bool = False


class Receipt(NamedTuple):
    """One loan of one message, written ``lane-message-loan``."""

    lane: int
    message: int
    loan: int

    def __str__(self) -> str:
        return f"{self.lane}-{self.message}-{self.loan}"


def receipt_of(lane: Lane) -> Receipt:
    """Return the receipt of the lane's latest loan."""
    return Receipt(lane.id, lane.head, lane.loans)


def parse_receipt(text: str) -> Receipt | None:
    """Read a receipt; None for anything that was never one."""
    match = _RECEIPT.fullmatch(text)
    return Receipt(*map(int, match.groups())) if match is not None else None


def admit(*, size: int, seen_at: float | None, now: float) -> PublishOutcome:
    """Decide on a message of ``size`` bytes whose dedup id was last accepted at ``seen_at``."""
    if size > MAX_BODY_BYTES:
        return "too_large"
    if seen_at is not None and not is_forgotten(seen_at, now=now):
        return "duplicate"
    return "published"


def is_forgotten(at: float, *, now: float) -> bool:
    """Tell whether a dedup or attempt id used at ``at`` is free again."""
    return now - at >= DEDUP_SECONDS


def kept_since(options: QueueOptions, *, now: float) -> float:
    """Return the instant before which a queue keeps nothing."""
    return now - options.retention_seconds


def is_ready(lane: Lane, *, now: float) -> bool:
    """Tell whether the head can be given now."""
    return lane.ready_at <= now


def turn(lane: Lane) -> tuple[float, int]:
    """Return the sort key of ready lanes: longest wait first, then the older message."""
    return (lane.ready_at, lane.head)


def state_of(lane: Lane, *, now: float) -> LaneState:
    """Name the state of a lane as the table above does."""
    if is_ready(lane, now=now):
        return "ready"
    return "lent" if lane.is_lent else "delayed"


def judge(lane: Lane, *, published_at: float, options: QueueOptions, now: float) -> Fate:
    """Decide what becomes of the head of a ready lane."""
    if published_at < kept_since(options, now=now):
        return "expire"
    if lane.deliveries >= options.max_receives:
        return "dead_letter"
    return "lend"


def lend(lane: Lane, *, lease_seconds: float, now: float) -> Lane:
    """Give the head on loan, under a new receipt."""
    return lane._replace(
        ready_at=now + lease_seconds,
        loans=lane.loans + 1,
        deliveries=lane.deliveries + 1,
        is_lent=True,
    )


def is_held(lane: Lane | None, receipt: Receipt, *, now: float) -> bool:
    """Tell whether the loan that ``receipt`` names still stands."""
    return (
        lane is not None
        and lane.is_lent
        and not is_ready(lane, now=now)
        and receipt == (lane.id, lane.head, lane.loans)
    )


def renew(lane: Lane, *, lease_seconds: float, now: float) -> Lane:
    """Begin the lease anew under the same receipt."""
    return lane._replace(ready_at=now + lease_seconds)


def release(lane: Lane, *, delay_seconds: float, now: float) -> Lane:
    """End the loan; the head keeps its place and is ready after the delay."""
    return lane._replace(ready_at=now + delay_seconds, is_lent=False)


def unlend(lane: Lane, *, ready_at: float) -> Lane:
    """Take back a loan that nobody learnt of, as if it had not been."""
    return lane._replace(ready_at=ready_at, deliveries=lane.deliveries - 1, is_lent=False)


def advance(lane: Lane, *, head: int | None, ready_at: float) -> Lane | None:
    """Move on to the next message; None when the group has no other."""
    if head is None:
        return None
    return Lane(id=lane.id, group_id=lane.group_id, head=head, ready_at=ready_at)
