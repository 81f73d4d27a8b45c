"""The frames of one object as raw pixels with a description, for those who show them.

Unlike an :class:`~mip.imaging.Image`, which is what an algorithm computes on, frames keep their
stored values even where each has a rescale of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec
import numpy as np

from ..imaging import WindowFunction
from .color import to_rgb
from .frames import FrameHeader, frame_headers
from .layout import BYTE, pixel_format
from .limits import DEFAULT_LIMITS, ReadLimits
from .luts import modality_lut, padding_range, voi_luts
from .pixels import decode_pixels
from .reader import read_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ..imaging import Lut
    from .elements import Elements
    from .layout import PixelFormat
    from .reader import DicomFile

PixelType: TypeAlias = Literal["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32"]

DESCRIPTION_NAME: Final = "description.json"
PIXELS_NAME: Final = "frames.raw"
SEGMENTATION_STORAGE: Final = "1.2.840.10008.5.1.4.1.1.66.4"
RGB_SAMPLES: Final = 3
_encoder = msgspec.json.Encoder()


class FrameWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A display window in rescaled units (PS3.3 C.11.2.1.2)."""

    center: float
    width: float
    function: WindowFunction = "linear"
    explanation: str = ""


class FrameLut(msgspec.Struct, frozen=True, kw_only=True):
    """A lookup table: entry ``i`` is for the input ``first + i``; ``bits`` of an entry count."""

    first: int
    bits: int
    values: tuple[int, ...]
    explanation: str = ""


class FrameDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What may differ from frame to frame; None where the object does not say.

    ``segment`` is the number of the segment that a frame of a segmentation is of.
    """

    position: tuple[float, float, float] | None = None
    orientation: tuple[float, float, float, float, float, float] | None = None
    spacing: tuple[float, float] | None = None
    slope: float = 1.0
    intercept: float = 0.0
    units: str = "US"
    windows: tuple[FrameWindow, ...] = ()
    segment: int | None = None


class ObjectDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What the raw pixels are, and how they are shown.

    Attributes
    ----------
    type : PixelType
        Of one sample, little endian. Grey is as it is stored; colour is RGB, ``uint8``, three
        samples to a pixel.
    bits : int
        Bits of a sample that count.
    sha256 : str
        Of the file that the pixels are from.
    inverted : bool
        True for MONOCHROME1: low values are displayed bright. Pixels are not inverted.
    value_range : (low, high) or None
        Least and greatest rescaled value of all frames without padding; None for colour.
    padding : (low, high) or None
        Stored values that are padding.
    modality_lut : FrameLut or None
        From stored values to units, in the place of slope and intercept.
    voi_luts : tuple of FrameLut
        Tables for display, on rescaled values; they come before windows.
    """

    rows: int
    columns: int
    frames: int
    samples: int
    type: PixelType
    bits: int
    signed: bool
    photometric: str
    inverted: bool
    modality: str
    sop_class_uid: str | None
    transfer_syntax_uid: str
    sha256: str
    value_range: tuple[float, float] | None = None
    padding: tuple[float, float] | None = None
    modality_lut: FrameLut | None = None
    voi_luts: tuple[FrameLut, ...] = ()
    frame: tuple[FrameDescription, ...]

    @property
    def frame_bytes(self) -> int:
        """How long one frame is."""
        return self.rows * self.columns * self.samples * np.dtype(self.type).itemsize


