"""Projections of planes and volumes along an axis."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from . import _arguments, _arrays, _dispatch, _projection

if TYPE_CHECKING:
    from numpy.typing import NDArray

Projection: TypeAlias = Literal["max", "min", "mean"]

PROJECTIONS = ("max", "min", "mean")  # in the order of c/project.h


def project(
    image: NDArray[Any],
    axis: int,
    how: Projection,
    *,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Project a plane or a volume along an axis: maximum, minimum or mean intensity.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Copied only when not C-contiguous.
    axis : int
        The axis that goes, counted from the end when negative; it must not be empty.
    how : {"max", "min", "mean"}
        What each line of pixels becomes.
    out : ndarray, optional
        Where the result goes, of its shape and dtype; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray, shape of ``image`` without ``axis``
        Of the image's dtype for ``max`` and ``min``, float32 for ``mean``. A line with NaN in it
        becomes NaN.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    ``max`` and ``min`` are numpy's. The mean of integers is their exact sum divided in double
    precision and rounded to float32; float32 pixels are summed in double precision, whose order is
    fixed. Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image)
    _arguments.choice(how, "how", PROJECTIONS)
    gone = _axis(axis, source.shape)
    count = _dispatch.thread_count(threads, work=source.size)
    left = source.shape[:gone] + source.shape[gone + 1 :]
    dtype = np.dtype(np.float32) if how == "mean" else source.dtype
    result = _arrays.target(out, shape=left, dtypes=(dtype,), inputs=(image,))
    if result.size:
        flat = result.reshape(-1).view(np.uint8)
        how_to = PROJECTIONS.index(how), _dispatch.isa_index(), count
        length, inner = source.shape[gone], prod(source.shape[gone + 1 :])
        if inner == 1:
            _projection.project_rows(source.reshape(-1, length), flat, *how_to)
        else:
            _projection.project_stacks(source.reshape(-1, length, inner), flat, *how_to)
    return _arrays.deliver(result, out)


def _axis(axis: int, shape: tuple[int, ...]) -> int:
    """Return an axis counted from the start."""
    ndim = len(shape)
    axis = _arguments.whole(axis, "axis", least=-ndim, most=ndim - 1)
    if not shape[axis]:
        raise ValueError(f"axis {axis} must have at least 1 pixel: {shape}")
    return axis % ndim
