"""What the algorithms for livers share: which component is one, and what they return of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..imaging import Image, Mask, Measurements, Window
from ..kernels import label, region_stats
from .grey import CONNECTIVITY, choose_window, highlight, levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..imaging import Geometry

Side = Literal["left", "right"]

LIVER_HU = Window.spanning(30, 150)
MAX_CX = 0.55  # of the width, from the side that the liver is on
MAX_CY = 0.70  # of the height, from the top
NOT_FOUND = "liver not found"


@dataclass(frozen=True, kw_only=True, eq=False)
class Finding:
    """What was found in one frame.

    Attributes
    ----------
    region : ndarray of bool, shape (rows, columns)
        The liver; empty where none was found.
    components : int
        How many components there were to choose from.
    label : int
        Number of the chosen one, in raster order from 1; 0 where none was.
    """

    region: NDArray[np.bool_]
    components: int
    label: int


def choose_liver(
    mask: NDArray[np.bool_], *, min_area_px: int, max_cx: float, side: Side
) -> Finding:
    """Return the largest component of a frame that is large enough and lies where a liver does.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, columns)
        Candidates; components are 8-connected.
    min_area_px : int
        The least area.
    max_cx : float
        The greatest distance of the centroid from the left edge of the picture, as a fraction of
        its width; from the right edge for ``side="right"``.
    side : {"left", "right"}
        Of the picture. The centroid also lies within the upper 0.70 of it.
    """
    window = surroundings(mask, 0)
    labels, count = label(mask[window], connectivity=CONNECTIVITY)
    stats = region_stats(labels)
    rows, columns = mask.shape
    y, x = (stats.centroid + [axis.start for axis in window]).T
    from_side = x if side == "left" else columns - 1 - x
    is_liver = (stats.area >= min_area_px) & (from_side <= max_cx * columns) & (y <= MAX_CY * rows)
    is_liver[0] = False  # the background
    region = np.zeros(mask.shape, np.bool_)
    chosen = int(np.where(is_liver, stats.area, 0).argmax())
    if chosen:
        region[window] = labels == chosen
    return Finding(region=region, components=count, label=chosen)


def surroundings(mask: NDArray[np.bool_], reach: int) -> tuple[slice, slice]:
    """Return the window of a frame that closing, filling and opening a mask need to look at.

    In it they do what they do in the frame: every pixel outside the bounding box has, within the
    reach, one that the dilation leaves out, so that a closing adds nothing there. Only borders of
    the frame that are nearer take no part, in the window as in the frame.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, columns)
    reach : int
        How far the closings dilate, in pixels: the radius of a footprint times its iterations.

    Returns
    -------
    tuple of slice
        The bounding box with ``reach + 1`` pixels around it, as far as the frame goes; no pixel
        where the mask is empty.
    """
    margin = reach + 1
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return _extent(rows, margin), _extent(columns, margin)


def _extent(found: NDArray[np.intp], margin: int) -> slice:
    if not found.size:
        return slice(0, 0)
    return slice(max(0, int(found[0]) - margin), int(found[-1]) + 1 + margin)


def outputs(image: Image, findings: list[Finding]) -> tuple[Image, Mask, Measurements]:
    """Return the frames as displayed with the liver under magenta, its mask, and its size."""
    window = choose_window(image, center=None, width=None)
    shown = levels(image, window, invert=image.is_inverted)
    region = np.stack([finding.region for finding in findings])
    return (
        image.replace(highlight(shown, region)),
        Mask(labels=region, segments=("Liver",)),
        Measurements(values=_measure(findings, image.geometry)),
    )


def _measure(findings: list[Finding], geometry: Geometry) -> dict[str, Any]:
    """Return what one frame measures; of several the sums, and each in ``frames``."""
    frames = [_measure_frame(finding, geometry) for finding in findings]
    if len(frames) == 1:
        return frames[0]
    total: dict[str, Any] = {"components": sum(frame["components"] for frame in frames)}
    if not any(finding.label for finding in findings):
        total["message"] = NOT_FOUND
    for name in ("area_px", "area_mm2"):
        found = [frame[name] for frame in frames if name in frame]
        if found:
            total[name] = round(sum(found), 3)
    total["frames"] = frames
    return total


def _measure_frame(finding: Finding, geometry: Geometry) -> dict[str, Any]:
    measured: dict[str, Any] = {"components": finding.components}
    if not finding.label:
        return measured | {"message": NOT_FOUND}
    area = int(np.count_nonzero(finding.region))
    measured |= {"label": finding.label, "area_px": area}
    spacing = geometry.pixel_spacing_mm
    if spacing is not None:
        measured["area_mm2"] = round(area * spacing[0] * spacing[1], 3)
    return measured
