"""What the kernels take and give: validation and allocation for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.ma import MaskedArray

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

IMAGE_DTYPES = (np.dtype(np.uint8), np.dtype(np.int16), np.dtype(np.uint16), np.dtype(np.float32))
MASK_DTYPES = (np.dtype(np.bool_), np.dtype(np.uint8))

MAX_SIDE = (1 << 31) - 1  # pixels along an axis, where they are counted in 32 bits
OVERLAP_WORK = 1000  # steps of the exact search; beyond, an overlap is assumed


def as_image(
    image: object,
    *,
    name: str = "image",
    dtypes: tuple[np.dtype[Any], ...] = IMAGE_DTYPES,
    ndims: tuple[int, ...] = (2, 3),
) -> NDArray[Any]:
    """Return ``image`` as a C-contiguous and aligned array, copied only when it is not one.

    Raises
    ------
    TypeError
        It is not an array, or a masked one, or of another dtype.
    ValueError
        It has another number of axes.
    """
    if not isinstance(image, np.ndarray):
        raise TypeError(f"{name} must be a numpy array, not {type(image).__name__}")
    if isinstance(image, MaskedArray):  # whose mask would be lost without a word
        raise TypeError(f"{name} must not be a masked array: fill it first")
    if image.dtype not in dtypes:
        expected = ", ".join(str(dtype) for dtype in dtypes)
        raise TypeError(f"{name} must be one of {expected}, not {image.dtype}: convert it first")
    if image.ndim not in ndims:
        expected = " or ".join(map(str, ndims))
        raise ValueError(f"{name} must have {expected} axes, not {image.ndim}: {image.shape}")
    if type(image) is np.ndarray and _is_plain(image):
        return image
    return np.require(np.asarray(image), requirements=["C", "A"])  # asarray: without a subclass


def as_mask(mask: object, *, name: str = "mask", ndims: tuple[int, ...] = (2, 3)) -> NDArray[Any]:
    """Return ``mask`` (bool, or uint8 where all but 0 is true) as C-contiguous uint8 bytes."""
    return as_image(mask, name=name, dtypes=MASK_DTYPES, ndims=ndims).view(np.uint8)


def target(
    out: object, *, shape: tuple[int, ...], dtypes: tuple[DTypeLike, ...], inputs: tuple[Any, ...]
) -> NDArray[Any]:
    """Return a C-contiguous, aligned array to write the result to: ``out`` when it is one.

    Parameters
    ----------
    out : ndarray or None
        What the caller passed; None allocates.
    shape : tuple of int
        Shape of the result.
    dtypes : tuple of dtypes
        What the result may be; the first when there is no ``out``.
    inputs : tuple of ndarray
        What the kernel reads while it writes.

    Raises
    ------
    TypeError
        ``out`` is not an array, or a masked one, or of another dtype.
    ValueError
        ``out`` has another shape, is read-only, or overlaps an input.
    """
    if out is None:
        return np.empty(shape, dtype=dtypes[0])
    if not isinstance(out, np.ndarray):
        raise TypeError(f"out must be a numpy array, not {type(out).__name__}")
    if isinstance(out, MaskedArray):  # whose mask would stay as it is
        raise TypeError("out must not be a masked array: pass its data")
    if out.dtype not in dtypes:
        expected = " or ".join(str(np.dtype(dtype)) for dtype in dtypes)
        raise TypeError(f"out must be {expected}, not {out.dtype}")
    if out.shape != shape:
        raise ValueError(f"out must have the shape {shape}, not {out.shape}")
    if not out.flags.writeable:
        raise ValueError("out must be writable")
    if any(overlaps(out, array) for array in inputs):
        raise ValueError("out must not overlap an input: the kernel reads while it writes")
    return out if _is_plain(out) else np.empty(shape, dtype=out.dtype)


def deliver(result: NDArray[Any], out: object) -> NDArray[Any]:
    """Return what the caller gets: ``result``, or ``out`` filled with it."""
    if not isinstance(out, np.ndarray) or out is result:
        return result
    out[...] = result
    return out


def check_sides(shape: tuple[int, ...], name: str) -> None:
    """Refuse more pixels along an axis than 32 bits count."""
    if any(size > MAX_SIDE for size in shape):
        raise ValueError(f"{name} must have at most {MAX_SIDE} pixels along an axis, not {shape}")


def overlaps(first: NDArray[Any], second: NDArray[Any]) -> bool:
    """Tell whether two arrays share memory; True also where finding out would take too long."""
    try:
        # numpy's stub knows two values of max_work only; its documentation allows any
        return np.shares_memory(first, second, max_work=OVERLAP_WORK)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True


def _is_plain(array: NDArray[Any]) -> bool:
    """Tell whether the kernels take an array as it lies in memory."""
    flags = array.flags
    return flags.c_contiguous and flags.aligned
