"""How often each value occurs, and the threshold that follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arguments, _arrays, _dispatch, _histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BINS = 1 << 16
LONGEST_COUNT = 1 << 31  # pixels at a time: a count has 32 bits


def histogram(
    image: NDArray[Any],
    *,
    bins: int | None = None,
    bounds: tuple[float, float] | None = None,
    threads: int | None = None,
) -> NDArray[np.int64]:
    """Count how often each value of an image occurs, or how many values each bin holds.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Values; copied only when not C-contiguous.
    bins : int, optional
        From 1 to 65536 bins of equal width between ``bounds``; with ``bounds`` or not at all, and
        not left out for float32.
    bounds : (low, high), optional
        A bin ends below the next one's beginning, the last one at ``high``; ``low`` below ``high``.
        Values outside, and NaN, are not counted.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of int64, shape (bins,), or (256,) or (65536,)
        Without bins, one count for each value of the dtype, from its least on: that of int16 value
        ``v`` is entry ``v + 32768``.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    ``numpy.histogram`` with its edges in double, exactly.
    """
    source = _arrays.as_image(image)
    asked = _bins(bins, bounds, dtype=source.dtype)
    count = _dispatch.thread_count(threads, work=source.size)
    if asked is None:
        return _count_values(source, count)[0]
    number, low, high = asked
    if source.dtype.kind == "f":
        return _count_bins(source, np.linspace(low, high, number + 1), count)
    values = _values_of(source.dtype)
    weights = _count_values(source, count)[0]
    counts, _ = np.histogram(values, number, (low, high), weights=weights)
    return counts.astype(np.int64)


def otsu(image: NDArray[Any], *, bins: int = 256, threads: int | None = None) -> int | float:
    """Return the threshold that best parts an image into a dark and a bright class.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Values, at least one; copied only when not C-contiguous.
    bins : int
        For float32: from 1 to 65536 bins between the least and the greatest value. Integers have
        one for each value.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    int or float
        Values up to it are dark, those above it bright: ``threshold(image, otsu(image))`` marks
        them. Of several, the least; of an image of one value, that value. For float32 the centre
        of a bin.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described; a float32 value is not finite.

    Notes
    -----
    Otsu, IEEE Transactions on Systems, Man, and Cybernetics 9 (1979), 62:
    ``skimage.filters.threshold_otsu``, from exact counts. Equal for every thread count and layout.
    """
    source = _arrays.as_image(image)
    bins = _arguments.whole(bins, "bins", least=1, most=MAX_BINS)
    if not source.size:
        raise ValueError(
            f"image must have a pixel, and one without has no threshold: {source.shape}"
        )
    if source.dtype.kind != "f":
        count = _dispatch.thread_count(threads, work=source.size)
        counts, used = _count_values(source, count)
        least = int(np.iinfo(source.dtype).min)
        values = np.arange(least + used.start, least + used.stop, dtype=np.int64)
        return int(_best_threshold(counts[used], values))
    bounds = float(source.min()), float(source.max())
    if not np.isfinite(bounds).all():
        raise ValueError(
            f"every value of image must be finite, not from {bounds[0]} to {bounds[1]}"
        )
    if bounds[0] == bounds[1]:
        return bounds[0]
    counts = histogram(source, bins=bins, bounds=bounds, threads=threads)
    edges = np.linspace(*bounds, bins + 1)
    return float(_best_threshold(counts, (edges[:-1] + edges[1:]) / 2))


def _best_threshold(counts: NDArray[np.int64], values: NDArray[Any]) -> Any:
    """Return the value after which the classes differ most; the first of equals."""
    if len(values) == 1:
        return values[0]
    # sums are exact for integers: fewer than 2^63
    pixels, sums = np.cumsum(counts), np.cumsum(counts * values)
    dark, bright = pixels[:-1].astype(np.float64), (pixels[-1] - pixels[:-1]).astype(np.float64)
    differ = sums[:-1] / dark - (sums[-1] - sums[:-1]) / bright
    return values[np.argmax(dark * bright * differ**2)]


def _bins(
    bins: int | None, bounds: tuple[float, float] | None, *, dtype: np.dtype[Any]
) -> tuple[int, float, float] | None:
    """Return how many bins there are, and their bounds; None without any."""
    if bins is None and bounds is None:
        if dtype.kind == "f":
            raise ValueError("bins and bounds must be given for float32")
        return None
    if bins is None or bounds is None:
        raise ValueError("bins and bounds must be given together, or not at all")
    number = _arguments.whole(bins, "bins", least=1, most=MAX_BINS)
    low, high = _arguments.numbers(bounds, 2, "bounds")
    if low >= high:
        raise ValueError(f"bounds must be (low, high), and low below high, not {bounds}")
    return number, low, high


def _values_of(dtype: np.dtype[Any]) -> NDArray[np.int64]:
    bounds = np.iinfo(dtype)
    return np.arange(bounds.min, bounds.max + 1, dtype=np.int64)


def _count_values(source: NDArray[Any], threads: int) -> tuple[NDArray[np.int64], slice]:
    """Return the counts of all values, and the range of those that occur.

    Only counts in that range are written: what nobody touches costs no memory.
    """
    flat = source.reshape(-1)
    entries = 1 << 8 * source.itemsize
    counts = np.zeros(entries, np.int64)
    first, end = entries, 0
    for begin in range(0, flat.size, LONGEST_COUNT):
        tables = np.zeros((threads, entries), np.uint32)
        _histogram.count_values(flat[begin : begin + LONGEST_COUNT], tables)
        used = np.logical_or.reduce(tables)  # by all threads
        low, high = int(used.argmax()), entries - int(used[::-1].argmax())
        for table in tables:
            counts[low:high] += table[low:high]
        first, end = min(first, low), max(end, high)
    return counts, slice(first, end)


def _count_bins(
    source: NDArray[np.float32], edges: NDArray[np.float64], threads: int
) -> NDArray[np.int64]:
    bins = len(edges) - 1
    # A float32 is at or above an edge when it is at or above the least float32 that is.
    least = edges.astype(np.float32)
    below = least < edges
    least[below] = np.nextafter(least[below], np.float32(np.inf))
    if least[-1] > edges[-1]:
        least[-1] = np.nextafter(least[-1], np.float32(-np.inf))
    scale = min(bins / (edges[-1] - edges[0]), float(np.finfo(np.float32).max))
    flat = source.reshape(-1)
    counts = np.zeros(bins, np.int64)
    for begin in range(0, flat.size, LONGEST_COUNT):
        tables = np.zeros((threads, bins), np.uint32)
        _histogram.count_bins(flat[begin : begin + LONGEST_COUNT], least, scale, tables)
        for table in tables:
            counts += table
    return counts
