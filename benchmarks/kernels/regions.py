"""Connected components and what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import cc3d
import cv2
import numpy as np
from scipy import ndimage

from mip import kernels

from .case import Case, equal, same_partition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .case import Data

Connectivity = Literal[6, 26]


def label_case(name: str, mask: NDArray[Any], connectivity: Connectivity) -> Case:
    return Case(
        name=f"{name} {connectivity}",
        ours=lambda threads: kernels.label(mask, connectivity=connectivity, threads=threads),
        peers={"cc3d": lambda: cc3d.connected_components(mask, connectivity=connectivity)},
        agree=same_partition,
        bytes_moved=mask.size * 5,
        goal=(2.0, 3.0),
    )


def cases(data: Data) -> Iterator[Case]:
    """Yield components."""
    plane, volume = data.plane, data.volume
    body = kernels.threshold(kernels.gaussian(volume, 1.0), 60)
    connectivities: tuple[Connectivity, ...] = (6, 26)
    for connectivity in connectivities:
        yield label_case("label volume", body, connectivity)
        yield label_case("label noise", kernels.threshold(volume, 110), connectivity)
    flat = kernels.gaussian(plane, 2.0) > float(np.median(plane))
    yield Case(
        name="label 2048² 8",
        ours=lambda threads: kernels.label(flat, connectivity=8, threads=threads),
        peers={
            "cv2": lambda: cv2.connectedComponents(flat.view(np.uint8), connectivity=8)[1],
            "cc3d": lambda: cc3d.connected_components(flat, connectivity=8),
            "scipy": lambda: ndimage.label(flat, np.ones((3, 3)))[0],
        },
        agree=same_partition,
        bytes_moved=flat.size * 5,
        goal=(1.2, 1.2),
    )
    yield Case(
        name="largest_component volume 26",
        ours=lambda threads: kernels.largest_component(body, connectivity=26, threads=threads)[0],
        peers={"cc3d": lambda: cc3d.largest_k(body, k=1, connectivity=26) > 0},
        agree=equal,
        bytes_moved=body.size * 2,
        goal=(2.0, 3.0),
    )
