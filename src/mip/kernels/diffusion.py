"""Perona and Malik's anisotropic diffusion of planes and volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from . import _arguments, _arrays, _axes, _diffusion, _dispatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Conductance: TypeAlias = Literal["exponential", "quadratic"]

CONDUCTANCES = ("exponential", "quadratic")
MAX_ITERATIONS = (1 << 31) - 1  # steps have 32 bits
SERIAL_BELOW = 1 << 19  # pixels; each costs as much as in a Gaussian
TILE_ROWS = 16  # rows of a task in a volume: the flux between two slices stays in L1 or L2
CHUNK = 64  # slices of a task; each task finds the flux before its first slice anew


def anisotropic_diffusion(
    image: NDArray[Any],
    *,
    iterations: int,
    kappa: float,
    spacing: float | Sequence[float] | None = None,
    conductance: Conductance = "exponential",
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Smooth a plane or a volume within its edges, and not across them.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Three axes are a volume; copied only when not C-contiguous.
    iterations : int
        Steps, from 0 to 2**31 - 1; each is the longest that is stable: 1/4 in a plane and 1/6 in a
        volume of equal spacing, ``1 / (2 * sum(1 / spacing**2))`` in general.
    kappa : float
        Gradient that counts as an edge, above 0: in pixel values per sample, or per mm when
        ``spacing`` is given.
    spacing : float or one per axis, optional
        Distance between samples in mm, in the order of the axes: (slices, rows, columns).
    conductance : {"exponential", "quadratic"}
        ``exp(-(g / kappa)**2)``, which keeps the sharpest edges, or ``1 / (1 + (g / kappa)**2)``,
        which prefers wide regions to small ones.
    out : ndarray of float32, shape of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of float32, shape of ``image``
        Within the least and the greatest value of ``image``, but for rounding; NaN spreads by a
        pixel in each step. Nothing flows through the borders.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        There is no memory for a second float32 image to step to.

    Notes
    -----
    Perona and Malik, IEEE Transactions on Pattern Analysis and Machine Intelligence 12 (1990), 629,
    with differences to the 4 or 6 nearest neighbours. In float32: each step is within 1e-6 of the
    greatest magnitude of the same step in double. Bit-identical for every ISA, thread count and
    layout.
    """
    source = _arrays.as_image(image)
    iterations = _arguments.whole(iterations, "iterations", least=0, most=MAX_ITERATIONS)
    _arguments.choice(conductance, "conductance", CONDUCTANCES)
    kappa = float(_arguments.number(kappa, "kappa", above=0))
    axes = _axes_of(kappa, _axes.spacings(spacing, source.ndim))
    count = _dispatch.thread_count(threads, work=source.size, serial_below=SERIAL_BELOW)
    result = _arrays.target(out, shape=source.shape, dtypes=(np.float32,), inputs=(image,))
    if not iterations or not source.size:
        result[...] = source
        return _arrays.deliver(result, out)
    shape: tuple[int, ...] = source.shape
    if source.ndim == 2:  # noqa: PLR2004 - a plane is a volume whose rows are its slices
        shape = (shape[0], 1, shape[1])
        axes = axes[[0, 0, 1]]  # nothing flows along the second: it has one row
    first, second = np.empty(shape, np.float32), result.reshape(shape)
    if iterations % 2 == 0:
        first, second = second, first
    first[...] = source.reshape(shape)
    tasks, tile_rows = _cut(shape[0], shape[1])
    _diffusion.diffuse(
        first,
        second,
        axes,
        conductance == "quadratic",
        iterations,
        tasks,
        tile_rows,
        _dispatch.isa_index(),
        count,
    )
    return _arrays.deliver(result, out)


def _axes_of(kappa: float, spacings: list[float]) -> NDArray[np.float32]:
    """Return, for each axis, the weight of its flux and the gain of a squared difference."""
    inverse = 1 / np.square(np.array(spacings, np.float64))
    with np.errstate(over="ignore", under="ignore"):  # every difference is an edge, or none is
        gains = (inverse / kappa / kappa).astype(np.float32)
    weights = (inverse / (2 * inverse.sum())).astype(np.float32)
    # an infinite gain would make NaN of no difference at all
    return np.stack([weights, np.minimum(gains, _arguments.MOST)], axis=1)


def _cut(depth: int, rows: int) -> tuple[NDArray[np.intp], int]:
    """Cut a volume into boxes of slices and rows; return them and the most rows of one."""
    boxes = [
        (z, min(z + CHUNK, depth), y, min(y + TILE_ROWS, rows))
        for z in range(0, depth, CHUNK)
        for y in range(0, rows, TILE_ROWS)
    ]
    return np.array(boxes, dtype=np.intp), min(rows, TILE_ROWS)
