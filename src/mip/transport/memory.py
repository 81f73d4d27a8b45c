# ruff: noqa: D102 - the protocols document what is implemented here
"""Queues in the memory of one process, for tests and for work that needs not outlive it."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count, islice
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakValueDictionary

import anyio
import anyio.lowlevel

from ..clock import Clock, SystemClock
from ..errors import SettingsError
from . import policy
from .base import Capabilities, QueueOptions
from .ledger import Attempt, Census, DeadEntry, Entry, Ledger, Moment, Queue
from .queues import LedgerTransport
from .waiting import Bells, Sleep

if TYPE_CHECKING:
    from .policy import Lane
    from .waiting import Bell

SCHEME = "memory:"

_T = TypeVar("_T")


class _Shelf:
    """What one queue holds."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.seen: dict[str, float] = {}
        self.attempts: dict[str, Attempt] = {}
        self.groups: dict[str, int] = {}
        self.lanes: dict[int, Lane] = {}
        self.turns: list[tuple[tuple[float, int], int]] = []
        """A heap of turns and lanes; an entry that no longer fits its lane is void."""
        self.dead_letters: dict[int, DeadEntry] = {}

    def sort_in(self, lane: Lane) -> None:
        """Give a lane its place among the turns."""
        self.lanes[lane.id] = lane
        if len(self.turns) > 2 * len(self.lanes) + 64:  # mostly void: begin anew
            self.turns = [(policy.turn(each), each.id) for each in self.lanes.values()]
            heapq.heapify(self.turns)
        else:
            heapq.heappush(self.turns, (policy.turn(lane), lane.id))

    def next_lane(self) -> Lane | None:
        """Return the lane whose turn comes first."""
        while self.turns:
            turn, lane_id = self.turns[0]
            lane = self.lanes.get(lane_id)
            if lane is not None and policy.turn(lane) == turn:
                return lane
            heapq.heappop(self.turns)
        return None


