from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.idle import run
from tests.faults.site import Site

if TYPE_CHECKING:
    from pathlib import Path


async def test_an_idle_worker_sleeps(tmp_path: Path) -> None:
    # Measured: 0.1 %, 6 and 0; bounds for a machine that is busy with other tests.
    idle = await run(Site(tmp_path / "site").prepare(), seconds=3.0)
    assert idle.cpu_percent < 3.0
    assert idle.switches_per_second < 30.0
    assert idle.child_switches_per_second < 2.0
