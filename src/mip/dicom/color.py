"""Every kind of colour to RGB, once."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DecodeFailedError, MalformedDicomError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .elements import Elements

_CHANNELS = ("Red", "Green", "Blue")
_MAX_ENTRIES = 65_536
_BYTE = 8
_DISCRETE, _LINEAR, _INDIRECT = range(3)
_BT601 = np.array(
    [[1.0, 0.0, 1.402], [1.0, -0.344136, -0.714136], [1.0, 1.772, 0.0]], dtype=np.float32
)


def to_rgb(
    values: NDArray[np.generic], photometric: str, elements: Elements, *, bits: int
) -> NDArray[np.generic]:
    """Convert colour samples or palette indices to RGB; grey stays as it is.

    Parameters
    ----------
    values : ndarray, shape (frames, rows, columns) or (frames, rows, columns, 3)
        Stored values.
    photometric : str
        Their photometric interpretation.
    elements : Elements
        Where a palette is found.
    bits : int
        Bits of one sample.

    Raises
    ------
    DecodeFailedError
        The photometric interpretation is not one that the standard still has.
    MalformedDicomError
        Samples and interpretation do not go together, or the palette is broken.
    """
    if photometric == "PALETTE COLOR":
        return _apply_palette(values, elements)
    is_color = values.ndim == 4  # noqa: PLR2004 - with a samples axis
    if photometric.startswith("MONOCHROME"):
        if is_color:
            raise MalformedDicomError(f"{photometric} with more than one sample per pixel")
        return values
    if not is_color:
        raise MalformedDicomError(f"{photometric[:16]!r} with one sample per pixel")
    if photometric in {"RGB", "YBR_ICT", "YBR_RCT"}:  # natively stored, only RGB makes sense
        return values
    if photometric in {"YBR_FULL", "YBR_FULL_422"}:
        return ybr_to_rgb(values, bits=bits)
    raise DecodeFailedError(f"no conversion to RGB from {photometric[:16]!r}")


def ybr_to_rgb(values: NDArray[np.generic], *, bits: int) -> NDArray[np.generic]:
    """Convert full-range YCbCr to RGB (PS3.3 C.7.6.3.1.2), rounded, one frame at a time.

    Parameters
    ----------
    values : ndarray of unsigned integers, shape (frames, rows, columns, 3)
        Luminance, then the two colour differences.
    bits : int
        Bits of one sample; colour differences are centred on half their range.
    """
    result = np.empty_like(values)
    offset = np.array([0, 1 << (bits - 1), 1 << (bits - 1)], dtype=np.float32)
    for index, frame in enumerate(values):
        mixed = (frame.astype(np.float32) - offset) @ _BT601.T
        result[index] = np.clip(np.floor(mixed + 0.5), 0, (1 << bits) - 1)
    return result


def _apply_palette(indices: NDArray[np.generic], elements: Elements) -> NDArray[np.generic]:
    """Look colours up (PS3.3 C.7.9); entries of 16 bits stay so."""
    tables = []
    first = 0
    for channel in _CHANNELS:
        entries, first, bits = _descriptor(elements, f"{channel}PaletteColorLookupTableDescriptor")
        tables.append(_palette(elements, channel, entries=entries, bits=bits))
    shape = min(len(table) for table in tables)
    palette = np.stack([table[:shape] for table in tables], axis=-1)
    positions = np.clip(indices.astype(np.int64) - first, 0, shape - 1)
    colors: NDArray[np.generic] = palette[positions]
    return colors


def _descriptor(elements: Elements, keyword: str) -> tuple[int, int, int]:
    raw = elements.raw(keyword)
    if len(raw) != 6:  # noqa: PLR2004 - three words
        raise MalformedDicomError(f"{keyword}: expected three values")
    entries, first, bits = struct.unpack("<3H", raw)
    if elements.integer("PixelRepresentation") == 1:
        (first,) = struct.unpack_from("<h", raw, 2)
    if bits not in (_BYTE, 2 * _BYTE):
        raise MalformedDicomError(f"{keyword}: expected 8 or 16 bits, got {bits}")
    return entries or _MAX_ENTRIES, first, bits


def _palette(elements: Elements, channel: str, *, entries: int, bits: int) -> NDArray[np.generic]:
    dtype = np.dtype("<u1" if bits == _BYTE else "<u2")
    segmented = elements.raw(f"Segmented{channel}PaletteColorLookupTableData")
    if segmented:
        return _expand_segments(np.frombuffer(segmented, dtype), entries).astype(dtype)
    data = elements.raw(f"{channel}PaletteColorLookupTableData")
    if len(data) >= entries * dtype.itemsize:
        words = entries if bits != _BYTE or len(data) < 2 * entries else 0
        if words:
            return np.frombuffer(data, dtype, words)
        return np.frombuffer(data, "<u2", entries).astype(np.uint8)  # 8 bits in 16-bit words
    raise MalformedDicomError(f"the {channel.lower()} palette has fewer entries than it declares")


def _expand_segments(data: NDArray[np.generic], entries: int) -> NDArray[np.generic]:
    """Expand a segmented palette (PS3.3 C.7.9.2), to no more entries than declared."""
    expansion = _Expansion(data, entries)
    try:
        expansion.run(0, len(expansion.words), is_copy=False)
    except IndexError as error:
        raise MalformedDicomError("a segmented palette is cut off") from error
    if len(expansion.table) < entries:
        raise MalformedDicomError("a segmented palette has fewer entries than it declares")
    return np.array(expansion.table[:entries])


class _Expansion:
    """A palette while its segments are expanded."""

    def __init__(self, data: NDArray[np.generic], entries: int) -> None:
        self.words = [int(word) for word in data.astype(np.int64)]
        self.table: list[int] = []
        self._entries = entries
        self._word_bytes = data.dtype.itemsize

    def run(self, start: int, end: int, *, is_copy: bool) -> None:
        """Append what the segments from ``start`` mean, to ``end`` or until the table is full."""
        words, table = self.words, self.table
        while start + 1 < end and len(table) < self._entries:
            kind, length = words[start], words[start + 1]
            start += 2
            if kind == _DISCRETE:
                table.extend(words[start : start + length])
                start += length
            elif kind == _LINEAR and table and length:
                line = np.linspace(table[-1], words[start], length + 1)[1:]
                table.extend(int(value) for value in np.round(line))
                start += 1
            elif kind == _INDIRECT and not is_copy:
                start = self._copy(start, length)
            else:
                raise MalformedDicomError("a segmented palette with an unknown segment")

    def _copy(self, start: int, count: int) -> int:
        """Expand ``count`` segments that were given before, which may not be copies themselves.

        Their place is an offset in bytes, of 32 bits whatever the size of a word.
        """
        size = 4 // self._word_bytes
        bits = self._word_bytes * _BYTE
        parts = [self.words[start + index] << index * bits for index in range(size)]
        place = sum(parts) // self._word_bytes
        for _ in range(count):
            kind, length = self.words[place], self.words[place + 1]
            following = place + 2 + (length if kind == _DISCRETE else 1)
            self.run(place, following, is_copy=True)
            place = following
        return start + size
