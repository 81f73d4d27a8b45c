"""The elements of a data set, always as Explicit VR Little Endian, whatever the file had.

Values stay bytes until somebody asks for one: text that nobody reads is carried through to a
derived object untouched, in its own character set.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import keyword_dict

from ..contracts import is_valid_uid
from ..errors import MalformedDicomError

if TYPE_CHECKING:
    from collections.abc import Sequence

Scalar: TypeAlias = "str | int | float"

_MAX_DECIMAL_LENGTH = 16

_STRUCTS = {
    "US": "H",
    "SS": "h",
    "UL": "I",
    "SL": "i",
    "UV": "Q",
    "SV": "q",
    "OV": "Q",
    "OL": "I",
    "FL": "f",
    "FD": "d",
    "OF": "f",
    "OD": "d",
    "OW": "H",
}
_NUMBER_TEXT = frozenset({"IS", "DS"})
LONG_VRS = frozenset(
    {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"},
)
_AMBIGUOUS = {"US or SS": "US", "OB or OW": "OW", "US or OW": "OW", "US or SS or OW": "OW"}


class Element(NamedTuple):
    """One element: its value representation and its value.

    ``value`` is the encoded value in little endian, or the items of a sequence.
    """

    vr: str
    value: bytes | tuple[Elements, ...]


class Elements(dict[int, Element]):
    """The elements of one data set or sequence item by tag, read and written by keyword."""

    __slots__ = ()

    def has(self, keyword: str) -> bool:
        """Tell whether the element is there and not empty."""
        element = self.get(keyword_dict[keyword])
        return element is not None and len(element.value) > 0

    def raw(self, keyword: str) -> bytes:
        """Return the encoded value, empty when there is none."""
        element = self.get(keyword_dict[keyword])
        if element is None or isinstance(element.value, tuple):
            return b""
        return element.value

    def text(self, keyword: str) -> str:
        """Return the first value as text, without padding; empty when there is none."""
        return self.raw(keyword).partition(b"\\")[0].decode("latin-1").strip(" \0")

    def texts(self, keyword: str) -> tuple[str, ...]:
        """Return every value as text."""
        value = self.raw(keyword).decode("latin-1").strip(" \0")
        return tuple(part.strip(" \0") for part in value.split("\\")) if value else ()

    def uid(self, keyword: str) -> str | None:
        """Return a UID, or None when it is absent or breaks the rules (PS3.5 section 9.1)."""
        text = self.text(keyword)
        return text if is_valid_uid(text) else None

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """Return every value as a finite number.

        Raises
        ------
        MalformedDicomError
            A value is not a number.
        """
        element = self.get(keyword_dict[keyword])
        if element is None or isinstance(element.value, tuple):
            return ()
        vr, value = element.vr, element.value
        try:
            if vr in _NUMBER_TEXT:
                parts = value.decode("ascii").strip(" \0").split("\\")
                numbers = tuple(float(part) for part in parts if part.strip(" \0"))
            else:
                numbers = _unpack(vr, value)
        except (ValueError, KeyError, struct.error) as error:
            raise MalformedDicomError(f"{keyword}: expected numbers of type {vr}") from error
        if not all(map(math.isfinite, numbers)):
            raise MalformedDicomError(f"{keyword}: expected finite numbers")
        return numbers

    def number(self, keyword: str) -> float | None:
        """Return the first value as a number, None when there is none."""
        numbers = self.numbers(keyword)
        return numbers[0] if numbers else None

    def integer(self, keyword: str) -> int | None:
        """Return the first value as a whole number, None when there is none.

        Raises
        ------
        MalformedDicomError
            It is not a whole number.
        """
        number = self.number(keyword)
        if number is None:
            return None
        if number != int(number):
            raise MalformedDicomError(f"{keyword}: expected a whole number")
        return int(number)

    def sequence(self, keyword: str) -> tuple[Elements, ...]:
        """Return the items of a sequence, none when it is absent."""
        element = self.get(keyword_dict[keyword])
        return element.value if element and isinstance(element.value, tuple) else ()

    def put(self, keyword: str, *values: Scalar, vr: str = "") -> None:
        """Set an element from Python values; none of them leaves it empty.

        Text must be ASCII, which every character set contains; other characters become ``?``.
        """
        tag = keyword_dict[keyword]
        vr = vr or dictionary_vr(tag)
        self[tag] = Element(vr, _pack(vr, values))

    def put_bytes(self, keyword: str, value: bytes, *, vr: str = "") -> None:
        """Set an element to an encoded value."""
        tag = keyword_dict[keyword]
        self[tag] = Element(vr or dictionary_vr(tag), value)

    def put_items(self, keyword: str, *items: Elements) -> None:
        """Set a sequence."""
        self[keyword_dict[keyword]] = Element("SQ", items)

    def put_absent(self, keyword: str) -> None:
        """Make sure that the element is there, if only empty."""
        tag = keyword_dict[keyword]
        if tag not in self:
            self[tag] = Element(dictionary_vr(tag), b"")

    def copy_from(self, other: Elements, keyword: str) -> None:
        """Take an element over as it is, if the other has it."""
        tag = keyword_dict[keyword]
        if tag in other:
            self[tag] = other[tag]

    def drop(self, *keywords: str) -> None:
        """Remove elements that may be there."""
        for keyword in keywords:
            self.pop(keyword_dict[keyword], None)


def dictionary_vr(tag: int, *, signed: bool = False) -> str:
    """Look the value representation up; UN for a private or unknown element."""
    entry = DicomDictionary.get(tag)
    vr = entry[0] if entry else "UN"
    if signed and vr.startswith("US or SS"):
        return "SS"
    return _AMBIGUOUS.get(vr, vr)


def format_decimal(value: float) -> str:
    """Write a number as the closest decimal string of at most 16 characters (PS3.5 6.2)."""
    if value == int(value) and abs(value) < 1e15:  # noqa: PLR2004 - exact in 16 characters
        return str(int(value))
    for digits in range(17, 0, -1):
        text = f"{value:.{digits}g}"
        if len(text) <= _MAX_DECIMAL_LENGTH and math.isfinite(float(text)):
            return text
    raise AssertionError("one digit always fits")


def _unpack(vr: str, value: bytes) -> tuple[float, ...]:
    code = _STRUCTS[vr]
    return struct.unpack(f"<{len(value) // struct.calcsize(code)}{code}", value)


def _pack(vr: str, values: Sequence[Scalar]) -> bytes:
    if vr in _STRUCTS:
        return struct.pack(f"<{len(values)}{_STRUCTS[vr]}", *values)
    if vr == "AT":
        pairs = [(int(tag) >> 16, int(tag) & 0xFFFF) for tag in values]
        return b"".join(struct.pack("<HH", *pair) for pair in pairs)
    text = "\\".join(
        format_decimal(value) if isinstance(value, float) else str(value) for value in values
    )
    encoded = text.encode("ascii", "replace")
    return encoded + (b"\0" if vr == "UI" else b" ") * (len(encoded) % 2)
