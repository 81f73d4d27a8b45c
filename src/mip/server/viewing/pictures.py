"""From a raw frame to what a screen shows: previews, labels and pictures; blocking, for a thread.

Everything here works on frames that a child has decoded: no codec reads a file of anybody's.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from PIL import Image as PillowImage

from ...algorithms.grey import levels, lut_levels
from ...dicom.unpack import SEGMENTATION_STORAGE
from ...imaging import Image, Lut, Window
from ...imaging.resample import resample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...dicom import FrameDescription, FrameLut, ObjectDescription

MAX_LABEL: Final = 255
_PNG_EFFORT: Final = 1  # of 9: the others take four times as long for a tenth


class RawFrame(msgspec.Struct, frozen=True, kw_only=True):
    """Pixels as bytes, in the type of their object."""

    rows: int
    columns: int
    pixels: bytes


def is_label(told: ObjectDescription) -> bool:
    """Tell whether frames are masks of one segment each."""
    return told.sop_class_uid == SEGMENTATION_STORAGE and told.bits == 1


def label_of(told: ObjectDescription, number: int) -> int:
    """Return what a mask's pixels become: the number of its segment, as far as 8 bits go."""
    segment = told.frame[number - 1].segment or 1
    return segment if is_label(told) and segment <= MAX_LABEL else 1


def prepared(told: ObjectDescription, number: int, raw: bytes, *, size: int | None) -> RawFrame:
    """Return a frame with masks as labels, its longer side at most ``size``.

    Grey and colour are averaged over the pixels that fall into each new one; of labels, which have
    no average, one pixel is taken.
    """
    pixels = _array(told, raw)
    if is_label(told):
        pixels = pixels * np.uint8(label_of(told, number))
    rows, columns = fitted(told.rows, told.columns, size)
    if (rows, columns) != (told.rows, told.columns):
        pixels = (
            _picked(pixels, rows, columns) if is_label(told) else _averaged(pixels, rows, columns)
        )
    return RawFrame(rows=rows, columns=columns, pixels=pixels.tobytes())


def fitted(rows: int, columns: int, size: int | None) -> tuple[int, int]:
    """Return the size that keeps proportions and has no side longer than ``size``."""
    longest = max(rows, columns)
    if size is None or longest <= size:
        return rows, columns
    return max(1, round(rows * size / longest)), max(1, round(columns * size / longest))


def png(
    told: ObjectDescription,
    number: int,
    raw: bytes,
    *,
    window: tuple[float, float] | None,
    size: int | None,
) -> bytes:
    """Return a frame as a PNG of 8 bits, as it is displayed.

    Grey goes through the window that is asked for, else the object's first table or window, else
    the range of its values; MONOCHROME1 is inverted, and padding is black.
    """
    pixels = _array(told, raw)
    shown = pixels if told.samples > 1 else _display(told, number, pixels, window)
    rows, columns = fitted(told.rows, told.columns, size)
    if (rows, columns) != (told.rows, told.columns):
        shown = _averaged(shown, rows, columns)
    out = BytesIO()
    PillowImage.fromarray(shown).save(out, "PNG", compress_level=_PNG_EFFORT)
    return out.getvalue()


def _array(told: ObjectDescription, raw: bytes) -> NDArray[Any]:
    shape = (told.rows, told.columns)
    pixels = np.frombuffer(raw, np.dtype(told.type).newbyteorder("<"))
    return pixels.reshape(shape if told.samples == 1 else (*shape, told.samples))


def _averaged(pixels: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    small = resample(pixels, rows=rows, columns=columns)
    return small if pixels.dtype.kind == "f" else np.rint(small).astype(pixels.dtype)


def _picked(pixels: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    down = (2 * np.arange(rows) + 1) * pixels.shape[0] // (2 * rows)
    across = (2 * np.arange(columns) + 1) * pixels.shape[1] // (2 * columns)
    return pixels[np.ix_(down, across)]


def _display(
    told: ObjectDescription,
    number: int,
    pixels: NDArray[Any],
    asked: tuple[float, float] | None,
) -> NDArray[np.uint8]:
    frame = told.frame[number - 1]
    image = Image(
        stored=pixels[np.newaxis],
        slope=frame.slope,
        intercept=frame.intercept,
        modality_lut=_lut(told.modality_lut) if told.modality_lut else None,
        padding=_padding(told, pixels),
        is_inverted=told.inverted,
    )
    if asked is None and told.voi_luts:
        shown = lut_levels(image, _lut(told.voi_luts[0]), invert=told.inverted)
    else:
        shown = levels(image, _window(told, frame, asked), invert=told.inverted)
    return shown.reshape(pixels.shape)


def _window(
    told: ObjectDescription, frame: FrameDescription, asked: tuple[float, float] | None
) -> Window:
    if asked is not None:
        return Window(center=asked[0], width=asked[1])
    if frame.windows:
        first = frame.windows[0]
        return Window(center=first.center, width=first.width, function=first.function)
    return Window.spanning(*(told.value_range or (0.0, 1.0)))


def _padding(told: ObjectDescription, pixels: NDArray[Any]) -> NDArray[np.bool_] | None:
    if told.padding is None:
        return None
    low, high = told.padding
    hidden: NDArray[np.bool_] = (pixels >= low) & (pixels <= high)
    return hidden[np.newaxis]


def _lut(table: FrameLut) -> Lut:
    dtype = np.uint8 if max(table.values) <= MAX_LABEL else np.uint16
    return Lut(first=table.first, values=np.array(table.values, dtype), bits=table.bits)
