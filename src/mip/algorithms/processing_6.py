"""Liver by median and threshold, slice by slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from ..kernels import closing, cross, disk, fill_holes, median, opening
from ..worker import algorithm
from .grey import map_frames, require_hounsfield, values_above
from .liver import MAX_CX, Side, choose_liver, outputs, surroundings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..imaging import Image, Mask, Measurements

TWICE = 2


@algorithm(id="processing_6", version="1.0.0", scope="image")
def processing_6(
    image: Image,
    *,
    median_k: Annotated[int, Field(ge=1, le=31, description="Size of the median in pixels")] = 11,
    thr: Annotated[float, Field(description="HU above which a pixel may be liver")] = 120,
    close_k: Annotated[int, Field(ge=1, le=99, description="Diameter in pixels")] = 9,
    min_area_px: Annotated[int, Field(ge=1, description="The least area of a liver")] = 25000,
    side: Annotated[Side, Field(description="Side of the picture that the liver is on")] = "left",
) -> tuple[Image, Mask, Measurements]:
    """Segment the liver of each CT slice by a median and a threshold.

    Parameters
    ----------
    image : Image
        CT in HU; every frame is segmented by itself.
    median_k : int
        Size of the square median, in pixels; an even one counts as the odd one above it.
    thr : float
        HU above which a pixel of the median may be liver.
    close_k : int
        Diameter of the disk that closes gaps, twice, an even one as the odd one above it; and how
        often a cross closes what is left of them.
    min_area_px, side
        Which component is the liver: see ``choose_liver``.

    Returns
    -------
    Image
        The frames as displayed, the liver under magenta at 0.4.
    Mask
        The liver of each frame.
    Measurements
        ``components``, and of the chosen one ``label``, ``area_px`` and, where the spacing is
        known, ``area_mm2``; else ``message``, "liver not found". Of several frames the sums, and
        each in ``frames``.
    """
    require_hounsfield(image)
    size = median_k | 1
    calm = map_frames(image, lambda frame: median(frame, size))
    findings = []
    for mask in values_above(calm, thr):
        cleaned = _clean(mask, close_k=close_k)
        findings.append(choose_liver(cleaned, min_area_px=min_area_px, max_cx=MAX_CX, side=side))
    return outputs(image, findings)


def _clean(mask: NDArray[np.bool_], *, close_k: int) -> NDArray[np.bool_]:
    radius = close_k // 2
    window = surroundings(mask, max(TWICE * radius, close_k))
    whole = fill_holes(closing(mask[window], disk(radius), iterations=TWICE))
    apart = opening(whole, cross(mask.ndim), iterations=TWICE)
    cleaned = np.zeros(mask.shape, np.bool_)
    cleaned[window] = fill_holes(closing(apart, cross(mask.ndim), iterations=close_k))
    return cleaned
