"""What kernels take for each axis: borders, and spacing."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BorderMode: TypeAlias = Literal["reflect", "mirror", "nearest", "constant", "wrap"]

BORDER_MODES = ("reflect", "mirror", "nearest", "constant", "wrap")


def check_mode(mode: str) -> None:
    """Refuse a border mode that there is not."""
    if mode not in BORDER_MODES:
        raise ValueError(f"mode must be one of {', '.join(BORDER_MODES)}, not {mode!r}")


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


def per_axis(value: float | Sequence[float], ndim: int, name: str) -> list[float]:
    """Return a number for each axis, given one for all or one for each."""
    if isinstance(value, (int, float)):  # the usual case, ten times as quick as by numpy
        return [float(value)] * ndim
    values = [float(v) for v in np.atleast_1d(np.asarray(value, dtype=np.float64))]
    if np.ndim(value) == 0:
        return values * ndim
    if len(values) != ndim:
        raise ValueError(f"{name} must be a number or {ndim} numbers, not {len(values)}")
    return values


def spacings(spacing: float | Sequence[float] | None, ndim: int) -> list[float]:
    """Return the distance between samples along each axis; 1 without any."""
    if spacing is None:
        return [1.0] * ndim
    found = per_axis(spacing, ndim, "spacing")
    if not all(isfinite(s) and s > 0 for s in found):
        raise ValueError(f"spacing must be above 0, not {spacing}")
    return found
