"""Liver by seeded region growing, slice by slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from ..kernels import box, dilate, fill_holes, gaussian, label
from ..kernels import threshold as above
from ..worker import algorithm
from .grey import CONNECTIVITY, WHITE, levels, require_hounsfield
from .liver import LIVER_HU, Finding, outputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..imaging import Image, Mask, Measurements

SMOOTH_PX = 1.5


@algorithm(id="liver-segmentation", version="1.0.0", scope="image")
def liver_segmentation(
    image: Image,
    *,
    threshold: Annotated[
        float, Field(ge=0, le=1, description="Fraction of the window 30 to 150 HU")
    ] = 0.5,
    iterations: Annotated[int, Field(ge=1, le=10000, description="Steps of one pixel")] = 100,
    seed_x: Annotated[float, Field(ge=0, le=1, description="Fraction of the width")] = 0.35,
    seed_y: Annotated[float, Field(ge=0, le=1, description="Fraction of the height")] = 0.5,
) -> tuple[Image, Mask, Measurements]:
    """Segment the liver of each CT slice by growing a region from a seed.

    Parameters
    ----------
    image : Image
        CT in HU; every frame is segmented by itself, after a Gaussian of 1.5 pixels.
    threshold : float
        Fraction of the window from 30 to 150 HU above which a pixel may belong to the region.
    iterations : int
        How many steps of one pixel, to each of 8 neighbours, the region grows at most.
    seed_x, seed_y : float
        Where the region begins, as fractions of width and height; by default where the liver of a
        patient on his back is.

    Returns
    -------
    Image
        The frames as displayed, the liver under magenta at 0.4.
    Mask
        The region of each frame, its holes filled.
    Measurements
        ``components`` that the threshold makes, and of the one that holds the seed ``label``,
        ``area_px`` and, where the spacing is known, ``area_mm2``; else ``message``, "liver not
        found". Of several frames the sums, and each in ``frames``.
    """
    require_hounsfield(image)
    seed = _at(seed_y, image.rows), _at(seed_x, image.columns)
    findings = []
    for frame in levels(image, LIVER_HU):
        candidates = above(gaussian(frame, SMOOTH_PX), threshold * WHITE)
        labels, count = label(candidates, connectivity=CONNECTIVITY)
        region = fill_holes(_grow(candidates, seed, iterations))
        findings.append(Finding(region=region, components=count, label=int(labels[seed])))
    return outputs(image, findings)


def _at(fraction: float, size: int) -> int:
    """Return the index of a pixel at a fraction of an axis."""
    return min(int(fraction * size), size - 1)


def _grow(
    candidates: NDArray[np.bool_], seed: tuple[int, int], iterations: int
) -> NDArray[np.bool_]:
    """Return the candidates that the seed reaches within so many steps."""
    region = np.zeros(candidates.shape, np.bool_)
    region[seed] = candidates[seed]
    around = box(3, candidates.ndim)
    for step in range(1, iterations + 1):
        within = tuple(slice(max(0, at - step), at + step + 1) for at in seed)
        grown = dilate(region[within], around) & candidates[within]
        if np.array_equal(grown, region[within]):
            break
        region[within] = grown
    return region
