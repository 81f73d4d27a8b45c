"""A synthetic abdomen for demonstrations and tests: the same bytes on every machine.

Only exactly rounded arithmetic is used (no exp, no sin, no random stream of a library), so that
neither a numpy release nor a CPU changes a voxel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIELD_OF_VIEW_MM = 360.0
SLICE_SPACING_MM = 5.0
AIR_HU = -1000
LEAST_SIZE = 16
NOISE_HU = 12.0


class Organ(NamedTuple):
    """An ellipsoid: centre and half axes in mm from the middle, in (slices, rows, columns)."""

    name: str
    hu: int
    center_mm: tuple[float, float, float]
    half_mm: tuple[float, float, float]


# Painted in order: each covers those before it. Rows grow towards the back of a patient who lies
# face up, columns towards his left, so that the liver is on the left of the picture.
ABDOMEN = (
    Organ("fat", -100, (0, 0, 0), (400, 125, 165)),
    Organ("muscle", 50, (0, 2, 0), (400, 112, 150)),
    Organ("cavity", -60, (0, -8, 0), (400, 92, 132)),
    Organ("liver", 105, (-5, -25, -66), (75, 52, 52)),
    Organ("lesion", 55, (-10, -30, -75), (20, 12, 13)),
    Organ("spleen", 95, (-15, 4, 96), (50, 30, 20)),
    Organ("stomach", 30, (-5, -42, 52), (45, 32, 44)),
    Organ("gas", -900, (-8, -52, 56), (26, 13, 24)),
    Organ("left kidney", 140, (15, 48, 70), (55, 19, 20)),
    Organ("right kidney", 140, (20, 48, -74), (55, 19, 20)),
    Organ("bowel", 20, (40, -30, 20), (35, 40, 60)),
    Organ("aorta", 170, (0, 30, 14), (400, 11, 11)),
    Organ("vena cava", 120, (0, 30, -14), (400, 9, 12)),
    Organ("vertebra", 320, (0, 66, 0), (400, 22, 24)),
    Organ("marrow", 180, (0, 65, 0), (400, 17, 19)),
    Organ("spinal canal", 20, (0, 90, 0), (400, 8, 10)),
)


def abdomen(*, slices: int = 24, size: int = 512, seed: int = 1) -> NDArray[np.int16]:
    """Return a CT of an abdomen: body, liver, kidneys, spine, gas, with noise.

    Parameters
    ----------
    slices : int
        At least 1; they are 5 mm apart, and the liver is largest in the middle.
    size : int
        Rows and columns, at least 16; they span 360 mm.
    seed : int
        Which noise.

    Returns
    -------
    ndarray of int16, shape (slices, size, size)
        HU. Spacing is :func:`abdomen_spacing_mm`.
    """
    if slices < 1 or size < LEAST_SIZE:
        raise ValueError(
            f"expected at least 1 slice and a size of {LEAST_SIZE}, got {slices} and {size}"
        )
    in_plane = _positions_mm(size, FIELD_OF_VIEW_MM / size)
    volume = np.empty((slices, size, size), np.int16)
    for index, z in enumerate(_positions_mm(slices, SLICE_SPACING_MM)):
        plane = np.full((size, size), AIR_HU, np.int16)
        for organ in ABDOMEN:
            _paint(plane, organ, float(z), in_plane)
        volume[index] = plane + _noise(size, seed=seed * 65537 + index)
    return volume


def abdomen_spacing_mm(*, size: int = 512) -> tuple[float, float, float]:
    """Return the spacing of :func:`abdomen` between (slices, rows, columns) in mm."""
    pixel = FIELD_OF_VIEW_MM / size
    return (SLICE_SPACING_MM, pixel, pixel)


def _positions_mm(count: int, spacing: float) -> NDArray[np.float64]:
    """Return the positions of ``count`` samples around 0."""
    return (np.arange(count, dtype=np.float64) - (count - 1) / 2) * spacing


def _paint(plane: NDArray[np.int16], organ: Organ, z: float, in_plane: NDArray[np.float64]) -> None:
    (z0, y0, x0), (half_z, half_y, half_x) = organ.center_mm, organ.half_mm
    along_z = ((z - z0) / half_z) ** 2
    along_y = ((in_plane - y0) / half_y) ** 2
    along_x = ((in_plane - x0) / half_x) ** 2
    plane[along_z + along_y[:, np.newaxis] + along_x < 1] = organ.hu


def _noise(size: int, *, seed: int) -> NDArray[np.int16]:
    """Return noise that is nearly normal: sums of four bytes of a hash of the pixel's number."""
    mixed = np.arange(size * size, dtype=np.uint32)
    mixed += np.uint32(seed * 0x9E3779B9 & 0xFFFFFFFF)
    for multiplier in (0x7FEB352D, 0x846CA68B):  # "lowbias32": every bit in moves every bit out
        mixed ^= mixed >> np.uint32(16)
        mixed *= np.uint32(multiplier)
        mixed ^= mixed >> np.uint32(15)
    total = mixed.view(np.uint8).reshape(size, size, 4).sum(axis=2, dtype=np.int32)
    # Four uniform bytes sum to 510 on average, with a standard deviation of 147.8.
    noise: NDArray[np.int16] = np.rint((total - 510) * (NOISE_HU / 147.8)).astype(np.int16)
    return noise
