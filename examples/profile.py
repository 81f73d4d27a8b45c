"""A series as a volume: how dense it is from slice to slice."""

from __future__ import annotations

import mip


@mip.algorithm(id="profile", version="1.0.0", scope="series")
def profile(volume: mip.Volume, *, above: float = -200.0) -> mip.Measurements:
    """Measure the share and the mean of what is denser than a value, slice by slice."""
    slices = []
    for pixels in volume.pixels:
        dense = pixels[pixels > above]
        slices.append(
            {
                "share": round(dense.size / pixels.size, 4),
                "mean": round(float(dense.mean()), 2) if dense.size else None,
            }
        )
    return mip.Measurements(
        values={"units": volume.units, "spacing_mm": volume.spacing_mm, "slices": slices}
    )
