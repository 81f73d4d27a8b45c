"""How kernels that look around every pixel cut an image, and what they take for a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from . import _arguments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MAX_WINDOW = 1 << 10  # samples along an axis: the surroundings of a box are copied for each


def as_volume(sizes: Sequence[int], *, flat: int) -> tuple[int, int, int]:
    """Return three sizes; a plane has ``flat`` along the slices."""
    z, y, x = (flat, *sizes)[-3:]
    return z, y, x


def reaches(sides: int | Sequence[int], ndim: int, name: str) -> tuple[int, ...]:
    """Return how far a window reaches along each axis, given its odd side, or one for each."""
    found = _arguments.whole_each(sides, ndim, name)
    if not all(1 <= side < MAX_WINDOW and side % 2 for side in found):
        came = _arguments.shown(sides)
        raise ValueError(f"{name} must be odd, from 1 to {MAX_WINDOW - 1}, not {came}")
    return tuple(side // 2 for side in found)


def cut(shape: Sequence[int], box: Sequence[int]) -> NDArray[np.intp]:
    """Cut a volume into boxes of at most that shape, the first the largest: z, y, x from and to."""
    z, y, x = (
        [(at, min(at + step, size)) for at in range(0, size, step)]
        for size, step in zip(shape, box, strict=True)
    )
    return np.array([(*a, *b, *c) for a in z for b in y for c in x], dtype=np.intp)
