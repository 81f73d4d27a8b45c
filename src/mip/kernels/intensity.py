"""Kernels that change the value of each pixel by itself."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from . import _arguments, _arrays, _bounds, _dispatch, _intensity

if TYPE_CHECKING:
    from numpy.typing import NDArray

WindowFunction: TypeAlias = Literal["linear", "linear_exact", "sigmoid"]

FUNCTIONS = ("linear", "linear_exact", "sigmoid")
LEAST_WIDTH = 1e-20  # stored values: levels per value, and their products, stay finite in float32
STEP = 2.0**20  # levels per stored value: a window of width 1 is a step
EXACT = 2.0**23  # whole numbers up to here are exact in float32
INTEGERS = (np.dtype(np.uint8), np.dtype(np.int16), np.dtype(np.uint16))
MAX_ENTRIES = 1 << 16  # of a table: as many as 16-bit pixels have values
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
        Window in rescaled units (HU for CT); width at least 1 for ``linear``, and always at least
        1e-20, also when divided by the slope.
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
    is_inverted = _arguments.flag(invert, "invert")
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
            is_inverted,
            _dispatch.isa_index(),
            count,
        )
    return _arrays.deliver(result, out)


def rescale(
    image: NDArray[Any],
    slope: float,
    intercept: float,
    *,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Turn stored values into rescaled units: ``image * slope + intercept`` in float32.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([frames,] rows, columns)
        Stored values; copied only when not C-contiguous.
    slope, intercept : float
        Rescale Slope (0028,1053) and Rescale Intercept (0028,1052).
    out : ndarray of float32, shape of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of float32, shape of ``image``
        Exact for 16-bit values with whole slope and intercept below 256 and 65536; NaN stays NaN.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    DICOM PS3.3 C.11.1.1.2. The bits of numpy's ``float32(image) * slope + intercept``, for every
    ISA, thread count and layout.
    """
    source = _arrays.as_image(image)
    slope = _arguments.number(slope, "slope")
    intercept = _arguments.number(intercept, "intercept")
    count = _dispatch.thread_count(threads, work=source.size)
    result = _arrays.target(out, shape=source.shape, dtypes=(np.float32,), inputs=(image,))
    if source.size:
        flat = source.reshape(-1), result.reshape(-1)
        _intensity.rescale(*flat, slope, intercept, _dispatch.isa_index(), count)
    return _arrays.deliver(result, out)


def threshold(
    image: NDArray[Any],
    low: float,
    high: float | None = None,
    *,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Mark the pixels above ``low`` and, when given, at most ``high``.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([frames,] rows, columns)
        Values; copied only when not C-contiguous.
    low, high : float
        ``low < value <= high``; any real numbers, infinities included. No upper end by default.
    out : ndarray of bool or uint8, shape of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of bool (or of the dtype of ``out``), shape of ``image``
        NaN is false.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described; a bound is NaN.

    Notes
    -----
    Exact, whatever the bounds. Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image)
    low = _arguments.number(low, "low", finite=False)
    high = np.inf if high is None else _arguments.number(high, "high", finite=False)
    least, most = _inclusive_bounds(source.dtype, low, high)
    count = _dispatch.thread_count(threads, work=source.size)
    result = _arrays.target(out, shape=source.shape, dtypes=(np.bool_, np.uint8), inputs=(image,))
    if source.size:
        flat = source.reshape(-1), result.reshape(-1).view(np.uint8)
        _intensity.threshold(*flat, least, most, _dispatch.isa_index(), count)
    return _arrays.deliver(result, out)


def apply_lut(
    image: NDArray[Any],
    lut: NDArray[Any],
    first: int = 0,
    *,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Look every value up in a table.

    Parameters
    ----------
    image : ndarray of uint8, int16 or uint16, shape ([frames,] rows, columns)
        Stored values; copied only when not C-contiguous.
    lut : ndarray of uint8, int16, uint16 or float32, shape (entries,)
        The table; at least one entry.
    first : int
        Value that the first entry belongs to, from -65536 to 65536. Values below it take the first
        entry, values past the last entry the last.
    out : ndarray of the dtype of ``lut``, shape of ``image``, optional
        Where the result goes; must not overlap an input.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of the dtype of ``lut``, shape of ``image``

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    DICOM PS3.3 C.11.1.1.1 and C.11.2.1.1. Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image, dtypes=INTEGERS)
    table = _arrays.as_image(lut, name="lut", ndims=(1,))
    if not 1 <= table.size <= MAX_ENTRIES:
        raise ValueError(f"lut must have 1 to {MAX_ENTRIES} entries, not {table.size}")
    first = _arguments.whole(first, "first", least=-MAX_ENTRIES, most=MAX_ENTRIES)
    count = _dispatch.thread_count(threads, work=source.size)
    result = _arrays.target(out, shape=source.shape, dtypes=(table.dtype,), inputs=(image, lut))
    if source.size:
        word = f"u{table.itemsize}"
        flat = source.reshape(-1), result.reshape(-1).view(word), table.view(word)
        _intensity.lookup(*flat, first, _dispatch.isa_index(), count)
    return _arrays.deliver(result, out)


def _inclusive_bounds(dtype: np.dtype[Any], low: float, high: float) -> tuple[float, float]:
    """Return the least and the greatest value of ``dtype`` in ``low < value <= high``.

    When there is none, the least is above the greatest.
    """
    if dtype.kind == "f":
        return _next_float32(low), _bounds.float32_at_most(high)
    bounds = np.iinfo(dtype)
    least = bounds.min if low < bounds.min else floor(min(low, bounds.max)) + 1
    most = bounds.max if high > bounds.max else floor(max(high, bounds.min - 1))
    return (1, 0) if least > most else (least, most)


def _next_float32(bound: float) -> float:
    """Return the least float32 above ``bound``; infinity has none and gives NaN."""
    at_most = np.float32(_bounds.float32_at_most(bound))
    with np.errstate(over="ignore"):
        return np.nan if at_most == np.inf else float(np.nextafter(at_most, np.float32(np.inf)))


def _ramp(
    center: float, width: float, *, slope: float, intercept: float, function: WindowFunction
) -> _Ramp:
    """Fold rescale and window into one ramp over stored values, in double precision."""
    _arguments.choice(function, "function", FUNCTIONS)
    center = _arguments.number(center, "center")
    slope = _arguments.number(slope, "slope")
    intercept = _arguments.number(intercept, "intercept")
    least = LEAST_WIDTH * max(1.0, abs(slope))
    if function == "linear":
        least = max(1, least)
    width = _arguments.number(width, "width", least=least)
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
    origin = float(round(min(max(stored_middle, -EXACT), EXACT)))
    offset = at_middle + gain * (slope * origin + intercept - middle)
    return _Ramp(origin, gain * slope, offset)


def _padding_range(padding: float | tuple[float, float] | None) -> tuple[float, float]:
    if padding is None:
        return NO_PADDING
    if not _arguments.is_several(padding):
        value = _arguments.number(padding, "padding", finite=False)
        return value, value
    low, high = _arguments.numbers(padding, 2, "padding", finite=False)
    if low > high:
        raise ValueError(f"padding must be a value or (low, high), not {padding}")
    return low, high
