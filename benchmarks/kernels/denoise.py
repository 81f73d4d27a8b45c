"""Noise out, edges kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mip import kernels

from .case import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from .case import Data

STEPS, KAPPA = 5, 60.0  # of the diffusion


def cases(data: Data) -> Iterator[Case]:
    """Yield what smooths within edges."""
    yield diffusion_case("diffusion 20 slices", np.ascontiguousarray(data.volume[:20]))


def within(tolerance: float) -> Callable[[Any, Any], bool]:
    """Agree to a part of the greatest magnitude."""
    return lambda ours, other: bool(np.abs(ours - other).max() <= tolerance * np.abs(other).max())


def diffusion_case(name: str, volume: NDArray[Any]) -> Case:
    return Case(
        name=name,
        ours=lambda threads: kernels.anisotropic_diffusion(
            volume, iterations=STEPS, kappa=KAPPA, threads=threads
        ),
        peers={"numpy": lambda: diffusion_by_numpy(volume)},
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
