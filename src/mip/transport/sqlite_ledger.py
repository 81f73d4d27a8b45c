# ruff: noqa: D102 - the protocol documents what is implemented here
"""The ledger as tables: SQL that stores and finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import QueueOptions
from .ledger import Attempt, Census, DeadEntry, Entry, Queue
from .policy import Lane

if TYPE_CHECKING:
    from ..sqlite import Connection

APPLICATION_ID = 0x6D697051
"""Marks a queue database: "mipQ"."""

MIGRATIONS = (
    """
    CREATE TABLE timeline (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        boot_id TEXT NOT NULL,      -- of the machine's last start that wrote here
        time_offset REAL NOT NULL,  -- what to add to its monotonic clock
        reached_at REAL NOT NULL,
        last_number INTEGER NOT NULL
    ) STRICT;
    INSERT INTO timeline VALUES (1, '', 0.0, 0.0, 0);
    CREATE TABLE queue (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        lease_seconds REAL NOT NULL,
        retention_seconds REAL NOT NULL,
        max_receives INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE lane (
        id INTEGER PRIMARY KEY,
        queue INTEGER NOT NULL,
        group_id TEXT NOT NULL,
        head INTEGER NOT NULL,
        ready_at REAL NOT NULL,
        loans INTEGER NOT NULL,
        deliveries INTEGER NOT NULL,
        is_lent INTEGER NOT NULL,
        UNIQUE (queue, group_id)
    ) STRICT;
    CREATE INDEX lane_by_turn ON lane (queue, ready_at, head);
    CREATE TABLE message (
        number INTEGER PRIMARY KEY,
        lane INTEGER NOT NULL,
        is_first INTEGER NOT NULL,  -- came when its lane was empty: never looked up as a follower
        dedup_id TEXT NOT NULL,
        published_at REAL NOT NULL,
        published_wall REAL NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX message_by_lane ON message (lane, number) WHERE NOT is_first;
    CREATE TABLE seen (
        queue INTEGER NOT NULL,
        dedup_id TEXT NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (queue, dedup_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX seen_by_age ON seen (at);
    CREATE TABLE attempt (
        queue INTEGER NOT NULL,
        attempt_id TEXT NOT NULL,
        at REAL NOT NULL,
        receipts TEXT NOT NULL,
        PRIMARY KEY (queue, attempt_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX attempt_by_age ON attempt (at);
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
    known, offset = _row(connection, "SELECT boot_id, time_offset FROM timeline")
    (latest,) = _row(
        connection,
        "SELECT max((SELECT reached_at FROM timeline),"
        " (SELECT coalesce(max(at), 0.0) FROM seen),"
        " (SELECT coalesce(max(published_at), 0.0) FROM message),"
        " (SELECT coalesce(max(dead_at), 0.0) FROM dead_letter))",
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
        for table in ("lane", "seen", "attempt", "dead_letter"):
            self._run(f"DELETE FROM {table} WHERE queue = ?", (queue.id,))  # noqa: S608 - constants
        self._run("DELETE FROM queue WHERE id = ?", (queue.id,))

    def reach(self, now: float) -> None:
        self._run("UPDATE timeline SET reached_at = ?", (now,))

    def seen_at(self, queue: Queue, dedup_id: str) -> float | None:
        row = self._find(
            "SELECT at FROM seen WHERE queue = ? AND dedup_id = ?", (queue.id, dedup_id)
        )
        return row[0] if row is not None else None

    def remember(self, queue: Queue, dedup_id: str, *, now: float) -> None:
        self._run("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (queue.id, dedup_id, now))

    def attempt(self, queue: Queue, attempt_id: str) -> Attempt | None:
        row = self._find(
            "SELECT at, receipts FROM attempt WHERE queue = ? AND attempt_id = ?",
            (queue.id, attempt_id),
        )
        return Attempt(row[0], tuple(row[1].split())) if row is not None else None

    def save_attempt(self, queue: Queue, attempt_id: str, attempt: Attempt) -> None:
        self._run(
            "INSERT OR REPLACE INTO attempt VALUES (?, ?, ?, ?)",
            (queue.id, attempt_id, attempt.at, " ".join(attempt.receipts)),
        )

    def forget(self, *, until: float, limit: int) -> int:
        went = 0
        for table, id_ in (("seen", "dedup_id"), ("attempt", "attempt_id")):
            self._run(
                f"DELETE FROM {table} WHERE (queue, {id_}) IN"  # noqa: S608 - constants
                f" (SELECT queue, {id_} FROM {table} WHERE at <= ? ORDER BY at LIMIT ?)",
                (until, limit - went),
            )
            went += self._connection.changes()
        return went

    def take_numbers(self, count: int) -> int:
        (last,) = self._one(
            "UPDATE timeline SET last_number = last_number + ? RETURNING last_number", (count,)
        )
        return int(last) - count + 1

    def lane_of_group(self, queue: Queue, group_id: str) -> Lane | None:
        row = self._find(
            f"SELECT {_LANE} FROM lane WHERE queue = ? AND group_id = ?",  # noqa: S608 - constant
            (queue.id, group_id),
        )
        return Lane._make(row) if row is not None else None

    def lane(self, queue: Queue, lane_id: int) -> Lane | None:
        row = self._find(
            f"SELECT {_LANE} FROM lane WHERE id = ? AND queue = ?",  # noqa: S608 - constant
            (lane_id, queue.id),
        )
        return Lane._make(row) if row is not None else None

    def add_lane(self, queue: Queue, lane: Lane) -> None:
        self._run(
            f"INSERT INTO lane ({_LANE}, queue) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (*lane, queue.id),
        )

    def save_lane(self, queue: Queue, lane: Lane) -> None:  # noqa: ARG002 - the number is enough
        self._run(
            "UPDATE lane SET head = ?, ready_at = ?, loans = ?, deliveries = ?, is_lent = ?"
            " WHERE id = ?",
            (lane.head, lane.ready_at, lane.loans, lane.deliveries, lane.is_lent, lane.id),
        )

    def remove_lane(self, queue: Queue, lane: Lane) -> None:  # noqa: ARG002 - as above
        self._run("DELETE FROM lane WHERE id = ?", (lane.id,))

    def ready(self, queue: Queue, *, now: float, limit: int) -> list[tuple[Lane, Entry]]:
        rows = self._run(
            "SELECT l.id, l.group_id, l.head, l.ready_at, l.loans, l.deliveries, l.is_lent,"
            " m.number, m.lane, m.body, m.dedup_id, m.published_at, m.published_wall"
            " FROM lane AS l JOIN message AS m ON m.number = l.head"
            " WHERE l.queue = ? AND l.ready_at <= ? ORDER BY l.ready_at, l.head LIMIT ?",
            (queue.id, now, limit),
        )
        width = len(Lane._fields)
        return [(Lane._make(row[:width]), Entry._make(row[width:])) for row in rows.fetchall()]

    def next_ready_at(self, queue: Queue) -> float | None:
        (ready_at,) = self._one("SELECT min(ready_at) FROM lane WHERE queue = ?", (queue.id,))
        return None if ready_at is None else float(ready_at)

    def add_entry(self, entry: Entry, *, is_first: bool) -> None:
        self._run(
            "INSERT INTO message (number, lane, body, dedup_id, published_at, published_wall,"
            " is_first) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*entry, is_first),
        )

    def entry(self, number: int) -> Entry:
        row = self._one(
            "SELECT number, lane, body, dedup_id, published_at, published_wall FROM message"
            " WHERE number = ?",
            (number,),
        )
        return Entry._make(row)

    def remove_entry(self, number: int) -> None:
        self._run("DELETE FROM message WHERE number = ?", (number,))

    def next_number(self, lane: Lane) -> int | None:
        row = self._find(
            "SELECT number FROM message WHERE lane = ? AND number > ? AND NOT is_first"
            " ORDER BY number LIMIT 1",
            (lane.id, lane.head),
        )
        return row[0] if row is not None else None

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
