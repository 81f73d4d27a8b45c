from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pacs.orthanc import Orthanc, require

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    """One server for all tests that leave it as it is; each brings UIDs of its own."""
    require()
    server = Orthanc(tmp_path_factory.mktemp("orthanc") / "data")
    server.start()
    yield server
    server.kill()
