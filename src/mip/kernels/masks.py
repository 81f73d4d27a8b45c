"""Kernels that clean masks: by runs, without a label image."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arguments, _arrays, _dispatch, _runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

FACES = {2: 4, 3: 6}  # the connectivity by faces, of planes and of volumes
CORNERS = {2: 8, 3: 26}  # the connectivity by corners, too


def fill_holes(
    mask: NDArray[Any], *, out: NDArray[Any] | None = None, threads: int | None = None
) -> NDArray[Any]:
    """Fill the holes of a mask: background that no path leads from to the border.

    Parameters
    ----------
    mask : ndarray of bool or uint8, shape ([slices,] rows, columns)
        Every value but 0 is true; copied only when not C-contiguous.
    out : ndarray of bool or uint8, shape of ``mask``, optional
        Where the result goes; must not overlap ``mask``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of bool (or of the dtype of ``out``), shape of ``mask``

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    scipy.ndimage.binary_fill_holes: paths go through faces (4 neighbours of a pixel in a plane, 6
    in a volume), and a volume is filled in three dimensions. Bit-identical for every ISA, thread
    count and layout.
    """
    return _clean(mask, None, FACES, _runs.Runs.on_border, out, threads, is_background=True)


def remove_small_objects(
    mask: NDArray[Any],
    size: int,
    *,
    connectivity: int | None = None,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Remove the connected components of a mask that are small.

    Parameters
    ----------
    mask : ndarray of bool or uint8, shape ([slices,] rows, columns)
        Every value but 0 is true; copied only when not C-contiguous.
    size : int
        Pixels, at least 0: components of fewer go, those of as many stay.
    connectivity : {4, 8} for a plane, {6, 18, 26} for a volume
        Neighbours that a pixel is connected to; by default the least, through faces.
    out : ndarray of bool or uint8, shape of ``mask``, optional
        Where the result goes; must not overlap ``mask``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of bool (or of the dtype of ``out``), shape of ``mask``

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    skimage.morphology.remove_small_objects of 0.26 with ``max_size=size - 1``, for a size of at
    least 1. Bit-identical for every ISA, thread count and layout.
    """
    least = _arguments.whole(size, "size", least=0)
    return _clean(mask, connectivity, FACES, lambda runs: runs.areas() >= least, out, threads)


def remove_small_holes(
    mask: NDArray[Any],
    size: int,
    *,
    connectivity: int | None = None,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Fill the holes of a mask that are small.

    Parameters
    ----------
    mask : ndarray of bool or uint8, shape ([slices,] rows, columns)
        Every value but 0 is true; copied only when not C-contiguous.
    size : int
        Pixels, at least 0: holes of fewer are filled, those of as many stay.
    connectivity : {4, 8} for a plane, {6, 18, 26} for a volume
        Neighbours that a pixel of the background is connected to; by default the least, through
        faces.
    out : ndarray of bool or uint8, shape of ``mask``, optional
        Where the result goes; must not overlap ``mask``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of bool (or of the dtype of ``out``), shape of ``mask``

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    skimage.morphology.remove_small_holes of 0.26 with ``max_size=size - 1``, for a size of at least
    1: every connected component of the background counts as a hole, also at the border.
    Bit-identical for every ISA, thread count and layout.
    """
    least = _arguments.whole(size, "size", least=0)
    return _clean(
        mask,
        connectivity,
        FACES,
        lambda runs: runs.areas() >= least,
        out,
        threads,
        is_background=True,
    )


def clear_border(
    mask: NDArray[Any],
    *,
    connectivity: int | None = None,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Remove the connected components of a mask that touch the border of the image.

    Parameters
    ----------
    mask : ndarray of bool or uint8, shape ([slices,] rows, columns)
        Every value but 0 is true; copied only when not C-contiguous.
    connectivity : {4, 8} for a plane, {6, 18, 26} for a volume
        Neighbours that a pixel is connected to; by default the most, through corners.
    out : ndarray of bool or uint8, shape of ``mask``, optional
        Where the result goes; must not overlap ``mask``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of bool (or of the dtype of ``out``), shape of ``mask``

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    skimage.segmentation.clear_border of a mask. In a volume the first and the last slice are
    border, too. Bit-identical for every ISA, thread count and layout.
    """
    return _clean(mask, connectivity, CORNERS, lambda runs: ~runs.on_border(), out, threads)


def _clean(
    mask: NDArray[Any],
    connectivity: int | None,
    default: dict[int, int],
    kept: Callable[[_runs.Runs], NDArray[np.bool_]],
    out: NDArray[Any] | None,
    threads: int | None,
    *,
    is_background: bool = False,
) -> NDArray[Any]:
    """Keep some components of a mask, or of its background; the others change sides."""
    source = _arrays.as_mask(mask)
    _arrays.check_sides(source.shape, "mask")
    neighbours = _runs.neighbours_of(
        default[source.ndim] if connectivity is None else connectivity, source.ndim
    )
    count = _dispatch.thread_count(threads, work=source.size, tasks=prod(source.shape[:-1]))
    result = _arrays.target(out, shape=source.shape, dtypes=(np.bool_, np.uint8), inputs=(mask,))
    if source.size:
        runs = _runs.runs_of(source, neighbours, count, is_background=is_background)
        runs.select(kept(runs), inside=not is_background, out=result, threads=count)
    return _arrays.deliver(result, out)
