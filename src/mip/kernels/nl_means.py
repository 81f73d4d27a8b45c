"""Non-local means of planes and volumes."""

from __future__ import annotations

from math import log, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arguments, _arrays, _axes, _boxes, _dispatch, _nl_means

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ._axes import BorderMode

SERIAL_BELOW = 1 << 13  # pixels; each is compared with a hundred others
FLAT_BOX = (1, 32, 256)  # with its surroundings it stays in L2
DEEP_BOX = (8, 16, 128)


def nl_means(
    image: NDArray[Any],
    *,
    patch: int | Sequence[int] = 5,
    search: int | Sequence[int] = 13,
    h: float,
    mode: BorderMode = "reflect",
    cval: float = 0.0,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Smooth a plane or a volume by the pixels nearby whose surroundings look alike.

    Parameters
    ----------
    image : ndarray of uint8, int16, uint16 or float32, shape ([slices,] rows, columns)
        Three axes are a volume; copied only when not C-contiguous.
    patch : int or one per axis
        Odd side, at most 1023, of the surroundings that are compared.
    search : int or one per axis
        Odd side, at most 1023, of the window that the other pixels are taken from. With a patch
        and a search of 1 along the slices each is smoothed by itself.
    h : float
        Root of the mean squared difference of two patches at which a pixel counts 1/e, above 0:
        near the standard deviation of the noise.
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
        NaN spreads to every pixel whose search touches it; a pixel whose patch holds NaN counts for
        nothing.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.
    MemoryError
        There is no memory for a box of 8 x 16 x 128 pixels and its surroundings per thread.

    Notes
    -----
    Buades, Coll and Morel, CVPR 2005, 60, with the weight ``exp(-mean((p - q)**2) / h**2)`` for
    patches p and q, and 1 for a pixel itself. (The ``fast_mode`` of scikit-image 0.26 differs: its
    patches lack their first row and column, and weights below ``exp(-5)`` are left out.) Squared
    differences are summed patch by patch, not as differences of integrals, which lose digits in a
    large image: in float32 within 3e-6 of the greatest magnitude of the same in double where ``h``
    is above 0.01 of it. Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image)
    h = float(_arguments.number(h, "h", above=0))
    patches = _boxes.as_volume(_boxes.reaches(patch, source.ndim, "patch"), flat=0)
    searches = _boxes.as_volume(_boxes.reaches(search, source.ndim, "search"), flat=0)
    outside = _axes.border(mode, cval)
    count = _dispatch.thread_count(threads, work=source.size, serial_below=SERIAL_BELOW)
    result = _arrays.target(out, shape=source.shape, dtypes=(np.float32,), inputs=(image,))
    if not source.size:
        return _arrays.deliver(result, out)
    shape = _boxes.as_volume(source.shape, flat=1)
    is_flat = patches[0] == searches[0] == 0
    boxes = _boxes.cut(shape, FLAT_BOX if is_flat else DEEP_BOX)
    gain = 1 / log(2) / h / h / prod(2 * p + 1 for p in patches)
    _nl_means.nl_means(
        source.reshape(shape),
        result.reshape(shape),
        tuple(
            _axes.inside(n, p + s, mode) for n, p, s in zip(shape, patches, searches, strict=True)
        ),
        outside,
        patches,
        searches,
        -min(gain, _arguments.MOST),
        boxes,
        _dispatch.isa_index(),
        count,
    )
    return _arrays.deliver(result, out)
