"""What an algorithm may return beside an image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MAX_SEGMENTS = 255


@dataclass(frozen=True, kw_only=True, eq=False)
class Mask:
    """Which pixels belong to which segment.

    Attributes
    ----------
    labels : ndarray of bool or unsigned integers, shape (frames, rows, columns)
        0 is background, ``n`` belongs to ``segments[n - 1]``; (rows, columns) is one frame.
    segments : tuple of str
        Name of each segment, such as ``("Liver",)``; at most 255.
    """

    labels: NDArray[np.generic]
    segments: tuple[str, ...] = ("Segment",)

    def __post_init__(self) -> None:
        labels = self.labels
        if labels.ndim == 2:  # noqa: PLR2004 - one frame
            object.__setattr__(self, "labels", labels[np.newaxis])
        elif labels.ndim != 3:  # noqa: PLR2004
            raise ValueError(f"expected (frames, rows, columns), got {labels.shape}")
        if labels.dtype != np.bool_ and labels.dtype.kind != "u":
            raise ValueError(f"expected bool or unsigned labels, got {labels.dtype}")
        if not 1 <= len(self.segments) <= MAX_SEGMENTS or not all(self.segments):
            raise ValueError(f"expected 1 to {MAX_SEGMENTS} named segments")
        highest = int(labels.max(initial=0))
        if highest > len(self.segments):
            raise ValueError(f"label {highest} has no segment: {len(self.segments)} are named")


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """Named values that the algorithm measured; they become the result's ``meta``.

    Values are JSON: null, booleans, finite numbers, strings, lists and objects of these.
    """

    values: Mapping[str, object] = field(default_factory=dict)
