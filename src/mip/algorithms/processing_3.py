"""Fields of a chest radiograph: Otsu's threshold, without what touches the border or is small."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ..imaging import Image, Mask, Measurements, Window
from ..kernels import (
    clear_border,
    gaussian,
    otsu,
    remove_small_holes,
    remove_small_objects,
)
from ..kernels import threshold as above
from ..worker import algorithm
from .grey import (
    choose_window,
    count_regions,
    highlight,
    levels,
    nearest_levels,
    require_grey,
    value_range,
)

Polarity = Literal["dark", "bright"]


@algorithm(id="processing_3", version="1.0.0", scope="image")
def processing_3(
    image: Image,
    *,
    sigma: Annotated[float, Field(ge=0, le=50, description="Smoothing in pixels")] = 2.0,
    polarity: Annotated[
        Polarity, Field(description="Which side of the threshold, as displayed")
    ] = "dark",
    min_object_px: Annotated[int, Field(ge=1, description="The least area of a field")] = 2000,
    min_hole_px: Annotated[int, Field(ge=1, description="The least area of a hole")] = 2000,
) -> tuple[Image, Mask, Measurements]:
    """Mark the lungs of a chest radiograph, or what else Otsu's threshold sets apart.

    Parameters
    ----------
    image : Image
        Grey; every frame is looked at by itself.
    sigma : float
        Standard deviation of the Gaussian, in pixels, on 8-bit levels of the full range.
    polarity : {"dark", "bright"}
        Dark fields, as lungs are, or bright ones, as displayed: MONOCHROME1 is inverted.
    min_object_px, min_hole_px : int
        Fields and holes of fewer pixels are left out, and filled.

    Returns
    -------
    Image
        The frames as displayed, the fields under magenta at 0.4.
    Mask
        The fields that do not touch the border; air around the patient does. Padding is in none.
    Measurements
        ``area_px`` and ``components``: over all frames, and of each in ``frames`` where there are
        several.
    """
    require_grey(image)
    bright = levels(image, Window.spanning(*value_range(image)), invert=image.is_inverted)
    region = np.empty(bright.shape, np.bool_)
    for frame, target in zip(bright, region, strict=True):
        smooth = nearest_levels(gaussian(frame, sigma))
        fields = above(smooth, otsu(smooth))
        inner = clear_border(np.invert(fields) if polarity == "dark" else fields)
        target[...] = remove_small_holes(remove_small_objects(inner, min_object_px), min_hole_px)
    if image.padding is not None:
        region &= ~image.padding
    window = choose_window(image, center=None, width=None)
    shown = levels(image, window, invert=image.is_inverted)
    return (
        image.replace(highlight(shown, region)),
        Mask(labels=region, segments=(f"{polarity.capitalize()} fields",)),
        Measurements(values=count_regions(region)),
    )
