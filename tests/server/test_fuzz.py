"""A part of ``python -m tests.server.fuzz``, whose whole run is in ``make test-full``."""

from __future__ import annotations

from .fuzz import fuzz
from .served import served


def test_no_request_makes_a_defect_or_an_exception(tmp_path):
    with served(
        tmp_path,
        mip_submitted_kib_per_minute=0,
        mip_provisions_per_minute=0,
        mip_wrong_keys_per_minute=0,
    ) as here:
        here.register()
        report = fuzz(here, requests=1000, seed=2)
    assert report.problems == []
    assert {"200", "400", "401", "404", "405", "422"} <= set(report.statuses)
