"""SQLite for the floors above: one file, one writer with group commit, snapshot reads.

It knows neither queues nor jobs; the only package that imports apsw::

    db = Database(path, migrations=(SCHEMA_1, SCHEMA_2), application_id=0x6D69,
                  error=StateError, corrupt=StateCorruptError)
    await db.open()                       # optional: open now, to learn now that it cannot be
    value = await db.write(function)      # function(connection) -> value, durable when it returns
    value = await db.read(function)       # the same over one consistent snapshot
    await db.aclose()                     # finishes what was submitted

``function`` is plain, short, synchronous code that calls ``connection.execute(sql, parameters)``.
It runs in a thread of the database, never on the event loop, and must not begin or end a
transaction. All writes that wait when the writer comes round share one transaction (one fsync),
each in a savepoint of its own: one that raises takes back its own changes and no one else's. See
:class:`Database` for every guarantee.
"""

from __future__ import annotations

from .connection import Connection
from .database import Database

__all__ = ["Connection", "Database"]
