"""Derivatives of planes and volumes by differences of neighbours, each in one pass."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arguments, _arrays, _axes, _derivatives, _dispatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ._axes import BorderMode

SERIAL_BELOW = 1 << 19  # pixels; each costs three times what a pointwise kernel does
VOLUME_NDIM = 3


class _Kind(IntEnum):
    """What a stencil computes, as c/stencil.h counts."""

    SOBEL_Z = 0
    SOBEL_Y = 1
    SOBEL_X = 2
    SOBEL_MAGNITUDE = 3
    LAPLACIAN = 4


def sobel(
    image: NDArray[Any],
    *,
    axis: int | None = None,
    mode: BorderMode = "reflect",
    cval: float = 0.0,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Differentiate a plane or a volume by Sobel's operator, or take the magnitude over all axes.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Copied only when not C-contiguous.
    axis : int, optional
        The axis to differentiate along, counted from the end when negative. By default the
        magnitude: the square root of the sum of squares of the derivatives along all axes.
    mode : {"reflect", "mirror", "nearest", "constant", "wrap"}
        What lies outside, in the words of scipy.ndimage.
    cval : float
        The value outside for ``constant``.
    out : ndarray of float32, shape of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of float32, shape of ``image``
        Not normalised: a slope of 1 per pixel gives 8 in a plane and 32 in a volume. NaN spreads to
        the pixels around.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        There is no memory for eight rows per thread.

    Notes
    -----
    Weights are -1, 0, 1 along the axis and 1, 2, 1 along each other one, as of
    ``scipy.ndimage.sobel``: exact for integers, but for the root of the magnitude, which is within
    1e-6 of it. In mode ``constant`` the image has ``cval`` around it; scipy puts ``cval`` around
    its first pass again, which is the same for 0 alone. Bit-identical for every ISA, thread count
    and layout.
    """
    source = _arrays.as_image(image)
    kind = _sobel_kind(axis, source.ndim)
    return _run_stencil(
        source, image, kind=kind, spacing=None, mode=mode, cval=cval, out=out, threads=threads
    )


def laplacian(
    image: NDArray[Any],
    *,
    spacing: float | Sequence[float] | None = None,
    mode: BorderMode = "reflect",
    cval: float = 0.0,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Sum the second differences along all axes of a plane or a volume.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Copied only when not C-contiguous.
    spacing : float or one per axis, optional
        Distance between samples in mm, in the order of the axes: (slices, rows, columns); 1 by
        default.
    mode : {"reflect", "mirror", "nearest", "constant", "wrap"}
        What lies outside, in the words of scipy.ndimage.
    cval : float
        The value outside for ``constant``.
    out : ndarray of float32, shape of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of float32, shape of ``image``
        Per square of the unit of ``spacing``. NaN spreads to its neighbours along the axes.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        There is no memory for eight rows per thread.

    Notes
    -----
    Weights are 1, -2, 1 along each axis over the square of its spacing, without any those of
    ``scipy.ndimage.laplace``, and then exact for integers. With spacing, within 1e-6 of the
    greatest magnitude of the image times the sum of the weights' magnitudes. Bit-identical for
    every ISA, thread count and layout.
    """
    source = _arrays.as_image(image)
    return _run_stencil(
        source,
        image,
        kind=_Kind.LAPLACIAN,
        spacing=spacing,
        mode=mode,
        cval=cval,
        out=out,
        threads=threads,
    )


def gradient_magnitude(
    image: NDArray[Any],
    *,
    spacing: float | Sequence[float] | None = None,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Take the magnitude of the gradient of a plane or a volume by central differences.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Copied only when not C-contiguous.
    spacing : float or one per axis, optional
        Distance between samples in mm, in the order of the axes: (slices, rows, columns); 1 by
        default.
    out : ndarray of float32, shape of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of float32, shape of ``image``
        Per unit of ``spacing``. Along an axis of one sample nothing changes. NaN spreads to its
        neighbours along the axes.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    The differences of ``numpy.gradient``: half of that between the neighbours of a pixel, and
    one-sided at the ends of an axis. Within 1e-6 of the same in double. Bit-identical for every
    ISA, thread count and layout.
    """
    source = _arrays.as_image(image)
    weights = 1 / np.array(_axes.spacings(spacing, source.ndim))
    count = _dispatch.thread_count(threads, work=source.size, serial_below=SERIAL_BELOW)
    result = _arrays.target(out, shape=source.shape, dtypes=(np.float32,), inputs=(image,))
    if source.size:
        _derivatives.gradient(
            _as_volume(source),
            _as_volume(result),
            _three(weights),
            _dispatch.isa_index(),
            count,
        )
    return _arrays.deliver(result, out)


def _sobel_kind(axis: int | None, ndim: int) -> _Kind:
    if axis is None:
        return _Kind.SOBEL_MAGNITUDE
    axis = _arguments.whole(axis, "axis", least=-ndim, most=ndim - 1)
    return _Kind(VOLUME_NDIM - ndim + axis % ndim)


def _run_stencil(
    source: NDArray[Any],
    image: NDArray[Any],
    *,
    kind: _Kind,
    spacing: float | Sequence[float] | None,
    mode: BorderMode,
    cval: float,
    out: NDArray[np.float32] | None,
    threads: int | None,
) -> NDArray[np.float32]:
    """Fill ``out`` with a stencil of ``source``, which is ``image`` as the kernels take it."""
    weights = 1 / np.square(_axes.spacings(spacing, source.ndim))
    outside = _axes.border(mode, cval)
    count = _dispatch.thread_count(threads, work=source.size, serial_below=SERIAL_BELOW)
    result = _arrays.target(out, shape=source.shape, dtypes=(np.float32,), inputs=(image,))
    if source.size:
        volume = _as_volume(source)
        z, y, x = (_axes.inside(size, 1, mode) for size in volume.shape)
        _derivatives.stencil(
            volume,
            _as_volume(result),
            kind,
            source.ndim == VOLUME_NDIM,
            z,
            y,
            x,
            outside,
            _three(weights),
            _dispatch.isa_index(),
            count,
        )
    return _arrays.deliver(result, out)


def _as_volume(array: NDArray[Any]) -> NDArray[Any]:
    """Return a plane as a volume of one slice."""
    return array if array.ndim == VOLUME_NDIM else array[np.newaxis]


def _three(weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return a weight for each axis of a volume; nothing lies across a plane."""
    return np.concatenate([np.zeros(VOLUME_NDIM - len(weights)), weights]).astype(np.float32)
