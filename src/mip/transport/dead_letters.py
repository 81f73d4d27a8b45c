"""What looking at, putting back and dropping dead letters does to a ledger; as ``rules``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import policy
from .base import DeadLetter, Message
from .rules import find_queue, publish

if TYPE_CHECKING:
    from .ledger import DeadEntry, Ledger, Moment, Queue

MAX_DIGITS: Final = 18
"""Of a number that every ledger can look up: SQLite has 63 bits."""
BEYOND_ALL: Final = 10**MAX_DIGITS
"""Stands for all longer numbers: no dead letter has one."""


def show(
    ledger: Ledger, name: str, moment: Moment, *, limit: int, after: str | None
) -> list[DeadLetter]:
    """List dead letters, oldest first."""
    queue = find_queue(ledger, name)
    since = policy.kept_since(queue.options, now=moment.now)
    letters = ledger.dead_letters(queue, after=_number(after) or 0, kept_since=since, limit=limit)
    return [
        DeadLetter(
            id=str(letter.number),
            body=letter.body,
            group_id=letter.group_id,
            dedup_id=letter.dedup_id,
            deliveries=letter.deliveries,
            reason=letter.reason,
            published_at=letter.published_wall,
            dead_at=letter.dead_wall,
        )
        for letter in letters
    ]


def show_ids(ledger: Ledger, name: str, moment: Moment) -> list[str]:
    """List the ids of all dead letters, oldest first."""
    queue = find_queue(ledger, name)
    since = policy.kept_since(queue.options, now=moment.now)
    return [str(number) for number in ledger.dead_letter_numbers(queue, kept_since=since)]


def redrive(ledger: Ledger, name: str, moment: Moment, ids: list[str]) -> int:
    """Publish dead letters anew, oldest first, each under a dedup id never used before."""
    queue = find_queue(ledger, name)
    letters = _found(ledger, queue, moment, ids)
    fresh = [
        Message(body=letter.body, group_id=letter.group_id, dedup_id=f"redrive-{letter.number}")
        for letter in letters
    ]
    publish(ledger, name, fresh, moment)
    for letter in letters:
        ledger.remove_dead_letter(queue, letter.number)
    return len(letters)


def drop(ledger: Ledger, name: str, moment: Moment, ids: list[str]) -> int:
    """Remove dead letters."""
    queue = find_queue(ledger, name)
    letters = _found(ledger, queue, moment, ids)
    for letter in letters:
        ledger.remove_dead_letter(queue, letter.number)
    return len(letters)


def _found(ledger: Ledger, queue: Queue, moment: Moment, ids: list[str]) -> list[DeadEntry]:
    """Find dead letters that may still be seen, oldest first, each once."""
    since = policy.kept_since(queue.options, now=moment.now)
    numbers = sorted({number for id_ in ids if (number := _number(id_)) is not None})
    kept = (ledger.dead_letter(queue, number) for number in numbers)
    return [letter for letter in kept if letter is not None and letter.dead_at >= since]


def _number(id_: str | None) -> int | None:
    if id_ is None or not id_.isascii() or not id_.isdigit():
        return None
    return int(id_) if len(id_) <= MAX_DIGITS else BEYOND_ALL
