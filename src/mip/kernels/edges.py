"""Edges of planes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arguments, _arrays, _canny, _dispatch
from .gaussian import SERIAL_BELOW, gaussian

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ._axes import BorderMode

PLANE_NDIM = 2


def canny(
    image: NDArray[Any],
    sigma: float | Sequence[float],
    low: float,
    high: float,
    *,
    mode: BorderMode = "reflect",
    cval: float = 0.0,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Find thin edges of a plane.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape (rows, columns)
        Copied only when not C-contiguous.
    sigma : float or one per axis
        Standard deviation of the Gaussian that comes first, in samples; 0 leaves it out.
    low, high : float
        Magnitudes of the gradient, ``0 <= low <= high``, as :func:`sobel` takes it of the smooth
        image: a slope of 1 per pixel has 8. A line of pixels of at least ``low`` is an edge when
        one of them has at least ``high``.
    mode : {"reflect", "mirror", "nearest", "constant", "wrap"}
        What lies outside for the Gaussian, in the words of scipy.ndimage.
    cval : float
        The value outside for ``constant``.
    out : ndarray of bool or uint8, shape of ``image``, optional
        Where the result goes; must not overlap ``image``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of bool (or of the dtype of ``out``), shape of ``image``
        Never true on the border of the image, nor where the gradient is NaN.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        There is no memory for the smooth image, or to follow its edges.

    Notes
    -----
    Canny, A computational approach to edge detection, IEEE PAMI 8:679, 1986, in the steps of
    ``skimage.feature.canny`` (whose thresholds, too, are those of float images): Gaussian, Sobel,
    pixels at least as steep as the two points next to them along the gradient, each between two
    pixels, and hysteresis over 8 neighbours. In float32, so that a pixel may differ where it and a
    point beside it are equally steep but for rounding. In mode ``constant`` scikit-image weighs the
    border, and this does not. Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image, ndims=(PLANE_NDIM,))
    low = _arguments.number(low, "low", least=0, finite=False)
    high = _arguments.number(high, "high", least=0, finite=False)
    if low > high:
        raise ValueError(f"low and high must be 0 <= low <= high, not {low} and {high}")
    count = _dispatch.thread_count(threads, work=source.size, serial_below=SERIAL_BELOW)
    result = _arrays.target(out, shape=source.shape, dtypes=(np.bool_, np.uint8), inputs=(image,))
    smooth = gaussian(source, sigma, mode=mode, cval=cval, threads=count)
    if source.size:
        _canny.canny(smooth, result.view(np.uint8), low, high, _dispatch.isa_index(), count)
    return _arrays.deliver(result, out)
