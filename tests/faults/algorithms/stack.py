"""Counts slices; on its first try it may change the series on disk, and fail."""

from __future__ import annotations

import shutil
from pathlib import Path

import mip


@mip.algorithm(id="stack", version="1.0.0", scope="series")
def stack(
    volume: mip.Volume, *, add: str = "", to: str = "", remove: str = ""
) -> tuple[mip.Volume, mip.Measurements]:
    """Return the volume, and how many slices it has."""
    if add and not (Path(to) / Path(add).name).exists():
        shutil.copy(add, to)
        raise RuntimeError("the series has grown")
    if remove and Path(remove).exists():
        Path(remove).unlink()
        raise RuntimeError("the series has shrunk")
    return volume, mip.Measurements(values={"slices": volume.pixels.shape[0]})
