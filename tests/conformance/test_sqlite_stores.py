"""The stores that share a file with the job records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mip.state import open_stores
from mip.state.sqlite_callbacks import SqliteCallbackStore
from mip.state.sqlite_clients import SqliteClientStore
from mip.state.sqlite_file import state_database
from mip.state.sqlite_registry import SqliteRegistry
from mip.state.sqlite_workers import SqliteWorkerStore
from mip.testing import (
    CallbackStoreConformance,
    ClientStoreConformance,
    FakeClock,
    RegistryConformance,
    WorkerStoreConformance,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from mip.sqlite import Database
    from mip.state import CallbackStore, ClientStore, Registry, Stores, WorkerStore

pytestmark = pytest.mark.usefixtures("no_blocking")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = state_database(tmp_path / "state.db", is_durable=False)
    yield database
    await database.aclose()


@pytest.fixture
def opened(tmp_path: Path, clock: FakeClock) -> Callable[[], Awaitable[Stores]]:
    return lambda: open_stores(f"sqlite:{tmp_path / 'state.db'}", clock=clock)


class TestSqliteRegistry(RegistryConformance):
    @pytest.fixture
    def store(self, database: Database) -> Registry:
        return SqliteRegistry(database)

    @pytest.fixture
    def reopen(self, opened: Callable[[], Awaitable[Stores]]) -> Callable[[], Awaitable[Registry]]:
        async def reopen() -> Registry:
            return (await opened()).registry

        return reopen


class TestSqliteClientStore(ClientStoreConformance):
    @pytest.fixture
    def store(self, database: Database, clock: FakeClock) -> ClientStore:
        return SqliteClientStore(database, clock=clock)

    @pytest.fixture
    def reopen(
        self, opened: Callable[[], Awaitable[Stores]]
    ) -> Callable[[], Awaitable[ClientStore]]:
        async def reopen() -> ClientStore:
            return (await opened()).clients

        return reopen


class TestSqliteWorkerStore(WorkerStoreConformance):
    @pytest.fixture
    def store(self, database: Database) -> WorkerStore:
        return SqliteWorkerStore(database)

    @pytest.fixture
    def reopen(
        self, opened: Callable[[], Awaitable[Stores]]
    ) -> Callable[[], Awaitable[WorkerStore]]:
        async def reopen() -> WorkerStore:
            return (await opened()).workers

        return reopen


class TestSqliteCallbackStore(CallbackStoreConformance):
    @pytest.fixture
    def store(self, database: Database, clock: FakeClock) -> CallbackStore:
        return SqliteCallbackStore(database, clock=clock)

    @pytest.fixture
    def reopen(
        self, opened: Callable[[], Awaitable[Stores]]
    ) -> Callable[[], Awaitable[CallbackStore]]:
        async def reopen() -> CallbackStore:
            return (await opened()).callbacks

        return reopen
