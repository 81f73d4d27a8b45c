"""What kernels take for each axis: borders, and spacing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from . import _arguments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BorderMode: TypeAlias = Literal["reflect", "mirror", "nearest", "constant", "wrap"]

BORDER_MODES = ("reflect", "mirror", "nearest", "constant", "wrap")
LEAST_SPACING, GREATEST_SPACING = 1e-9, 1e9  # mm: squared distances stay normal float32 numbers

_FLOAT32 = np.dtype(np.float32)


def border(mode: BorderMode, cval: float) -> float:
    """Refuse a border mode that there is not; return the value outside, one of float32."""
    _arguments.choice(mode, "mode", BORDER_MODES)
    return _arguments.pixel(cval, "cval", _FLOAT32)


def inside(size: int, radius: int, mode: BorderMode) -> NDArray[np.intp]:
    """Return the index that each position from ``-radius`` to ``size + radius`` stands for."""
    position = np.arange(-radius, size + radius, dtype=np.intp)
    if mode == "nearest":
        return position.clip(0, size - 1)
    if mode == "wrap":
        return position % size
    if mode == "constant":
        return np.where((position >= 0) & (position < size), position, -1)
    if mode == "mirror":
        period = max(1, 2 * size - 2)
        position %= period
        return np.minimum(position, period - position)
    position %= 2 * size
    return np.minimum(position, 2 * size - 1 - position)


def spacings(spacing: float | Sequence[float] | None, ndim: int) -> list[float]:
    """Return the distance between samples along each axis; 1 without any."""
    return [1.0] * ndim if spacing is None else given_spacings(spacing, ndim, "spacing")


def given_spacings(spacing: float | Sequence[float], ndim: int, name: str) -> list[float]:
    """Return the distance in mm between samples along each axis, given one or one for each."""
    return _arguments.number_each(spacing, ndim, name, least=LEAST_SPACING, most=GREATEST_SPACING)
