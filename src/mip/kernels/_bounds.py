"""Bounds of any size as values of a pixel type."""

from __future__ import annotations

from math import ceil, floor
from typing import Any

import numpy as np


def closed(dtype: np.dtype[Any], low: float, high: float) -> tuple[float, float]:
    """Return the least and the greatest value of ``dtype`` in ``low <= value <= high``.

    When there is none, the least is above the greatest.
    """
    if dtype.kind == "f":
        return -float32_at_most(-low), float32_at_most(high)
    bounds = np.iinfo(dtype)
    if low > bounds.max or high < bounds.min:
        return 1, 0
    return ceil(max(low, bounds.min)), floor(min(high, bounds.max))


def float32_at_most(bound: float) -> float:
    """Return the greatest float32 not above ``bound``."""
    with np.errstate(over="ignore"):  # a bound past the greatest float32 is infinity
        near = np.float32(bound)
        # compared in double: a float32 would round the bound before it compares
        return float(near if float(near) <= bound else np.nextafter(near, np.float32(-np.inf)))
