from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mip.storage import open_store
from mip.testing import StorageConformance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from mip.storage import ObjectStore


@pytest.mark.usefixtures("no_blocking")
class TestFolderStore(StorageConformance):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[ObjectStore]:
        store = await open_store(f"folder:{tmp_path / 'bucket'}")
        yield store
        await store.aclose()

    @pytest.fixture
    def reopen(self, store: ObjectStore) -> Callable[[], Awaitable[ObjectStore]]:
        return lambda: open_store(store.bucket)
