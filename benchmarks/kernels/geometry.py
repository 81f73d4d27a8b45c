"""Kernels that change the grid of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mip import kernels

from .case import Case, equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .case import Data


def cases(data: Data) -> Iterator[Case]:
    """Yield projections."""
    for axis, name in enumerate("zyx"):
        yield projection_case(data, axis, name)


def projection_case(data: Data, axis: int, name: str) -> Case:
    volume = data.volume
    return Case(
        name=f"project max volume {name}",
        ours=lambda threads: kernels.project(volume, axis, "max", threads=threads),
        peers={"numpy": lambda: np.max(volume, axis=axis)},
        agree=equal,
        bytes_moved=volume.nbytes,
        goal=(1.7, 1.7) if name == "x" else (0.95, 0.95),
    )
