"""Runs of an image and the components that they make: what kernels on regions share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _dispatch, _label

if TYPE_CHECKING:
    from collections.abc import Callable

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
USUAL_EDGES = 64  # of a row; a row with more of them is scanned again with room for all


class Runs(NamedTuple):
    """Runs of an image with the number of each: see c/label.h."""

    edges: NDArray[np.uint32]
    counts: NDArray[np.uint32]
    first: NDArray[np.uint32]
    numbers: NDArray[np.uint32]
    last: int
    shape: tuple[int, ...]

    def paint(self, out: NDArray[np.uint32], threads: int) -> None:
        """Paint the number of every run into ``out``, and 0 elsewhere."""
        rows = out.reshape(-1, self.shape[-1])
        _label.paint(self.edges, self.counts, self.first, self.numbers, rows, threads)

    def areas(self) -> NDArray[np.uint64]:
        """Return the pixels of each number; 0 for number 0."""
        areas = np.zeros(self.last + 1, np.uint64)
        _label.areas(self.edges, self.counts, self.first, self.numbers, self.shape[-1], areas)
        return areas

    def on_border(self) -> NDArray[np.bool_]:
        """Tell of each number whether it has a pixel on the border of the image."""
        is_outer = np.zeros(self.shape[:-1], np.bool_)
        for axis in range(is_outer.ndim):
            rows = np.moveaxis(is_outer, axis, 0)
            rows[0] = rows[-1] = True
        marks = np.zeros(self.last + 1, np.bool_)
        _label.outer(
            self.edges,
            self.counts,
            self.first,
            self.numbers,
            self.shape[-1],
            is_outer.reshape(-1).view(np.uint8),
            marks.view(np.uint8),
        )
        return marks

    def number_at(self, row: int, column: int) -> int:
        """Return the number of a pixel; 0 outside every run."""
        edges = self.edges[row, : self.counts[row]]
        before = int(edges.searchsorted(column, side="right"))
        return int(self.numbers[self.first[row] + before // 2]) if before % 2 else 0

    def select(
        self, marks: NDArray[np.bool_], *, inside: bool, out: NDArray[Any], threads: int
    ) -> None:
        """Fill ``out`` with ``inside`` where a number is marked, with its opposite elsewhere."""
        _label.select(
            self.edges,
            self.counts,
            self.first,
            self.numbers,
            marks.view(np.uint8),
            inside,
            out.reshape(-1, self.shape[-1]).view(np.uint8),
            threads,
        )


def neighbours_of(connectivity: int, ndim: int) -> NDArray[np.int32]:
    """Return the earlier rows that may touch a row.

    Raises
    ------
    ValueError
        There is no such connectivity of an image with that many axes.
    """
    if connectivity not in CONNECTIVITIES[ndim]:
        expected = ", ".join(map(str, CONNECTIVITIES[ndim]))
        raise ValueError(
            f"connectivity of a mask of {ndim} axes must be one of {expected}, not {connectivity}"
        )
    return np.array(NEIGHBOURS[connectivity], dtype=np.int32)


def runs_of(
    mask: NDArray[np.uint8],
    neighbours: NDArray[np.int32],
    threads: int,
    *,
    is_background: bool = False,
    edges: NDArray[np.uint32] | None = None,
) -> Runs:
    """Find and number the runs of a mask, or of its background.

    ``edges``, if given, has room for as many edges as a row has pixels.
    """
    rows = mask.reshape(-1, mask.shape[-1])

    def scan(edges: NDArray[np.uint32], counts: NDArray[np.uint32]) -> None:
        _label.scan(rows, is_background, edges, counts, _dispatch.isa_index(), threads)

    return _numbered(scan, mask.shape, neighbours, threads, edges)


def runs_within(
    image: NDArray[Any],
    least: float,
    most: float,
    neighbours: NDArray[np.int32],
    threads: int,
) -> Runs:
    """Find and number the runs of ``least <= value <= most``, both values of the dtype."""
    rows = image.reshape(-1, image.shape[-1])

    def scan(edges: NDArray[np.uint32], counts: NDArray[np.uint32]) -> None:
        _label.within(rows, least, most, edges, counts, _dispatch.isa_index(), threads)

    return _numbered(scan, image.shape, neighbours, threads, None)


def runs_by_value(image: NDArray[Any], neighbours: NDArray[np.int32], threads: int) -> Runs:
    """Find and number the runs of one value that is not 0; only equal ones are united."""
    rows = image.reshape(-1, image.shape[-1])

    def scan(edges: NDArray[np.uint32], counts: NDArray[np.uint32]) -> None:
        _label.by_value(rows, edges, counts, _dispatch.isa_index(), threads)

    return _numbered(scan, image.shape, neighbours, threads, None, values_of=rows)


def _values(
    rows: NDArray[Any],
    edges: NDArray[np.uint32],
    counts: NDArray[np.uint32],
    first: NDArray[np.uint32],
) -> NDArray[np.uint16]:
    """Return the value of each run, by its bits; one value where there are no runs."""
    row_of = np.repeat(np.arange(len(rows)), counts // 2)
    run = np.arange(len(row_of)) - first[row_of]
    values = rows[row_of, edges[row_of, 2 * run]].astype(np.uint16)
    return values if len(values) else np.zeros(1, np.uint16)


def _numbered(
    scan: Callable[[NDArray[np.uint32], NDArray[np.uint32]], None],
    shape: tuple[int, ...],
    neighbours: NDArray[np.int32],
    threads: int,
    edges: NDArray[np.uint32] | None,
    values_of: NDArray[Any] | None = None,
) -> Runs:
    height, columns = shape[-2:]
    if columns > MAX_PIXELS_OF_A_ROW:
        raise ValueError(f"a row may have {MAX_PIXELS_OF_A_ROW} pixels, not {columns}")
    rows = int(np.prod(shape[:-1]))
    if edges is None:
        edges = np.empty((rows, min(2 * columns, USUAL_EDGES)), np.uint32)
    counts = np.empty(rows, np.uint32)
    scan(edges, counts)
    if (most := int(counts.max())) > edges.shape[1]:
        edges = np.empty((rows, most), np.uint32)
        scan(edges, counts)
    ends = np.cumsum((counts + np.uint32(1)) // np.uint32(2), dtype=np.uint64)
    if ends[-1] > MAX_RUNS:
        raise ValueError(f"a mask may have {MAX_RUNS} runs, not {ends[-1]}: label parts of it")
    first = np.zeros(rows + 1, np.uint32)
    first[1:] = ends
    parents = np.arange(max(1, int(ends[-1])), dtype=np.uint32)
    values = None if values_of is None else _values(values_of, edges, counts, first)
    last = _label.unite(edges, counts, first, parents, values, neighbours, columns, height, threads)
    return Runs(edges, counts, first, parents, last, shape)
