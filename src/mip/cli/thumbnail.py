"""The picture of an image for a terminal, made where images are decoded: in a child process.

It is an algorithm like any other, whose measurement is a small picture: a preview has the limits
of a job, and the process at the terminal never decodes an image.
"""

from __future__ import annotations

import base64
import dataclasses
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from ..imaging import Image, Measurements, Window
from ..imaging.resample import resample
from ..kernels import window
from ..worker import algorithm
from .picture import MAX_SIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Side = Annotated[int, Field(ge=2, le=MAX_SIDE)]


@algorithm(id="thumbnail", version="1.0.0", timeout_seconds=30)
def thumbnail(image: Image, *, columns: _Side = 64, rows: _Side = 64) -> Measurements:
    """Shrink the middle frame to fit ``rows`` x ``columns`` square pixels, as it is displayed."""
    frame = image.frames // 2
    height, width = _fit(image, rows=rows, columns=columns)
    middle = dataclasses.replace(image, stored=image.stored[frame : frame + 1], padding=None)
    pixels = resample(middle.pixels[0], rows=height, columns=width)
    shown = pixels.astype(np.uint8) if image.is_color else _display(pixels, image)
    return Measurements(
        values={
            "rows": height,
            "columns": width,
            "samples": 3 if image.is_color else 1,
            "pixels": base64.b64encode(shown.tobytes()).decode("ascii"),
        }
    )


def _fit(image: Image, *, rows: int, columns: int) -> tuple[int, int]:
    """Return the size that fits and keeps the proportions that the image has in the patient."""
    row_mm, column_mm = image.geometry.pixel_spacing_mm or (1.0, 1.0)
    aspect = (image.rows * row_mm) / (image.columns * column_mm)
    width = min(float(columns), rows / aspect)
    return max(1, min(rows, round(width * aspect))), max(1, min(columns, round(width)))


def _display(pixels: NDArray[np.float32], image: Image) -> NDArray[np.uint8]:
    chosen = image.display_window or Window.spanning(*_ends(pixels))
    return window(
        pixels,
        chosen.center,
        chosen.width,
        function=chosen.function,
        invert=image.is_inverted,
    )


def _ends(pixels: NDArray[np.float32]) -> tuple[float, float]:
    finite = pixels[np.isfinite(pixels)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
