"""How pixel values are stored in 16 bits so that they come back as they were."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...errors import InvalidOutputError
from ..elements import format_decimal

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAX_STEPS = 65_534  # one of 65 535 is spare, for the intercept that is rounded to a step
_LEAST_SLOPE = 1e-30
UNSIGNED = np.dtype("<u2")
SIGNED = np.dtype("<i2")


class Rescale(NamedTuple):
    """Value = stored * slope + intercept, both as a decimal string can hold them."""

    slope: float
    intercept: float


class StoredPixels(NamedTuple):
    """Pixels of 16 bits and how to read them."""

    stored: NDArray[np.generic]
    rescale: Rescale

    @property
    def is_signed(self) -> bool:
        """True for two's complement."""
        return self.stored.dtype.kind == "i"


IDENTITY = Rescale(1.0, 0.0)


def store(
    values: NDArray[np.generic],
    *,
    source: Rescale,
    kinds: tuple[np.dtype[Any], ...],
    is_offset_allowed: bool = True,
) -> StoredPixels:
    """Store values so that they come back.

    The source's own rescale is kept where every value is on its grid; else whole numbers are
    stored as they are; else the range of the values is spread over 16 bits.

    Parameters
    ----------
    values : ndarray of numbers, any shape
        In rescaled units.
    source : Rescale
        That of the source.
    kinds : tuple of dtype
        The types of pixels that the class allows, the preferred one first.
    is_offset_allowed : bool
        False where the class demands an intercept of 0 (PET).

    Raises
    ------
    InvalidOutputError
        A value is not finite.
    """
    for rescale in dict.fromkeys((source, IDENTITY)):
        stored = _on_grid(values, rescale, kinds)
        if stored is not None:
            return StoredPixels(stored, rescale)
    return _spread(values, is_offset_allowed=is_offset_allowed)


def store_whole(values: NDArray[np.generic]) -> NDArray[np.generic] | None:
    """Store whole numbers from 0 to 65 535 as they are; None for any other value."""
    return _on_grid(values, IDENTITY, (UNSIGNED,))


def _on_grid(
    values: NDArray[np.generic], rescale: Rescale, kinds: tuple[np.dtype[Any], ...]
) -> NDArray[np.generic] | None:
    if values.size == 0 or (values.dtype == kinds[0] and rescale == IDENTITY):
        return values.astype(kinds[0], copy=False)
    numbers = _numbers(values)
    rounded = _steps(numbers, rescale)
    low, high = float(rounded.min()), float(rounded.max())
    if not np.isfinite(high - low):
        raise InvalidOutputError("expected finite pixels, got NaN or infinity")
    for kind in kinds:
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            stored = rounded.astype(kind)
            return stored if _comes_back(stored, numbers, rescale) else None
    return None


def _steps(numbers: NDArray[Any], rescale: Rescale) -> NDArray[Any]:
    """Return the nearest stored values, not yet of their type."""
    if rescale.intercept == 0.0 and rescale.slope == 1.0:
        whole: NDArray[Any] = np.rint(numbers)
        return whole
    steps = numbers - numbers.dtype.type(rescale.intercept)
    if rescale.slope != 1.0:
        steps /= numbers.dtype.type(rescale.slope)
    rounded: NDArray[Any] = np.rint(steps, out=steps)
    return rounded


def _comes_back(stored: NDArray[np.generic], numbers: NDArray[Any], rescale: Rescale) -> bool:
    """Compare as a reader of the file would compute."""
    if rescale == IDENTITY:
        return bool(np.array_equal(stored, numbers))
    again = stored.astype(numbers.dtype)
    if rescale.slope != 1.0:
        again *= numbers.dtype.type(rescale.slope)
    again += numbers.dtype.type(rescale.intercept)
    return bool(np.array_equal(again, numbers))


def _spread(values: NDArray[np.generic], *, is_offset_allowed: bool) -> StoredPixels:
    """Spread the range of the values over 16 bits, in steps of a power of two.

    Such steps cost less than one bit, and halves, quarters and so on come back exactly.
    """
    numbers = values.astype(np.float64)
    low, high = float(numbers.min()), float(numbers.max())
    kind: np.dtype[Any]
    if is_offset_allowed:
        kind, slope = UNSIGNED, _power_of_two((high - low) / _MAX_STEPS)
        intercept = _decimal(math.floor(low / slope) * slope)
    else:
        kind, slope = SIGNED, _power_of_two(max(abs(low), abs(high)) / (_MAX_STEPS // 2))
        intercept = 0.0
    limits = np.iinfo(kind)
    steps = np.rint((numbers - intercept) / slope)
    return StoredPixels(
        np.clip(steps, limits.min, limits.max).astype(kind), Rescale(slope, intercept)
    )


def _power_of_two(least: float) -> float:
    """Return the least power of two that is not less, as a decimal string has it."""
    return _decimal(2.0 ** math.ceil(math.log2(max(least, _LEAST_SLOPE))))


def _decimal(value: float) -> float:
    return float(format_decimal(value))


def _numbers(values: NDArray[np.generic]) -> NDArray[Any]:
    """Choose the type to compute in: float32 where it is exact for what came."""
    is_small = values.dtype == np.float32 or values.dtype.itemsize <= 2  # noqa: PLR2004
    return values.astype(np.float32 if is_small else np.float64, copy=False)
