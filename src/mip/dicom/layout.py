"""How stored values are laid out: read from the header, checked to be possible and affordable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ImageTooLargeError, MalformedDicomError, NotAnImageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .elements import Elements
    from .limits import ReadLimits
    from .reader import DicomFile

BYTE = 8

_BITS_ALLOCATED = (1, 8, 16, 32)
_FLOAT_TAGS = {0x7FE00008: 32, 0x7FE00009: 64}


@dataclass(frozen=True, kw_only=True)
class PixelFormat:
    """How stored values are laid out (PS3.3 C.7.6.3), checked to be possible."""

    rows: int
    columns: int
    frames: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    is_signed: bool
    is_float: bool
    is_planar: bool
    photometric: str

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of one stored sample, little endian."""
        if self.is_float:
            return np.dtype(f"<f{self.bits_allocated // BYTE}")
        size = max(self.bits_allocated // BYTE, 1)
        return np.dtype(f"<{'i' if self.is_signed else 'u'}{size}")

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Shape of one decoded frame: (rows, columns) or (rows, columns, samples)."""
        shape = (self.rows, self.columns)
        return shape if self.samples == 1 else (*shape, self.samples)

    @property
    def decoded_bytes(self) -> int:
        """Size of all frames once decoded."""
        return self.rows * self.columns * self.samples * self.frames * self.dtype.itemsize


def pixel_format(file: DicomFile, *, limits: ReadLimits) -> PixelFormat:
    """Read and check the image pixel module, before anything is allocated for it.

    Raises
    ------
    NotAnImageError
        The object has no pixel data.
    MalformedDicomError
        A value is missing or impossible.
    ImageTooLargeError
        Frames or decoded bytes exceed ``limits``.
    """
    if file.pixels is None:
        raise NotAnImageError("the object holds no pixel data")
    elements = file.elements
    float_bits = _FLOAT_TAGS.get(file.pixels.tag)
    bits = float_bits or _required(elements, "BitsAllocated")
    stored = float_bits or elements.integer("BitsStored") or bits
    high_bit = elements.integer("HighBit")
    declared = PixelFormat(
        rows=_required(elements, "Rows"),
        columns=_required(elements, "Columns"),
        frames=_frames(elements),
        samples=elements.integer("SamplesPerPixel") or 1,
        bits_allocated=bits,
        bits_stored=stored,
        high_bit=stored - 1 if high_bit is None or float_bits else high_bit,
        is_signed=elements.integer("PixelRepresentation") == 1,
        is_float=float_bits is not None,
        is_planar=elements.integer("PlanarConfiguration") == 1,
        photometric=elements.text("PhotometricInterpretation") or "MONOCHROME2",
    )
    _check_layout(declared)
    check_budget(declared, limits=limits)
    return declared


def check_budget(declared: PixelFormat, *, limits: ReadLimits, instances: int = 1) -> None:
    """Refuse what would decode to more than the limits.

    Raises
    ------
    ImageTooLargeError
        Says what is declared and what is allowed.
    """
    if declared.frames > limits.frames:
        raise ImageTooLargeError(
            f"expected at most {limits.frames} frames, the header declares {declared.frames}"
        )
    total = declared.decoded_bytes * instances
    if total > limits.decoded_bytes:
        raise ImageTooLargeError(
            f"expected at most {limits.decoded_bytes} bytes of pixels, the header declares {total}"
            f" ({declared.frames * instances} frames of {declared.rows} x {declared.columns})"
        )


def meaningful_bits(
    values: NDArray[np.generic], *, bits_stored: int, high_bit: int, is_signed: bool
) -> NDArray[np.generic]:
    """Keep the stored bits alone, and extend the sign (PS3.5 section 8.1.1).

    Parameters
    ----------
    values : ndarray of integers
        Raw words of 8, 16 or 32 bits.
    bits_stored : int
        How many bits of a word count, 1 to the size of the word.
    high_bit : int
        The highest of them.
    is_signed : bool
        Whether they are two's complement.
    """
    size = values.dtype.itemsize
    words = values.view(f"<{'i' if is_signed else 'u'}{size}")
    if bits_stored == size * BYTE:
        return words
    up, down = size * BYTE - 1 - high_bit, size * BYTE - bits_stored
    result: NDArray[np.generic] = np.left_shift(words, up)
    np.right_shift(result, down, out=result)
    return result


def _required(elements: Elements, keyword: str) -> int:
    value = elements.integer(keyword)
    if value is None:
        raise MalformedDicomError(f"{keyword} is missing")
    if value <= 0:
        raise MalformedDicomError(f"{keyword}: expected 1 or more, got {value}")
    return value


def _frames(elements: Elements) -> int:
    frames = elements.integer("NumberOfFrames")
    if frames is None or frames == 0:  # an empty or zero count is written for single frames
        return 1
    if frames < 0:
        raise MalformedDicomError("NumberOfFrames: expected 1 or more")
    return frames


def _check_layout(declared: PixelFormat) -> None:
    if not declared.is_float and declared.bits_allocated not in _BITS_ALLOCATED:
        raise MalformedDicomError(
            f"BitsAllocated: expected 1, 8, 16 or 32, got {declared.bits_allocated}"
        )
    if declared.samples not in (1, 3):
        raise MalformedDicomError(f"SamplesPerPixel: expected 1 or 3, got {declared.samples}")
    fits = 1 <= declared.bits_stored <= declared.high_bit + 1 <= declared.bits_allocated
    if not fits:
        raise MalformedDicomError(
            f"BitsStored {declared.bits_stored} and HighBit {declared.high_bit} do not fit in"
            f" {declared.bits_allocated} bits"
        )
