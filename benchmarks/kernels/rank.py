"""Medians and morphology."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
from scipy import ndimage

from mip import kernels

from .case import Case, equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .case import Data


def cases(data: Data) -> Iterator[Case]:
    """Yield medians."""
    yield plane_median("median 3×3 2048²", data.plane, 3, (0.95, 0.95))
    yield plane_median("median 5×5 512²", data.small, 5, (0.95, 1.3))
    yield plane_median("median 5×5 2048²", data.plane, 5, (0.95, 1.3))
    yield plane_median("median 7×7 512²", data.small, 7, (100, 80))
    yield plane_median("median 11×11 512²", data.small, 11, (80, 80))
    if data.is_full:
        yield plane_median("median 7×7 2048²", data.plane, 7, (100, 80))
        yield plane_median("median 11×11 2048²", data.plane, 11, (80, 80))
    thin = data.volume[:8]
    yield Case(
        name="median 3×3×3 8 slices",
        ours=lambda threads: kernels.median(thin, 3, threads=threads),
        peers={"scipy": lambda: ndimage.median_filter(thin, 3)},
        agree=equal,
        bytes_moved=2 * thin.nbytes,
        goal=(200, 400),
    )


def plane_median(name: str, image: NDArray[Any], size: int, goal: tuple[float, float]) -> Case:
    """Return a case with OpenCV where it takes the size on 16 bits, and scipy elsewhere."""
    with_cv2 = size <= 5
    return Case(
        name=name,
        # OpenCV knows one border
        ours=lambda threads: kernels.median(image, size, mode="nearest", threads=threads),
        peers={"cv2": lambda: cv2.medianBlur(image, size)}
        if with_cv2
        else {"scipy": lambda: ndimage.median_filter(image, size, mode="nearest")},
        agree=equal,
        bytes_moved=2 * image.nbytes,
        goal=goal,
    )
