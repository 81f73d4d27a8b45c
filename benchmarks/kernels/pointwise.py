"""Kernels that look at one pixel at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_voi_lut
from skimage.filters import threshold_otsu

from mip import kernels

from .case import Case, close, equal, levels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from .case import Data, Goal

CENTER, WIDTH = 40.0, 400.0
SCALE, SHIFT = 255 / (WIDTH - 1), 127.5 - (CENTER - 0.5) * 255 / (WIDTH - 1)


def cases(data: Data) -> Iterator[Case]:
    """Yield windows, tables, thresholds and colours."""
    yield window_case("window 512²", data.small, (2.0, 2.0))
    yield window_case("window 2048²", data.plane, (2.8, 5.0))
    yield window_case("window volume", data.volume, (3.0, 5.0))
    yield from pointwise_cases(data.plane, data.volume)
    yield from histogram_cases(data.plane, data.volume)
    as_stored = (data.small.clip(-1024, 3071) + 1024).astype(np.uint16)
    yield clahe_case("clahe 512² uint16", as_stored)
    yield clahe_case("clahe 2048² uint16", data.plane)


def window_case(name: str, image: NDArray[Any], goal: Goal) -> Case:
    ds = Dataset()
    ds.WindowCenter, ds.WindowWidth = CENTER, WIDTH
    ds.PhotometricInterpretation, ds.BitsStored = "MONOCHROME2", 16
    ds.PixelRepresentation = int(image.dtype.kind == "i")
    least = float(np.iinfo(image.dtype).min)

    def by_numpy(_: int) -> Any:
        y = image.astype(np.float32)
        y *= np.float32(SCALE)
        y += np.float32(SHIFT + 0.5)
        return np.clip(y, 0, 255, out=y).astype(np.uint8)

    def by_pydicom(_: int) -> Any:
        return ((apply_voi_lut(image, ds) - least) / 65535 * 255 + 0.5).astype(np.uint8)

    def by_cv2(_: int) -> Any:
        flat = image.reshape(-1, image.shape[-1])
        return cv2.addWeighted(flat, SCALE, flat, 0, SHIFT, dtype=cv2.CV_8U).reshape(image.shape)

    return Case(
        name=name,
        ours=lambda threads: kernels.window(image, CENTER, WIDTH, threads=threads),
        peers={"numpy": by_numpy, "cv2": by_cv2, "pydicom": by_pydicom},
        agree=levels,
        bytes_moved=image.nbytes + image.size,
        goal=goal,
    )


def pointwise_cases(plane: NDArray[Any], volume: NDArray[Any]) -> Iterator[Case]:
    rgb = np.stack([plane.astype(np.uint8)] * 3, axis=-1)
    rgb[..., 1] ^= 0x55
    mask = plane > np.median(plane)
    grey = plane.astype(np.uint8)
    lut = (np.arange(4096) >> 4).astype(np.uint8)
    every_value = np.pad(lut, (0, (1 << 16) - lut.size), "edge")  # as OpenCV wants its tables
    inverse = np.arange(255, -1, -1, dtype=np.uint8)
    flat = volume.reshape(-1, volume.shape[-1])
    magenta = np.array([255, 0, 255], np.float32)
    yield Case(
        name="rescale volume",
        ours=lambda threads: kernels.rescale(volume, 1.5, -1024.0, threads=threads),
        peers={
            "numpy": lambda _: volume.astype(np.float32) * np.float32(1.5) + np.float32(-1024),
            "cv2": lambda _: cv2.addWeighted(flat, 1.5, flat, 0, -1024.0, dtype=cv2.CV_32F),
        },
        agree=lambda ours, other: close(ours.reshape(flat.shape), other.reshape(flat.shape)),
        bytes_moved=volume.nbytes * 3,
        goal=(1.2, 1.5),
    )
    yield Case(
        name="threshold volume",
        ours=lambda threads: kernels.threshold(volume, 100, threads=threads),
        peers={
            "numpy": lambda _: volume > 100,
            # OpenCV's stub knows no scalars
            "cv2": lambda _: cv2.compare(flat, 100.0, cv2.CMP_GT),  # type: ignore[call-overload]
        },
        agree=lambda ours, other: equal(ours.reshape(flat.shape), other.reshape(flat.shape) != 0),
        bytes_moved=volume.nbytes + volume.size,
        goal=(0.95, 0.95),
    )
    yield Case(
        name="apply_lut 2048²",
        ours=lambda threads: kernels.apply_lut(plane, lut, threads=threads),
        peers={
            "numpy": lambda _: np.take(lut, plane, mode="clip"),
            "cv2": lambda _: cv2.LUT(plane, every_value),
        },
        agree=equal,
        bytes_moved=plane.nbytes + plane.size,
    )
    yield Case(
        name="apply_lut 2048² uint8",
        ours=lambda threads: kernels.apply_lut(grey, inverse, threads=threads),
        peers={
            "numpy": lambda _: np.take(inverse, grey),
            "cv2": lambda _: cv2.LUT(grey, inverse),
        },
        agree=equal,
        bytes_moved=2 * grey.nbytes,
    )
    yield Case(
        name="to_luminance 2048²",
        ours=lambda threads: kernels.to_luminance(rgb, threads=threads),
        peers={"cv2": lambda _: cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)},
        agree=equal,
        bytes_moved=rgb.nbytes + plane.size,
        goal=(0.95, 0.95),
    )

    def overlay_by_numpy(_: int) -> Any:
        shown = np.stack([grey] * 3, axis=-1)
        shown[mask] = (shown[mask] * np.float32(0.6) + magenta * np.float32(0.4) + 0.5).astype(
            np.uint8
        )
        return shown

    def overlay_by_cv2(_: int) -> Any:
        shown = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
        tint = np.full_like(shown, (255, 0, 255))
        cv2.copyTo(cv2.addWeighted(shown, 0.6, tint, 0.4, 0), mask.view(np.uint8), shown)
        return shown

    yield Case(
        name="overlay 2048²",
        ours=lambda threads: kernels.overlay(
            grey, mask, color=(255, 0, 255), alpha=0.4, threads=threads
        ),
        peers={"numpy": overlay_by_numpy, "cv2": overlay_by_cv2},
        agree=levels,
        bytes_moved=plane.size * 5,
    )


def histogram_cases(plane: NDArray[Any], volume: NDArray[Any]) -> Iterator[Case]:
    by_skimage: Callable[[Any], Any] = threshold_otsu
    yield Case(
        name="histogram 2048²",
        ours=lambda threads: kernels.histogram(plane, threads=threads),
        peers={
            "numpy": lambda _: np.bincount(plane.reshape(-1), minlength=65536),
            "cv2": lambda _: cv2.calcHist([plane], [0], None, [65536], [0, 65536]),
        },
        agree=lambda ours, other: equal(ours, other.reshape(-1)),
        bytes_moved=plane.nbytes,
        goal=(1.15, 1.15),
    )
    only_told = cv2.THRESH_OTSU | cv2.THRESH_DRYRUN  # and no image made, as ours makes none
    yield Case(
        name="otsu 2048²",
        ours=lambda threads: kernels.otsu(plane, threads=threads),
        peers={
            "skimage": lambda _: by_skimage(plane),
            "cv2": lambda _: cv2.threshold(plane, 0, 0, only_told)[0],
        },
        agree=equal,
        bytes_moved=plane.nbytes,
        goal=(7.0, 7.0),
        goals={"cv2": (1.0, 1.0)},
    )
    # OpenCV has no signed values
    shift = -int(np.iinfo(volume.dtype).min)
    flat = (volume.reshape(-1, volume.shape[-1]).astype(np.int32) + shift).astype(np.uint16)
    yield Case(
        name="otsu volume",
        ours=lambda threads: kernels.otsu(volume, threads=threads),
        peers={
            "skimage": lambda _: by_skimage(volume),
            "cv2": lambda _: cv2.threshold(flat, 0, 0, only_told)[0] - shift,
        },
        agree=equal,
        bytes_moved=volume.nbytes,
        goal=(8.0, 8.0),
        goals={"cv2": (1.0, 1.0)},
    )


def clahe_case(name: str, image: NDArray[Any]) -> Case:
    by_cv2 = cv2.createCLAHE(3.0, (8, 8))
    return Case(
        name=name,
        ours=lambda threads: kernels.clahe(image, clip_limit=3.0, tiles=(8, 8), threads=threads),
        peers={"cv2": lambda _: by_cv2.apply(image)},
        agree=equal,
        bytes_moved=3 * image.nbytes,
        goal=(4.0, 4.0),
    )
