from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.serve_kill9 import run

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_killed_server_loses_and_doubles_no_result(tmp_path: Path) -> None:
    report = await run(
        tmp_path / "house", jobs=120, clients=4, workers=2, kill_every=1.0, limit=180.0, seed=1
    )
    assert report.server_kills >= 1
    assert report.is_perfect, report
