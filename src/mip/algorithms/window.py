"""Window/level: a grey image as a picture for display."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ..worker import algorithm
from .grey import choose_window, levels, lut_levels, require_grey

if TYPE_CHECKING:
    from ..imaging import Image

Function = Literal["linear", "linear_exact", "sigmoid"]


@algorithm(id="window", version="1.0.0", scope="image")
def window(
    image: Image,
    *,
    center: Annotated[float, Field(description="Rescaled units, HU for CT")] | None = None,
    width: Annotated[float, Field(gt=0, description="Rescaled units, HU for CT")] | None = None,
    function: Annotated[Function, Field(description="How values meet levels")] = "linear",
) -> Image:
    """Show a grey image in 8 bits through a window.

    Parameters
    ----------
    image : Image
        Grey, of any number of frames.
    center, width : float, optional
        The window in rescaled units; both or neither. By default the source's own display table or
        window, else the range of its values.
    function : {"linear", "linear_exact", "sigmoid"}
        How a window that was asked for maps values (DICOM PS3.3 C.11.2.1.2).

    Returns
    -------
    Image
        A picture, uint8: MONOCHROME1 is inverted, so that it looks as it should; padding is black.
    """
    require_grey(image)
    if center is None and width is None and image.voi_luts:
        return image.replace(lut_levels(image, image.voi_luts[0], invert=image.is_inverted))
    chosen = choose_window(image, center=center, width=width, function=function)
    return image.replace(levels(image, chosen, invert=image.is_inverted))
