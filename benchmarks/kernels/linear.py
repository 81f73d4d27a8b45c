"""Convolutions and what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from scipy import ndimage
from skimage import filters

from mip import kernels

from .case import Case, close

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .case import Data


def cases(data: Data) -> Iterator[Case]:
    """Yield Gaussians."""
    for sigma in (1.0, 4.0) if data.is_full else (1.0,):
        yield plane_gaussian(f"gaussian 512² σ {sigma:g}", data.small, sigma)
    yield plane_gaussian("gaussian 2048² σ 2", data.plane, 2.0)
    for sigma in (1.0, 2.0, 4.0) if data.is_full else (1.0, 2.0):
        yield volume_gaussian(f"gaussian volume σ {sigma:g}", data.volume, sigma)
    yield unsharp_case(data.plane)


def plane_gaussian(name: str, image: NDArray[Any], sigma: float) -> Case:
    size = 2 * int(4 * sigma + 0.5) + 1
    as_float = image.astype(np.float32)
    return Case(
        name=name,
        ours=lambda threads: kernels.gaussian(image, sigma, threads=threads),
        peers={
            "cv2": lambda: cv2.GaussianBlur(
                as_float, (size, size), sigma, borderType=cv2.BORDER_REFLECT
            ),
            "scipy": lambda: ndimage.gaussian_filter(image, sigma, output=np.float32),
        },
        agree=close,
        bytes_moved=image.nbytes + 4 * image.size,
        goal=(1.4, 1.4),
    )


def volume_gaussian(name: str, volume: NDArray[Any], sigma: float) -> Case:
    size = 2 * int(4 * sigma + 0.5) + 1
    weights = cv2.getGaussianKernel(size, sigma, cv2.CV_32F)
    one = np.ones(1, np.float32)

    def by_cv2() -> Any:
        """Slices by themselves, then all columns of voxels at once as rows of one plane."""
        slices = np.stack(
            [
                cv2.GaussianBlur(
                    plane.astype(np.float32), (size, size), sigma, borderType=cv2.BORDER_REFLECT
                )
                for plane in volume
            ]
        )
        flat = slices.reshape(len(volume), -1)
        along = cv2.sepFilter2D(flat, cv2.CV_32F, one, weights, borderType=cv2.BORDER_REFLECT)
        return along.reshape(volume.shape)

    return Case(
        name=name,
        ours=lambda threads: kernels.gaussian(volume, sigma, threads=threads),
        peers={
            "cv2 by hand": by_cv2,
            "scipy": lambda: ndimage.gaussian_filter(volume, sigma, output=np.float32),
        },
        agree=close,
        bytes_moved=volume.nbytes + 4 * volume.size,
        goal=(1.6, 1.6),
    )


def unsharp_case(plane: NDArray[Any]) -> Case:
    sigma, amount = 2.0, 0.7
    size = 2 * int(4 * sigma + 0.5) + 1
    as_float = plane.astype(np.float32)

    def by_cv2() -> Any:
        smooth = cv2.GaussianBlur(as_float, (size, size), sigma, borderType=cv2.BORDER_REFLECT)
        return cv2.addWeighted(as_float, 1 + amount, smooth, -amount, 0)

    return Case(
        name="unsharp_mask 2048² σ 2",
        ours=lambda threads: kernels.unsharp_mask(plane, sigma, amount, threads=threads),
        peers={
            "cv2": by_cv2,
            # scikit-image has no types
            "skimage": lambda: filters.unsharp_mask(  # type: ignore[no-untyped-call]
                as_float, radius=sigma, amount=amount, preserve_range=True
            ),
        },
        agree=close,
        bytes_moved=plane.nbytes + 4 * plane.size,
        goal=(1.7, 1.7),
    )
