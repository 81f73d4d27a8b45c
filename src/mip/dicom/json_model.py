"""A data set as DICOM JSON (PS3.18 annex F); never with pixels in it."""

from __future__ import annotations

import base64
import math
import struct
from typing import TYPE_CHECKING, Any, Final

from pydicom.charset import convert_encodings, decode_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .elements import Element, Elements

MAX_INLINE_BYTES: Final = 132 * 1024
"""Longest binary value that is written out: a palette of 65,536 entries fits, a picture of any
size does not."""

_CHARACTER_SETS: Final = 0x00080005
_BINARY: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_NUMBERS: Final = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "UV": "Q", "SV": "q", "FL": "f",
                   "FD": "d"}  # fmt: skip
_ENCODED_TEXT: Final = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_WHOLE_TEXT: Final = frozenset({"LT", "ST", "UT", "UR"})
_DELIMITERS: Final = frozenset(b"\r\n\f\\")
_NAME_GROUPS: Final = ("Alphabetic", "Ideographic", "Phonetic")
_PICTURE_GROUPS: Final = frozenset({0x50, 0x60, 0x7F})
"""High bytes of the groups of curves, overlays and pixel data."""

_DEFAULT_ENCODINGS: Final = ("iso8859",)


def to_json(elements: Elements, *, only: Iterable[int] | None = None) -> dict[str, Any]:
    """Return a data set as PS3.18 annex F writes it.

    Binary values are given inline where they are tables, and left out where they may be pictures
    (pixels, overlays, curves, private data), or are long: the element then has its VR alone.

    Parameters
    ----------
    elements : Elements
        Of an object, before its pixel data.
    only : iterable of int, optional
        Tags to write; all by default.
    """
    return _data_set(elements, _DEFAULT_ENCODINGS, None if only is None else frozenset(only))


def _data_set(
    elements: Elements, encodings: tuple[str, ...], only: frozenset[int] | None = None
) -> dict[str, Any]:
    own = elements.get(_CHARACTER_SETS)
    if own is not None:
        encodings = _encodings(elements) or encodings
    tags = sorted(tag for tag in elements if only is None or tag in only)
    return {f"{tag:08X}": _element(tag, elements[tag], encodings) for tag in tags}


def _encodings(elements: Elements) -> tuple[str, ...]:
    names = list(elements.texts("SpecificCharacterSet"))
    try:
        return tuple(convert_encodings(names))
    except (LookupError, ValueError):
        return ()


def _element(tag: int, element: Element, encodings: tuple[str, ...]) -> dict[str, Any]:
    vr, value = element
    if tag == _CHARACTER_SETS:
        return {"vr": "CS", "Value": ["ISO_IR 192"]}  # JSON is UTF-8 (PS3.18 F.2.2)
    if isinstance(value, tuple):
        return {"vr": "SQ", "Value": [_data_set(item, encodings) for item in value]}
    if vr in _BINARY:
        is_table = not tag >> 16 & 1 and tag >> 24 not in _PICTURE_GROUPS
        if not value or not is_table or len(value) > MAX_INLINE_BYTES:
            return {"vr": vr}
        return {"vr": vr, "InlineBinary": base64.b64encode(value).decode("ascii")}
    values = _values(vr, value, encodings)
    return {"vr": vr, "Value": values} if any(each is not None for each in values) else {"vr": vr}


def _values(vr: str, value: bytes, encodings: tuple[str, ...]) -> list[Any]:
    if vr in _NUMBERS:
        return [_number(number) for number in _unpacked(_NUMBERS[vr], value)]
    if vr == "AT":
        words = _unpacked("H", value[: len(value) // 4 * 4])
        return [f"{a:04X}{b:04X}" for a, b in zip(words[::2], words[1::2], strict=True)]
    text = _text(vr, value, encodings)
    parts = [text.rstrip(" \0")] if vr in _WHOLE_TEXT else text.split("\\")
    if vr in ("DS", "IS"):
        return [_decimal(part.strip(" \0"), is_whole=vr == "IS") for part in parts]
    if vr == "PN":
        return [_name(part.strip(" \0")) for part in parts]
    return [part.strip(" \0") or None for part in parts]


def _unpacked(code: str, value: bytes) -> tuple[Any, ...]:
    size = struct.calcsize(code)
    count = len(value) // size
    return struct.unpack(f"<{count}{code}", value[: count * size])


def _text(vr: str, value: bytes, encodings: tuple[str, ...]) -> str:
    if vr not in _ENCODED_TEXT or (value.isascii() and b"\x1b" not in value):
        return value.decode("latin-1")
    delimiters = set(_DELIMITERS) if vr != "PN" else {*_DELIMITERS, ord("^"), ord("=")}
    try:
        return decode_bytes(value, encodings, delimiters)
    except (LookupError, ValueError):
        return value.decode("latin-1")


def _number(number: float) -> float | str:
    """Write what JSON has no number for as text."""
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    return number


def _decimal(text: str, *, is_whole: bool) -> float | str | None:
    """Read a decimal or integer string; what is none is told as it is."""
    if not text:
        return None
    try:
        number = int(text) if is_whole else float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _name(text: str) -> dict[str, str] | None:
    groups = dict(zip(_NAME_GROUPS, text.split("="), strict=False))
    return {key: group for key, group in groups.items() if group} or None
