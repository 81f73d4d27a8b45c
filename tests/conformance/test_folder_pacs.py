from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from mip.pacs import open_pacs
from mip.testing import ArchiveConformance, PathIdsConformance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from mip.pacs import Pacs


class FolderFixtures:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        (tmp_path / "secret").write_bytes(b"secret")
        root = tmp_path / "pacs"
        root.mkdir()
        return root

    @pytest.fixture
    async def pacs(self, root: Path) -> AsyncIterator[Pacs]:
        pacs = await open_pacs(f"folder:{root}")
        yield pacs
        await pacs.aclose()

    @pytest.fixture
    def archive(self, pacs: Pacs) -> Pacs:
        return pacs

    @pytest.fixture
    def add(self, root: Path) -> Callable[[str, bytes], Awaitable[None]]:
        async def add(path: str, body: bytes) -> None:
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)

        return add

    @pytest.fixture
    def stop(self, root: Path) -> Callable[[], Awaitable[None]]:
        async def stop() -> None:
            shutil.rmtree(root)

        return stop


@pytest.mark.usefixtures("no_blocking")
class TestFolderPacs(FolderFixtures, PathIdsConformance):
    pass


@pytest.mark.usefixtures("no_blocking")
class TestFolderArchive(FolderFixtures, ArchiveConformance):
    pass
