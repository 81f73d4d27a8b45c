"""The Gaussian filter of planes and volumes, and sharpening by it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arguments, _arrays, _axes, _dispatch, _gaussian, _tasks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ._axes import BorderMode

SERIAL_BELOW = 1 << 19  # pixels; each costs five times what a pointwise kernel does
MAX_RADIUS = 1 << 15  # samples on either side
NO_BLUR = 1e-15  # sigma at and below which an axis is left as it is, as in scipy
REMEMBERED = 32  # kernels and borders: making them takes a fifth of a small plane's time
TILE_ROWS = 64  # rows of a task in a volume: the ring of a moderate sigma fits in L2


def gaussian(
    image: NDArray[Any],
    sigma: float | Sequence[float],
    *,
    spacing: float | Sequence[float] | None = None,
    truncate: float = 4.0,
    mode: BorderMode = "reflect",
    cval: float = 0.0,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Smooth a plane or a volume with a Gaussian.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Three axes are a volume, smoothed along all three; copied only when not C-contiguous.
    sigma : float or one per axis
        Standard deviation, in samples, or in mm when ``spacing`` is given; 0 leaves an axis as it
        is, so that ``(0, s, s)`` smooths each slice by itself.
    spacing : float or one per axis, optional
        Distance between samples in mm, in the order of the axes: (slices, rows, columns).
    truncate : float
        The kernel ends at this many standard deviations.
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
        NaN spreads to every pixel whose kernel touches it.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        There is no memory for the rings: 2 * radius + 1 slices of 64 rows per thread.

    Notes
    -----
    ``scipy.ndimage.gaussian_filter`` in float32: within 1e-6 of the greatest magnitude of the
    image from the same in double. Finite pixels past half of the greatest float32 (1.7e38) may
    overflow: two are added before they are weighed. Bit-identical for every ISA, thread count and
    layout.
    """
    source = _arrays.as_image(image)
    weights = _all_weights(sigma, spacing, truncate, source.ndim)
    outside = _axes.border(mode, cval)
    count = _dispatch.thread_count(threads, work=source.size, serial_below=SERIAL_BELOW)
    result = _arrays.target(out, shape=source.shape, dtypes=(np.float32,), inputs=(image,))
    if source.size:
        _run(source, result, weights, mode, outside, count)
    return _arrays.deliver(result, out)


def unsharp_mask(
    image: NDArray[Any],
    sigma: float | Sequence[float],
    amount: float,
    *,
    spacing: float | Sequence[float] | None = None,
    truncate: float = 4.0,
    mode: BorderMode = "reflect",
    cval: float = 0.0,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Sharpen a plane or a volume by what a Gaussian takes away.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Copied only when not C-contiguous.
    sigma : float or one per axis
        Standard deviation of the Gaussian, in samples, or in mm when ``spacing`` is given.
    amount : float
        How many times the difference is added: 0 leaves the image as it is, -1 smooths it.
    spacing, truncate, mode, cval
        As of :func:`gaussian`.
    out : ndarray of float32, shape of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of float32, shape of ``image``
        ``image + amount * (image - gaussian(image, sigma))``, not clipped to the range of the
        image. NaN spreads as in :func:`gaussian`.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        As of :func:`gaussian`.

    Notes
    -----
    ``skimage.filters.unsharp_mask`` with ``preserve_range``, in float32: within 1e-6 of the
    greatest magnitude of the image, times ``1 + |amount|``, from the same in double. One pass: each
    row is sharpened while it is in cache. Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image)
    weights = _all_weights(sigma, spacing, truncate, source.ndim)
    amount = _arguments.number(amount, "amount")
    outside = _axes.border(mode, cval)
    count = _dispatch.thread_count(threads, work=source.size, serial_below=SERIAL_BELOW)
    result = _arrays.target(out, shape=source.shape, dtypes=(np.float32,), inputs=(image,))
    if source.size:
        _run(source, result, weights, mode, outside, count, amount=amount)
    return _arrays.deliver(result, out)


def _run(
    source: NDArray[Any],
    result: NDArray[np.float32],
    weights: list[NDArray[np.float32]],
    mode: BorderMode,
    cval: float,
    threads: int,
    *,
    amount: float | None = None,
) -> None:
    """Smooth ``source`` into ``result``; with an ``amount``, sharpen it."""
    shape: tuple[int, ...] = source.shape
    if source.ndim == 2:  # noqa: PLR2004 - a plane is a volume whose rows are its slices
        shape = (shape[0], 1, shape[1])
        weights = [weights[0], np.ones(1, np.float32), weights[1]]
    depth, rows, _ = shape
    inside = tuple(
        _inside(size, len(axis) - 1, mode) for size, axis in zip(shape, weights, strict=True)
    )
    span = 2 * len(weights[0]) - 1
    tasks = _tasks.cut(depth, rows, span=span, tile_rows=TILE_ROWS, threads=threads)
    _gaussian.gaussian(
        source.reshape(shape),
        result.reshape(shape),
        tuple(weights),
        inside,
        cval,
        depth if mode == "wrap" else min(span, depth),
        tasks.boxes,
        tasks.tile_rows,
        amount is not None,
        amount or 0.0,
        _dispatch.isa_index(),
        threads,
    )


def _all_weights(
    sigma: float | Sequence[float],
    spacing: float | Sequence[float] | None,
    truncate: float,
    ndim: int,
) -> list[NDArray[np.float32]]:
    """Return the weights along each axis, from the centre outward."""
    sigmas = _arguments.number_each(sigma, ndim, "sigma", least=0)
    truncate = float(_arguments.number(truncate, "truncate", least=0))
    spacings = _axes.spacings(spacing, ndim)
    return [_weights(s / mm, truncate) for s, mm in zip(sigmas, spacings, strict=True)]


@lru_cache(REMEMBERED)
def _weights(sigma: float, truncate: float) -> NDArray[np.float32]:
    """Return the weights from the centre outward; they sum to one over the whole kernel."""
    if sigma <= NO_BLUR:
        return np.ones(1, np.float32)
    reach = truncate * sigma + 0.5
    if reach > MAX_RADIUS:
        raise ValueError(
            f"sigma * truncate must reach at most {MAX_RADIUS} samples, not {reach:g}: smooth the "
            f"image at a lower resolution"
        )
    half = np.exp(-0.5 / sigma**2 * np.arange(int(reach) + 1, dtype=np.float64) ** 2)
    weights: NDArray[np.float32] = (half / (2 * half.sum() - half[0])).astype(np.float32)
    return weights


@lru_cache(REMEMBERED)
def _inside(size: int, radius: int, mode: BorderMode) -> NDArray[np.intp]:
    """Return what `_axes.inside` does; shared, and only read."""
    return _axes.inside(size, radius, mode)
