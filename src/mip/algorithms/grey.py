"""Grey images as the algorithms that ship use them: values, their range, and display levels."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import Discard
from ..imaging import Window
from ..kernels import apply_lut, label, overlay, rescale, threshold
from ..kernels import window as window_levels

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ..imaging import Image, Lut, WindowFunction

_KERNEL_DTYPES = ("uint8", "int16", "uint16", "float32")
_FARTHEST = 1 << 16  # from 0, the value of the first entry of a kernel's table
WHITE = 255  # the greatest level
CONNECTIVITY = 8  # of the components of a frame

_MAGENTA = (255, 0, 255)
_ALPHA = 0.4


def require_grey(image: Image) -> None:
    """Refuse colour, for good: another attempt would meet the same image.

    Raises
    ------
    Discard
        The image is RGB.
    """
    if image.is_color:
        raise Discard("expected a grey image, got RGB: run luminance on it first")


def require_hounsfield(image: Image) -> None:
    """Refuse what is not CT in HU, whose thresholds would mean something else, for good.

    Raises
    ------
    Discard
        The image is RGB, or has other units.
    """
    require_grey(image)
    if image.units != "HU":
        raise Discard(f"expected CT in HU, got values in {image.units}")


def value_range(image: Image) -> tuple[float, float]:
    """Return the least and the greatest rescaled value, padding and what is not finite left out.

    Raises
    ------
    Discard
        No value is left.
    """
    if image.modality_lut is None and image.stored.dtype.kind in "iu":
        values = image.stored if image.padding is None else image.stored[~image.padding]
        if values.size:
            ends = [float(end) * image.slope + image.intercept for end in _ends(values)]
            return min(ends), max(ends)
    else:
        kept = np.isfinite(image.pixels)
        if image.padding is not None:
            kept &= ~image.padding
        values = image.pixels[kept]
        if values.size:
            return _ends(values)
    raise Discard("the image has no values: all of it is padding or not finite")


def choose_window(
    image: Image, *, center: float | None, width: float | None, function: WindowFunction = "linear"
) -> Window:
    """Return the window asked for, else the source's first that is usable, else the full range.

    The full range is that of all frames, so that frames stay comparable.

    Raises
    ------
    Discard
        Only one of ``center`` and ``width`` is given, or a linear window is narrower than 1.
    """
    if center is not None and width is not None:
        asked = Window(center=center, width=width, function=function)
        if not asked.is_usable:
            raise Discard(f"expected a width of at least 1 for a linear window, got {width}")
        return asked
    if center is not None or width is not None:
        raise Discard("expected both center and width, or neither")
    return image.display_window or Window.spanning(*value_range(image))


def levels(image: Image, window: Window, *, invert: bool = False) -> NDArray[np.uint8]:
    """Return 8-bit levels of every frame, shape (frames, rows, columns); padding is 0."""
    is_direct = _is_direct(image)
    source: NDArray[Any] = image.stored if is_direct else image.pixels
    shown = window_levels(
        source,
        window.center,
        window.width,
        slope=image.slope if is_direct else 1.0,
        intercept=image.intercept if is_direct else 0.0,
        function=window.function,
        invert=invert,
    )
    return _hide_padding(image, shown)


def lut_levels(image: Image, lut: Lut, *, invert: bool = False) -> NDArray[np.uint8]:
    """Return 8-bit levels by a display table of the source (DICOM PS3.3 C.11.2.1.1)."""
    entries = _entries_as_levels(lut, invert=invert)
    first = float(lut.first - image.intercept)
    if _is_offset(image) and abs(first) <= _FARTHEST:
        return _hide_padding(image, apply_lut(image.stored, entries, int(first)))
    index = np.clip(np.rint(np.nan_to_num(image.pixels)) - lut.first, 0, len(entries) - 1)
    return _hide_padding(image, apply_lut(index.astype(np.uint16), entries))


def _is_direct(image: Image) -> bool:
    """Tell whether kernels take the stored values, and a slope and an intercept rescale them."""
    return image.modality_lut is None and image.stored.dtype.name in _KERNEL_DTYPES


def _is_offset(image: Image) -> bool:
    """Tell whether rescaled values are stored integers plus another."""
    return (
        _is_direct(image)
        and image.stored.dtype.kind != "f"
        and image.slope == 1
        and float(image.intercept).is_integer()
    )


def _entries_as_levels(lut: Lut, *, invert: bool) -> NDArray[np.uint8]:
    """Return the entries of a table as levels: its ``bits`` give the greatest."""
    greatest = 2**lut.bits - 1
    entries = np.clip(np.asarray(lut.values, np.float64) * (WHITE / greatest), 0, WHITE)
    shown: NDArray[np.uint8] = np.floor(entries + 0.5).astype(np.uint8)
    return np.invert(shown) if invert else shown


def nearest_levels(smooth: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return smoothed levels as levels: of two that are as near, the greater."""
    return window_levels(smooth, WHITE / 2, WHITE, function="linear_exact")


def highlight(shown: NDArray[np.uint8], region: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return levels as RGB, a region under magenta at 0.4."""
    return overlay(shown, region, color=_MAGENTA, alpha=_ALPHA)


def values_above(image: Image, value: float) -> NDArray[np.bool_]:
    """Return where rescaled values are above ``value``; padding and NaN are not."""
    if _is_direct(image) and image.stored.dtype.kind != "f":
        pixels = rescale(image.stored, image.slope, image.intercept)
    else:
        pixels = image.pixels
    marked: NDArray[np.bool_] = threshold(pixels, value)
    if image.padding is not None:
        marked &= ~image.padding
    return marked


def map_frames(image: Image, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Image:
    """Return the image with every frame changed, in stored values where kernels take their type.

    For what commutes with a rescale, such as a median.
    """
    if _is_direct(image):
        return dataclasses.replace(image, stored=np.stack([change(f) for f in image.stored]))
    return image.replace(np.stack([change(f) for f in image.pixels]))


def count_regions(region: NDArray[np.bool_]) -> dict[str, object]:
    """Return area and 8-connected components of masks: all together, and of each of several."""
    frames = [
        {
            "area_px": int(np.count_nonzero(frame)),
            "components": label(frame, connectivity=CONNECTIVITY)[1],
        }
        for frame in region
    ]
    total: dict[str, object] = {
        name: sum(frame[name] for frame in frames) for name in ("area_px", "components")
    }
    return total | {"frames": frames} if len(frames) > 1 else total


def _ends(values: NDArray[Any]) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _hide_padding(image: Image, shown: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.padding is not None:
        shown[image.padding] = 0
    return shown
