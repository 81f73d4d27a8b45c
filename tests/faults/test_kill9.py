from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.kill9 import run
from tests.faults.site import Site

if TYPE_CHECKING:
    from pathlib import Path


async def test_killed_workers_lose_and_double_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path / "site").prepare()
    report = await run(site, jobs=120, workers=3, kill_every=1.0, limit=180.0, seed=1)
    assert report.kills >= 1
    assert report.is_perfect, f"{report}\n{site.log()[-4000:]}"
