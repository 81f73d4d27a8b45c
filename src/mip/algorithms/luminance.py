"""Luminance: a colour image as a grey picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Discard
from ..kernels import to_luminance, window
from ..worker import algorithm

if TYPE_CHECKING:
    from ..imaging import Image

HALF_OF_16_BITS = 32767.5
RANGE_OF_16_BITS = 65535.0


@algorithm(id="luminance", version="1.0.0", scope="image")
def luminance(image: Image) -> Image:
    """Turn RGB into 8-bit grey by luminance.

    Parameters
    ----------
    image : Image
        RGB of 8 or 16 bits, of any number of frames.

    Returns
    -------
    Image
        A picture, uint8: 0.299 R + 0.587 G + 0.114 B, scaled from 16 bits to 8 where needed.
    """
    if not image.is_color:
        raise Discard("expected an RGB image, got a grey one")
    if image.stored.dtype.name not in {"uint8", "uint16"}:
        raise Discard(f"expected RGB of 8 or 16 bits without sign, got {image.stored.dtype}")
    grey = to_luminance(image.stored)
    if grey.dtype.name == "uint16":
        grey = window(grey, HALF_OF_16_BITS, RANGE_OF_16_BITS, function="linear_exact")
    return image.replace(grey)
