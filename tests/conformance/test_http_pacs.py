"""The PACS contract over HTTP, against a server of our own."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, ClassVar

import pytest

from mip.clock import SystemClock
from mip.pacs.http import HttpLimits
from mip.pacs.opening import open_service
from mip.testing import ArchiveConformance, PacsConformance, PathIdsConformance
from tests.pacs.server import Answer, Request, Server, dicomweb, pacs_api, plain_pacs_api, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from mip.pacs import Pacs

QUICK = HttpLimits(first_pause_seconds=0.001, longest_pause_seconds=0.002)


@asynccontextmanager
async def opened(url: str, folder: Path, *, key: str = "") -> AsyncIterator[Pacs]:
    pacs = await open_service(url, key=key, clock=SystemClock(), folder=folder, limits=QUICK)
    try:
        yield pacs
    finally:
        await pacs.aclose()
        assert not [name for name in os.listdir(folder) if name.startswith("pacs-")]  # noqa: PTH208 - a glob may block


class ServerFixtures:
    handle: ClassVar[staticmethod[[Server, Request], Answer]]

    @pytest.fixture
    async def server(self) -> AsyncIterator[Server]:
        async with serving(type(self).handle) as server:
            yield server

    @pytest.fixture
    def add(self, server: Server) -> Callable[[str, bytes], Awaitable[None]]:
        async def add(path: str, body: bytes) -> None:
            server.add(path, body)

        return add

    @pytest.fixture
    def stop(self, server: Server) -> Callable[[], Awaitable[None]]:
        return server.stop


class DicomwebFixtures(ServerFixtures):
    handle = staticmethod(dicomweb)

    @pytest.fixture
    async def pacs(self, server: Server, tmp_path: Path) -> AsyncIterator[Pacs]:
        async with opened(f"dicomweb:{server.url}/dicom-web", tmp_path) as pacs:
            yield pacs

    @pytest.fixture
    def archive(self, pacs: Pacs) -> Pacs:
        return pacs


class RestFixtures(ServerFixtures):
    handle = staticmethod(pacs_api)

    @pytest.fixture
    async def pacs(self, server: Server, tmp_path: Path) -> AsyncIterator[Pacs]:
        async with opened(f"{server.url}/api", tmp_path, key="k") as pacs:
            yield pacs


@pytest.mark.usefixtures("no_blocking")
class TestDicomwebPacs(DicomwebFixtures, PacsConformance):
    pass


@pytest.mark.usefixtures("no_blocking")
class TestDicomwebArchive(DicomwebFixtures, ArchiveConformance):
    pass


@pytest.mark.usefixtures("no_blocking")
class TestRestPacs(RestFixtures, PathIdsConformance):
    pass


@pytest.mark.usefixtures("no_blocking")
class TestPlainRestPacs(RestFixtures, PathIdsConformance):
    """One whose listings have keys alone: UIDs are read from the images."""

    handle = staticmethod(plain_pacs_api)

    async def test_series_are_listed_in_order(self, filled: Pacs) -> None:
        listed = await filled.series()
        assert [(each.study_uid, each.series_uid) for each in listed] == sorted(
            (each.study_uid, each.series_uid) for each in listed
        )
        assert [each.instances for each in listed] == [3, 1, 1]

    async def test_the_series_of_one_study_are_listed_alone(self, filled: Pacs) -> None:
        assert [each.instances for each in await filled.series("liver1/dataset")] == [1]
        assert await filled.series("9.9") == []
