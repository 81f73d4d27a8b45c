"""Lookup tables and padding: what stored values mean where slope and intercept do not say it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import MalformedDicomError
from ..imaging import Lut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .elements import Elements

_MAX_ENTRIES = 65_536
_BYTE = 8


def modality_lut(elements: Elements) -> tuple[Lut, str] | None:
    """Read the modality LUT (PS3.3 C.11.1) and its units, if the object has one."""
    for item in elements.sequence("ModalityLUTSequence")[:1]:
        return _lut(item, elements), item.text("ModalityLUTType") or "US"
    return None


def voi_luts(elements: Elements) -> tuple[Lut, ...]:
    """Read the VOI LUTs (PS3.3 C.11.2), first choice first."""
    return tuple(_lut(item, elements) for item in elements.sequence("VOILUTSequence"))


def padding_of(values: NDArray[np.generic], elements: Elements) -> NDArray[np.bool_] | None:
    """Find padding pixels (PS3.3 C.7.5.1.1.2); None when there are none.

    Parameters
    ----------
    values : ndarray, shape (frames, rows, columns)
        Stored values.
    """
    bounds = padding_range(elements, values.dtype)
    if bounds is None:
        return None
    low, high = bounds
    numbers: NDArray[Any] = values
    padding = numbers == low if low == high else (numbers >= low) & (numbers <= high)
    return padding if padding.any() else None


def padding_range(elements: Elements, dtype: np.dtype[np.generic]) -> tuple[float, float] | None:
    """Return the least and the greatest stored value that are padding, if the object has any."""
    kind = "" if dtype.kind != "f" else "Float" if dtype.itemsize == 4 else "Double"  # noqa: PLR2004
    name = "PixelPadding" if not kind else f"{kind}FloatPixelPadding".replace("FloatF", "F")
    first = _stored_number(elements, f"{name}Value", dtype)
    if first is None:
        return None
    last = _stored_number(elements, f"{name}RangeLimit", dtype)
    low, high = sorted((first, first if last is None else last))
    return low, high


def _stored_number(elements: Elements, keyword: str, dtype: np.dtype[np.generic]) -> float | None:
    """Read a value that has the sign of the pixels, whatever VR the writer took."""
    number = elements.number(keyword)
    if number is not None and dtype.kind == "i" and number >= 1 << 15 and dtype.itemsize <= 2:  # noqa: PLR2004
        return number - (1 << 16)
    return number


def _lut(item: Elements, top: Elements) -> Lut:
    raw = item.raw("LUTDescriptor")
    if len(raw) != 6:  # noqa: PLR2004 - three words
        raise MalformedDicomError("LUTDescriptor: expected three values")
    entries, first, bits = struct.unpack("<3H", raw)
    if top.integer("PixelRepresentation") == 1:
        (first,) = struct.unpack_from("<h", raw, 2)
    entries = entries or _MAX_ENTRIES
    data = item.raw("LUTData")
    if len(data) >= 2 * entries:
        values: NDArray[np.generic] = np.frombuffer(data, "<u2", entries)
    elif bits <= _BYTE and len(data) >= entries:
        values = np.frombuffer(data, np.uint8, entries)
    else:
        raise MalformedDicomError("LUTData: fewer entries than LUTDescriptor declares")
    return Lut(first=first, values=values, bits=bits, explanation=item.text("LUTExplanation"))
