from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mip.state import open_job_store
from mip.state.sqlite import SqliteJobStore
from mip.testing import FakeClock, JobStoreConformance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from mip.state import JobStore


@pytest.mark.usefixtures("no_blocking")
class TestSqliteJobStore(JobStoreConformance):
    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    @pytest.fixture
    async def store(self, tmp_path: Path, clock: FakeClock) -> AsyncIterator[JobStore]:
        store = SqliteJobStore(tmp_path / "state.db", clock=clock, is_durable=False)
        yield store
        await store.aclose()

    @pytest.fixture
    def reopen(self, tmp_path: Path, clock: FakeClock) -> Callable[[], Awaitable[JobStore]]:
        return lambda: open_job_store(f"sqlite:{tmp_path / 'state.db'}", clock=clock)
