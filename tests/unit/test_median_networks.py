"""The generated part of the kernels' C: not beside their tests, which run without the sources."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_networks_are_what_their_script_writes():
    script = runpy.run_path(str(ROOT / "scripts" / "median_networks.py"))
    assert script["TARGET"].read_text(encoding="utf-8") == script["text"]()
