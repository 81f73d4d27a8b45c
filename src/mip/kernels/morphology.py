"""Erosion, dilation, opening and closing of images and masks."""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _arguments, _arrays, _dispatch, _morphology

if TYPE_CHECKING:
    from numpy.typing import NDArray

DTYPES = (*_arrays.IMAGE_DTYPES, np.dtype(np.bool_))
ERODE, DILATE = range(2)  # the operations of c/morphology.h
MAX_ITERATIONS = 1 << 20  # each is a pass, but by a box
REMEMBERED = 32  # footprints: taking one apart takes longer than a small plane
TILE_ROWS = 32  # rows of a task: the ring of a small footprint fits in L2
LEAST_CHUNK = 32  # slices of a task; each reduces as many more as the footprint is high
LEAST_STRIP = 64  # rows of a task of a box in planes; each makes as many more as the box is high


class _Footprint(NamedTuple):
    """A footprint as a volume, and how many of its pixels lie before the pixel on each axis."""

    pixels: NDArray[np.bool_]
    before: tuple[int, ...]
    is_box: bool


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
    footprint : array-like of bool or numbers with the axes of ``image``
        The neighbours that take part, such as ``box(3, ndim=3)`` or ``disk(5)``; all but 0 is
        true, and NaN is refused. The pixel itself is at ``size // 2`` of each axis, as in scipy.
        Boxes are fastest, then footprints of few runs along the rows.
    iterations : int
        How often, from 1 to 2**20.
    out : ndarray of the dtype and shape of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of the dtype and shape of ``image``
        What is outside the image takes no part, so that nothing shrinks from its edge; where the
        whole footprint is outside, the greatest value of the dtype (infinity for float32). NaN
        counts as above every number; where all that is inside is NaN and the footprint is no box
        within planes, above what is outside, too, so that the result is infinity.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        There is no memory for the rings: per thread the footprint's slices of 32 rows and more, or,
        of a box of one slice, some rows more than it is high.

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

    Parameters and errors are those of `erode`; the result is nowhere above the image. By a box of
    one slice it is one pass; otherwise the steps take turns at a second image.
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

    Parameters and errors are those of `erode`; the result is nowhere below the image. Memory and
    passes are those of `opening`.
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
    found = _footprint(footprint, source.ndim)
    times = _arguments.whole(iterations, "iterations", least=1, most=MAX_ITERATIONS)
    count = _dispatch.thread_count(threads, work=source.size)
    result = _arrays.target(out, shape=source.shape, dtypes=(source.dtype,), inputs=(image,))
    if not source.size:
        return _arrays.deliver(result, out)
    if found.is_box and times > 1:  # boxes add up, and their windows inside the image do, too
        found, times = _repeated(found, times, source.shape), 1
    if found.is_box and found.pixels.shape[0] == 1:
        _run_planes(source, result, found, operations, count)
        return _arrays.deliver(result, out)
    steps = [operation for operation in operations for _ in range(times)]
    spare = np.empty_like(result) if len(steps) > 1 else result
    read = source
    for left, operation in enumerate(reversed(range(len(steps)))):
        write = spare if operation % 2 else result
        _run(read, write, found, steps[left], count)
        read = write
    return _arrays.deliver(result, out)


