"""Threshold at a fraction of the range: the smallest algorithm that makes a mask."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..imaging import Image, Mask
from ..worker import algorithm
from .grey import require_grey, value_range, values_above


@algorithm(id="threshold-filter", version="1.0.0", scope="image")
def threshold_filter(
    image: Image,
    *,
    threshold: Annotated[
        float, Field(ge=0, le=1, description="Fraction of the image's range of values")
    ] = 0.5,
) -> Mask:
    """Mark the pixels above a fraction of the image's range.

    Parameters
    ----------
    image : Image
        Grey, of any number of frames.
    threshold : float
        0 is the least rescaled value of all frames and 1 the greatest, padding left out.

    Returns
    -------
    Mask
        Pixels above ``least + threshold * (greatest - least)``; never padding.
    """
    require_grey(image)
    least, greatest = value_range(image)
    marked = values_above(image, least + threshold * (greatest - least))
    return Mask(labels=marked, segments=("Above threshold",))