class MemoryLedger:
    """A :class:`~mip.transport.ledger.Ledger` of dictionaries."""

    def __init__(self) -> None:
        self.woken: set[str] = set()
        self.bells = Bells()
        self._shelves: dict[str, _Shelf] = {}
        self._entries: dict[int, Entry] = {}
        self._behind: dict[int, deque[int]] = {}
        self._last_number = 0
        self._queue_ids = count(1)

    def queue(self, name: str) -> Queue | None:
        shelf = self._shelves.get(name)
        return shelf.queue if shelf is not None else None

    def queue_names(self) -> list[str]:
        return sorted(self._shelves)

    def save_queue(self, name: str, options: QueueOptions) -> None:
        if name in self._shelves:
            shelf = self._shelves[name]
            shelf.queue = shelf.queue._replace(options=options)
        else:
            self._shelves[name] = _Shelf(Queue(next(self._queue_ids), name, options))

    def remove_queue(self, queue: Queue) -> None:
        for lane in self._shelves.pop(queue.name).lanes.values():
            for number in (lane.head, *self._behind.pop(lane.id, ())):
                del self._entries[number]

    def seen_at(self, queue: Queue, dedup_ids: list[str], *, since: float) -> dict[str, float]:
        seen = self._shelves[queue.name].seen
        found = ((dedup_id, seen.get(dedup_id)) for dedup_id in dedup_ids)
        return {dedup_id: at for dedup_id, at in found if at is not None and at >= since}

    def remember(self, queue: Queue, dedup_ids: list[str], *, now: float) -> None:
        seen = self._shelves[queue.name].seen
        for dedup_id in dedup_ids:
            seen.pop(dedup_id, None)  # so that the dictionary is in the order of the instants
            seen[dedup_id] = now

    def attempt(self, queue: Queue, attempt_id: str, *, since: float) -> Attempt | None:
        attempt = self._shelves[queue.name].attempts.get(attempt_id)
        return attempt if attempt is not None and attempt.at >= since else None

    def save_attempt(self, queue: Queue, attempt_id: str, attempt: Attempt) -> None:
        attempts = self._shelves[queue.name].attempts
        attempts.pop(attempt_id, None)
        attempts[attempt_id] = attempt

    def forget(self, *, until: float, limit: int) -> int:
        old: list[tuple[dict[str, object], str]] = []
        for shelf in self._shelves.values():
            for ids, instants in (
                (shelf.seen, shelf.seen.items()),
                (shelf.attempts, ((id_, kept.at) for id_, kept in shelf.attempts.items())),
            ):
                for id_, at in instants:
                    if at > until or len(old) == limit:
                        break
                    old.append((ids, id_))  # type: ignore[arg-type] # only keys are touched
        for ids_, id_ in old:
            del ids_[id_]
        return len(old)

    def take_numbers(self, count: int, *, now: float) -> int:  # noqa: ARG002 - ends with the machine
        first = self._last_number + 1
        self._last_number += count
        return first

    def lanes_of_groups(self, queue: Queue, group_ids: list[str]) -> dict[str, Lane]:
        shelf = self._shelves[queue.name]
        known = (group_id for group_id in group_ids if group_id in shelf.groups)
        return {group_id: shelf.lanes[shelf.groups[group_id]] for group_id in known}

    def lanes(self, queue: Queue, lane_ids: list[int]) -> dict[int, Lane]:
        lanes = self._shelves[queue.name].lanes
        return {lane_id: lanes[lane_id] for lane_id in lane_ids if lane_id in lanes}

    def add_lanes(self, queue: Queue, lanes: list[Lane]) -> None:
        shelf = self._shelves[queue.name]
        for lane in lanes:
            shelf.groups[lane.group_id] = lane.id
            shelf.sort_in(lane)

    def save_lanes(self, queue: Queue, lanes: list[Lane]) -> None:
        for lane in lanes:
            behind = self._behind.get(lane.id)
            if behind and behind[0] == lane.head:
                behind.popleft()
            self._shelves[queue.name].sort_in(lane)

    def remove_lanes(self, queue: Queue, lanes: list[Lane]) -> None:
        shelf = self._shelves[queue.name]
        for lane in lanes:
            del shelf.groups[lane.group_id]
            del shelf.lanes[lane.id]
            self._behind.pop(lane.id, None)

    def ready(self, queue: Queue, *, now: float, limit: int) -> list[tuple[Lane, Entry]]:
        shelf = self._shelves[queue.name]
        found: dict[int, Lane] = {}  # by number: a turn can be in the heap twice
        while len(found) < limit:
            lane = shelf.next_lane()
            if lane is None or not policy.is_ready(lane, now=now):
                break
            heapq.heappop(shelf.turns)
            found[lane.id] = lane
        for lane in found.values():
            heapq.heappush(shelf.turns, (policy.turn(lane), lane.id))
        return [(lane, self._entries[lane.head]) for lane in found.values()]

    def next_ready_at(self, queue: Queue) -> float | None:
        lane = self._shelves[queue.name].next_lane()
        return lane.ready_at if lane is not None else None

    def add_entries(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._entries[entry.number] = entry
            if entry.number != entry.lane:
                self._behind.setdefault(entry.lane, deque()).append(entry.number)

    def entry(self, number: int) -> Entry:
        return self._entries[number]

    def remove_entries(self, numbers: list[int]) -> None:
        for number in numbers:
            del self._entries[number]

    def next_numbers(self, lanes: list[Lane]) -> dict[int, int]:
        behind = ((lane.id, self._behind.get(lane.id)) for lane in lanes)
        return {lane_id: numbers[0] for lane_id, numbers in behind if numbers}

    def census(self, queue: Queue, *, now: float, kept_since: float) -> Census:
        total = lent = delayed = 0
        oldest: float | None = None
        for lane in self._shelves[queue.name].lanes.values():
            state = policy.state_of(lane, now=now)
            for number in (lane.head, *self._behind.get(lane.id, ())):
                entry = self._entries[number]
                is_lent = number == lane.head and state == "lent"
                if is_lent or entry.published_at >= kept_since:
                    total += 1
                    lent += is_lent
                    delayed += number == lane.head and state == "delayed"
                    wall = entry.published_wall
                    oldest = wall if oldest is None else min(oldest, wall)
        return Census(total, lent, delayed, oldest)

    def add_dead_letter(self, queue: Queue, letter: DeadEntry) -> None:
        self._shelves[queue.name].dead_letters[letter.number] = letter

    def dead_letter(self, queue: Queue, number: int) -> DeadEntry | None:
        return self._shelves[queue.name].dead_letters.get(number)

    def dead_letters(
        self, queue: Queue, *, after: int, kept_since: float, limit: int
    ) -> list[DeadEntry]:
        kept = self._shelves[queue.name].dead_letters.values()
        found = (
            letter for letter in kept if letter.number > after and letter.dead_at >= kept_since
        )
        return list(islice(found, limit))

    def dead_letter_numbers(self, queue: Queue, *, kept_since: float) -> list[int]:
        kept = self._shelves[queue.name].dead_letters.values()
        return [letter.number for letter in kept if letter.dead_at >= kept_since]

    def remove_dead_letter(self, queue: Queue, number: int) -> None:
        del self._shelves[queue.name].dead_letters[number]

    def forget_dead_letters(self, queue: Queue, *, before: float, limit: int) -> int:
        kept = self._shelves[queue.name].dead_letters
        old = list(islice((n for n, letter in kept.items() if letter.dead_at < before), limit))
        for number in old:
            del kept[number]
        return len(old)


class MemoryRecords:
    """A memory ledger as :class:`~mip.transport.queues.Records`."""

    capabilities = Capabilities(is_durable=False, is_shared=False)
    recheck_seconds: float | None = None

    def __init__(self, ledger: MemoryLedger, *, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def write(
        self,
        function: Callable[[Ledger, Moment], _T],
        *,
        look: Callable[[Ledger, Moment], _T | None] | None = None,
        undo: Callable[[Ledger, Moment, _T], None] | None = None,  # noqa: ARG002 - see below
    ) -> _T:
        # The only point where this can be cancelled comes before anything is done.
        await anyio.lowlevel.checkpoint()
        seen = self._run(look) if look is not None else None
        return seen if seen is not None else self._run(function)

    async def read(self, function: Callable[[Ledger, Moment], _T]) -> _T:
        return self._run(function)

    @asynccontextmanager
    async def bell(self, queue: str) -> AsyncIterator[Bell]:
        with self._ledger.bells.bell(queue) as bell:
            yield bell

    def ring_all(self) -> None:
        self._ledger.bells.ring_all()

    async def aclose(self) -> None:
        """Nothing is held but the ledger, which goes with its last transport."""

    def _run(self, function: Callable[[Ledger, Moment], _T]) -> _T:
        moment = Moment(self._clock.monotonic(), self._clock.now())
        self._ledger.woken.clear()
        value = function(self._ledger, moment)
        self._ledger.bells.ring(self._ledger.woken)
        return value


_ledgers: WeakValueDictionary[str, MemoryLedger] = WeakValueDictionary()


def open_transport(
    url: str,
    *,
    clock: Clock = SystemClock(),  # noqa: B008 - stateless
    sleep: Sleep = anyio.sleep,
) -> LedgerTransport:
    """Open ``memory:NAME``: the same name is the same queues, within this process.

    They last as long as one of their transports; ``memory:`` without a name is never shared. All
    transports of one name must be used from one event loop.
    """
    if not url.startswith(SCHEME):
        raise SettingsError(f"expected a URL such as {SCHEME}NAME, got {url!r}")
    name = url.removeprefix(SCHEME)
    ledger = (_ledgers.get(name) if name else None) or MemoryLedger()
    if name:
        _ledgers[name] = ledger
    return LedgerTransport(MemoryRecords(ledger, clock=clock), clock=clock, sleep=sleep)
