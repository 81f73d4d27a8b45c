"""Medians and morphology."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import fastmorph
import numpy as np
from scipy import ndimage

from mip import kernels

from .case import Case, equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .case import Data, Goal


LARGEST_OF_CV2 = 5  # median of 16 bits; of 8 it takes every odd size


def cases(data: Data) -> Iterator[Case]:
    """Yield medians and morphology."""
    eight_bits = (data.plane >> 4).astype(np.uint8)
    yield plane_median("median 3×3 512²", data.small, 3, (0.95, 0.95))
    yield plane_median("median 3×3 2048²", data.plane, 3, (0.95, 0.95))
    yield plane_median("median 3×3 2048² uint8", eight_bits, 3, (0.95, 0.95))
    yield plane_median("median 5×5 512²", data.small, 5, (0.95, 1.3))
    yield plane_median("median 5×5 2048²", data.plane, 5, (0.95, 1.3))
    yield plane_median("median 11×11 2048² uint8", eight_bits, 11)
    yield plane_median("median 25×25 2048² uint8", eight_bits, 25)
    yield plane_median("median 7×7 512²", data.small, 7, (100, 80))
    yield plane_median("median 11×11 512²", data.small, 11, (80, 80))
    if data.is_full:
        yield plane_median("median 51×51 2048² uint8", eight_bits, 51)
        yield plane_median("median 7×7 2048²", data.plane, 7, (100, 80))
        yield plane_median("median 11×11 2048²", data.plane, 11, (80, 80))
    thin = data.volume[:8]
    yield Case(
        name="median 3×3×3 8 slices",
        ours=lambda threads: kernels.median(thin, 3, threads=threads),
        peers={"scipy": lambda _: ndimage.median_filter(thin, 3)},
        agree=equal,
        bytes_moved=2 * thin.nbytes,
        goal=(200, 400),
    )
    yield from morphology(data)


def morphology(data: Data) -> Iterator[Case]:
    """Yield erosions, dilations and openings."""
    plane = data.plane
    yield plane_erosion(plane, 3)
    yield plane_erosion(plane, 15)
    yield plane_opening("opening 5×5 512²", data.small)
    yield plane_opening("opening 5×5 2048²", plane)
    yield plane_opening("opening 5×5 mask 2048²", plane > 1000)
    yield volume_dilation(data.volume, 3)
    yield volume_dilation(data.volume, 7)
    mask, cube = data.volume > 0, kernels.box(3, 3)
    yield Case(
        name="dilate mask 3×3×3 volume",
        ours=lambda threads: kernels.dilate(mask, cube, threads=threads),
        peers={"fastmorph": lambda threads: fastmorph.dilate(mask, parallel=threads)},
        agree=equal,
        bytes_moved=2 * mask.nbytes,
        goal=(40, 40),
    )


def plane_erosion(plane: NDArray[Any], size: int) -> Case:
    square = kernels.box(size, 2)
    return Case(
        name=f"erode {size}×{size} 2048²",
        ours=lambda threads: kernels.erode(plane, square, threads=threads),
        peers={"cv2": lambda _: cv2.erode(plane, square.view(np.uint8))},
        agree=equal,
        bytes_moved=2 * plane.nbytes,
        goal=(0.95, 0.95),
    )


def plane_opening(name: str, image: NDArray[Any]) -> Case:
    square = kernels.box(5, 2)
    # OpenCV's masks are bytes
    pixels = image.view(np.uint8) if image.dtype == np.bool_ else image
    return Case(
        name=name,
        ours=lambda threads: kernels.opening(image, square, threads=threads),
        peers={"cv2": lambda _: cv2.morphologyEx(pixels, cv2.MORPH_OPEN, square.view(np.uint8))},
        agree=equal,
        bytes_moved=2 * image.nbytes,
        goal=(0.95, 0.95),
    )


def volume_dilation(volume: NDArray[Any], size: int) -> Case:
    cube = kernels.box(size, 3)
    return Case(
        name=f"dilate {size}×{size}×{size} volume",
        ours=lambda threads: kernels.dilate(volume, cube, threads=threads),
        peers={"cv2 by hand": lambda _: volume_by_cv2(volume, size)},
        agree=equal,
        bytes_moved=2 * volume.nbytes,
        goal=(1.3, 2),
    )


def volume_by_cv2(volume: NDArray[Any], size: int) -> NDArray[Any]:
    """Dilate slices by themselves, then all columns of voxels at once as rows of one plane."""
    slices = np.stack([cv2.dilate(plane, np.ones((size, size), np.uint8)) for plane in volume])
    along = cv2.dilate(slices.reshape(len(volume), -1), np.ones((size, 1), np.uint8))
    return np.asarray(along).reshape(volume.shape)


def plane_median(name: str, image: NDArray[Any], size: int, goal: Goal = (1.0, 1.0)) -> Case:
    """Return a case with OpenCV where it takes the size, and scipy elsewhere."""
    with_cv2 = size <= LARGEST_OF_CV2 or image.dtype == np.uint8
    return Case(
        name=name,
        # OpenCV knows one border
        ours=lambda threads: kernels.median(image, size, mode="nearest", threads=threads),
        peers={"cv2": lambda _: cv2.medianBlur(image, size)}
        if with_cv2
        else {"scipy": lambda _: ndimage.median_filter(image, size, mode="nearest")},
        agree=equal,
        bytes_moved=2 * image.nbytes,
        goal=goal,
    )
