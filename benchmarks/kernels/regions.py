"""Connected components and what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import cc3d
import cv2
import edt
import fill_voids
import numpy as np
import SimpleITK
from scipy import ndimage
from skimage import segmentation

from mip import kernels

from .case import Case, close, equal, same_partition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .case import Data

Connectivity = Literal[6, 26]

# Peers without annotations.
skimage_flood: Any = segmentation.flood
skimage_clear_border: Any = segmentation.clear_border
connected_threshold: Any = SimpleITK.ConnectedThreshold
set_itk_threads: Any = SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads


def label_case(name: str, mask: NDArray[Any], connectivity: Connectivity) -> Case:
    return Case(
        name=f"{name} {connectivity}",
        ours=lambda threads: kernels.label(mask, connectivity=connectivity, threads=threads),
        peers={"cc3d": lambda _: cc3d.connected_components(mask, connectivity=connectivity)},
        agree=same_partition,
        bytes_moved=mask.size * 5,
        goal=(2.0, 3.0),
    )


def cases(data: Data) -> Iterator[Case]:
    """Yield components, growth and what cleans a mask."""
    plane, volume = data.plane, data.volume
    body = kernels.threshold(kernels.gaussian(volume, 1.0), 60)
    connectivities: tuple[Connectivity, ...] = (6, 26)
    for connectivity in connectivities:
        yield label_case("label volume", body, connectivity)
        yield label_case("label noise", kernels.threshold(volume, 110), connectivity)
    tissues = np.digitize(volume, (-500, 0, 60, 300)).astype(np.uint8)
    yield Case(
        name="label values 26",
        ours=lambda threads: kernels.label(
            tissues, connectivity=26, by_value=True, threads=threads
        ),
        peers={"cc3d": lambda _: cc3d.connected_components(tissues, connectivity=26)},
        agree=same_partition,
        bytes_moved=tissues.size * 5,
        goal=(2.0, 3.0),
    )
    flat = kernels.gaussian(plane, 2.0) > float(np.median(plane))
    yield Case(
        name="label 2048² 8",
        ours=lambda threads: kernels.label(flat, connectivity=8, threads=threads),
        peers={
            "cv2": lambda _: cv2.connectedComponents(flat.view(np.uint8), connectivity=8)[1],
            "cc3d": lambda _: cc3d.connected_components(flat, connectivity=8),
            "scipy": lambda _: ndimage.label(flat, np.ones((3, 3)))[0],
        },
        agree=same_partition,
        bytes_moved=flat.size * 5,
        goal=(1.2, 1.2),
    )
    yield Case(
        name="largest_component volume 26",
        ours=lambda threads: kernels.largest_component(body, connectivity=26, threads=threads)[0],
        peers={"cc3d": lambda _: cc3d.largest_k(body, k=1, connectivity=26) > 0},
        agree=equal,
        bytes_moved=body.size * 2,
        goal=(2.0, 3.0),
    )
    yield from growth(volume)
    yield from statistics(body, volume)
    yield from cleaning(body)
    yield from distances(body, plane)


def growth(volume: NDArray[Any]) -> Iterator[Case]:
    """Yield growth from a pixel in the middle of the range, which is how flood counts."""
    middle, tolerance = 60, 150
    seed = tuple(int(n) for n in np.argwhere(volume == middle)[-1])
    low, high = middle - tolerance, middle + tolerance
    picture = SimpleITK.GetImageFromArray(volume)

    held: list[Any] = []  # the image of a view, which does not hold it

    def by_sitk(threads: int) -> Any:
        set_itk_threads(threads)
        held[:] = [connected_threshold(picture, [seed[::-1]], low, high)]
        return SimpleITK.GetArrayViewFromImage(held[0])

    yield Case(
        name="region_grow volume 6",
        ours=lambda threads: kernels.region_grow(
            volume, seed, low, high, connectivity=6, threads=threads
        ),
        peers={
            "skimage": lambda _: skimage_flood(volume, seed, connectivity=1, tolerance=tolerance),
            "sitk": by_sitk,
        },
        agree=equal,
        bytes_moved=volume.size * 3,
        goal=(10.0, 10.0),
    )


def cleaning(body: NDArray[Any]) -> Iterator[Case]:
    """Yield what cleans a mask."""
    yield Case(
        name="fill_holes volume",
        ours=lambda threads: kernels.fill_holes(body, threads=threads),
        peers={
            "fill_voids": lambda _: fill_voids.fill(body),
            "scipy": lambda _: ndimage.binary_fill_holes(body),
        },
        agree=equal,
        bytes_moved=body.size * 2,
        goal=(3.0, 3.0),
    )
    yield Case(
        name="remove_small_objects volume 26",
        ours=lambda threads: kernels.remove_small_objects(
            body, 64, connectivity=26, threads=threads
        ),
        peers={"cc3d": lambda _: cc3d.dust(body, threshold=64, connectivity=26)},
        agree=equal,
        bytes_moved=body.size * 2,
        goal=(3.0, 3.0),
    )
    yield Case(
        name="clear_border volume",
        ours=lambda threads: kernels.clear_border(body, threads=threads),
        peers={"skimage": lambda _: skimage_clear_border(body)},
        agree=equal,
        bytes_moved=body.size * 2,
        goal=(3.0, 3.0),
    )


def distances(body: NDArray[Any], plane: NDArray[Any]) -> Iterator[Case]:
    """Yield distances within a body whose voxels are not cubes, and within dense noise."""
    spacing = (5.0, 0.7, 0.7)
    yield Case(
        name="distance_transform volume",
        ours=lambda threads: kernels.distance_transform(body, spacing=spacing, threads=threads),
        peers={"edt": lambda threads: edt.edt(body, anisotropy=spacing, parallel=threads)},
        agree=close,
        bytes_moved=body.size * 5,
        goal=(2.0, 3.0),
    )
    sparse = plane > 40
    yield Case(
        name="distance_transform 2048²",
        ours=lambda threads: kernels.distance_transform(sparse, threads=threads),
        peers={
            "edt": lambda threads: edt.edt(sparse, parallel=threads),
            "cv2": lambda _: cv2.distanceTransform(
                sparse.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
            ),
        },
        agree=close,
        bytes_moved=sparse.size * 5,
        goal=(2.0, 2.0),
    )


def statistics(body: NDArray[Any], volume: NDArray[Any]) -> Iterator[Case]:
    """Yield areas of regions; the peer measures boxes and centroids with them, but no values."""
    labels, _ = kernels.label(body, connectivity=26)
    yield Case(
        name="region_stats volume",
        ours=lambda threads: kernels.region_stats(labels, volume, threads=threads).area,
        peers={"cc3d": lambda _: cc3d.statistics(labels)["voxel_counts"]},
        agree=equal,
        bytes_moved=volume.size * 6,
    )
