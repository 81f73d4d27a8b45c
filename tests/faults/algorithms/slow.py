"""Takes its time: longer than a lease, if told so."""

from __future__ import annotations

import time
from pathlib import Path

import mip


@mip.algorithm(id="slow", version="1.0.0")
def slow(image: mip.Image, *, index: int = 0, milliseconds: int = 0, runs: str = "") -> mip.Image:
    """Note that it runs in the file ``runs``, then sleep."""
    if runs:
        with Path(runs).open("a") as notes:
            notes.write(f"{index}\n")
    time.sleep(milliseconds / 1000)
    return image
