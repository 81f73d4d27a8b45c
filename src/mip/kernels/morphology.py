"""Erosion, dilation, opening and closing of images and masks."""

from __future__ import annotations

from math import ceil
from operator import index
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _arrays, _dispatch, _morphology

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SERIAL_BELOW = 1 << 18  # pixels; each costs a few times what a pointwise kernel's does
DTYPES = (*_arrays.IMAGE_DTYPES, np.dtype(np.bool_))
ERODE, DILATE = range(2)  # the operations of c/morphology.h
TILE_ROWS = 32  # rows of a task: the ring of a small footprint fits in L2
LEAST_CHUNK = 32  # slices of a task; each reduces as many more as the footprint is high


class _Footprint(NamedTuple):
    """A footprint as a volume, and how many of its pixels lie before the pixel on each axis."""

    pixels: NDArray[np.bool_]
    before: tuple[int, ...]


def erode(
    image: NDArray[Any],
    footprint: NDArray[Any],
    *,
    iterations: int = 1,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Replace each pixel by the least under a footprint.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16, float32 or bool, shape ([slices,] rows, columns)
        An image, or a mask of bool; copied only when not C-contiguous.
    footprint : array of bool with the axes of ``image``
        The neighbours that take part, such as ``box(3, ndim=3)`` or ``disk(5)``; all but 0 is
        true. The pixel itself is at ``size // 2`` of each axis, as in scipy. Boxes are fastest,
        then footprints of few runs along the rows.
    iterations : int
        How often, at least 1.
    out : ndarray of the dtype and shape of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of the dtype and shape of ``image``
        What is outside the image takes no part, so that nothing shrinks from its edge; where the
        whole footprint is outside, the greatest value of the dtype (infinity for float32). NaN
        counts as above every number.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        There is no memory for the rings: the footprint's slices of 32 rows and more per thread.

    Notes
    -----
    Exactly ``scipy.ndimage.grey_erosion`` with the greatest value outside, and ``binary_erosion``
    with ``border_value=1``. Bit-identical for every ISA, thread count and layout.
    """
    return _morph(image, footprint, (ERODE,), iterations, out, threads)


def dilate(
    image: NDArray[Any],
    footprint: NDArray[Any],
    *,
    iterations: int = 1,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Replace each pixel by the greatest under the mirrored footprint.

    Parameters and errors are those of `erode`. What is outside takes no part; where the whole
    footprint is outside, the result is the least value of the dtype (-infinity for float32).

    Notes
    -----
    Exactly ``scipy.ndimage.grey_dilation`` with the least value outside, and ``binary_dilation``
    with ``border_value=0``: the footprint is mirrored about its pixel.
    """
    return _morph(image, footprint, (DILATE,), iterations, out, threads)


def opening(
    image: NDArray[Any],
    footprint: NDArray[Any],
    *,
    iterations: int = 1,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Erode ``iterations`` times, then dilate as often: remove what is bright and small.

    Parameters and errors are those of `erode`; the result is nowhere above the image.
    """
    return _morph(image, footprint, (ERODE, DILATE), iterations, out, threads)


def closing(
    image: NDArray[Any],
    footprint: NDArray[Any],
    *,
    iterations: int = 1,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Dilate ``iterations`` times, then erode as often: fill what is dark and small.

    Parameters and errors are those of `erode`; the result is nowhere below the image.
    """
    return _morph(image, footprint, (DILATE, ERODE), iterations, out, threads)


def _morph(
    image: NDArray[Any],
    footprint: NDArray[Any],
    operations: tuple[int, ...],
    iterations: int,
    out: NDArray[Any] | None,
    threads: int | None,
) -> NDArray[Any]:
    source = _arrays.as_image(image, dtypes=DTYPES)
    found, times = _footprint(footprint, source.ndim), _times(iterations)
    count = _dispatch.thread_count(threads, work=source.size, serial_below=SERIAL_BELOW)
    result = _arrays.target(out, shape=source.shape, dtypes=(source.dtype,), inputs=(image,))
    if found.pixels.all():  # boxes add up, and their windows inside the image do, too
        found, times = _repeated(found, times), 1
    steps = [operation for operation in operations for _ in range(times)]
    if source.size:
        spare = np.empty_like(result) if len(steps) > 1 else result
        read = source
        for left, operation in enumerate(reversed(range(len(steps)))):
            write = spare if operation % 2 else result
            _run(read, write, found, steps[left], count)
            read = write
    return _arrays.deliver(result, out)


def _run(
    source: NDArray[Any],
    result: NDArray[Any],
    footprint: _Footprint,
    operation: int,
    threads: int,
) -> None:
    shape = (1, *source.shape)[-3:]
    neutral = _neutral(source.dtype, operation)
    pixels, before = footprint
    if operation == DILATE:
        before = tuple(s - 1 - b for s, b in zip(pixels.shape, before, strict=True))
        pixels = pixels[::-1, ::-1, ::-1]
    is_box = bool(pixels.all())
    lengths, taps = _taps(pixels[:, :1] if is_box else pixels)
    tasks, tile_rows = _cut(shape, pixels.shape, threads)
    kind = np.uint8 if source.dtype == np.bool_ else source.dtype
    _morphology.morphology(
        source.view(kind).reshape(shape),
        result.view(kind).reshape(shape),
        operation,
        pixels.shape,
        before,
        lengths,
        taps,
        is_box,
        neutral.view(kind),
        tasks,
        tile_rows,
        _dispatch.isa_index(),
        min(threads, len(tasks)),
    )


def _footprint(footprint: object, ndim: int) -> _Footprint:
    """Return a footprint as a volume, with its pixel where scipy has it."""
    pixels = np.asarray(footprint).astype(np.bool_)
    if pixels.ndim != ndim:
        raise ValueError(
            f"footprint must have {ndim} axes as the image has, not {pixels.ndim}: {pixels.shape}"
        )
    if not pixels.any():
        raise ValueError("footprint must have a pixel that takes part")
    pixels = pixels.reshape((1, *pixels.shape)[-3:])
    return _Footprint(pixels, tuple(size // 2 for size in pixels.shape))


def _times(iterations: int) -> int:
    times = index(iterations)
    if times < 1:
        raise ValueError(f"iterations must be at least 1, not {iterations}")
    return times


def _repeated(box: _Footprint, times: int) -> _Footprint:
    """Return the box that does at once what ``box`` does in several times."""
    shape = tuple(times * (size - 1) + 1 for size in box.pixels.shape)
    # A view of one pixel: a box of a thousand iterations holds no memory.
    return _Footprint(
        np.broadcast_to(np.True_, shape), tuple(times * before for before in box.before)
    )


def _neutral(dtype: np.dtype[Any], operation: int) -> NDArray[Any]:
    """Return the pixel that changes nothing, as an array of one."""
    if dtype == np.bool_:
        return np.array([operation == ERODE])
    if dtype.kind == "f":
        return np.array([np.inf if operation == ERODE else -np.inf], dtype)
    bounds = np.iinfo(dtype)
    return np.array([bounds.max if operation == ERODE else bounds.min], dtype)


def _runs(pixels: NDArray[np.bool_]) -> Iterator[tuple[int, int, int, int]]:
    """Yield slice, row, first column and length of each run of a footprint."""
    for z, y in zip(*np.nonzero(pixels.any(axis=2)), strict=True):
        edges = np.flatnonzero(np.diff(pixels[z, y].astype(np.int8), prepend=0, append=0))
        for begin, end in edges.reshape(-1, 2):
            yield int(z), int(y), int(begin), int(end - begin)


def _taps(pixels: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the lengths of a footprint's runs, and its runs as c/morphology.h has them."""
    runs = list(_runs(pixels))
    lengths = sorted({length for *_, length in runs})
    taps = [(z, y, x, lengths.index(length)) for z, y, x, length in runs]
    return np.array(lengths, np.intp), np.array(taps, np.intp)


def _cut(
    shape: tuple[int, ...], size: tuple[int, ...], threads: int
) -> tuple[NDArray[np.intp], int]:
    """Cut a volume into tiles of rows, and into chunks of slices where tiles are too few."""
    depth, rows, _ = shape
    tile_rows = min(rows, max(TILE_ROWS, size[1]))
    tiles = ceil(rows / tile_rows)
    wanted = 1 if threads == 1 or tiles >= 2 * threads else ceil(2 * threads / tiles)
    chunk = max(ceil(depth / wanted), min(depth, max(LEAST_CHUNK, 2 * size[0])))
    boxes = [
        (z, min(z + chunk, depth), y, min(y + tile_rows, rows))
        for z in range(0, depth, chunk)
        for y in range(0, rows, tile_rows)
    ]
    return np.array(boxes, dtype=np.intp), tile_rows
