"""Outlined structures: window, local contrast, edges, morphology."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from ..errors import Discard
from ..imaging import Image, Mask, Measurements
from ..kernels import canny, clahe, closing, disk, fill_holes, remove_small_objects
from ..worker import algorithm
from .grey import choose_window, count_regions, highlight, levels, require_grey

SLOPE = 8  # the magnitude of Canny's gradient where levels rise by 1 per pixel


@algorithm(id="processing_2", version="1.0.0", scope="image")
def processing_2(
    image: Image,
    *,
    center: Annotated[float, Field(description="Rescaled units, HU for CT")] | None = None,
    width: Annotated[float, Field(gt=0, description="Rescaled units, HU for CT")] | None = None,
    clip_limit: Annotated[float, Field(gt=0, le=100, description="Contrast limit")] = 2.0,
    tiles: Annotated[int, Field(ge=1, le=64, description="Tiles along each axis")] = 8,
    sigma: Annotated[float, Field(ge=0, le=50, description="Smoothing in pixels")] = 2.0,
    low: Annotated[float, Field(ge=0, description="Levels per pixel along an edge")] = 5,
    high: Annotated[float, Field(ge=0, description="Levels per pixel somewhere on it")] = 10,
    close_k: Annotated[int, Field(ge=1, le=99, description="Diameter in pixels")] = 5,
    min_object_px: Annotated[int, Field(ge=1, description="The least area of a structure")] = 200,
) -> tuple[Image, Mask, Measurements]:
    """Mark the structures of each frame that edges enclose.

    Parameters
    ----------
    image : Image
        Grey; every frame is looked at by itself.
    center, width : float, optional
        Window in rescaled units; both or neither. By default the source's, else its range.
    clip_limit, tiles : float, int
        Of the contrast-limited adaptive equalization of the windowed frame.
    sigma, low, high : float
        Of Canny's edges; ``low`` at most ``high``.
    close_k : int
        Diameter of the disk that closes gaps between edges; an even one counts as the odd one above
        it.
    min_object_px : int
        Structures of fewer pixels are left out.

    Returns
    -------
    Image
        The equalized frames, the structures under magenta at 0.4.
    Mask
        Edges, closed, and what they enclose.
    Measurements
        ``area_px`` and ``components``: over all frames, and of each in ``frames`` where there are
        several.
    """
    require_grey(image)
    if low > high:
        raise Discard(f"expected low at most high, got low={low:g} and high={high:g}")
    shown = levels(image, choose_window(image, center=center, width=width))
    region = np.empty(shown.shape, np.bool_)
    for frame, target in zip(shown, region, strict=True):
        frame[...] = clahe(frame, clip_limit=clip_limit, tiles=(tiles, tiles))
        edges = canny(frame, sigma, SLOPE * low, SLOPE * high)
        structures = fill_holes(closing(edges, disk(close_k // 2)))
        target[...] = remove_small_objects(structures, min_object_px)
    picture = np.invert(shown) if image.is_inverted else shown
    return (
        image.replace(highlight(picture, region)),
        Mask(labels=region, segments=("Outlined structures",)),
        Measurements(values=count_regions(region)),
    )
