"""The bilateral filter of planes and volumes."""

from __future__ import annotations

from math import log, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arguments, _arrays, _axes, _bilateral, _boxes, _dispatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ._axes import BorderMode

SERIAL_BELOW = 1 << 16  # pixels; each has dozens of neighbours
BOX = (8, 16, 512)  # with its surroundings it stays in L2
MAX_TAPS = 1 << 20  # pixels of a window, its corners among them: each is listed with its weight
REACH = 1.5  # standard deviations that the window takes in by default, as in OpenCV


def bilateral(
    image: NDArray[Any],
    *,
    sigma_spatial: float | Sequence[float],
    sigma_range: float,
    size: int | Sequence[int] | None = None,
    mode: BorderMode = "reflect",
    cval: float = 0.0,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Smooth a plane or a volume by the neighbours that are near in place and in value.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Three axes are a volume, smoothed along all three; copied only when not C-contiguous.
    sigma_spatial : float or one per axis
        Standard deviation in samples, above 0; without a ``size`` at most 340, which gives the
        largest window.
    sigma_range : float
        Standard deviation in pixel values, above 0.
    size : int or one per axis, optional
        Odd diameter of the window, at most 1023, which is a disk, a ball, or an ellipse between
        its axes; by default ``2 * round(1.5 * sigma_spatial) + 1``, and at least 3. The box around
        it holds at most 2**20 pixels. With ``(1, s, s)`` each slice is smoothed by itself.
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
        NaN spreads to every pixel whose window touches it.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        There is no memory for a box of 8 x 16 x 512 pixels and its surroundings per thread.

    Notes
    -----
    Tomasi and Manduchi, ICCV 1998, 839, with Gaussians in space and in value and the window of
    OpenCV's ``bilateralFilter``. In float32: within 1e-6 of the greatest magnitude of the same in
    double. Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image)
    sigmas = _arguments.number_each(sigma_spatial, source.ndim, "sigma_spatial", above=0)
    sigma_range = float(_arguments.number(sigma_range, "sigma_range", above=0))
    reach = _reach(size, sigmas)
    outside = _axes.border(mode, cval)
    count = _dispatch.thread_count(threads, work=source.size, serial_below=SERIAL_BELOW)
    result = _arrays.target(out, shape=source.shape, dtypes=(np.float32,), inputs=(image,))
    if not source.size:
        return _arrays.deliver(result, out)
    shape = _boxes.as_volume(source.shape, flat=1)
    shifts, exponents = _window(
        _boxes.as_volume(reach, flat=0), np.array([1.0, *sigmas][-3:], np.float64)
    )
    boxes = _boxes.cut(shape, BOX)
    _bilateral.bilateral(
        source.reshape(shape),
        result.reshape(shape),
        tuple(
            _axes.inside(n, r, mode)
            for n, r in zip(shape, _boxes.as_volume(reach, flat=0), strict=True)
        ),
        outside,
        shifts,
        exponents,
        -min(0.5 / log(2) / sigma_range / sigma_range, _arguments.MOST),
        boxes,
        _dispatch.isa_index(),
        count,
    )
    return _arrays.deliver(result, out)


def _reach(size: int | Sequence[int] | None, sigmas: list[float]) -> tuple[int, ...]:
    """Return how far the window reaches along each axis, by its size or by the sigmas."""
    if size is None:
        name = "sigma_spatial"
        reach = tuple(max(1, round(REACH * sigma)) for sigma in sigmas)
    else:
        name = "size"
        reach = _boxes.reaches(size, len(sigmas), name)
    sides = tuple(2 * r + 1 for r in reach)
    if max(sides) >= _boxes.MAX_WINDOW or prod(sides) > MAX_TAPS:
        raise ValueError(
            f"{name} must give a window of at most {_boxes.MAX_WINDOW - 1} pixels along an axis, "
            f"and of {MAX_TAPS} in all, not {_arguments.shown(sides)}"
        )
    return reach


def _window(
    reach: tuple[int, int, int], sigmas: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return where the neighbours are, but for the pixel itself, and weights as exponents of 2."""
    ranges = [np.arange(-r, r + 1) for r in reach]
    shifts = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3)
    is_inside = (np.square(shifts / np.maximum(reach, 1)).sum(axis=1) <= 1 + 1e-12) & shifts.any(
        axis=1
    )
    shifts = shifts[is_inside]
    with np.errstate(over="ignore"):  # beside a tiny sigma, neighbours have no weight
        exponents = -0.5 / log(2) * np.square(shifts / sigmas).sum(axis=1)
        exponents = np.maximum(exponents, -_arguments.MOST)
    return shifts.astype(np.int32), exponents.astype(np.float32)
