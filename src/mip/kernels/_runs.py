"""Runs of an image and the components that they make: what kernels on regions share."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _arguments, _dispatch, _label, _scan

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Earlier rows that may touch a row, as (slices, rows, whether corners touch along x, and as bits
# which of those before it in the list it touches, and which of them at corners along x, too).
NEIGHBOURS = {
    4: ((0, -1, 0, 0, 0),),
    8: ((0, -1, 1, 0, 0),),
    6: ((0, -1, 0, 0, 0), (-1, 0, 0, 0, 0)),
    18: (
        (0, -1, 1, 0, 0),
        (-1, 0, 1, 0b1, 0),
        (-1, -1, 0, 0b11, 0b11),
        (-1, 1, 0, 0b10, 0b10),
    ),
    26: (
        (0, -1, 1, 0, 0),
        (-1, 0, 1, 0b1, 0b1),
        (-1, -1, 1, 0b11, 0b11),
        (-1, 1, 1, 0b10, 0b10),
    ),
}
CONNECTIVITIES = {2: (4, 8), 3: (6, 18, 26)}
MAX_RUNS = 2**32 - 2  # numbers are uint32, and 0 is the background
PIXELS_OF_A_WORD = 64


class Runs(NamedTuple):
    """Runs of an image with the number of each: see c/runs.h."""

    words: NDArray[np.uint64]
    first: NDArray[np.uint32]
    numbers: NDArray[np.uint32]
    last: int
    shape: tuple[int, ...]

    def paint(self, out: NDArray[np.uint32], threads: int, *, is_clear: bool) -> None:
        """Paint the number of every run into ``out``, and 0 elsewhere unless it is clear."""
        rows = out.reshape(-1, self.shape[-1])
        isa = _dispatch.isa_index()
        _label.paint(self.words, self.first, self.numbers, is_clear, rows, isa, threads)

    def areas(self) -> NDArray[np.uint64]:
        """Return the pixels of each number; 0 for number 0."""
        areas = np.zeros(self.last + 1, np.uint64)
        _label.areas(self.words, self.first, self.numbers, self.shape[-1], areas)
        return areas

    def on_border(self) -> NDArray[np.bool_]:
        """Tell of each number whether it has a pixel on the border of the image."""
        is_outer = np.zeros(self.shape[:-1], np.bool_)
        for axis in range(is_outer.ndim):
            rows = np.moveaxis(is_outer, axis, 0)
            rows[0] = rows[-1] = True
        marks = np.zeros(self.last + 1, np.bool_)
        _label.outer(
            self.words,
            self.first,
            self.numbers,
            self.shape[-1],
            is_outer.reshape(-1).view(np.uint8),
            marks.view(np.uint8),
        )
        return marks

    def number_at(self, row: int, column: int) -> int:
        """Return the number of a pixel; 0 outside every run."""
        at, bit = divmod(column, PIXELS_OF_A_WORD)
        inside, begins, before = map(int, self.words[row, at])
        if not inside >> bit & 1:
            return 0
        run = before + (begins & (2 << bit) - 1).bit_count() - 1
        return int(self.numbers[self.first[row] + run])

    def select(
        self, marks: NDArray[np.bool_], *, inside: bool, out: NDArray[Any], threads: int
    ) -> None:
        """Fill ``out`` with ``inside`` where a number is marked, with its opposite elsewhere."""
        _label.select(
            self.words,
            self.first,
            self.numbers,
            marks.view(np.uint8),
            inside,
            out.reshape(-1, self.shape[-1]).view(np.uint8),
            _dispatch.isa_index(),
            threads,
        )


def neighbours_of(connectivity: int, ndim: int) -> NDArray[np.int32]:
    """Return the earlier rows that may touch a row.

    Raises
    ------
    TypeError, ValueError
        There is no such connectivity of an image with that many axes.
    """
    if _arguments.whole(connectivity, "connectivity") not in CONNECTIVITIES[ndim]:
        expected = ", ".join(map(str, CONNECTIVITIES[ndim]))
        came = _arguments.shown(connectivity)
        raise ValueError(
            f"connectivity of a mask of {ndim} axes must be one of {expected}, not {came}"
        )
    return np.array(NEIGHBOURS[int(connectivity)], dtype=np.int32)


def runs_of(
    mask: NDArray[np.uint8],
    neighbours: NDArray[np.int32],
    threads: int,
    *,
    is_background: bool = False,
) -> Runs:
    """Find and number the runs of a mask, or of its background."""
    rows = mask.reshape(-1, mask.shape[-1])
    words, counts = _room(mask.shape)
    _scan.mask(rows, is_background, words, counts, _dispatch.isa_index(), threads)
    return _numbered(words, counts, mask.shape, neighbours, threads)


def runs_within(
    image: NDArray[Any],
    least: float,
    most: float,
    neighbours: NDArray[np.int32],
    threads: int,
) -> Runs:
    """Find and number the runs of ``least <= value <= most``, both values of the dtype."""
    rows = image.reshape(-1, image.shape[-1])
    words, counts = _room(image.shape)
    _scan.within(rows, least, most, words, counts, _dispatch.isa_index(), threads)
    return _numbered(words, counts, image.shape, neighbours, threads)


def runs_by_value(image: NDArray[Any], neighbours: NDArray[np.int32], threads: int) -> Runs:
    """Find and number the runs of one value that is not 0; only equal ones are united."""
    rows = image.reshape(-1, image.shape[-1])
    words, counts = _room(image.shape)
    _scan.by_value(rows, words, counts, _dispatch.isa_index(), threads)
    return _numbered(words, counts, image.shape, neighbours, threads, image)


def _room(shape: tuple[int, ...]) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """Return room for the words of every row, and for how many runs it has."""
    columns = shape[-1]
    rows = prod(shape[:-1])
    words = np.empty((rows, -(-columns // PIXELS_OF_A_WORD), 3), np.uint64)
    return words, np.empty(rows, np.uint32)


def _numbered(
    words: NDArray[np.uint64],
    counts: NDArray[np.uint32],
    shape: tuple[int, ...],
    neighbours: NDArray[np.int32],
    threads: int,
    image: NDArray[Any] | None = None,
) -> Runs:
    """Unite the runs, with an ``image`` only those of one value, and number them."""
    ends = np.cumsum(counts, dtype=np.uint64)
    if ends[-1] > MAX_RUNS:
        raise ValueError(f"a mask may have {MAX_RUNS} runs, not {ends[-1]}: label parts of it")
    first = np.zeros(len(counts) + 1, np.uint32)
    first[1:] = ends
    numbers = np.arange(max(1, int(ends[-1])), dtype=np.uint32)  # at first the parents
    values = None if image is None else image.reshape(-1).view(np.uint8)
    height, columns = shape[-2:]
    isa = _dispatch.isa_index()
    last = _label.unite(words, first, numbers, values, columns, height, neighbours, isa, threads)
    return Runs(words, first, numbers, last, shape)
