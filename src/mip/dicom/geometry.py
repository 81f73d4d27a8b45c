"""Slices in space: their order, their spacing, and why they do not make a volume.

Pure numpy. Lengths are in millimetres, in the patient's coordinates (PS3.3 C.7.6.2.1.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import InconsistentSeriesError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ORIENTATION_TOLERANCE = 1e-3  # of a direction cosine: 0.06 degrees; writers round to 1e-6
SPACING_TOLERANCE = 0.01  # of the spacing
ROUNDING_MM = 0.1  # writers round positions to a tenth of a millimetre
MAX_ROUNDING = 0.25  # of the spacing, which may be smaller than that
DUPLICATE_MM = 1e-3
TILT_TOLERANCE = 0.01  # sideways shift per millimetre along the normal: 0.6 degrees
SHIFT_MM = 0.2

Orientation = tuple[float, float, float, float, float, float]


class Stack(NamedTuple):
    """Slices in the order of their positions.

    ``order`` holds indices into the slices as given; ``spacing_mm`` is None for one slice.
    """

    order: tuple[int, ...]
    spacing_mm: float | None


def normal_of(orientation: Sequence[float]) -> NDArray[np.float64]:
    """Return the unit normal of a plane: its row direction x its column direction.

    Raises
    ------
    InconsistentSeriesError
        The direction cosines are not two unit vectors at a right angle.
    """
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    lengths = np.array([np.linalg.norm(row), np.linalg.norm(column)])
    if np.any(np.abs(lengths - 1) > 0.01) or abs(row @ column) > 0.01:  # noqa: PLR2004 - rounding
        raise InconsistentSeriesError(
            "ImageOrientationPatient: expected two unit vectors at a right angle"
        )
    normal: NDArray[np.float64] = np.cross(row, column)
    return normal / np.linalg.norm(normal)


def stack_slices(positions: NDArray[np.float64], orientations: Sequence[Sequence[float]]) -> Stack:
    """Sort slices along their common normal, and check that they make a regular grid.

    Parameters
    ----------
    positions : ndarray of float64, shape (slices, 3)
        Image Position (Patient) of each slice, in any order.
    orientations : sequence of 6 floats each
        Image Orientation (Patient) of each slice.

    Raises
    ------
    InconsistentSeriesError
        Mixed orientation, duplicates, gaps, or slices shifted sideways (a tilted gantry); says
        what and where, counting slices from 1 along the normal.
    """
    _check_orientations(orientations)
    normal = normal_of(orientations[0])
    depths = positions @ normal
    order = np.argsort(depths, kind="stable")
    if len(order) == 1:
        return Stack(order=(0,), spacing_mm=None)
    spacing = _check_gaps(depths[order])
    _check_shift(positions[order], depths[order], normal)
    return Stack(order=tuple(int(index) for index in order), spacing_mm=spacing)


def _check_orientations(orientations: Sequence[Sequence[float]]) -> None:
    table = np.array(orientations, dtype=np.float64)
    differs = np.abs(table - table[0]).max(axis=1) > ORIENTATION_TOLERANCE
    if differs.any():
        kinds = len(np.unique(np.round(table, 2), axis=0))
        raise InconsistentSeriesError(
            f"expected slices of one orientation, got {max(kinds, 2)} orientations in"
            f" {len(table)} slices; process each orientation as a series of its own"
        )


def _check_gaps(depths: NDArray[np.float64]) -> float:
    """Return the spacing of sorted slices."""
    gaps = np.diff(depths)
    smallest = int(np.argmin(gaps))
    if gaps[smallest] <= DUPLICATE_MM:
        raise InconsistentSeriesError(
            f"slices {smallest + 1} and {smallest + 2} lie at the same position; a series of"
            " several times or echoes is several volumes"
        )
    usual = float(np.sort(gaps)[(len(gaps) - 1) // 2])
    worst = int(np.argmax(np.abs(gaps - usual)))
    tolerance = SPACING_TOLERANCE * usual + min(ROUNDING_MM, MAX_ROUNDING * usual)
    if abs(gaps[worst] - usual) > tolerance:
        raise InconsistentSeriesError(
            f"gap of {gaps[worst]:.6g} mm between slices {worst + 1} and {worst + 2} where"
            f" {usual:.6g} mm was expected; slices are missing or unevenly spaced"
        )
    return float(depths[-1] - depths[0]) / len(gaps)


def _check_shift(
    positions: NDArray[np.float64], depths: NDArray[np.float64], normal: NDArray[np.float64]
) -> None:
    """Refuse slices whose corners do not lie on one line along the normal."""
    along = np.outer(depths - depths[0], normal)
    sideways = np.linalg.norm(positions - positions[0] - along, axis=1)
    extent = float(depths[-1] - depths[0])
    total = float(sideways[-1])
    if total > TILT_TOLERANCE * extent + SHIFT_MM:
        degrees = np.degrees(np.arctan2(total, extent))
        raise InconsistentSeriesError(
            f"slices are shifted sideways, {total:.6g} mm over {extent:.6g} mm: the gantry was"
            f" tilted by {degrees:.3g} degrees; resample the series first"
        )
    worst = int(np.argmax(sideways))
    if sideways[worst] > TILT_TOLERANCE * extent + SHIFT_MM:
        raise InconsistentSeriesError(
            f"slice {worst + 1} is shifted sideways by {sideways[worst]:.6g} mm"
        )
