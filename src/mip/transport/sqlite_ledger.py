# ruff: noqa: D102 - the protocol documents what is implemented here
"""The ledger as tables: SQL that stores and finds."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeAlias

from .base import DEDUP_SECONDS, MAX_BATCH, QueueOptions
from .ledger import Attempt, Census, DeadEntry, Entry, Queue
from .policy import Lane

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..sqlite import Connection

    Rows: TypeAlias = Iterable[tuple[Any, ...]]

APPLICATION_ID = 0x6D697051
"""Marks a queue database: "mipQ"."""

MIGRATIONS = (
    """
    CREATE TABLE timeline (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        boot_id TEXT NOT NULL,      -- of the machine's last start that wrote here
        time_offset REAL NOT NULL,  -- what to add to its monotonic clock
        reached_at REAL NOT NULL,   -- when a number was taken last
        last_number INTEGER NOT NULL
    ) STRICT;
    INSERT INTO timeline VALUES (1, '', 0.0, 0.0, 0);
    CREATE TABLE queue (
        id INTEGER PRIMARY KEY AUTOINCREMENT,  -- used once, also when the name is used again
        name TEXT NOT NULL UNIQUE,
        lease_seconds REAL NOT NULL,
        retention_seconds REAL NOT NULL,
        max_receives INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE lane (
        id INTEGER PRIMARY KEY,
        queue INTEGER NOT NULL,
        group_hash INTEGER NOT NULL,
        group_id TEXT NOT NULL,
        head INTEGER NOT NULL,
        ready_at REAL NOT NULL,
        loans INTEGER NOT NULL,
        deliveries INTEGER NOT NULL,
        is_lent INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX lane_by_group ON lane (group_hash);
    CREATE INDEX lane_by_turn ON lane (queue, ready_at, head);
    CREATE TABLE message (
        number INTEGER PRIMARY KEY,
        lane INTEGER NOT NULL,
        dedup_id TEXT NOT NULL,
        published_at REAL NOT NULL,
        published_wall REAL NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    -- The first of a lane, which gives the lane its number, is never looked up as a follower.
    CREATE INDEX message_by_lane ON message (lane, number) WHERE number <> lane;
    -- What is remembered for a while lies in windows of that length, so that what is two windows
    -- old goes as one range, without an index by age.
    CREATE TABLE seen (
        window INTEGER NOT NULL,
        id_hash BLOB NOT NULL,  -- of queue and dedup id
        at REAL NOT NULL,
        PRIMARY KEY (window, id_hash)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE attempt (
        window INTEGER NOT NULL,
        id_hash BLOB NOT NULL,
        at REAL NOT NULL,
        receipts TEXT NOT NULL,
        PRIMARY KEY (window, id_hash)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE dead_letter (
        number INTEGER PRIMARY KEY,
        queue INTEGER NOT NULL,
        group_id TEXT NOT NULL,
        dedup_id TEXT NOT NULL,
        deliveries INTEGER NOT NULL,
        reason TEXT NOT NULL,
        published_wall REAL NOT NULL,
        dead_at REAL NOT NULL,
        dead_wall REAL NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX dead_letter_by_age ON dead_letter (queue, dead_at);
    """,
)

_LANE = "id, group_id, head, ready_at, loans, deliveries, is_lent"
_DEAD = "number, body, group_id, dedup_id, deliveries, reason, published_wall, dead_at, dead_wall"


def adopt_boot(connection: Connection, *, boot_id: str, monotonic: float) -> float:
    """Return what to add to the monotonic clock to be on the queues' time line.

    The clock starts anew with the machine. Time then goes on from the last instant on record: what
    passed while the machine was off does not count, so nothing is dropped early; loans and delays
    from before end, since whoever held them is gone.
    """
    known, offset, latest = _row(
        connection, "SELECT boot_id, time_offset, reached_at FROM timeline"
    )
    if known == boot_id and monotonic + offset >= latest:
        return float(offset)
    offset = latest - monotonic
    connection.execute("UPDATE timeline SET boot_id = ?, time_offset = ?", (boot_id, offset))
    connection.execute(
        "UPDATE lane SET is_lent = 0, ready_at = min(ready_at, ?) WHERE is_lent OR ready_at > ?",
        (latest, latest),
    )
    return float(offset)


class SqliteLedger:
    """A :class:`~mip.transport.ledger.Ledger` in one connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self.woken: set[str] = set()
        self._run = connection.execute
        self._run_many: Callable[[str, Rows], Rows] = connection.executemany
        self._connection = connection

    def queue(self, name: str) -> Queue | None:
        row = self._find(
            "SELECT id, lease_seconds, retention_seconds, max_receives FROM queue WHERE name = ?",
            (name,),
        )
        if row is None:
            return None
        id_, lease_seconds, retention_seconds, max_receives = row
        options = QueueOptions(
            lease_seconds=lease_seconds,
            retention_seconds=retention_seconds,
            max_receives=max_receives,
        )
        return Queue(id_, name, options)

    def queue_names(self) -> list[str]:
        return [name for (name,) in self._run("SELECT name FROM queue ORDER BY name")]

    def save_queue(self, name: str, options: QueueOptions) -> None:
        self._run(
            "INSERT INTO queue (name, lease_seconds, retention_seconds, max_receives)"
            " VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
            " lease_seconds = excluded.lease_seconds,"
            " retention_seconds = excluded.retention_seconds,"
            " max_receives = excluded.max_receives",
            (name, options.lease_seconds, options.retention_seconds, options.max_receives),
        )

    def remove_queue(self, queue: Queue) -> None:
        self._run(
            "DELETE FROM message WHERE lane IN (SELECT id FROM lane WHERE queue = ?)", (queue.id,)
        )
        for table in ("lane", "dead_letter"):
            self._run(f"DELETE FROM {table} WHERE queue = ?", (queue.id,))  # noqa: S608 - constants
        self._run("DELETE FROM queue WHERE id = ?", (queue.id,))

    def seen_at(self, queue: Queue, dedup_ids: list[str], *, since: float) -> dict[str, float]:
        window = _window(since)
        rows = self._run_many(
            "SELECT ?3, at FROM seen WHERE window = ?1 AND id_hash = ?2"
            " UNION ALL SELECT ?3, at FROM seen WHERE window = ?1 + 1 AND id_hash = ?2",
            [(window, _hash(queue.id, dedup_id), dedup_id) for dedup_id in dedup_ids],
        )
        return dict(rows)

    def remember(self, queue: Queue, dedup_ids: list[str], *, now: float) -> None:
        window = _window(now)
        self._run_many(
            "INSERT INTO seen VALUES (?, ?, ?)",
            [(window, _hash(queue.id, dedup_id), now) for dedup_id in dedup_ids],
        )

    def attempt(self, queue: Queue, attempt_id: str, *, since: float) -> Attempt | None:
        row = self._find(
            "SELECT at, receipts FROM attempt WHERE window IN (?1, ?1 + 1) AND id_hash = ?2"
            " ORDER BY window DESC",
            (_window(since), _hash(queue.id, attempt_id)),
        )
        return Attempt(row[0], tuple(row[1].split())) if row is not None else None

    def save_attempt(self, queue: Queue, attempt_id: str, attempt: Attempt) -> None:
        values = (_window(attempt.at), _hash(queue.id, attempt_id), attempt.at)
        self._run(
            "INSERT OR REPLACE INTO attempt VALUES (?, ?, ?, ?)",
            (*values, " ".join(attempt.receipts)),
        )

    def forget(self, *, until: float, limit: int) -> int:
        went = 0
        for table in ("seen", "attempt"):
            self._run(
                f"DELETE FROM {table} WHERE (window, id_hash) IN"  # noqa: S608 - constants
                f" (SELECT window, id_hash FROM {table} WHERE window < ? LIMIT ?)",
                (_window(until), limit - went),
            )
            went += self._connection.changes()
        return went

    def take_numbers(self, count: int, *, now: float) -> int:
        (last,) = self._one(
            "UPDATE timeline SET last_number = last_number + ?, reached_at = ?"
            " RETURNING last_number",
            (count, now),
        )
        return int(last) - count + 1

    def lanes_of_groups(self, queue: Queue, group_ids: list[str]) -> dict[str, Lane]:
        rows = self._run_many(
            f"SELECT {_LANE} FROM lane"  # noqa: S608 - constant
            " WHERE group_hash = ? AND group_id = ? AND queue = ?",
            [(_group_hash(queue, group_id), group_id, queue.id) for group_id in group_ids],
        )
        return {lane.group_id: lane for lane in map(Lane._make, rows)}

    def lanes(self, queue: Queue, lane_ids: list[int]) -> dict[int, Lane]:
        rows = self._run_many(
            f"SELECT {_LANE} FROM lane WHERE id = ? AND queue = ?",  # noqa: S608 - constant
            [(lane_id, queue.id) for lane_id in lane_ids],
        )
        return {lane.id: lane for lane in map(Lane._make, rows)}

    def add_lanes(self, queue: Queue, lanes: list[Lane]) -> None:
        self._run_many(
            f"INSERT INTO lane ({_LANE}, queue, group_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            [(*lane, queue.id, _group_hash(queue, lane.group_id)) for lane in lanes],
        )

    def save_lanes(self, queue: Queue, lanes: list[Lane]) -> None:  # noqa: ARG002 - numbers do
        self._run_many(
            "UPDATE lane SET head = ?, ready_at = ?, loans = ?, deliveries = ?, is_lent = ?"
            " WHERE id = ?",
            [(*lane[2:], lane.id) for lane in lanes],
        )

    def remove_lanes(self, queue: Queue, lanes: list[Lane]) -> None:  # noqa: ARG002 - as above
        self._run_many("DELETE FROM lane WHERE id = ?", [(lane.id,) for lane in lanes])

    def ready(self, queue: Queue, *, now: float, limit: int) -> list[tuple[Lane, Entry]]:
        rows = self._run(
            "SELECT l.id, l.group_id, l.head, l.ready_at, l.loans, l.deliveries, l.is_lent,"
            " m.number, m.lane, m.body, m.dedup_id, m.published_at, m.published_wall"
            " FROM lane AS l JOIN message AS m ON m.number = l.head"
            " WHERE l.queue = ? AND l.ready_at <= ? ORDER BY l.ready_at, l.head LIMIT ?",
            (queue.id, now, limit),
        )
        width = len(Lane._fields)
        return [(Lane._make(row[:width]), Entry._make(row[width:])) for row in rows]

    def next_ready_at(self, queue: Queue) -> float | None:
        (ready_at,) = self._one("SELECT min(ready_at) FROM lane WHERE queue = ?", (queue.id,))
        return None if ready_at is None else float(ready_at)

    def add_entries(self, entries: list[Entry]) -> None:
        self._run_many(
            "INSERT INTO message (number, lane, body, dedup_id, published_at, published_wall)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            entries,
        )

    def entry(self, number: int) -> Entry:
        row = self._one(
            "SELECT number, lane, body, dedup_id, published_at, published_wall FROM message"
            " WHERE number = ?",
            (number,),
        )
        return Entry._make(row)

    def remove_entries(self, numbers: list[int]) -> None:
        self._run_many("DELETE FROM message WHERE number = ?", [(number,) for number in numbers])

    def next_numbers(self, lanes: list[Lane]) -> dict[int, int]:
        rows = self._run_many(
            "SELECT lane, number FROM message WHERE lane = ? AND number > ? AND number <> lane"
            " ORDER BY number LIMIT 1",
            [(lane.id, lane.head) for lane in lanes],
        )
        return dict(rows)

    def census(self, queue: Queue, *, now: float, kept_since: float) -> Census:
        row = self._one(
            "SELECT count(*), total(is_lent), total(is_delayed), min(published_wall) FROM ("
            " SELECT m.published_at, m.published_wall,"
            "  m.number = l.head AND l.ready_at > :now AND l.is_lent AS is_lent,"
            "  m.number = l.head AND l.ready_at > :now AND NOT l.is_lent AS is_delayed"
            " FROM lane AS l JOIN message AS m ON m.lane = l.id WHERE l.queue = :queue"
            ") WHERE is_lent OR published_at >= :since",
            {"now": now, "queue": queue.id, "since": kept_since},
        )
        total, lent, delayed, oldest_wall = row
        return Census(total, int(lent), int(delayed), oldest_wall)

    def add_dead_letter(self, queue: Queue, letter: DeadEntry) -> None:
        self._run(
            f"INSERT INTO dead_letter ({_DEAD}, queue) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (*letter, queue.id),
        )

    def dead_letter(self, queue: Queue, number: int) -> DeadEntry | None:
        row = self._find(
            f"SELECT {_DEAD} FROM dead_letter WHERE number = ? AND queue = ?",  # noqa: S608 - constant
            (number, queue.id),
        )
        return DeadEntry._make(row) if row is not None else None

    def dead_letters(
        self, queue: Queue, *, after: int, kept_since: float, limit: int
    ) -> list[DeadEntry]:
        rows = self._run(
            f"SELECT {_DEAD} FROM dead_letter WHERE queue = ? AND number > ? AND dead_at >= ?"  # noqa: S608
            " ORDER BY number LIMIT ?",
            (queue.id, after, kept_since, limit),
        )
        return [DeadEntry._make(row) for row in rows]

    def dead_letter_numbers(self, queue: Queue, *, kept_since: float) -> list[int]:
        rows = self._run(
            "SELECT number FROM dead_letter WHERE queue = ? AND dead_at >= ? ORDER BY number",
            (queue.id, kept_since),
        )
        return [number for (number,) in rows]

    def remove_dead_letter(self, queue: Queue, number: int) -> None:
        self._run("DELETE FROM dead_letter WHERE number = ? AND queue = ?", (number, queue.id))

    def forget_dead_letters(self, queue: Queue, *, before: float, limit: int) -> int:
        self._run(
            "DELETE FROM dead_letter WHERE number IN"
            " (SELECT number FROM dead_letter WHERE queue = ? AND dead_at < ? LIMIT ?)",
            (queue.id, before, limit),
        )
        return self._connection.changes()

    def _find(self, sql: str, values: tuple[object, ...]) -> tuple[Any, ...] | None:
        for row in self._run(sql, values):
            return tuple(row)
        return None

    def _one(self, sql: str, values: tuple[object, ...] | dict[str, object]) -> tuple[Any, ...]:
        return _row(self._connection, sql, values)


def _row(
    connection: Connection, sql: str, values: tuple[object, ...] | dict[str, object] = ()
) -> tuple[Any, ...]:
    (row,) = connection.execute(sql, values).fetchall()
    return tuple(row)


def _window(at: float) -> int:
    return int(at // DEDUP_SECONDS)


@lru_cache(maxsize=2 * MAX_BATCH)
def _hash(queue_id: int, text: str) -> bytes:
    """Return what stands for an id of a queue in keys: short, and never two ids the same."""
    return blake2b(f"{queue_id} {text}".encode(), digest_size=16).digest()


def _group_hash(queue: Queue, group_id: str) -> int:
    """Return what finds a group: so short that two groups may share it, and are told apart."""
    return int.from_bytes(_hash(queue.id, group_id)[:5])
