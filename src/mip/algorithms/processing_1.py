"""Liver by threshold and connected components, slice by slice."""

from __future__ import annotations

from math import floor, nextafter
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from ..kernels import closing, disk, fill_holes, gaussian, opening, otsu, remove_small_holes
from ..kernels import threshold as above
from ..worker import algorithm
from .grey import levels, nearest_levels, require_hounsfield
from .liver import LIVER_HU, MAX_CX, Side, choose_liver, outputs, surroundings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..imaging import Image, Mask, Measurements

Method = Literal["fixed", "otsu"]

MAX_HOLE_PX = 5000


@algorithm(id="processing_1", version="1.0.0", scope="image")
def processing_1(
    image: Image,
    *,
    sigma: Annotated[float, Field(ge=0, le=50, description="Smoothing in pixels")] = 1.5,
    method: Annotated[Method, Field(description="The fixed threshold, or Otsu's")] = "fixed",
    threshold: Annotated[
        float, Field(ge=0, le=255, description="Level of the window 30 to 150 HU")
    ] = 110,
    close_k: Annotated[int, Field(ge=1, le=99, description="Diameter in pixels")] = 7,
    open_k: Annotated[int, Field(ge=1, le=99, description="Diameter in pixels")] = 9,
    min_area_px: Annotated[int, Field(ge=1, description="The least area of a liver")] = 20000,
    max_cx: Annotated[
        float, Field(ge=0, le=1, description="The centroid's limit, as a fraction of the width")
    ] = MAX_CX,
    side: Annotated[Side, Field(description="Side of the picture that the liver is on")] = "left",
) -> tuple[Image, Mask, Measurements]:
    """Segment the liver of each CT slice by a threshold.

    Parameters
    ----------
    image : Image
        CT in HU; every frame is segmented by itself.
    sigma : float
        Standard deviation of the Gaussian, in pixels, on 8-bit levels.
    method : {"fixed", "otsu"}
        Whether the threshold is the one given or Otsu's of each frame.
    threshold : float
        Level, 0 at 30 HU and 255 at 150 HU, above which a pixel may be liver.
    close_k, open_k : int
        Diameters of the disks that close gaps and open bridges; an even one counts as the odd one
        above it.
    min_area_px, max_cx, side
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
    findings = []
    for frame in levels(image, LIVER_HU):
        smooth = gaussian(frame, sigma)
        limit = otsu(nearest_levels(smooth)) if method == "otsu" else threshold
        mask = _clean(_levels_above(smooth, limit), close_k=close_k, open_k=open_k)
        findings.append(choose_liver(mask, min_area_px=min_area_px, max_cx=max_cx, side=side))
    return outputs(image, findings)


def _levels_above(smooth: NDArray[np.float32], limit: float) -> NDArray[np.bool_]:
    """Return where `nearest_levels` are above a limit, without making them."""
    marked: NDArray[np.bool_] = above(smooth, nextafter(floor(limit) + 0.5, 0))
    return marked


def _clean(mask: NDArray[np.bool_], *, close_k: int, open_k: int) -> NDArray[np.bool_]:
    window = surroundings(mask, close_k // 2)
    whole = fill_holes(closing(mask[window], disk(close_k // 2)))
    apart = np.zeros(mask.shape, np.bool_)
    apart[window] = opening(whole, disk(open_k // 2))
    return remove_small_holes(apart, MAX_HOLE_PX)  # of the frame: a hole may lie at its border