def _run_planes(
    source: NDArray[Any],
    result: NDArray[Any],
    box: _Footprint,
    operations: tuple[int, ...],
    threads: int,
) -> None:
    """Run all operations by a box of one slice in one pass."""
    depth, rows, columns = _with_slices(source.shape)
    _, size_y, size_x = box.pixels.shape
    up, left = box.before[1:]
    # No further than the plane: what is outside takes no part, however far it is.
    reach = (
        min(up, rows - 1),
        min(size_y - 1 - up, rows - 1),
        min(left, columns - 1),
        min(size_x - 1 - left, columns - 1),
    )
    mirrored = (reach[1], reach[0], reach[3], reach[2])
    steps = tuple((step, *(mirrored if step == DILATE else reach)) for step in operations)
    least = max(LEAST_STRIP, 2 * size_y)
    strips = 1 if threads == 1 else max(1, min(ceil(2 * threads / depth), rows // least))
    _morphology.box_planes(
        _volume(source),
        _volume(result),
        steps,
        strips,
        _dispatch.isa_index(),
        threads,
    )


def _run(
    source: NDArray[Any],
    result: NDArray[Any],
    footprint: _Footprint,
    operation: int,
    threads: int,
) -> None:
    shape = _with_slices(source.shape)
    pixels, before, is_box = footprint
    if operation == DILATE:
        before = tuple(s - 1 - b for s, b in zip(pixels.shape, before, strict=True))
        pixels = pixels[::-1, ::-1, ::-1]
    lengths, taps = _taps(pixels[:, :1] if is_box else pixels)
    tasks, tile_rows = _cut(shape, pixels.shape, threads)
    _morphology.morphology(
        _volume(source),
        _volume(result),
        operation,
        pixels.shape,
        before,
        lengths,
        taps,
        is_box,
        _neutral(source.dtype, operation),
        tasks,
        tile_rows,
        _dispatch.isa_index(),
        threads,
    )


def _footprint(footprint: object, ndim: int) -> _Footprint:
    """Return a footprint as a volume, with its pixel where scipy has it."""
    expected = "an array of bool or numbers"
    given = _arguments.array_of(footprint, "footprint", kinds="biuf", expected=expected)
    if given.dtype.kind == "f" and np.isnan(given).any():
        raise ValueError(f"footprint must be {expected}, not NaN")
    pixels = given.astype(np.bool_, copy=False)
    if pixels.ndim != ndim:
        raise ValueError(
            f"footprint must have {ndim} axes as the image has, not {pixels.ndim}: {pixels.shape}"
        )
    count = np.count_nonzero(pixels)
    if not count:
        raise ValueError(f"footprint must have a pixel that takes part, not none: {pixels.shape}")
    shape = _with_slices(pixels.shape)
    before = tuple(size // 2 for size in shape)
    return _Footprint(pixels.reshape(shape), before, is_box=count == pixels.size)


def _with_slices(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return the shape of a volume; a plane is one of one slice."""
    z, y, x = (1, *shape)[-3:]
    return z, y, x


def _volume(image: NDArray[Any]) -> NDArray[Any]:
    """Return an image as the kernels take it: a volume, and masks as bytes."""
    volume = image.reshape(_with_slices(image.shape))
    return volume.view(np.uint8) if volume.dtype.kind == "b" else volume


def _repeated(box: _Footprint, times: int, image_shape: tuple[int, ...]) -> _Footprint:
    """Return the box that does at once what ``box`` does in several times.

    It reaches no further than the image: what is outside takes no part, however far it is.
    """
    ends = tuple(size - 1 for size in _with_slices(image_shape))
    before = tuple(min(times * b, end) for b, end in zip(box.before, ends, strict=True))
    after = tuple(
        min(times * (size - 1 - b), end)
        for size, b, end in zip(box.pixels.shape, box.before, ends, strict=True)
    )
    # A view of one pixel: a box of a thousand iterations holds no memory.
    shape = tuple(b + 1 + a for b, a in zip(before, after, strict=True))
    return _Footprint(np.broadcast_to(np.True_, shape), before, is_box=True)


def _neutral(dtype: np.dtype[Any], operation: int) -> NDArray[Any]:
    """Return the pixel that changes nothing, as the kernels take it: an array of one."""
    if dtype.kind == "b":
        return np.array([operation == ERODE], np.uint8)
    if dtype.kind == "f":
        return np.array([np.inf if operation == ERODE else -np.inf], dtype)
    bounds = np.iinfo(dtype)
    return np.array([bounds.max if operation == ERODE else bounds.min], dtype)


def _taps(pixels: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the lengths of a footprint's runs, and its runs as c/morphology.h has them."""
    return _found_taps(pixels.shape, pixels.tobytes())


@lru_cache(REMEMBERED)
def _found_taps(shape: tuple[int, ...], pixels: bytes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return what `_taps` does; shared, and only read."""
    rows = np.frombuffer(pixels, np.int8).reshape(shape)
    edges = np.diff(rows, prepend=0, append=0)
    z, y, first = np.nonzero(edges > 0)
    end = np.nonzero(edges < 0)[-1]
    lengths, kind = np.unique(end - first, return_inverse=True)
    return lengths, np.column_stack((z, y, first, kind))


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
