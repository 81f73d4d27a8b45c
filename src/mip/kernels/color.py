"""Kernels on RGB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arguments, _arrays, _color, _dispatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

UINT8 = (np.dtype(np.uint8),)
CHANNELS = (np.dtype(np.uint8), np.dtype(np.uint16))
ONE = 1 << 16  # alpha is kept in units of 1/65536


def to_luminance(
    rgb: NDArray[Any], *, out: NDArray[Any] | None = None, threads: int | None = None
) -> NDArray[Any]:
    """Turn RGB into grey: 0.299 R + 0.587 G + 0.114 B, rounded.

    Parameters
    ----------
    rgb : ndarray of uint8 or uint16, shape ([frames,] rows, columns, 3)
        Interleaved colour; copied only when not C-contiguous.
    out : ndarray of the dtype of ``rgb``, shape of ``rgb`` without its last axis, optional
        Where the result goes; must not overlap ``rgb``.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of the dtype of ``rgb``, shape ([frames,] rows, columns)
        Luminance; white stays white, and black black.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    ITU-R BT.601 with weights 9798, 19235 and 3735 of 32768: the integers of OpenCV's
    ``COLOR_RGB2GRAY``. Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(rgb, name="rgb", dtypes=CHANNELS, ndims=(3, 4))
    if source.shape[-1] != 3:  # noqa: PLR2004 - RGB
        raise ValueError(f"rgb must have 3 channels on its last axis, not {source.shape}")
    count = _dispatch.thread_count(threads, work=source.size)
    result = _arrays.target(out, shape=source.shape[:-1], dtypes=(source.dtype,), inputs=(rgb,))
    if result.size:
        _color.luminance(source.reshape(-1), result.reshape(-1), _dispatch.isa_index(), count)
    return _arrays.deliver(result, out)


def overlay(
    image8: NDArray[np.uint8],
    mask: NDArray[Any],
    *,
    color: Sequence[int],
    alpha: float,
    out: NDArray[np.uint8] | None = None,
    threads: int | None = None,
) -> NDArray[np.uint8]:
    """Lay a colour over the pixels of a mask.

    Parameters
    ----------
    image8 : ndarray of uint8, shape ([frames,] rows, columns) or ([frames,] rows, columns, 3)
        Grey or RGB picture; told apart by the shape of ``mask``.
    mask : ndarray of bool or uint8, shape ([frames,] rows, columns)
        Where to lay it; every value but 0 is true.
    color : (red, green, blue)
        Integers from 0 to 255.
    alpha : float
        From 0, the picture alone, to 1, the colour alone; rounded to 1/65536.
    out : ndarray of uint8, shape ([frames,] rows, columns, 3), optional
        Where the result goes; must not overlap an input.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    ndarray of uint8, shape ([frames,] rows, columns, 3)
        ``value * (1 - alpha) + color * alpha``, rounded half up, in the mask; the picture outside.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described.

    Notes
    -----
    Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(image8, name="image8", dtypes=UINT8, ndims=(2, 3, 4))
    cover = _arrays.as_mask(mask)
    rgb_shape = (*cover.shape, 3)
    if source.shape not in {cover.shape, rgb_shape}:
        raise ValueError(
            f"image8 must have the shape of the mask, {cover.shape}, or {rgb_shape}, "
            f"not {source.shape}"
        )
    tint = _tint(color, alpha)
    count = _dispatch.thread_count(threads, work=cover.size)
    result = _arrays.target(out, shape=rgb_shape, dtypes=(np.uint8,), inputs=(image8, mask))
    if result.size:
        _color.overlay(
            source.reshape(-1),
            cover.reshape(-1),
            result.reshape(-1),
            *tint,
            _dispatch.isa_index(),
            count,
        )
    return _arrays.deliver(result, out)


def _tint(color: Sequence[int], alpha: float) -> tuple[int, int, int, int]:
    """Return alpha times each channel, and alpha, in units of 1/65536."""
    red, green, blue = _arguments.wholes(color, 3, "color", least=0, most=255)
    weight = round(_arguments.number(alpha, "alpha", least=0, most=1) * ONE)
    return red * weight, green * weight, blue * weight, weight
