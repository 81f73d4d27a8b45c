"""Images in another size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def resample(frame: NDArray[Any], *, rows: int, columns: int) -> NDArray[np.float32]:
    """Average the pixels that fall into each new one; repeat pixels where there are too few.

    Parameters
    ----------
    frame : ndarray, shape (rows, columns) or (rows, columns, 3)
        Any real type.
    rows, columns : int
        The new size, at least 1.
    """
    lines = _rows_of(frame, rows)
    begin, counts = _parts(lines.shape[1], columns)
    if lines.shape[1] < columns:
        return np.ascontiguousarray(np.take(lines, begin, axis=1))
    sums = np.add.reduceat(lines, begin, axis=1)
    sums /= counts.reshape(-1, *[1] * (frame.ndim - 2))
    return np.ascontiguousarray(sums)


def _parts(length: int, size: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return where each of ``size`` parts of an axis begins, and how long it is."""
    begin = np.arange(size) * length // size
    return begin, np.diff(begin, append=length).astype(np.float32)


def _rows_of(frame: NDArray[Any], rows: int) -> NDArray[np.float32]:
    """Average rows, or repeat them."""
    length = frame.shape[0]
    begin, counts = _parts(length, rows)
    if length < rows:
        return np.take(frame, begin, axis=0).astype(np.float32)
    sums = np.empty((rows, *frame.shape[1:]), np.float32)
    # Each sum in the order of memory: `reduceat` along the rows takes ten times as long.
    for total, first, end in zip(sums, begin, (*begin[1:], length), strict=True):
        np.add.reduce(frame[first:end], axis=0, dtype=np.float32, out=total)
    sums /= counts.reshape(-1, *[1] * (frame.ndim - 1))
    return sums
