"""Footprints of morphology: which neighbours of a pixel take part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def box(size: int | Sequence[int], ndim: int = 2) -> NDArray[np.bool_]:
    """Return a box of ``size`` pixels along each of ``ndim`` axes, or of a size for each axis."""
    shape = (size,) * ndim if isinstance(size, int) else tuple(size)
    if not all(s > 0 for s in shape):
        raise ValueError(f"a box must have at least one pixel along each axis, not {size}")
    return np.ones(shape, np.bool_)


def cross(ndim: int) -> NDArray[np.bool_]:
    """Return a pixel and those that share a side with it: 4 in a plane, 6 in a volume."""
    return _within(1, ndim)


def disk(radius: float) -> NDArray[np.bool_]:
    """Return the pixels of a plane within ``radius`` of one: x² + y² ≤ radius²."""
    return _within(radius, 2)


def ball(radius: float) -> NDArray[np.bool_]:
    """Return the pixels of a volume within ``radius`` of one: x² + y² + z² ≤ radius²."""
    return _within(radius, 3)


def _within(radius: float, ndim: int) -> NDArray[np.bool_]:
    if not 0 <= radius < np.inf:
        raise ValueError(f"radius must be at least 0 and finite, not {radius}")
    reach = int(radius)
    offsets = np.ogrid[(slice(-reach, reach + 1),) * ndim]
    found: NDArray[np.bool_] = np.asarray(sum(axis**2 for axis in offsets)) <= radius**2
    return found
