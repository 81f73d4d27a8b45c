"""From bytes to elements: every length is checked against what is there, every depth bounded.

pydicom reads what it is told: a deflated file of 1 MB may cost it 2 GB, and a length that lies is
read as far as the file goes. This parser trusts nothing, and hands on one form (Explicit VR Little
Endian) whichever of the four encodings the bytes are in (DICOM PS3.5 section 7).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from ..errors import ImageTooLargeError, MalformedDicomError
from .elements import LONG_VRS, Element, Elements, dictionary_vr

if TYPE_CHECKING:
    from .limits import ReadLimits

UNDEFINED = 0xFFFFFFFF

_ITEM = 0xFFFEE000
_ITEM_END = 0xFFFEE00D
_SEQUENCE_END = 0xFFFEE0DD
_PIXEL_REPRESENTATION = 0x00280103
_PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})

_SHORT_VRS = frozenset(
    {"AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL",
     "SS", "ST", "TM", "UI", "UL", "US"},
)  # fmt: skip
_SWAPPED = {
    "US": "H", "SS": "H", "OW": "H", "AT": "H", "UL": "I", "SL": "I", "FL": "I", "OF": "I",
    "OL": "I", "FD": "Q", "OD": "Q", "SV": "Q", "UV": "Q", "OV": "Q",
}  # fmt: skip
_SHORT_HEAD = struct.Struct("<HH2sH")
_SHORT_NAMES = {name.encode(): name for name in _SHORT_VRS}
_VR_NAMES = {name.encode(): name for name in _SHORT_VRS | LONG_VRS}


class Encoding(NamedTuple):
    """How elements are written: with their VR or without, and in which byte order."""

    is_explicit: bool
    is_little: bool


EXPLICIT_LITTLE = Encoding(is_explicit=True, is_little=True)
IMPLICIT_LITTLE = Encoding(is_explicit=False, is_little=True)
EXPLICIT_BIG = Encoding(is_explicit=True, is_little=False)


class PixelElement(NamedTuple):
    """Where the pixel data lie: ``length`` is None for encapsulated fragments."""

    tag: int
    vr: str
    start: int
    length: int | None


class MoreNeededError(Exception):
    """The elements go on beyond the bytes given, though not beyond the file."""

    def __init__(self, needed: int) -> None:
        super().__init__(needed)
        self.needed = needed


class Parser:
    """Parses one data set that is ``data``, or begins with it.

    Parameters
    ----------
    data : bytes
        The file from its start, or as much as was read so far.
    size : int or None
        Length of the whole; None when it is not known yet (a deflated stream).
    """

    def __init__(self, data: bytes, *, size: int | None, limits: ReadLimits) -> None:
        self._data = data
        self._size = size
        self._limits = limits
        self._elements_left = limits.elements
        self._is_signed = False
        self.pixels: PixelElement | None = None

    def parse(self, start: int, *, encoding: Encoding) -> Elements:
        """Parse from ``start`` to the pixel data or the end; ``pixels`` says where they lie.

        Raises
        ------
        MalformedDicomError
            A length points beyond the file or its sequence, or a delimiter is missing.
        ImageTooLargeError
            More elements or deeper nesting than the limits allow.
        MoreNeededError
            ``data`` is not all, and ends inside an element.
        """
        end = UNDEFINED * 2 if self._size is None else self._size
        elements, _ = self._data_set(start, end, encoding, depth=0)
        return elements

    def parse_group(self, start: int, *, group: int) -> tuple[Elements, int]:
        """Parse the elements of one group, as in file meta information; tell where they end."""
        elements = Elements()
        while True:
            is_there = self._need(start, 8)
            if self._data[start : start + 2] != struct.pack("<H", group):
                return elements, start
            if not is_there:
                raise MalformedDicomError("the file meta information is cut off")
            tag, vr, length, start_of_value = self._head(start, EXPLICIT_LITTLE)
            end = self._end(tag, start_of_value, length, limit=None)
            elements[tag] = Element(vr, self._data[start_of_value:end])
            start = end

    def _data_set(
        self, start: int, end: int, encoding: Encoding, *, depth: int, is_delimited: bool = False
    ) -> tuple[Elements, int]:
        """Parse elements to ``end``, the item's delimiter or the pixel data."""
        if depth > self._limits.depth:
            raise ImageTooLargeError(
                f"expected sequences at most {self._limits.depth} deep; the data set nests deeper"
            )
        encoding = self._actual(start, end, encoding)
        elements = Elements()
        while start < end:
            if encoding == EXPLICIT_LITTLE:
                start = self._short_run(elements, start, end)
                if start == end:
                    break
            if not self._need(start, 8, end):
                return elements, self._trailing(start, end, depth=depth)
            tag, vr, length, value_start = self._head(start, encoding)
            if tag == _ITEM_END and is_delimited:
                return elements, value_start
            if tag in _PIXEL_TAGS and not depth:
                self.pixels = PixelElement(
                    tag, vr, value_start, None if length == UNDEFINED else length
                )
                return elements, value_start
            self._count()
            start = self._value(elements, tag, vr, length, value_start, end, encoding, depth)
        if is_delimited:
            raise MalformedDicomError("a sequence item has no end")
        return elements, start

    def _short_run(self, elements: Elements, start: int, end: int) -> int:
        """Take elements with a short VR while they come, which is what headers are made of.

        The general path gives the same, three times slower; an index reads thousands of headers.
        """
        data, end, before = self._data, min(end, len(self._data)), start
        count = 0
        while start + 8 <= end:
            group, element, code, length = _SHORT_HEAD.unpack_from(data, start)
            vr = _SHORT_NAMES.get(code)
            stop = start + 8 + length
            if vr is None or stop > end or not element or group == 0xFFFE:  # noqa: PLR2004
                break
            elements[group << 16 | element] = Element(vr, data[start + 8 : stop])
            start, count = stop, count + 1
        if start != before:
            self._count(count)
            self._is_signed = self._is_signed or elements.raw("PixelRepresentation")[:1] == b"\1"
        return start

    def _value(  # the parts of one element, as _head and _data_set know them
        self,
        elements: Elements,
        tag: int,
        vr: str,
        length: int,
        start: int,
        limit: int,
        encoding: Encoding,
        depth: int,
    ) -> int:
        if vr == "SQ" or length == UNDEFINED:
            inner = IMPLICIT_LITTLE if vr == "UN" and encoding.is_explicit else encoding
            items, start = self._items(tag, start, length, limit, inner, depth + 1)
            if tag & 0xFFFF:
                elements[tag] = Element("SQ", items)
            return start
        end = self._end(tag, start, length, limit=limit)
        value = self._data[start:end]
        if not encoding.is_little and vr in _SWAPPED:
            value = _swap(value, _SWAPPED[vr])
        if tag == _PIXEL_REPRESENTATION and value:
            self._is_signed = value[0] == 1
        if tag & 0xFFFF:  # group lengths are retired, and would be wrong once an element changes
            elements[tag] = Element(vr, value)
        return end

    def _items(
        self, tag: int, start: int, length: int, limit: int, encoding: Encoding, depth: int
    ) -> tuple[tuple[Elements, ...], int]:
        is_delimited = length == UNDEFINED
        end = limit if is_delimited else self._end(tag, start, length, limit=limit, lazy=True)
        layout = "<HHI" if encoding.is_little else ">HHI"
        items: list[Elements] = []
        while is_delimited or start < end:
            if not self._need(start, 8, end):
                raise MalformedDicomError(f"sequence {_name(tag)} is cut off")
            group, element, item_length = struct.unpack_from(layout, self._data, start)
            start += 8
            mark = group << 16 | element
            if mark == _SEQUENCE_END and is_delimited:
                break
            if mark != _ITEM:
                raise MalformedDicomError(f"sequence {_name(tag)} holds something else than items")
            self._count()
            is_open = item_length == UNDEFINED
            item_end = end if is_open else self._end(tag, start, item_length, limit=end, lazy=True)
            item, start = self._data_set(
                start, item_end, encoding, depth=depth, is_delimited=is_open
            )
            items.append(item)
        return tuple(items), start

    def _head(self, start: int, encoding: Encoding) -> tuple[int, str, int, int]:
        """Read tag, VR, length, and where the value starts."""
        order = "<" if encoding.is_little else ">"
        group, element = struct.unpack_from(order + "HH", self._data, start)
        tag = group << 16 | element
        if group == 0xFFFE or not encoding.is_explicit:  # noqa: PLR2004 - delimiters have no VR
            (length,) = struct.unpack_from(order + "I", self._data, start + 4)
            return tag, dictionary_vr(tag, signed=self._is_signed), length, start + 8
        vr = _VR_NAMES.get(self._data[start + 4 : start + 6])
        if vr is None:
            raise MalformedDicomError(f"{_name(tag)}: expected a value representation")
        if vr not in LONG_VRS:
            (length,) = struct.unpack_from(order + "H", self._data, start + 6)
            return tag, vr, length, start + 8
        self._need(start, 12)
        if start + 12 > len(self._data):
            raise MalformedDicomError(f"{_name(tag)} is cut off")
        (length,) = struct.unpack_from(order + "I", self._data, start + 8)
        if vr == "UN" and length != UNDEFINED:
            vr = _known_vr(tag, signed=self._is_signed)
        return tag, vr, length, start + 12

    def _actual(self, start: int, end: int, encoding: Encoding) -> Encoding:
        """Correct a transfer syntax that is wrong about the VRs being written, as writers do."""
        if not encoding.is_little or not self._need(start, 8, end):
            return encoding
        if self._data[start : start + 2] == b"\xfe\xff":
            return encoding
        has_vr = self._data[start + 4 : start + 6] in _VR_NAMES
        return encoding._replace(is_explicit=has_vr)

    def _end(
        self, tag: int, start: int, length: int, *, limit: int | None, lazy: bool = False
    ) -> int:
        """Return where a value ends, which must lie inside what holds it and be read already."""
        end = start + length
        total = self._size if limit is None else limit
        if total is not None and end > total:
            raise MalformedDicomError(
                f"{_name(tag)} declares {length} bytes where {max(total - start, 0)} are left"
            )
        if end > len(self._data) and not lazy:
            self._more(end)
        return end

    def _need(self, start: int, length: int, end: int | None = None) -> bool:
        """Make sure that bytes are there; False when the data set ends before."""
        if start + length <= (len(self._data) if end is None else min(end, len(self._data))):
            return True
        if end is not None and start + length > end:
            return False
        if self._size is None or start + length <= self._size:
            self._more(start + length)
        return False

    def _more(self, needed: int) -> None:
        if needed > self._limits.header_bytes:
            raise ImageTooLargeError(
                f"expected at most {self._limits.header_bytes} bytes before the pixel data"
            )
        raise MoreNeededError(needed)

    def _count(self, elements: int = 1) -> None:
        self._elements_left -= elements
        if self._elements_left < 0:
            raise ImageTooLargeError(f"expected at most {self._limits.elements} elements")

    def _trailing(self, start: int, end: int, *, depth: int) -> int:
        """Accept padding after the last element of a file, and nothing else."""
        if depth or self._data[start:end].strip(b"\0"):
            raise MalformedDicomError("the data set ends inside an element")
        return end


def _known_vr(tag: int, *, signed: bool) -> str:
    """Name the VR of an element that passed through a system that did not know it."""
    vr = dictionary_vr(tag, signed=signed)
    return "UN" if vr == "SQ" else vr


def _swap(value: bytes, code: str) -> bytes:
    count = len(value) // struct.calcsize(code)
    numbers = struct.unpack_from(f">{count}{code}", value)
    return struct.pack(f"<{count}{code}", *numbers)


def _name(tag: int) -> str:
    return f"element ({tag >> 16:04X},{tag & 0xFFFF:04X})"
