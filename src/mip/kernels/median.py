"""The median filter of planes and volumes."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _arguments, _arrays, _axes, _dispatch, _median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ._axes import BorderMode

PLANE, CUBE, SLIDING = range(3)  # the ways of c/median.h
NETWORK_SIZES = (3, 5, 7, 9, 11)  # of planes
NETWORK_ROWS, SLIDING_ROWS = 64, 32  # of a task
MAX_VALUES = 2**27  # in a window, and under the windows of a task: 2 GiB of scratch


def median(
    image: NDArray[Any],
    size: int | Sequence[int],
    *,
    mode: BorderMode = "reflect",
    cval: float = 0,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Replace each pixel by the median of the window around it.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Three axes are a volume; copied only when not C-contiguous.
    size : int or one per axis
        Pixels of the window along each axis, odd; ``(1, 5, 5)`` filters each slice by itself.
        Squares up to 11 and 3 x 3 x 3 are fastest. For larger squares of uint8 OpenCV's
        ``medianBlur``, which there has every odd size, is faster: measured, 1.4 times for 13, 2.3
        times for 25 and 6 times for 51. A window holds at most 2**27 pixels, and so do the rows
        that the windows of a task, 32 rows or more, lie over.
    mode : {"reflect", "mirror", "nearest", "constant", "wrap"}
        What lies outside, in the words of scipy.ndimage.
    cval : float
        The value outside for ``constant``; one that the dtype of ``image`` holds.
    out : ndarray of the dtype and shape of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of the dtype and shape of ``image``
        NaN counts as above every number, as in numpy's sort: the result is NaN where more than
        half of the window is.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        There is no memory for the rows under the windows of a task.

    Notes
    -----
    Exactly ``scipy.ndimage.median_filter``. Separable sorting networks (A. Adams, "Fast median
    filters using separable sorting networks", 2021), and for other sizes a sliding histogram
    (Huang, Yang and Tang, "A fast two-dimensional median filtering algorithm", 1979). Bit-identical
    for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image)
    _arguments.choice(mode, "mode", _axes.BORDER_MODES)
    sizes = _arguments.whole_each(size, source.ndim, "size", least=1, most=MAX_VALUES)
    plan = _plan(source.shape, sizes, mode)
    outside = np.array([_arguments.pixel(cval, "cval", source.dtype)], source.dtype)
    work = (
        source.size * prod(plan.sizes) // 9
    )  # a pixel of 3 x 3 costs what a pointwise kernel's does
    count = _dispatch.thread_count(threads, work=work)
    result = _arrays.target(out, shape=source.shape, dtypes=(source.dtype,), inputs=(image,))
    if source.size:
        _median.median(
            source.reshape(plan.shape),
            result.reshape(plan.shape),
            plan.sizes,
            plan.inside,
            outside,
            plan.way,
            plan.task_rows,
            _dispatch.isa_index(),
            count,
        )
    return _arrays.deliver(result, out)


class _Plan(NamedTuple):
    """What follows from the shape, the window and the border."""

    shape: tuple[int, ...]
    sizes: tuple[int, ...]
    inside: tuple[NDArray[np.intp], ...]
    way: int
    task_rows: int


# Kept: making it anew takes as long as the median of a small plane, and a worker has few shapes.
@lru_cache(maxsize=16)
def _plan(shape: tuple[int, ...], sizes: tuple[int, ...], mode: BorderMode) -> _Plan:
    if not all(s % 2 for s in sizes):
        raise ValueError(f"size must be odd, not {sizes}")
    if prod(sizes) > MAX_VALUES:
        raise ValueError(f"size must give a window of at most {MAX_VALUES} pixels, not {sizes}")
    shape, sizes = (1, *shape)[-3:], (1, *sizes)[-3:]
    inside = tuple(
        _axes.inside(pixels, window // 2, mode)
        for pixels, window in zip(shape, sizes, strict=True)
        if pixels
    )
    way = _way(sizes)
    return _Plan(shape, sizes, inside, way, _task_rows(shape, sizes, way))


def _way(sizes: tuple[int, ...]) -> int:
    depth, rows, columns = sizes
    if depth == 1 and rows == columns and rows in NETWORK_SIZES:
        return PLANE
    return CUBE if sizes == (3, 3, 3) else SLIDING


def _task_rows(shape: tuple[int, ...], sizes: tuple[int, ...], way: int) -> int:
    """Return the rows of a task: a band whose border rows are few beside it."""
    rows = min(shape[1], max(SLIDING_ROWS if way == SLIDING else NETWORK_ROWS, sizes[1]))
    values = sizes[0] * (rows + sizes[1] - 1) * (shape[2] + sizes[2] + 64)
    if values > MAX_VALUES:
        raise ValueError(
            f"size must cover at most {MAX_VALUES} pixels at a time, not {values}: {sizes}"
        )
    return rows
