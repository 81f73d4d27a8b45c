"""Noise out, edges kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from skimage.restoration import denoise_nl_means

from mip import kernels

from .case import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from .case import Data

STEPS, KAPPA = 5, 60.0  # of the diffusion


def cases(data: Data) -> Iterator[Case]:
    """Yield what smooths within edges."""
    plane = data.small.astype(np.float32)
    yield bilateral_case("bilateral 512² float32 d 9", plane)
    yield nl_means_case("nl_means 512² float32", plane)
    yield diffusion_case("diffusion 20 slices", np.ascontiguousarray(data.volume[:20]))


def within(tolerance: float) -> Callable[[Any, Any], bool]:
    """Agree to a part of the greatest magnitude."""
    return lambda ours, other: bool(np.abs(ours - other).max() <= tolerance * np.abs(other).max())


def bilateral_case(name: str, plane: NDArray[Any]) -> Case:
    return Case(
        name=name,
        ours=lambda threads: kernels.bilateral(
            plane, sigma_spatial=3.0, sigma_range=80.0, size=9, mode="mirror", threads=threads
        ),
        peers={"cv2": lambda _: cv2.bilateralFilter(plane, 9, 80.0, 3.0)},
        agree=within(1e-3),  # its exp is a table
        bytes_moved=2 * plane.nbytes,
        goal=(2.0, 2.0),
    )


def nl_means_case(name: str, plane: NDArray[Any]) -> Case:
    h = 40.0
    by_skimage: Callable[..., Any] = denoise_nl_means

    def agree(ours: Any, other: Any) -> bool:
        """Off by little on the whole: its patches lack a row, and its weights end at exp(-5)."""
        return bool(np.abs(ours - other).mean() <= 0.05 * h)

    return Case(
        name=name,
        ours=lambda threads: kernels.nl_means(
            plane, patch=5, search=13, h=h, mode="mirror", threads=threads
        ),
        peers={"skimage": lambda _: by_skimage(plane, 5, 6, h=h, fast_mode=True)},
        agree=agree,
        bytes_moved=2 * plane.nbytes,
        goal=(8.0, 14.0),
    )


def diffusion_case(name: str, volume: NDArray[Any]) -> Case:
    return Case(
        name=name,
        ours=lambda threads: kernels.anisotropic_diffusion(
            volume, iterations=STEPS, kappa=KAPPA, threads=threads
        ),
        peers={"numpy": lambda _: diffusion_by_numpy(volume)},
        agree=within(1e-5),
        bytes_moved=volume.size * (2 + 8 * STEPS),
        goal=(6.0, 10.0),
    )


def diffusion_by_numpy(image: NDArray[Any]) -> Any:
    """Every flux once, in float32."""
    values = image.astype(np.float32)
    inverse, step = np.float32(1 / KAPPA), np.float32(1 / (2 * image.ndim))
    for _ in range(STEPS):
        change = np.zeros_like(values)
        for axis in range(values.ndim):
            before, after = [slice(None)] * values.ndim, [slice(None)] * values.ndim
            before[axis], after[axis] = slice(None, -1), slice(1, None)
            flux = np.diff(values, axis=axis)
            flux *= np.exp(-np.square(flux * inverse))
            change[tuple(before)] += flux
            change[tuple(after)] -= flux
        change *= step
        values += change
    return values
