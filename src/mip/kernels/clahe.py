"""Contrast limited adaptive histogram equalisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _arguments, _arrays, _axes, _clahe, _dispatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

INTEGERS = (np.dtype(np.uint8), np.dtype(np.int16), np.dtype(np.uint16))
SERIAL_BELOW = 1 << 19  # pixels; each costs a few times what a pointwise kernel does
MAX_PIXELS = (1 << 31) - 1  # of a plane: counts have 32 bits, and a sign
MAX_TILES = 1 << 10  # along an axis


class _Axis(NamedTuple):
    """How the tiles lie along an axis."""

    tile: int  # pixels of one
    inside: NDArray[np.intp]  # pixel for each position of the tiles
    gaps: NDArray[np.intp]  # begin, end, tile before and tile after
    shares: NDArray[np.float32]  # of the tile after, for each pixel


def clahe(
    image: NDArray[Any],
    *,
    clip_limit: float = 40.0,
    tiles: tuple[int, int] = (8, 8),
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Equalise the histogram around every pixel, and no contrast beyond a limit.

    Parameters
    ----------
    image : ndarray of uint8, int16 or uint16, shape ([slices,] rows, columns)
        Each slice by itself; copied only when not C-contiguous.
    clip_limit : float
        Above 0. A bin of a tile counts at most this many times the mean of all bins; what is
        above is shared among all.
    tiles : (down, across)
        Tiles that a slice is cut into, from 1 to 1024 along each axis. Where its size is no
        multiple of them, it is mirrored beyond its last row and column.
    out : ndarray of the dtype and shape of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of the dtype and shape of ``image``
        Values over the whole range of the dtype: int16 from -32768 to 32767, as the uint16 values
        above its least would become.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        There is no memory for the tables of the tiles: 2 bytes for each value, and 8 more per
        thread.

    Notes
    -----
    Zuiderveld, Graphics Gems IV (1994), 474, in the steps of OpenCV's ``CLAHE``, to which uint8
    and uint16 are equal. Tables hold only values between the least and the greatest of a slice.
    Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image, dtypes=INTEGERS)
    clip_limit = float(_arguments.number(clip_limit, "clip_limit", above=0, finite=False))
    down, across = _arguments.wholes(tiles, 2, "tiles", least=1, most=MAX_TILES)
    rows, columns = source.shape[-2:]
    count = _dispatch.thread_count(
        threads,
        work=rows * columns,
        serial_below=SERIAL_BELOW,
        tasks=(down + 1) * (across + 1),  # the blend's: a cell between the centres of four tiles
    )
    result = _arrays.target(out, shape=source.shape, dtypes=(source.dtype,), inputs=(image,))
    if source.size:
        # OpenCV adds to both axes where either is no multiple
        is_whole = rows % down == 0 and columns % across == 0
        axes = _axis(rows, down, is_whole=is_whole), _axis(columns, across, is_whole=is_whole)
        if axes[0].inside.size * axes[1].inside.size > MAX_PIXELS:
            raise ValueError(
                f"image must have at most {MAX_PIXELS} pixels in a slice, its mirrored borders "
                f"among them, not {rows} x {columns}"
            )
        for plane, equalized in zip(
            source.reshape(-1, rows, columns), result.reshape(-1, rows, columns), strict=True
        ):
            _equalize(plane, equalized, axes, clip_limit, count)
    return _arrays.deliver(result, out)


def _axis(size: int, tiles: int, *, is_whole: bool) -> _Axis:
    tile = size // tiles + (not is_whole)
    beyond = tile * tiles - size
    inside = _axes.inside(size, beyond, "mirror")[beyond:]
    # in float32, as OpenCV does
    place = np.arange(size, dtype=np.float32) * (np.float32(1) / np.float32(tile)) - np.float32(0.5)
    before = np.floor(place)
    starts = np.flatnonzero(np.diff(before, prepend=before[0] - 1))
    nearest = before[starts].astype(np.intp)
    gaps = np.stack(
        [
            starts,
            np.append(starts[1:], size),
            nearest.clip(0, tiles - 1),
            (nearest + 1).clip(0, tiles - 1),
        ],
        axis=1,
    )
    return _Axis(tile, inside, gaps.astype(np.intp), place - before)


def _equalize(
    plane: NDArray[Any],
    out: NDArray[Any],
    axes: tuple[_Axis, _Axis],
    clip_limit: float,
    threads: int,
) -> None:
    bounds = np.iinfo(plane.dtype)
    bins = int(bounds.max) - int(bounds.min) + 1
    isa = _dispatch.isa_index()
    found = np.empty((min(threads, plane.size), 2), np.int32)
    _clahe.extremes(plane.reshape(-1), found, isa)
    first, last = int(found[:, 0].min()), int(found[:, 1].max())
    y, x = axes
    pixels = y.tile * x.tile
    down, across = y.inside.size // y.tile, x.inside.size // x.tile
    _clahe.equalize(
        plane,
        out,
        (y.inside, x.inside),
        (y.tile, x.tile, across),
        max(1, int(min(clip_limit * pixels / bins, pixels))),
        (bins, int(bounds.min), first),
        (y.gaps, x.gaps),
        (y.shares, x.shares),
        np.empty((down * across, last - first + 1), np.uint16),
        isa,
        threads,
    )
