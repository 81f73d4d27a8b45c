"""What looking at, putting back and dropping dead letters does to a ledger; as ``rules``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import policy
from .base import DeadLetter, Message
from .rules import find_queue, publish

if TYPE_CHECKING:
    from .ledger import Grave, Ledger, Moment, Queue


def show(
    ledger: Ledger, name: str, moment: Moment, *, limit: int, after: str | None
) -> list[DeadLetter]:
    """List dead letters, oldest first."""
    queue = find_queue(ledger, name)
    since = policy.kept_since(queue.options, now=moment.now)
    graves = ledger.graves(queue, after=_number(after) or 0, kept_since=since, limit=limit)
    return [
        DeadLetter(
            id=str(grave.number),
            body=grave.body,
            group_id=grave.group_id,
            dedup_id=grave.dedup_id,
            deliveries=grave.deliveries,
            reason=grave.reason,
            published_at=grave.published_wall,
            dead_at=grave.dead_wall,
        )
        for grave in graves
    ]


def show_ids(ledger: Ledger, name: str, moment: Moment) -> list[str]:
    """List the ids of all dead letters, oldest first."""
    queue = find_queue(ledger, name)
    since = policy.kept_since(queue.options, now=moment.now)
    return [str(number) for number in ledger.grave_numbers(queue, kept_since=since)]


def redrive(ledger: Ledger, name: str, moment: Moment, ids: list[str]) -> int:
    """Publish dead letters anew, oldest first, each under a dedup id never used before."""
    queue = find_queue(ledger, name)
    graves = _graves(ledger, queue, moment, ids)
    fresh = [
        Message(body=grave.body, group_id=grave.group_id, dedup_id=f"redrive-{grave.number}")
        for grave in graves
    ]
    publish(ledger, name, fresh, moment)
    for grave in graves:
        ledger.remove_grave(queue, grave.number)
    return len(graves)


def drop(ledger: Ledger, name: str, moment: Moment, ids: list[str]) -> int:
    """Remove dead letters."""
    queue = find_queue(ledger, name)
    graves = _graves(ledger, queue, moment, ids)
    for grave in graves:
        ledger.remove_grave(queue, grave.number)
    return len(graves)


def _graves(ledger: Ledger, queue: Queue, moment: Moment, ids: list[str]) -> list[Grave]:
    """Find dead letters that may still be seen, oldest first, each once."""
    since = policy.kept_since(queue.options, now=moment.now)
    numbers = sorted({number for id_ in ids if (number := _number(id_)) is not None})
    found = (ledger.grave(queue, number) for number in numbers)
    return [grave for grave in found if grave is not None and grave.dead_at >= since]


def _number(id_: str | None) -> int | None:
    is_number = id_ is not None and id_.isascii() and id_.isdigit()
    return int(id_) if id_ is not None and is_number else None
