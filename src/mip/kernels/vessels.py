"""Vessels by the eigenvalues of the Hessian."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _arguments, _arrays, _axes, _dispatch, _tasks, _vessels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ._axes import BorderMode

SERIAL_BELOW = 1 << 16  # pixels; each costs fifty times what a pointwise kernel does
TRUNCATE = 4.0  # standard deviations, as for a Gaussian
MAX_RADIUS = 1 << 12  # samples on either side
LEAST_SIGMA = 0.1  # samples; below, the weights are those of plain differences, and stay so
TILE_ROWS = 16  # rows of a task in a volume: six rings share the cache
VOLUME_NDIM = 3


class _Factors(NamedTuple):
    """What squares are multiplied with in the exponents of the measure."""

    plate: float
    blob: float
    structure: float


class _Scale(NamedTuple):
    """The weights of one scale along each axis of a volume, and how its work is cut."""

    weights: tuple[NDArray[np.float32], ...]
    inside: tuple[NDArray[np.intp], ...]
    ring: int
    tasks: _tasks.Tasks


def hessian_vesselness(
    image: NDArray[Any],
    scales: float | Sequence[float],
    *,
    spacing: float | Sequence[float] | None = None,
    alpha: float = 0.5,
    beta: float = 0.5,
    gamma: float | None = None,
    bright: bool = True,
    mode: BorderMode = "reflect",
    cval: float = 0.0,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Score how much each pixel looks like part of a vessel.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Copied only when not C-contiguous.
    scales : float or several
        Standard deviations of the Gaussians, in samples, or in mm when ``spacing`` is given: about
        the radii of the vessels looked for. The score is the greatest of all scales.
    spacing : float or one per axis, optional
        Distance between samples in mm, in the order of the axes: (slices, rows, columns).
    alpha : float
        How far a plate is told from a vessel; means nothing in a plane.
    beta : float
        How far a blob is told from a vessel.
    gamma : float, optional
        The norm of the Hessian, normalised for scale, from which structure is told from noise. By
        default half of the greatest that is finite over all pixels and scales, which takes the
        derivatives twice.
    bright : bool
        True for vessels brighter than what is around them, False for darker ones.
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
        From 0, no vessel, towards 1; 0 wherever a kernel touches NaN or infinity.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        There is no memory for the rings: six times 2 * radius + 1 slices of 16 rows per thread.

    Notes
    -----
    Frangi et al., Multiscale vessel enhancement filtering, MICCAI 1998, equations 13 and 15, on
    derivatives normalised by the square of the scale. They are those of Gaussians of four standard
    deviations, their weights corrected so that a constant has none, and a ramp and a parabola have
    their own. Within 1e-4 of the same in double, except where it jumps: where two eigenvalues of
    either sign are of one magnitude, or one is 0, but for rounding. Of one scale,
    nearly ``skimage.filters.frangi`` with ``gamma / scale**2``; over several it does not normalise.
    Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image)
    sigmas = _sigmas(scales)
    spacings = _axes.spacings(spacing, source.ndim)
    factors = _factors(alpha, beta, gamma)
    is_bright = _arguments.flag(bright, "bright")
    outside = _axes.border(mode, cval)
    count = _dispatch.thread_count(threads, work=source.size, serial_below=SERIAL_BELOW)
    result = _arrays.target(out, shape=source.shape, dtypes=(np.float32,), inputs=(image,))
    if not source.size:
        return _arrays.deliver(result, out)
    sign = 1.0 if is_bright else -1.0
    plans = [_scale(source.shape, sigma, spacings, sign, mode, count) for sigma in sigmas]
    if gamma is None:
        norm = max(_run(source, None, plan, factors, outside, count) for plan in plans)
        factors = factors._replace(structure=_factor(sqrt(norm) / 2 or 1.0))
    for index, plan in enumerate(plans):
        _run(source, result, plan, factors, outside, count, is_first=index == 0)
    return _arrays.deliver(result, out)


def _run(
    source: NDArray[Any],
    result: NDArray[np.float32] | None,
    scale: _Scale,
    factors: _Factors,
    cval: float,
    threads: int,
    *,
    is_first: bool = False,
) -> float:
    """Raise ``result`` by one scale; without it, return the greatest square of the norm."""
    shape = _as_volume(source.shape)
    boxes, tile_rows = scale.tasks
    norms = np.zeros(len(boxes), np.float32)
    first = float(source.flat[0])
    origin = first if isfinite(first) else 0.0
    _vessels.vesselness(
        source.reshape(shape),
        None if result is None else result.reshape(shape),
        source.ndim == VOLUME_NDIM,
        scale.weights,
        scale.inside,
        origin,
        cval - origin,
        scale.ring,
        boxes,
        tile_rows,
        *factors,
        is_first,
        norms,
        _dispatch.isa_index(),
        threads,
    )
    return float(norms.max())


def _as_volume(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape in which slices are streamed through: a plane's rows are its slices."""
    return shape if len(shape) == VOLUME_NDIM else (shape[0], 1, shape[1])


