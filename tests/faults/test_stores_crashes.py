"""Algorithms, clients and callbacks when processes are killed at any statement, or race."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mip.contracts import job_key
from mip.state import Callback, open_stores
from mip.testing.registry import make_test_record
from tests.faults.statements import run_lives

if TYPE_CHECKING:
    from pathlib import Path

    from mip.state import Stores

STATEMENTS = 40
"""More than opening a file and the calls of a life take."""

CALLBACKS = 60
CHANGES = 15

RACE = """
import asyncio, sys
from msgspec.structs import replace
from mip.errors import RegistryConflictError
from mip.state import open_stores

async def main():
    stores = await open_stores(f"sqlite:{sys.argv[1]}")
    made = 0
    while made < int(sys.argv[2]):
        record = await stores.registry.get("window")
        try:
            await stores.registry.replace(replace(record, cpu=record.cpu + 1))
        except RegistryConflictError:
            continue
        made += 1
    while lent := await stores.callbacks.due(limit=3, lease_seconds=600.0):
        print(*(callback.job_id for callback in lent))
    await stores.aclose()

asyncio.run(main())
"""


async def live(path: Path) -> None:
    stores = await open_stores(f"sqlite:{path}")
    key = job_key("client", "a")
    record = await stores.registry.create(make_test_record("window"))
    await stores.registry.replace(replace(record, status="ACTIVE"))
    await stores.clients.create("client")
    await stores.clients.advance("client", seq=3)
    callback = Callback(
        key=key,
        client_id="client",
        job_id="a",
        url="https://a.example.com",
        owed_at=0.0,
        next_at=0.0,
    )
    await stores.callbacks.owe(callback)
    await stores.callbacks.due(limit=1, lease_seconds=60.0)
    await stores.callbacks.settle(key, state="delivered", answer="200")
    await stores.aclose()


async def test_a_process_killed_at_any_statement_leaves_whole_records(tmp_path: Path) -> None:
    await (await open_stores(f"sqlite:{tmp_path / '0.db'}")).aclose()
    for number in range(1, STATEMENTS):
        shutil.copy(tmp_path / "0.db", tmp_path / f"{number}.db")
    assert run_lives(__name__, tmp_path, STATEMENTS) == "some lived", "raise STATEMENTS"
    found = []
    for number in range(STATEMENTS):
        stores = await open_stores(f"sqlite:{tmp_path / f'{number}.db'}")
        found.append(await _look(stores))
        await stores.aclose()
    assert found == sorted(found), "what was recorded is kept, in order"
    assert set(found) == set(range(7))


async def _look(stores: Stores) -> int:
    """Return how many calls of the life are on record, each of them whole."""
    records = await stores.registry.records()
    written = [f"{record.status} {record.revision}" for record in records]
    changes = [[], ["REGISTERED 1"], ["ACTIVE 2"]].index(written)
    clients = [0, 3].index(await stores.clients.delivered("client"))
    callback = await stores.callbacks.get(job_key("client", "a"))
    if callback is None:
        return changes + clients
    assert callback.tries == (callback.state == "delivered")
    was_lent = callback.tries > 0 or callback.next_at > 0.0
    return changes + clients + 1 + was_lent + callback.tries


async def test_of_processes_that_change_a_record_none_loses_a_change_and_none_lends_twice(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state.db"
    stores = await open_stores(f"sqlite:{path}")
    first = await stores.registry.create(replace(make_test_record("window"), cpu=0))
    for number in range(CALLBACKS):
        job_id = str(number)
        callback = Callback(
            key=job_key("client", job_id),
            client_id="client",
            job_id=job_id,
            url="https://client.example.com/results",
            owed_at=0.0,
            next_at=0.0,
        )
        await stores.callbacks.owe(callback)
    lent = _race(path)
    assert sorted(lent, key=int) == [str(number) for number in range(CALLBACKS)]
    last = await stores.registry.get("window")
    assert (last.cpu, last.revision) == (3 * CHANGES, first.revision + 3 * CHANGES)
    await stores.aclose()


def _race(path: Path) -> list[str]:
    """Return the ids of the jobs whose callbacks three processes were lent."""
    arguments = [sys.executable, "-c", RACE, str(path), str(CHANGES)]
    processes = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    try:
        return [job_id for each in processes for job_id in each.communicate(timeout=60)[0].split()]
    finally:
        for process in processes:
            process.kill()