def unpack(path: Path, folder: Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> int:
    """Write the frames of an object, one after the other, and their description into a folder.

    Parameters
    ----------
    path : Path
        A DICOM file.
    folder : Path
        One that exists; it gets ``frames.raw`` and ``description.json``.
    limits : ReadLimits, optional
        Checked before memory is taken.

    Returns
    -------
    int
        How many bytes were written.

    Raises
    ------
    MipError
        As :func:`decode_image`.
    """
    file = read_file(path, limits=limits)
    declared = pixel_format(file, limits=limits)
    headers = frame_headers(file.elements, frames=declared.frames)
    stored, photometric = decode_pixels(file, declared)
    values = to_rgb(stored, photometric, file.elements, bits=declared.bits_stored)
    is_color = values.ndim == 4  # noqa: PLR2004 - with a samples axis
    shown = _as_bytes(values, declared, photometric) if is_color else _as_numbers(values)
    description = _describe(file, declared, headers, shown)
    text = _encoder.encode(description)
    (folder / DESCRIPTION_NAME).write_bytes(text)
    with (folder / PIXELS_NAME).open("wb") as out:
        for frame in shown:
            out.write(np.ascontiguousarray(frame).data)
    return len(text) + description.frames * description.frame_bytes


def _as_bytes(
    colors: NDArray[np.generic], declared: PixelFormat, photometric: str
) -> NDArray[np.generic]:
    """Bring RGB of more than 8 bits to 8; a palette of 16 bits uses all of them."""
    if colors.dtype.itemsize == 1:
        return colors.view(np.uint8)
    is_palette = photometric == "PALETTE COLOR"
    bits = colors.dtype.itemsize * BYTE if is_palette else declared.bits_stored
    numbers: NDArray[Any] = colors
    return (numbers >> max(bits - BYTE, 0)).astype(np.uint8)


def _as_numbers(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Bring double precision to single, which is what viewers take; others stay as they are."""
    return values.astype("<f4") if values.dtype.kind == "f" else values


def _describe(
    file: DicomFile, declared: PixelFormat, headers: list[FrameHeader], shown: NDArray[np.generic]
) -> ObjectDescription:
    elements = file.elements
    is_color = shown.ndim == 4  # noqa: PLR2004 - with a samples axis
    table = None if is_color else modality_lut(elements)
    padding = None if is_color else padding_range(elements, shown.dtype)
    segments = _segments(elements, frames=declared.frames)
    units = table[1] if table else None
    return ObjectDescription(
        rows=declared.rows,
        columns=declared.columns,
        frames=declared.frames,
        samples=RGB_SAMPLES if is_color else 1,
        type=msgspec.convert(shown.dtype.name, PixelType),
        bits=BYTE if is_color else declared.bits_stored,
        signed=shown.dtype.kind != "u",
        photometric="RGB" if is_color else declared.photometric,
        inverted=declared.photometric == "MONOCHROME1",
        modality=elements.text("Modality"),
        sop_class_uid=elements.uid("SOPClassUID"),
        transfer_syntax_uid=file.transfer_syntax_uid,
        sha256=file.sha256,
        value_range=None if is_color else _value_range(shown, headers, table, padding),
        padding=padding,
        modality_lut=_table(table[0]) if table else None,
        voi_luts=() if is_color else tuple(map(_table, voi_luts(elements))),
        frame=tuple(
            _frame(header, segment, units=units, is_plain=is_color or table is not None)
            for header, segment in zip(headers, segments, strict=True)
        ),
    )


def _frame(
    header: FrameHeader, segment: int | None, *, units: str | None, is_plain: bool
) -> FrameDescription:
    return FrameDescription(
        position=header.position,
        orientation=header.orientation,
        spacing=header.pixel_spacing,
        slope=1.0 if is_plain else header.slope,
        intercept=0.0 if is_plain else header.intercept,
        units=units or header.units,
        windows=tuple(
            FrameWindow(
                center=window.center,
                width=window.width,
                function=window.function,
                explanation=window.explanation,
            )
            for window in header.windows
            if window.is_usable
        ),
        segment=segment,
    )


def _segments(elements: Elements, *, frames: int) -> list[int | None]:
    """Return which segment each frame of a segmentation is of (PS3.3 C.8.20.3)."""
    nothing: list[int | None] = [None] * frames
    if elements.text("SOPClassUID") != SEGMENTATION_STORAGE:
        return nothing
    groups = elements.sequence("PerFrameFunctionalGroupsSequence")
    shared = elements.sequence("SharedFunctionalGroupsSequence")[:1]
    for index in range(frames):
        for place in (*groups[index : index + 1], *shared):
            for item in place.sequence("SegmentIdentificationSequence")[:1]:
                if nothing[index] is None:
                    nothing[index] = item.integer("ReferencedSegmentNumber")
    return nothing


def _value_range(
    values: NDArray[np.generic],
    headers: list[FrameHeader],
    table: tuple[Lut, str] | None,
    padding: tuple[float, float] | None,
) -> tuple[float, float] | None:
    if table is not None:
        entries = table[0].values
        return float(entries.min()), float(entries.max())
    ends: list[float] = []
    for frame, header in zip(values, headers, strict=True):
        numbers: NDArray[Any] = frame
        if padding is not None:
            numbers = numbers[(numbers < padding[0]) | (numbers > padding[1])]
        if numbers.dtype.kind == "f":
            numbers = numbers[np.isfinite(numbers)]
        if numbers.size:
            extremes = (float(numbers.min()), float(numbers.max()))
            ends += [end * header.slope + header.intercept for end in extremes]
    return (min(ends), max(ends)) if ends else None


def _table(lut: Lut) -> FrameLut:
    return FrameLut(
        first=lut.first,
        bits=lut.bits,
        values=tuple(int(value) for value in lut.values),
        explanation=lut.explanation,
    )
