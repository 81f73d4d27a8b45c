"""Convolutions and what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from scipy import ndimage
from skimage import feature, filters

from mip import kernels

from .case import Case, alike, close, near, nearly_equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .case import Data


def cases(data: Data) -> Iterator[Case]:
    """Yield Gaussians, derivatives, edges and vessels."""
    for sigma in (1.0, 4.0) if data.is_full else (1.0,):
        yield plane_gaussian(f"gaussian 512² σ {sigma:g}", data.small, sigma)
    yield plane_gaussian("gaussian 2048² σ 2", data.plane, 2.0)
    for sigma in (1.0, 2.0, 4.0) if data.is_full else (1.0, 2.0):
        yield volume_gaussian(f"gaussian volume σ {sigma:g}", data.volume, sigma)
    yield unsharp_case(data.plane)
    yield sobel_case(data.plane)
    yield gradient_case(data.volume)
    yield laplacian_case(data.volume)
    yield canny_case(data.small)
    yield vessels_case("hessian_vesselness 512² σ 2", data.small)
    yield vessels_case("hessian_vesselness 24×64² σ 2", vessel())


def plane_gaussian(name: str, image: NDArray[Any], sigma: float) -> Case:
    size = 2 * int(4 * sigma + 0.5) + 1
    as_float = image.astype(np.float32)
    return Case(
        name=name,
        ours=lambda threads: kernels.gaussian(image, sigma, threads=threads),
        peers={
            "cv2": lambda _: cv2.GaussianBlur(
                as_float, (size, size), sigma, borderType=cv2.BORDER_REFLECT
            ),
            "scipy": lambda _: ndimage.gaussian_filter(image, sigma, output=np.float32),
        },
        agree=close,
        bytes_moved=image.nbytes + 4 * image.size,
        goal=(1.4, 1.4),
    )


def volume_gaussian(name: str, volume: NDArray[Any], sigma: float) -> Case:
    size = 2 * int(4 * sigma + 0.5) + 1
    weights = cv2.getGaussianKernel(size, sigma, cv2.CV_32F)
    one = np.ones(1, np.float32)

    def by_cv2(_: int) -> Any:
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
            "scipy": lambda _: ndimage.gaussian_filter(volume, sigma, output=np.float32),
        },
        agree=close,
        bytes_moved=volume.nbytes + 4 * volume.size,
        goal=(1.6, 1.6),
    )


def unsharp_case(plane: NDArray[Any]) -> Case:
    sigma, amount = 2.0, 0.7
    size = 2 * int(4 * sigma + 0.5) + 1
    as_float = plane.astype(np.float32)

    def by_cv2(_: int) -> Any:
        smooth = cv2.GaussianBlur(as_float, (size, size), sigma, borderType=cv2.BORDER_REFLECT)
        return cv2.addWeighted(as_float, 1 + amount, smooth, -amount, 0)

    return Case(
        name="unsharp_mask 2048² σ 2",
        ours=lambda threads: kernels.unsharp_mask(plane, sigma, amount, threads=threads),
        peers={
            "cv2": by_cv2,
            # scikit-image has no types
            "skimage": lambda _: filters.unsharp_mask(  # type: ignore[no-untyped-call]
                as_float, radius=sigma, amount=amount, preserve_range=True
            ),
        },
        agree=close,
        bytes_moved=plane.nbytes + 4 * plane.size,
        goal=(1.7, 1.7),
    )


def sobel_case(plane: NDArray[Any]) -> Case:
    def by_cv2(_: int) -> Any:
        along_x = cv2.Sobel(plane, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REFLECT)
        along_y = cv2.Sobel(plane, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REFLECT)
        return cv2.magnitude(along_x, along_y)

    def by_scipy(_: int) -> Any:
        along_y = ndimage.sobel(plane, 0, output=np.float32)
        return np.hypot(along_y, ndimage.sobel(plane, 1, output=np.float32))

    return Case(
        name="sobel 2048²",
        ours=lambda threads: kernels.sobel(plane, threads=threads),
        peers={"cv2": by_cv2, "scipy": by_scipy},
        agree=close,
        bytes_moved=plane.nbytes + 4 * plane.size,
        goal=(3.0, 4.0),
    )


def gradient_case(volume: NDArray[Any]) -> Case:
    spacing = (5.0, 0.7, 0.7)

    def by_numpy(_: int) -> Any:
        along = np.gradient(volume.astype(np.float32), *spacing)
        return np.sqrt(sum(np.square(axis) for axis in along))

    return Case(
        name="gradient_magnitude volume",
        ours=lambda threads: kernels.gradient_magnitude(volume, spacing=spacing, threads=threads),
        peers={"numpy": by_numpy},
        agree=close,
        bytes_moved=volume.nbytes + 4 * volume.size,
        goal=(12.0, 20.0),
    )


def laplacian_case(volume: NDArray[Any]) -> Case:
    return Case(
        name="laplacian volume",
        ours=lambda threads: kernels.laplacian(volume, threads=threads),
        peers={
            "scipy": lambda _: ndimage.laplace(volume, output=np.float32),
        },
        agree=close,
        bytes_moved=volume.nbytes + 4 * volume.size,
        goal=(5.0, 8.0),
    )


def canny_case(image: NDArray[Any]) -> Case:
    sigma, low, high = 2.0, 100.0, 300.0
    size = 2 * int(4 * sigma + 0.5) + 1
    as_float = image.astype(np.float32)

    def by_cv2(_: int) -> Any:
        """In whole numbers, and with the neighbours in whose direction the gradient points best."""
        smooth = cv2.GaussianBlur(image, (size, size), sigma, borderType=cv2.BORDER_REFLECT)
        along_x = cv2.Sobel(smooth, cv2.CV_16S, 1, 0, borderType=cv2.BORDER_REFLECT)
        along_y = cv2.Sobel(smooth, cv2.CV_16S, 0, 1, borderType=cv2.BORDER_REFLECT)
        return cv2.Canny(along_x, along_y, low, high, L2gradient=True) > 0

    return Case(
        name="canny 512² σ 2",
        ours=lambda threads: kernels.canny(image, sigma, low, high, threads=threads),
        peers={
            # scikit-image has no types
            "skimage": lambda _: feature.canny(  # type: ignore[no-untyped-call]
                as_float, sigma, low_threshold=low, high_threshold=high, mode="reflect"
            ),
            "cv2": by_cv2,
        },
        agree=nearly_equal,
        bytes_moved=image.nbytes + image.size,
        goal=(8.0, 8.0),
        agreements={"cv2": near},
        goals={"cv2": (1.0, 1.0)},
    )


def vessel() -> NDArray[np.int16]:
    """Return a bright vessel along the columns of a small volume, in noise."""
    z, y = np.ogrid[-12:12, -32:32]
    profile = 1000 * np.exp(-(z**2 + y**2) / 8)
    noise = np.random.default_rng(4).normal(0, 30, (24, 64, 64))
    image: NDArray[np.int16] = np.rint(profile[..., np.newaxis] + noise).astype(np.int16)
    return image


def vessels_case(name: str, image: NDArray[Any]) -> Case:
    sigma, gamma = 2.0, 50.0
    as_float = image.astype(np.float32)
    return Case(
        name=name,
        ours=lambda threads: kernels.hessian_vesselness(
            image, sigma, gamma=gamma * sigma**2, threads=threads
        ),
        peers={
            # scikit-image has no types
            "skimage": lambda _: filters.frangi(  # type: ignore[no-untyped-call]
                as_float, [sigma], gamma=gamma, black_ridges=False
            ),
        },
        agree=alike,
        bytes_moved=image.nbytes + 4 * image.size,
        goal=(10.0, 10.0),
    )
