"""Images on another grid."""

from __future__ import annotations

from math import ceil, floor, prod
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from . import _arguments, _arrays, _axes, _dispatch, _geometry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

Order: TypeAlias = Literal[0, 1]

SERIAL_BELOW = 1 << 17  # pixels of the result; each costs some times what a pointwise kernel does
NEARLY = 1e-6  # of a sample: how far beyond the last one a position still counts as on it
TILE_PIXELS = 1 << 14  # of a task's slice: two of them in floats fit in L2


class _Axis(NamedTuple):
    """For each sample of the result, the source's sample before it and the weight of the next."""

    before: NDArray[np.int32]
    weight: NDArray[np.float32]


def resample(
    image: NDArray[Any],
    spacing: float | Sequence[float],
    new_spacing: float | Sequence[float],
    *,
    order: Order = 1,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Sample a plane or a volume at another spacing.

    The first sample stays where it is, and with it the image's position in the patient. Along each
    axis the result has as many samples as fit up to the centre of the last:
    ``floor((n - 1) * spacing / new_spacing) + 1``. Nothing outside is made up.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Copied only when not C-contiguous.
    spacing, new_spacing : float or one per axis
        Distance between samples in mm, before and after, in the order of the axes: (slices, rows,
        columns); from 1e-9 to 1e9.
    order : {0, 1}
        0 takes the nearest sample, of two the later: for masks and labels. 1 is linear along each
        axis; it does not smooth first, so that a far coarser grid shows noise and aliases.
    out : ndarray, dtype of ``image``, shape of the result, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small result.

    Returns
    -------
    ndarray, dtype of ``image``
        Integers are rounded, halves away from zero. NaN spreads to every sample that weighs it; a
        neighbour without weight takes no part.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        There is no memory for the result, or for 256 KiB of slots per thread.

    Notes
    -----
    ``scipy.ndimage.affine_transform`` with the matrix ``new_spacing / spacing``: order 0 equal,
    order 1 in float32, within 1e-6 of the greatest magnitude from the same in double before it is
    rounded. Finite pixels further apart than the greatest float32 (3.4e38) overflow between them.
    Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image)
    _check_order(order)
    _arrays.check_sides(source.shape, "image")
    pairs = zip(
        source.shape,
        _axes.given_spacings(spacing, source.ndim, "spacing"),
        _axes.given_spacings(new_spacing, source.ndim, "new_spacing"),
        strict=True,
    )
    axes = [_positions(*pair, order=order) for pair in pairs]
    shape = tuple(len(axis.before) for axis in axes)
    count = _dispatch.thread_count(threads, work=prod(shape), serial_below=SERIAL_BELOW)
    result = _arrays.target(out, shape=shape, dtypes=(source.dtype,), inputs=(image,))
    if result.size:
        plane = [_Axis(np.zeros(1, np.int32), np.zeros(1, np.float32))]
        deep = plane * (3 - source.ndim) + axes
        depth, rows, columns = (len(axis.before) for axis in deep)
        boxes = _cut(depth, rows, columns, count)
        _geometry.resample(
            source.reshape((1,) * (3 - source.ndim) + source.shape),
            result.reshape(depth, rows, columns),
            tuple(axis.before for axis in deep),
            tuple(axis.weight for axis in deep),
            order,
            boxes,
            _dispatch.isa_index(),
            min(count, len(boxes)),
        )
    return _arrays.deliver(result, out)


