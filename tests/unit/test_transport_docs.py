"""The example in the page on queues runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "queues.md"


def test_the_example_runs():
    (example,) = [part.split("```")[0] for part in PAGE.read_text().split("```python")[1:]]
    done = subprocess.run([sys.executable, "-c", example], check=False, capture_output=True)
    assert (done.stderr, done.returncode) == (b"", 0)
