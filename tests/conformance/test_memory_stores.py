"""What tests put in place of a registry and of workers' records keeps the same promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mip.testing import RegistryConformance, WorkerStoreConformance
from tests.unit.control_house import MemoryRegistry
from tests.unit.test_control_operations import MemoryWorkers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class TestMemoryRegistry(RegistryConformance):
    @pytest.fixture
    def store(self) -> MemoryRegistry:
        return MemoryRegistry()

    @pytest.fixture
    def reopen(self, store: MemoryRegistry) -> Callable[[], Awaitable[MemoryRegistry]]:
        async def again() -> MemoryRegistry:
            return store

        return again


class TestMemoryWorkers(WorkerStoreConformance):
    @pytest.fixture
    def store(self) -> MemoryWorkers:
        return MemoryWorkers()

    @pytest.fixture
    def reopen(self, store: MemoryWorkers) -> Callable[[], Awaitable[MemoryWorkers]]:
        async def again() -> MemoryWorkers:
            return store

        return again