def affine(
    image: NDArray[Any],
    matrix: ArrayLike,
    *,
    offset: ArrayLike = 0.0,
    shape: tuple[int, ...] | None = None,
    order: Order = 1,
    cval: float = 0.0,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Transform a plane or a volume: rotate, shear, scale, shift.

    The pixel at index ``o`` of the result takes the image's value at ``matrix @ o + offset``: the
    matrix pulls, from the result to the image.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Copied only when not C-contiguous.
    matrix : array of shape (ndim, ndim), (ndim,), (ndim, ndim + 1) or (ndim + 1, ndim + 1)
        In samples, in the order of the axes. A row of numbers is a diagonal; the last two shapes
        are homogeneous, hold the offset in their last column and take no ``offset``.
    offset : float or one per axis
        In samples of the image.
    shape : sequence of int, optional
        Shape of the result; that of the image by default.
    order : {0, 1}
        0 takes the nearest sample, of two the later; 1 is linear.
    cval : float
        The value outside, one that the dtype holds: before the first and beyond the last sample of
        an axis, be it by ever so little.
    out : ndarray, dtype of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small result.

    Returns
    -------
    ndarray, dtype of ``image``
        Integers are rounded, halves away from zero. NaN spreads to every pixel that weighs it; a
        neighbour without weight takes no part.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    ``scipy.ndimage.affine_transform`` with ``mode="constant"`` and positions in double precision,
    as there: order 0 equal, order 1 in float32, within 1e-6 of the greatest magnitude from the same
    in double before it is rounded. Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image)
    _check_order(order)
    _arrays.check_sides(source.shape, "image")
    pull = _homogeneous(matrix, offset, source.ndim)
    outside = _arguments.pixel(cval, "cval", source.dtype)
    wanted = source.shape
    if shape is not None:
        wanted = _arguments.wholes(shape, source.ndim, "shape", least=0, most=_arrays.MAX_SIDE)
    count = _dispatch.thread_count(
        threads, work=prod(wanted), serial_below=SERIAL_BELOW, tasks=prod(wanted[:-1])
    )
    result = _arrays.target(out, shape=wanted, dtypes=(source.dtype,), inputs=(image,))
    if not source.size:
        result[...] = outside
    elif result.size:
        flat = (1,) * (3 - source.ndim)
        _geometry.affine(
            source.reshape(flat + source.shape),
            result.reshape(flat + wanted),
            pull,
            order,
            outside,
            _dispatch.isa_index(),
            count,
        )
    return _arrays.deliver(result, out)


def _check_order(order: int) -> None:
    if _arguments.whole(order, "order") not in {0, 1}:
        came = _arguments.shown(order)
        raise ValueError(f"order must be 0 (nearest) or 1 (linear), not {came}")


def _positions(size: int, spacing: float, new_spacing: float, *, order: Order) -> _Axis:
    """Return where the samples of the result lie along an axis of ``size`` samples."""
    step = new_spacing / spacing
    last = size - 1
    if not last < _arrays.MAX_SIDE * step:
        raise ValueError(
            f"new_spacing must give at most {_arrays.MAX_SIDE} samples along an axis: {size} from "
            f"{spacing} to {new_spacing} mm make more"
        )
    fit = floor(last / step + NEARLY) + 1 if size else 0
    at = np.minimum(np.arange(fit, dtype=np.float64) * step, last)
    if order == 0:
        return _Axis(np.floor(at + 0.5).astype(np.int32), np.zeros(fit, np.float32))
    index = np.floor(at)
    return _Axis(index.astype(np.int32), (at - index).astype(np.float32))


def _cut(depth: int, rows: int, columns: int, threads: int) -> NDArray[np.intp]:
    """Cut a result into tiles of rows, and into chunks of slices where tiles are too few."""
    tile_rows = min(rows, max(1, TILE_PIXELS // columns))
    tiles = ceil(rows / tile_rows)
    chunks = 1 if threads == 1 or tiles >= 2 * threads else ceil(2 * threads / tiles)
    chunk = ceil(depth / chunks)
    boxes = [
        (z, min(z + chunk, depth), y, min(y + tile_rows, rows))
        for z in range(0, depth, chunk)
        for y in range(0, rows, tile_rows)
    ]
    return np.array(boxes, dtype=np.intp)


def _homogeneous(matrix: ArrayLike, offset: ArrayLike, ndim: int) -> NDArray[np.float64]:
    """Return the matrix of three axes beside its offset, shape (3, 4); a plane is slice 0."""
    found = _arguments.array_of(matrix, "matrix", kinds="iuf", expected="an array of numbers")
    given = found.astype(np.float64)
    offsets = _arguments.number_each(offset, ndim, "offset")
    whole = np.zeros((ndim, ndim + 1))
    if given.shape in {(ndim, ndim + 1), (ndim + 1, ndim + 1)}:
        if any(offsets):
            raise ValueError(f"offset must be in a homogeneous matrix, not beside it: {offsets}")
        if len(given) > ndim and given[ndim].tolist() != [0.0] * ndim + [1.0]:
            raise ValueError(f"matrix must end in 0 … 0 1 when homogeneous, not {given[ndim]}")
        whole[...] = given[:ndim]
    elif given.shape in {(ndim,), (ndim, ndim)}:
        whole[:, :ndim] = np.diag(given) if given.ndim == 1 else given
        whole[:, ndim] = offsets
    else:
        raise ValueError(f"matrix must have {ndim} rows and columns, not the shape {given.shape}")
    if not np.isfinite(whole).all():
        raise ValueError(f"matrix must be finite, not {given.tolist()}")
    pull = np.zeros((3, 4))
    pull[3 - ndim :, 3 - ndim :] = whole
    return pull