def _sigmas(scales: float | Sequence[float]) -> list[float]:
    given = scales if _arguments.is_several(scales) else [scales]
    sigmas = _arguments.numbers(given, None, "scales", above=0)
    if not sigmas:
        raise ValueError("scales must be above 0, and one at least, not none")
    return [float(sigma) for sigma in sigmas]


def _factors(alpha: float, beta: float, gamma: float | None) -> _Factors:
    given = {"alpha": alpha, "beta": beta, "gamma": 1.0 if gamma is None else gamma}
    return _Factors(
        *(_factor(float(_arguments.number(v, name, above=0))) for name, v in given.items())
    )


def _factor(value: float) -> float:
    return min(0.5 / value / value, _arguments.MOST)


def _scale(
    shape: tuple[int, ...],
    sigma: float,
    spacings: list[float],
    sign: float,
    mode: BorderMode,
    threads: int,
) -> _Scale:
    """Prepare one scale; ``sign`` turns dark vessels into bright ones."""
    first, *others = (_weights(sigma / mm) for mm in spacings)
    # Along the first axis each member of the Hessian is weighted once.
    weights = [np.float32(sign) * first, *others]
    if len(shape) < VOLUME_NDIM:
        weights.insert(1, np.ones((3, 1), np.float32))
    depth, rows, columns = _as_volume(shape)
    inside = tuple(
        _axes.inside(size, axis.shape[1] - 1, mode)
        for size, axis in zip((depth, rows, columns), weights, strict=True)
    )
    span = 2 * weights[0].shape[1] - 1
    tasks = _tasks.cut(depth, rows, span=span, tile_rows=TILE_ROWS, threads=threads)
    return _Scale(tuple(weights), inside, depth if mode == "wrap" else min(span, depth), tasks)


def _weights(sigma: float) -> NDArray[np.float32]:
    """Return the weights of a Gaussian, and of its derivatives times sigma and its square.

    Shape (3, radius + 1), from the centre on; the first derivative is odd.
    """
    width = max(sigma, LEAST_SIGMA)
    reach = TRUNCATE * width + 0.5
    if reach > MAX_RADIUS:
        raise ValueError(
            f"scales must reach at most {MAX_RADIUS} samples, not {reach:g}: look for vessels at a "
            f"lower resolution"
        )
    position = np.arange(max(1, int(reach)) + 1, dtype=np.float64)
    half = np.exp(-0.5 / width**2 * position**2)
    half /= 2 * half.sum() - half[0]
    second = 2 * (position**2 * half).sum()
    fourth = 2 * (position**4 * half).sum()
    slope = position * half / second
    curvature = 2 * (position**2 - second) * half / (fourth - second**2)
    return np.stack([half, sigma * slope, sigma**2 * curvature]).astype(np.float32)
