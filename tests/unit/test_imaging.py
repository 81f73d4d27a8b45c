"""What cannot be an image, a mask or measurements is refused when it is made, in our words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import mip
from mip.errors import InvalidOutputError, MipError, MissingGeometryError
from mip.worker.failures import describe, rebuild
from mip.worker.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

PIXELS = np.zeros((1, 4, 5), np.int16)
IMAGE = mip.Image(stored=PIXELS)
LABELS = np.zeros((1, 4, 5), bool)

IMPOSSIBLE: dict[str, tuple[Callable[[], object], str]] = {
    "mask of a list": (
        lambda: mip.Mask(labels=[[True]]),  # type: ignore[arg-type]
        "labels as a numpy array, got list",
    ),
    "mask of RGB shape": (
        lambda: mip.Mask(labels=np.zeros((1, 4, 5, 3), bool)),
        r"labels of shape \(frames, rows, columns\), got \(1, 4, 5, 3\)",
    ),
    "mask of floats": (
        lambda: mip.Mask(labels=PIXELS.astype(np.float32)),
        "bool or unsigned labels, got float32",
    ),
    "label without a segment": (
        lambda: mip.Mask(labels=np.full((1, 4, 5), 2, np.uint8)),
        "label 2 has no segment: 1 are named",
    ),
    "segments that are one text": (
        lambda: mip.Mask(labels=LABELS, segments="Liver"),  # type: ignore[arg-type]
        "segments as a tuple of names",
    ),
    "segment without a name": (
        lambda: mip.Mask(labels=LABELS, segments=("Liver", "")),
        "segments as a tuple of names",
    ),
    "segment with a backslash": (
        lambda: mip.Mask(labels=LABELS, segments=("Liver", "a\\b")),
        "the name of segment 2 without backslashes",
    ),
    "segment with a control character": (
        lambda: mip.Mask(labels=LABELS, segments=("a\nb",)),
        "the name of segment 1 without backslashes",
    ),
    "segment with half a character": (
        lambda: mip.Mask(labels=LABELS, segments=("a\ud800",)),
        "the name of segment 1 without backslashes",
    ),
    "segment of blanks": (
        lambda: mip.Mask(labels=LABELS, segments=("  ",)),
        "the name of segment 1 of 1 to 64 characters",
    ),
    "segment with a long name": (
        lambda: mip.Mask(labels=LABELS, segments=("é" * 65,)),
        "the name of segment 1 of 1 to 64 characters, got 65",
    ),
    "units that are not ASCII": (
        lambda: IMAGE.replace(PIXELS, units="µm"),
        "units in ASCII",
    ),
    "no segments": (
        lambda: mip.Mask(labels=LABELS, segments=()),
        "1 to 255 segments, got 0",
    ),
    "image of a list": (
        lambda: mip.Image(stored=[[[1]]]),  # type: ignore[arg-type]
        "stored as a numpy array, got list",
    ),
    "image without frames": (
        lambda: mip.Image(stored=PIXELS[0]),
        r"rows, columns, 3\), got \(4, 5\)",
    ),
    "padding of another shape": (
        lambda: mip.Image(stored=PIXELS, padding=LABELS[:, :1]),
        r"padding of bool and shape \(1, 4, 5\), got bool and \(1, 1, 5\)",
    ),
    "padding of another type": (
        lambda: mip.Image(stored=PIXELS, padding=PIXELS),  # type: ignore[arg-type]
        "got int16",
    ),
    "slope that is no number": (
        lambda: mip.Image(stored=PIXELS, slope=float("nan")),
        "finite numbers as slope and intercept",
    ),
    "replacement that is a list": (
        lambda: IMAGE.replace([[1.0]]),  # type: ignore[arg-type]
        "pixels as a numpy array, got list",
    ),
    "replacement of too many axes": (
        lambda: IMAGE.replace(PIXELS[np.newaxis, np.newaxis]),
        r"got \(1, 1, 1, 4, 5\)",
    ),
    "window that is endless": (
        lambda: mip.Window(center=0.0, width=float("inf")),
        "finite numbers as a window's center and width",
    ),
    "windows that are one window": (
        lambda: IMAGE.replace(PIXELS, windows=mip.Window(center=0, width=1)),  # type: ignore[arg-type]
        "windows as a tuple of mip.Window",
    ),
    "measurements without names": (
        lambda: mip.Measurements(values=[1]),  # type: ignore[arg-type]
        "measurements as a dict, got list",
    ),
}


@pytest.mark.parametrize(("make", "words"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_an_output_is_refused_in_our_words(make, words):
    with pytest.raises(InvalidOutputError, match=words):
        make()


def test_spacing_that_is_not_known_is_an_error_of_the_image():
    with pytest.raises(MissingGeometryError, match="expected a volume with spacing"):
        _ = mip.Volume(stored=PIXELS).spacing_mm


def test_spacing_is_in_the_order_of_the_axes():
    geometry = mip.Geometry(pixel_spacing_mm=(0.5, 0.25), slice_spacing_mm=2.0)
    assert mip.Volume(stored=PIXELS, geometry=geometry).spacing_mm == (2.0, 0.5, 0.25)


@pytest.mark.parametrize("kind", [InvalidOutputError, MissingGeometryError])
def test_refusals_are_value_errors_that_reach_the_client_in_words(kind: type[MipError]):
    assert issubclass(kind, ValueError)
    error = kind("expected one thing, got another")
    told = describe(error, stage=Stage.RUN, source=Path(__file__), with_traceback=False)
    arrived = rebuild(told)
    assert (type(arrived), str(arrived)) == (kind, str(error))
    assert not kind.retryable


def test_one_frame_may_come_without_its_axis():
    assert mip.Mask(labels=LABELS[0]).labels.shape == (1, 4, 5)
    assert IMAGE.replace(PIXELS[0]).stored.shape == (1, 4, 5)
