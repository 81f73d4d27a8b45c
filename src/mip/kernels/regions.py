"""Kernels on connected components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _arrays, _dispatch, _label

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Earlier rows that may touch a row, as (slices, rows, whether corners touch along x).
NEIGHBOURS = {
    4: ((0, -1, 0),),
    8: ((0, -1, 1),),
    6: ((0, -1, 0), (-1, 0, 0)),
    18: ((0, -1, 1), (-1, 0, 1), (-1, -1, 0), (-1, 1, 0)),
    26: ((0, -1, 1), (-1, 0, 1), (-1, -1, 1), (-1, 1, 1)),
}
CONNECTIVITIES = {2: (4, 8), 3: (6, 18, 26)}
MAX_PIXELS_OF_A_ROW = 2**31 - 1
MAX_RUNS = 2**32 - 2  # numbers are uint32, and 0 is the background


class _Runs(NamedTuple):
    """Runs of a mask with the number of each: see c/label.h."""

    edges: NDArray[np.uint32]
    counts: NDArray[np.uint32]
    first: NDArray[np.uint32]
    numbers: NDArray[np.uint32]
    last: int


def label(
    mask: NDArray[Any],
    *,
    connectivity: int,
    out: NDArray[np.uint32] | None = None,
    threads: int | None = None,
) -> tuple[NDArray[np.uint32], int]:
    """Give each connected component of a mask a number.

    Parameters
    ----------
    mask : ndarray of bool or uint8, shape ([slices,] rows, columns)
        Every value but 0 is true; copied only when not C-contiguous.
    connectivity : {4, 8} for a plane, {6, 18, 26} for a volume
        Neighbours that a pixel is connected to.
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
    Runs of each row, united by union-find. The numbers are those of scipy.ndimage.label.
    Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_mask(mask)
    neighbours = _neighbours(connectivity, source.ndim)
    count = _dispatch.thread_count(threads, work=source.size)
    labels = _arrays.target(out, shape=source.shape, dtypes=(np.uint32,), inputs=(mask,))
    if not source.size:
        return _arrays.deliver(labels, out), 0
    # The edges live in the labels until they are painted over: a row has no more than pixels.
    runs = _find_runs(source, labels.reshape(-1, labels.shape[-1]), neighbours, count)
    _label.paint(runs.edges, runs.counts, runs.first, runs.numbers, count)
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
    neighbours = _neighbours(connectivity, source.ndim)
    count = _dispatch.thread_count(threads, work=source.size)
    result = _arrays.target(out, shape=source.shape, dtypes=(np.bool_, np.uint8), inputs=(mask,))
    if not source.size:
        return _arrays.deliver(result, out), 0
    rows = source.reshape(-1, source.shape[-1])
    runs = _find_runs(source, _room_for_edges(rows, count), neighbours, count)
    areas = np.zeros(runs.last + 1, np.uint64)
    _label.areas(*runs[:4], source.shape[-1], areas)
    largest = int(areas[1:].argmax()) + 1 if runs.last else 0
    _label.select(*runs[:4], largest, result.reshape(rows.shape).view(np.uint8), count)
    return _arrays.deliver(result, out), runs.last


def _neighbours(connectivity: int, ndim: int) -> NDArray[np.int32]:
    if connectivity not in CONNECTIVITIES[ndim]:
        expected = ", ".join(map(str, CONNECTIVITIES[ndim]))
        raise ValueError(
            f"connectivity of a mask of {ndim} axes must be one of {expected}, not {connectivity}"
        )
    return np.array(NEIGHBOURS[connectivity], dtype=np.int32)


def _room_for_edges(rows: NDArray[np.uint8], threads: int) -> NDArray[np.uint32]:
    """Return room for the edges of each row: far less memory to touch than one per pixel."""
    counts = np.empty(len(rows), np.uint32)
    _label.count(rows, counts, _dispatch.isa_index(), threads)
    return np.empty((len(rows), max(1, int(counts.max()))), np.uint32)


def _find_runs(
    mask: NDArray[np.uint8], edges: NDArray[np.uint32], neighbours: NDArray[np.int32], threads: int
) -> _Runs:
    """Find and number the runs of a mask; ``edges`` has room for those of each row."""
    height, columns = mask.shape[-2:]
    if columns > MAX_PIXELS_OF_A_ROW:
        raise ValueError(f"a row may have {MAX_PIXELS_OF_A_ROW} pixels, not {columns}")
    counts = np.empty(len(edges), np.uint32)
    _label.scan(mask.reshape(-1, columns), edges, counts, _dispatch.isa_index(), threads)
    ends = np.cumsum((counts + np.uint32(1)) // np.uint32(2), dtype=np.uint64)
    if ends[-1] > MAX_RUNS:
        raise ValueError(f"a mask may have {MAX_RUNS} runs, not {ends[-1]}: label parts of it")
    first = np.zeros(len(edges) + 1, np.uint32)
    first[1:] = ends
    parents = np.arange(max(1, int(ends[-1])), dtype=np.uint32)
    last = _label.unite(edges, counts, first, parents, neighbours, columns, height, threads)
    return _Runs(edges, counts, first, parents, last)
