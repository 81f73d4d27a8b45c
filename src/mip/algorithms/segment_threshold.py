"""Window, smooth, threshold, keep the largest: a whole pipeline on the kernels."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from ..imaging import Geometry, Image, Mask, Measurements
from ..kernels import gaussian, largest_component
from ..kernels import threshold as above
from ..worker import algorithm
from .grey import CONNECTIVITY, WHITE, choose_window, highlight, levels, require_grey


@algorithm(id="segment-threshold", version="1.0.0", scope="image")
def segment_threshold(
    image: Image,
    *,
    center: Annotated[float, Field(description="Rescaled units, HU for CT")] | None = None,
    width: Annotated[float, Field(gt=0, description="Rescaled units, HU for CT")] | None = None,
    sigma: Annotated[float, Field(ge=0, le=50, description="Smoothing in pixels")] = 1.5,
    threshold: Annotated[float, Field(ge=0, le=1, description="Fraction of the window")] = 0.5,
) -> tuple[Image, Mask, Measurements]:
    """Segment the largest bright region of each frame.

    Parameters
    ----------
    image : Image
        Grey; every frame is segmented by itself.
    center, width : float, optional
        Window in rescaled units; both or neither. By default the source's, else its range.
    sigma : float
        Standard deviation of the Gaussian, in pixels, on the windowed frame.
    threshold : float
        Fraction of the window above which a pixel is bright.

    Returns
    -------
    Image
        The frames as displayed, the region under magenta at 0.4.
    Mask
        The region: the largest 8-connected component of each frame.
    Measurements
        ``area_px``, ``area_mm2`` where the spacing is known, and ``components`` before the largest
        was chosen: over all frames, and of each in ``frames`` where there are several.
    """
    require_grey(image)
    window = choose_window(image, center=center, width=width)
    bright = levels(image, window)
    region = np.empty(bright.shape, np.bool_)
    components = []
    for frame, target in zip(bright, region, strict=True):
        candidates = above(gaussian(frame, sigma), threshold * WHITE)
        _, count = largest_component(candidates, connectivity=CONNECTIVITY, out=target)
        components.append(count)
    shown = levels(image, window, invert=True) if image.is_inverted else bright
    picture = highlight(shown, region)
    areas = [int(np.count_nonzero(frame)) for frame in region]
    return (
        image.replace(picture),
        Mask(labels=region, segments=("Largest bright region",)),
        Measurements(values=measure(areas, components, image.geometry)),
    )


def measure(areas: list[int], components: list[int], geometry: Geometry) -> dict[str, object]:
    """Return the measurements over all frames, and of each frame where there are several."""
    spacing = geometry.pixel_spacing_mm

    def values(area: int, count: int) -> dict[str, object]:
        measured: dict[str, object] = {"area_px": area, "components": count}
        if spacing is not None:
            measured["area_mm2"] = round(area * spacing[0] * spacing[1], 3)
        return measured

    total = values(sum(areas), sum(components))
    if len(areas) > 1:
        total["frames"] = [values(*frame) for frame in zip(areas, components, strict=True)]
    return total
