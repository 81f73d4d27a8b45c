"""What an algorithm may return beside an image; what cannot be one is refused when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InvalidOutputError
from .text import check_text

if TYPE_CHECKING:
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
        Name of each segment, such as ``("Liver",)``; at most 255, each of at most 64 characters
        and without backslashes and control characters.

    Raises
    ------
    InvalidOutputError
        These cannot be labels, or a label has no segment. It is a ``ValueError``, too.
    """

    labels: NDArray[np.generic]
    segments: tuple[str, ...] = ("Segment",)

    def __post_init__(self) -> None:
        labels = self.labels
        if not isinstance(labels, np.ndarray):
            raise InvalidOutputError(
                f"expected labels as a numpy array, got {type(labels).__name__}"
            )
        if labels.ndim == 2:  # noqa: PLR2004 - one frame
            object.__setattr__(self, "labels", labels[np.newaxis])
        elif labels.ndim != 3:  # noqa: PLR2004
            raise InvalidOutputError(
                f"expected labels of shape (frames, rows, columns), got {labels.shape}"
                f"{_color_advice(labels.shape)}"
            )
        if labels.dtype != np.bool_ and labels.dtype.kind != "u":
            raise InvalidOutputError(f"expected bool or unsigned labels, got {labels.dtype}")
        _check_segments(self.segments)
        highest = int(labels.max(initial=0))
        if highest > len(self.segments):
            raise InvalidOutputError(
                f"label {highest} has no segment: {len(self.segments)} are named"
            )


def _color_advice(shape: tuple[int, ...]) -> str:
    if shape[3:] != (3,):
        return ""
    return (
        "; pixels of a colour image have red, green and blue on their last axis:"
        " bring them together, as labels.any(axis=-1) does"
    )


def _check_segments(segments: object) -> None:
    if not isinstance(segments, tuple | list) or not all(
        isinstance(name, str) and name for name in segments
    ):
        raise InvalidOutputError('expected segments as a tuple of names, such as ("Liver",)')
    if not 1 <= len(segments) <= MAX_SEGMENTS:
        raise InvalidOutputError(f"expected 1 to {MAX_SEGMENTS} segments, got {len(segments)}")
    for number, name in enumerate(segments, start=1):
        check_text(f"the name of segment {number}", name)


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """Named values that the algorithm measured; they become the result's ``meta``.

    Values are JSON: null, booleans, finite numbers, strings, lists and objects of these.

    Raises
    ------
    InvalidOutputError
        The values have no names.
    """

    values: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.values, Mapping):
            raise InvalidOutputError(
                f"expected measurements as a dict, got {type(self.values).__name__}"
            )
