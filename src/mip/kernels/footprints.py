"""Footprints of morphology: which neighbours of a pixel take part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from . import _arguments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_PIXELS = 1 << 15  # along an axis: beyond any image that such a footprint would be used on
PLANE_NDIM, VOLUME_NDIM = 2, 3


def box(size: int | Sequence[int], ndim: int | None = None) -> NDArray[np.bool_]:
    """Return a box.

    Parameters
    ----------
    size : int or one per axis
        Pixels along each axis, from 1 to 32768.
    ndim : int, optional
        Axes, 2 or 3; by default as many as there are sizes, and 2 for a single one.

    Returns
    -------
    ndarray of bool, shape (size,) * ndim, or ``size``
        All true. The pixel itself is at ``size // 2`` of each axis: past the middle of an even one.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        There is no memory for so many pixels.
    """
    if ndim is not None:
        ndim = _axes(ndim)
    else:
        is_volume = _arguments.is_several(size) and len(size) == VOLUME_NDIM  # type: ignore[arg-type]
        ndim = VOLUME_NDIM if is_volume else PLANE_NDIM
    return np.ones(_arguments.whole_each(size, ndim, "size", least=1, most=MOST_PIXELS), np.bool_)


def cross(ndim: int) -> NDArray[np.bool_]:
    """Return a pixel and those that share a side with it: 4 in a plane, 6 in a volume.

    Parameters
    ----------
    ndim : int
        Axes, 2 or 3.

    Returns
    -------
    ndarray of bool, shape (3,) * ndim
        The pixel itself is in the middle.

    Raises
    ------
    TypeError, ValueError
        ``ndim`` is not as described.
    """
    return _within(1, _axes(ndim))


def disk(radius: float) -> NDArray[np.bool_]:
    """Return the pixels of a plane within a radius of one: x² + y² ≤ radius².

    Parameters
    ----------
    radius : float
        In pixels, from 0, the pixel alone, to 16384.

    Returns
    -------
    ndarray of bool, shape (side, side) with ``side = 2 * floor(radius) + 1``
        The pixel itself is in the middle.

    Raises
    ------
    TypeError, ValueError
        ``radius`` is not as described.
    MemoryError
        There is no memory for 9 bytes for each pixel of the square.
    """
    return _within(_radius(radius), PLANE_NDIM)


def ball(radius: float) -> NDArray[np.bool_]:
    """Return the pixels of a volume within a radius of one: x² + y² + z² ≤ radius².

    Parameters
    ----------
    radius : float
        In pixels, from 0, the pixel alone, to 16384.

    Returns
    -------
    ndarray of bool, shape (side, side, side) with ``side = 2 * floor(radius) + 1``
        The pixel itself is in the middle.

    Raises
    ------
    TypeError, ValueError
        ``radius`` is not as described.
    MemoryError
        There is no memory for 9 bytes for each pixel of the cube.
    """
    return _within(_radius(radius), VOLUME_NDIM)


def _axes(ndim: int) -> int:
    return _arguments.whole(ndim, "ndim", least=PLANE_NDIM, most=VOLUME_NDIM)


def _radius(radius: float) -> float:
    return _arguments.number(radius, "radius", least=0, most=MOST_PIXELS // 2)


def _within(radius: float, ndim: int) -> NDArray[np.bool_]:
    reach = int(radius)
    offsets = np.ogrid[(slice(-reach, reach + 1),) * ndim]
    found: NDArray[np.bool_] = np.asarray(sum(axis**2 for axis in offsets)) <= radius**2
    return found
