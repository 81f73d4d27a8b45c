"""Kernels that change the grid of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import SimpleITK as sitk  # noqa: N813 - as its documentation does
from scipy import ndimage

from mip import kernels

from .case import Case, equal, levels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .case import Data

SPACING = (2.5, 0.7, 0.7)  # mm; of the volumes, to 1 mm

set_itk_threads: Any = sitk.ProcessObject.SetGlobalDefaultNumberOfThreads


def cases(data: Data) -> Iterator[Case]:
    """Yield resampling, affine transforms and projections."""
    yield resample_case(data)
    yield affine_case(data)
    for axis, name in enumerate("zyx"):
        yield projection_case(data, axis, name)


def resample_case(data: Data) -> Case:
    volume = data.volume
    new = kernels.resample(volume, SPACING, 1.0)
    step = [1 / mm for mm in SPACING]
    for_itk = sitk.GetImageFromArray(volume)
    for_itk.SetSpacing(SPACING[::-1])  # type: ignore[no-untyped-call]
    identity = sitk.Transform()  # type: ignore[no-untyped-call]

    held: list[Any] = []  # the image of a view, which does not hold it

    def by_sitk(threads: int) -> Any:
        set_itk_threads(threads)
        size = new.shape[::-1]
        grid = size, identity, sitk.sitkLinear, (0, 0, 0), (1, 1, 1)
        held[:] = [sitk.Resample(for_itk, *grid)]
        return sitk.GetArrayViewFromImage(held[0])

    return Case(
        name="resample volume to 1 mm",
        ours=lambda threads: kernels.resample(volume, SPACING, 1.0, threads=threads),
        peers={
            "sitk": by_sitk,
            "scipy": lambda _: ndimage.affine_transform(
                volume, step, output_shape=new.shape, order=1, mode="nearest"
            ),
        },
        agree=levels,
        bytes_moved=volume.nbytes + new.nbytes,
        goal=(15.0, 20.0),
    )


def affine_case(data: Data) -> Case:
    """Thirty degrees about the middle; OpenCV's positions are whole 32nds of a pixel.

    Beyond the edge OpenCV fades into the value outside, so that only what lies inside is compared.
    """
    image = data.small.astype(np.float32)
    middle = (np.array(image.shape) - 1) / 2
    cosine, sine = np.cos(np.pi / 6), np.sin(np.pi / 6)
    matrix = np.array([[cosine, -sine], [sine, cosine]])
    offset = middle - matrix @ middle
    for_cv2 = np.column_stack([matrix[::-1, ::-1], offset[::-1]])
    inside = kernels.affine(np.ones_like(image), matrix, offset=offset) > 0
    steepest = max(float(np.abs(np.diff(image, axis=axis)).max()) for axis in (0, 1))

    def within_a_32nd(ours: Any, other: Any) -> bool:
        return bool(np.abs(ours - other)[inside].max() <= steepest / 16)

    return Case(
        name="affine 512² float32",
        ours=lambda threads: kernels.affine(image, matrix, offset=offset, threads=threads),
        peers={
            "cv2": lambda _: cv2.warpAffine(
                image, for_cv2, image.shape[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            ),
            "scipy": lambda _: ndimage.affine_transform(image, matrix, offset, order=1),
        },
        agree=within_a_32nd,
        bytes_moved=2 * image.nbytes,
        goal=(0.95, 0.95),
    )


def projection_case(data: Data, axis: int, name: str) -> Case:
    volume = data.volume
    return Case(
        name=f"project max volume {name}",
        ours=lambda threads: kernels.project(volume, axis, "max", threads=threads),
        peers={"numpy": lambda _: np.max(volume, axis=axis)},
        agree=equal,
        bytes_moved=volume.nbytes,
        goal=(1.7, 1.7) if name == "x" else (0.95, 0.95),
    )
