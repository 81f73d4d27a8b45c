"""Kernels that change the value of each pixel by itself."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from . import _arrays, _dispatch, _intensity

if TYPE_CHECKING:
    from numpy.typing import NDArray

WindowFunction: TypeAlias = Literal["linear", "linear_exact", "sigmoid"]

STEP = 2.0**20  # levels per stored value: a window of width 1 is a step
EXACT = 2.0**23  # whole numbers up to here are exact in float32
NO_PADDING = (np.inf, -np.inf)


class _Ramp(NamedTuple):
    """``(stored - origin) * scale + offset``, in levels or, for the sigmoid, its exponent."""

    origin: float
    scale: float
    offset: float


def window(
    image: NDArray[Any],
    center: float,
    width: float,
    *,
    slope: float = 1.0,
    intercept: float = 0.0,
    function: WindowFunction = "linear",
    invert: bool = False,
    padding: float | tuple[float, float] | None = None,
    out: NDArray[np.uint8] | None = None,
    threads: int | None = None,
) -> NDArray[np.uint8]:
    """Map stored values through rescale and VOI window to 8-bit display levels.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([frames,] rows, columns)
        Stored values; copied only when not C-contiguous.
    center, width : float
        Window in rescaled units (HU for CT); width at least 1 for ``linear``, above 0 otherwise.
    slope, intercept : float
        Rescale Slope (0028,1053) and Rescale Intercept (0028,1052).
    function : {"linear", "linear_exact", "sigmoid"}
        VOI LUT Function (0028,1056).
    invert : bool
        True for MONOCHROME1: level 255 becomes 0.
    padding : float or (low, high), optional
        Stored value, or inclusive range of them, that is shown as 0, inverted or not.
    out : ndarray of uint8, shape of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of uint8, shape of ``image``
        0 at and below the window, 255 above it; NaN is 0.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3. Within one level of the same in double precision, and
    that only where the level ends on a half. Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image)
    ramp = _ramp(center, width, slope=slope, intercept=intercept, function=function)
    low, high = _padding_range(padding)
    count = _dispatch.thread_count(threads, work=source.size)
    result = _arrays.target(out, shape=source.shape, dtypes=(np.uint8,), inputs=(image,))
    if source.size:
        _intensity.window(
            source.reshape(-1),
            result.reshape(-1),
            *ramp,
            function == "sigmoid",
            low,
            high,
            invert,
            _dispatch.isa_index(),
            count,
        )
    return _arrays.deliver(result, out)


def _ramp(
    center: float, width: float, *, slope: float, intercept: float, function: WindowFunction
) -> _Ramp:
    """Fold rescale and window into one ramp over stored values, in double precision."""
    if not all(map(isfinite, (center, width, slope, intercept))):
        raise ValueError(
            f"window and rescale must be finite, not center {center}, width {width}, "
            f"slope {slope}, intercept {intercept}"
        )
    if function not in {"linear", "linear_exact", "sigmoid"}:
        raise ValueError(f"function must be linear, linear_exact or sigmoid, not {function!r}")
    if width < 1 if function == "linear" else width <= 0:
        least = "at least 1" if function == "linear" else "above 0"
        raise ValueError(f"the width of a {function} window must be {least}, not {width}")
    if function == "sigmoid":
        middle, gain, at_middle = center, -4.0 / width, 0.0
    elif function == "linear_exact":
        middle, gain, at_middle = center, 255.0 / width, 127.5
    elif width == 1:
        middle, gain, at_middle = center - 0.5, STEP, 0.0
    else:
        middle, gain, at_middle = center - 0.5, 255.0 / (width - 1.0), 127.5
    # A whole origin near the middle keeps (stored - origin) exact for every integer image.
    stored_middle = (middle - intercept) / slope if slope else 0.0
    origin = float(np.clip(np.rint(stored_middle), -EXACT, EXACT))
    offset = at_middle + gain * (slope * origin + intercept - middle)
    return _Ramp(origin, gain * slope, offset)


def _padding_range(padding: float | tuple[float, float] | None) -> tuple[float, float]:
    if padding is None:
        return NO_PADDING
    low, high = padding if isinstance(padding, tuple) else (padding, padding)
    if not low <= high:
        raise ValueError(f"padding must be a value or (low, high), not {padding}")
    return low, high
