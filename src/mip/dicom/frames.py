"""What differs from frame to frame: plane, rescale and windows, wherever the object has them.

A classic object says it once at the top; an Enhanced one in functional groups, shared by all
frames or per frame (PS3.3 C.7.6.16).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import MalformedDicomError
from ..imaging import Window
from .elements import Elements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..imaging import WindowFunction
    from .geometry import Orientation

_EMPTY = Elements()
_FUNCTIONS: dict[str, WindowFunction] = {
    "": "linear",
    "LINEAR": "linear",
    "LINEAR_EXACT": "linear_exact",
    "SIGMOID": "sigmoid",
}
_UNITS_OF = {"PT": "Units", "RTDOSE": "DoseUnits"}


@dataclass(frozen=True, kw_only=True)
class FrameHeader:
    """Plane, rescale and windows of one frame; None where the object does not say."""

    position: tuple[float, float, float] | None
    orientation: Orientation | None
    pixel_spacing: tuple[float, float] | None
    slope: float
    intercept: float
    units: str
    windows: tuple[Window, ...]


def frame_headers(elements: Elements, *, frames: int) -> list[FrameHeader]:
    """Read what holds for each frame.

    Raises
    ------
    MalformedDicomError
        A value is not a number, or the functional groups are fewer than the frames.
    """
    groups = elements.sequence("PerFrameFunctionalGroupsSequence")
    shared = (*elements.sequence("SharedFunctionalGroupsSequence"), _EMPTY)[0]
    if groups and len(groups) < frames:
        raise MalformedDicomError(
            f"expected functional groups of {frames} frames, got {len(groups)}"
        )
    if not groups:
        header = _frame_header(elements, [shared, elements])
        return [header, *_later_frames(elements, header, frames=frames)]
    return [_frame_header(elements, [own, shared, elements]) for own in groups[:frames]]


def _frame_header(top: Elements, places: Sequence[Elements]) -> FrameHeader:
    def find(macro: str, keyword: str) -> Elements:
        """Return the first place that has the attribute: in its macro, or by itself."""
        for place in places:
            for item in (*place.sequence(macro)[:1], place):
                if item.has(keyword):
                    return item
        return _EMPTY

    transform = find("PixelValueTransformationSequence", "RescaleSlope")
    slope, intercept = _rescale(transform, top)
    return FrameHeader(
        position=_triple(find("PlanePositionSequence", "ImagePositionPatient")),
        orientation=_orientation(find("PlaneOrientationSequence", "ImageOrientationPatient")),
        pixel_spacing=_spacing(find("PixelMeasuresSequence", "PixelSpacing")),
        slope=slope,
        intercept=intercept,
        units=_units(transform, top),
        windows=tuple(_windows(find("FrameVOILUTSequence", "WindowCenter"))),
    )


def _later_frames(elements: Elements, first: FrameHeader, *, frames: int) -> Iterator[FrameHeader]:
    """Give the frames after the first of an object without functional groups."""
    offsets = elements.numbers("GridFrameOffsetVector")
    is_grid = len(offsets) >= frames and first.position and first.orientation
    for index in range(1, frames):
        position = None
        if is_grid and first.position is not None and first.orientation is not None:
            row, column = np.array(first.orientation[:3]), np.array(first.orientation[3:])
            shift = (offsets[index] - offsets[0]) * np.cross(row, column)
            x, y, z = np.array(first.position) + shift
            position = (float(x), float(y), float(z))
        yield FrameHeader(
            position=position,
            orientation=first.orientation,
            pixel_spacing=first.pixel_spacing,
            slope=first.slope,
            intercept=first.intercept,
            units=first.units,
            windows=first.windows,
        )


def _rescale(transform: Elements, top: Elements) -> tuple[float, float]:
    slope, intercept = transform.number("RescaleSlope"), transform.number("RescaleIntercept")
    if slope is None:
        slope = top.number("DoseGridScaling")
    return (1.0 if slope is None or slope == 0 else slope, intercept or 0.0)


def _units(transform: Elements, top: Elements) -> str:
    """Name the units of rescaled values; CT has Hounsfield units when it does not say."""
    modality = top.text("Modality")
    own = _UNITS_OF.get(modality)
    if own and top.has(own):
        return top.text(own)
    if transform.has("RescaleType"):
        return transform.text("RescaleType")
    return "HU" if modality == "CT" and transform.has("RescaleSlope") else "US"


def _windows(elements: Elements) -> Iterator[Window]:
    """Read display windows (PS3.3 C.11.2.1.2); one of impossible width is left out."""
    centers, widths = elements.numbers("WindowCenter"), elements.numbers("WindowWidth")
    explanations = elements.texts("WindowCenterWidthExplanation")
    function = _FUNCTIONS.get(elements.text("VOILUTFunction"), "linear")
    least = 1.0 if function == "linear" else 0.0
    for index, (center, width) in enumerate(zip(centers, widths, strict=False)):
        if width > least or (function == "linear" and width == least):
            text = explanations[index] if index < len(explanations) else ""
            yield Window(center=center, width=width, function=function, explanation=text)


def _triple(elements: Elements) -> tuple[float, float, float] | None:
    numbers = _exactly(elements, "ImagePositionPatient", 3)
    return (numbers[0], numbers[1], numbers[2]) if numbers else None


def _orientation(elements: Elements) -> Orientation | None:
    numbers = _exactly(elements, "ImageOrientationPatient", 6)
    if not numbers:
        return None
    a, b, c, d, e, f = numbers
    return (a, b, c, d, e, f)


def _spacing(elements: Elements) -> tuple[float, float] | None:
    numbers = _exactly(elements, "PixelSpacing", 2)
    if not numbers:
        return None
    if min(numbers) <= 0:
        raise MalformedDicomError("PixelSpacing: expected more than 0")
    return (numbers[0], numbers[1])


def _exactly(elements: Elements, keyword: str, count: int) -> tuple[float, ...]:
    numbers = elements.numbers(keyword)
    if numbers and len(numbers) != count:
        raise MalformedDicomError(f"{keyword}: expected {count} numbers, got {len(numbers)}")
    return numbers
