"""Random lives of a client's readers against a model that is a list."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mip.control import Push
from mip.state import Ending
from mip.state.sqlite import SqliteJobStore
from mip.state.sqlite_clients import SqliteClientStore
from mip.state.sqlite_file import state_database
from mip.testing import FakeClock
from mip.testing.state import make_test_job

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

READERS = st.sampled_from(["one", "two"])


class PushMachine(RuleBasedStateMachine):
    """Results are made and forgotten; two readers come, read, go, and come back."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.runner = asyncio.Runner()
        self.clock = FakeClock()
        database = state_database(self.folder / "state.db", is_durable=False)
        self.records = SqliteJobStore(database, clock=self.clock)
        self.clients = SqliteClientStore(database, clock=self.clock)
        self.push = Push(self.records, clients=self.clients)
        self.made = 0
        self.forgotten = 0
        self.delivered = 0
        self.cursors: dict[str, int] = {}
        self.names = count()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.run(self.records.aclose())
        self.runner.close()
        shutil.rmtree(self.folder)

    async def _finish(self, client: str) -> None:
        job = make_test_job(f"j{next(self.names)}", client_id=client)
        await self.records.finish(job, Ending(outcome="succeeded"))
        await self.records.mark_announced([job.key])

    @rule(results=st.integers(1, 70))
    def results_are_made(self, results: int) -> None:
        async def make() -> None:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(results):
                    tasks.create_task(self._finish("client"))

        self.run(make())
        self.made += results

    @rule()
    def another_client_has_a_result(self) -> None:
        self.run(self._finish("stranger"))

    @rule(results=st.integers(1, 80))
    def the_oldest_results_are_forgotten(self, results: int) -> None:
        self.clock.advance(1)
        limit = min(results, self.made - self.forgotten)
        self.run(self._forget(left=self.made - self.forgotten - limit))
        self.forgotten += limit

    async def _forget(self, *, left: int) -> None:
        """Forget the oldest results, one by one; those of the stranger as they come."""
        while len(await self.records.results_after("client", 0, limit=10_000)) > left:
            await self.records.purge(before=self.clock.now(), limit=1)

    @rule(reader=READERS, after=st.integers(0, 300))
    def a_reader_comes_and_tells_how_far_it_is(self, reader: str, after: int) -> None:
        beginning = self.run(self.push.begin("client", after=after))
        if after > self.made:
            assert (beginning.cursor, beginning.is_reset) == (0, True)
        else:
            assert (beginning.cursor, beginning.is_reset) == (after, after < self.forgotten)
        self.cursors[reader] = beginning.cursor

    @rule(reader=READERS)
    def a_reader_comes_and_tells_nothing(self, reader: str) -> None:
        beginning = self.run(self.push.begin("client", after=None))
        assert (beginning.cursor, beginning.is_reset) == (self.delivered, False)
        self.cursors[reader] = beginning.cursor

    @rule(reader=READERS)
    def a_reader_reads_on(self, reader: str) -> None:
        cursor = self.cursors.get(reader, 0)
        page = self.run(self.push.page("client", cursor=cursor))
        expected = range(max(cursor, self.forgotten) + 1, self.made + 1)
        assert [result.seq for result in page] == list(expected[:32])
        assert {result.client_id for result in page} <= {"client"}
        if page:
            self.cursors[reader] = page[-1].seq

    @rule(reader=READERS)
    def a_reader_says_that_it_has_it(self, reader: str) -> None:
        cursor = self.cursors.get(reader, 0)
        self.run(self.push.delivered("client", seq=cursor))
        self.delivered = max(self.delivered, cursor)

    @invariant()
    def what_was_delivered_is_on_record(self) -> None:
        assert self.run(self.clients.delivered("client")) == self.delivered


TestPush = PushMachine.TestCase
TestPush.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
