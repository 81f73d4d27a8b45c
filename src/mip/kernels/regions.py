"""Kernels on connected components."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arguments, _arrays, _bounds, _dispatch, _runs

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

VALUES = (*_arrays.MASK_DTYPES, np.dtype(np.int16), np.dtype(np.uint16))


def label(
    mask: NDArray[Any],
    *,
    connectivity: int,
    by_value: bool = False,
    out: NDArray[np.uint32] | None = None,
    threads: int | None = None,
) -> tuple[NDArray[np.uint32], int]:
    """Give each connected component of a mask, or of each value of an image, a number.

    Parameters
    ----------
    mask : ndarray of bool or uint8, shape ([slices,] rows, columns)
        Every value but 0 is true; copied only when not C-contiguous.
    connectivity : {4, 8} for a plane, {6, 18, 26} for a volume
        Neighbours that a pixel is connected to.
    by_value : bool
        Connect only pixels of one value, of which 0 is background; ``mask`` may then also be an
        image of int16 or uint16, such as a segmentation of several organs.
    out : ndarray of uint32, shape of ``mask``, optional
        Where the labels go; must not overlap ``mask``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    labels : ndarray of uint32, shape of ``mask``
        0 is background; components count from 1 in raster order of their first pixels.
    count : int
        How many components there are: the greatest label.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    Runs of each row, kept as bits (3 bytes for 8 pixels) and united by union-find. The numbers are
    those of scipy.ndimage.label. Bit-identical for every ISA, thread count and layout.
    """
    is_by_value = _arguments.flag(by_value, "by_value")
    dtypes = VALUES if is_by_value else _arrays.MASK_DTYPES
    source = _arrays.as_image(mask, name="mask", dtypes=dtypes)
    values = source.view(np.uint8) if source.dtype == np.bool_ else source
    _arrays.check_sides(source.shape, "mask")
    neighbours = _runs.neighbours_of(connectivity, source.ndim)
    count = _dispatch.thread_count(threads, work=source.size, tasks=prod(source.shape[:-1]))
    if out is None:
        labels = np.zeros(source.shape, np.uint32)  # fresh pages are clear: not to be touched twice
    else:
        labels = _arrays.target(out, shape=source.shape, dtypes=(np.uint32,), inputs=(mask,))
    if not source.size:
        return _arrays.deliver(labels, out), 0
    if is_by_value:
        runs = _runs.runs_by_value(values, neighbours, count)
    else:
        runs = _runs.runs_of(values, neighbours, count)
    runs.paint(labels, count, is_clear=out is None)
    return _arrays.deliver(labels, out), runs.last


def largest_component(
    mask: NDArray[Any],
    *,
    connectivity: int,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> tuple[NDArray[Any], int]:
    """Keep the largest connected component of a mask, and count them all.

    Parameters
    ----------
    mask : ndarray of bool or uint8, shape ([slices,] rows, columns)
        Every value but 0 is true; copied only when not C-contiguous.
    connectivity : {4, 8} for a plane, {6, 18, 26} for a volume
        Neighbours that a pixel is connected to.
    out : ndarray of bool or uint8, shape of ``mask``, optional
        Where the result goes; must not overlap ``mask``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    largest : ndarray of bool (or of the dtype of ``out``), shape of ``mask``
        The component with the most pixels, of equals the first in raster order; nothing where the
        mask is empty.
    count : int
        How many components there are, as :func:`label` counts them.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_mask(mask)
    _arrays.check_sides(source.shape, "mask")
    neighbours = _runs.neighbours_of(connectivity, source.ndim)
    count = _dispatch.thread_count(threads, work=source.size, tasks=prod(source.shape[:-1]))
    result = _arrays.target(out, shape=source.shape, dtypes=(np.bool_, np.uint8), inputs=(mask,))
    if not source.size:
        return _arrays.deliver(result, out), 0
    runs = _runs.runs_of(source, neighbours, count)
    is_largest = np.zeros(runs.last + 1, np.bool_)
    is_largest[runs.areas().argmax()] = True  # of number 0, which no run has, if there is none
    runs.select(is_largest, inside=True, out=result, threads=count)
    return _arrays.deliver(result, out), runs.last


def region_grow(
    image: NDArray[Any],
    seeds: ArrayLike,
    low: float,
    high: float,
    *,
    connectivity: int,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Mask what is connected with the seeds by values between two bounds.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Copied only when not C-contiguous.
    seeds : array-like of int, shape (seeds, axes), or (axes,) for one
        Indices of pixels, in the order of the axes. A seed whose value is not within the bounds
        grows nothing; without seeds the mask is empty.
    low, high : float
        A pixel is taken where ``low <= value <= high``: both bounds belong to the range, unlike
        the lower one of :func:`threshold`. NaN is never taken.
    connectivity : {4, 8} for a plane, {6, 18, 26} for a volume
        Neighbours that a pixel is connected to.
    out : ndarray of bool or uint8, shape of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of bool (or of the dtype of ``out``), shape of ``image``

    Raises
    ------
    TypeError, ValueError
        An argument is not as described, or a seed lies outside the image.

    Notes
    -----
    SimpleITK's ConnectedThreshold. The image is read once, and no label image is made.
    Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image)
    _arrays.check_sides(source.shape, "image")
    neighbours = _runs.neighbours_of(connectivity, source.ndim)
    least, most = _bounds.closed(
        source.dtype,
        _arguments.number(low, "low", finite=False),
        _arguments.number(high, "high", finite=False),
    )
    indices = _seeds(seeds, source.shape)
    count = _dispatch.thread_count(threads, work=source.size, tasks=prod(source.shape[:-1]))
    result = _arrays.target(out, shape=source.shape, dtypes=(np.bool_, np.uint8), inputs=(image,))
    if source.size:
        runs = _runs.runs_within(source, least, most, neighbours, count)
        has_seed = np.zeros(runs.last + 1, np.bool_)
        for *row, column in indices:
            index = int(np.ravel_multi_index(row, source.shape[:-1]))
            has_seed[runs.number_at(index, int(column))] = True
        runs.select(has_seed, inside=True, out=result, threads=count)
    return _arrays.deliver(result, out)


def _seeds(seeds: ArrayLike, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return seeds as rows of indices inside ``shape``."""
    expected = "indices, that is integers"
    found = _arguments.array_of(seeds, "seeds", kinds="iu", expected=expected)
    if not found.size:
        return np.empty((0, len(shape)), np.intp)
    found = np.atleast_2d(found)
    if found.ndim != 2 or found.shape[1] != len(shape):  # noqa: PLR2004 - seeds and axes
        raise ValueError(f"seeds must have the shape (seeds, {len(shape)}), not {found.shape}")
    is_outside = ((found < 0) | (found >= np.array(shape))).any(axis=1)
    if is_outside.any():
        raise ValueError(f"seeds must lie inside {shape}, not at {found[is_outside][0].tolist()}")
    return found
