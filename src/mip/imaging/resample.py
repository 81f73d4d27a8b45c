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
    result: NDArray[np.float32] = np.asarray(frame, np.float32)
    for axis, size in enumerate((rows, columns)):
        length = result.shape[axis]
        if length < size:
            result = np.take(result, np.arange(size) * length // size, axis=axis)
            continue
        edges = np.arange(size) * length // size
        counts = np.diff(np.append(edges, length)).astype(np.float32)
        shape = [-1 if dimension == axis else 1 for dimension in range(result.ndim)]
        sums = np.add.reduceat(result, edges, axis=axis)
        result = (sums / counts.reshape(shape)).astype(np.float32)
    return np.ascontiguousarray(result)
