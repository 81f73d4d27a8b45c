"""Names of segments in the character set of the object that they are in.

An object has one character set for all its texts, and those of its source are carried over as
bytes. So a name is written in the source's set; in UTF-8 where those texts are ASCII, which is the
same bytes in both; and refused where neither can be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydicom.charset import python_encoding

from ...errors import InvalidOutputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..elements import Elements

_TEXT: Final = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_UTF_8: Final = "ISO_IR 192"
_NOT_ASCII: Final = frozenset({"ISO_IR 13", "ISO 2022 IR 13"})
"""These have a yen sign where ASCII has a backslash (PS3.5 section 6.1.2.1)."""


def put_labels(elements: Elements, labels: Sequence[str]) -> None:
    """Set the labels of the segments, and the character set if they need another.

    Parameters
    ----------
    elements : Elements
        The whole segmentation but for its labels.
    labels : sequence of str
        One for each segment.

    Raises
    ------
    InvalidOutputError
        A label has characters that cannot stand beside the source's texts.
    """
    encoded = _encoded(labels, elements.texts("SpecificCharacterSet"))
    if encoded is None:
        if not _is_ascii(elements):
            raise InvalidOutputError(
                "expected segment names in the character set of the source, whose texts are not"
                " ASCII; name the segments in ASCII"
            )
        elements.put("SpecificCharacterSet", _UTF_8)
        encoded = [label.encode() for label in labels]
    for item, value in zip(elements.sequence("SegmentSequence"), encoded, strict=True):
        item.put_bytes("SegmentLabel", value + b" " * (len(value) % 2))


def _encoded(labels: Sequence[str], names: tuple[str, ...]) -> list[bytes] | None:
    """Encode in a character set; None when it cannot hold a label."""
    if all(label.isascii() for label in labels):
        return [label.encode() for label in labels]
    codec = python_encoding.get(names[0]) if len(names) == 1 else None
    if codec is None or names[0] in _NOT_ASCII:
        return None
    try:
        encoded = [label.encode(codec) for label in labels]
    except UnicodeEncodeError:
        return None
    # A backslash within a character of GB18030 divides values for who reads bytes; escapes need
    # more than one character set.
    return None if any(b"\\" in value or b"\x1b" in value for value in encoded) else encoded


def _is_ascii(elements: Elements) -> bool:
    """Tell whether every text means the same in UTF-8."""
    if not _NOT_ASCII.isdisjoint(elements.texts("SpecificCharacterSet")):
        return False
    for vr, value in elements.values():
        if isinstance(value, tuple):
            if not all(map(_is_ascii, value)):
                return False
        elif vr in _TEXT and not (value.isascii() and b"\x1b" not in value):
            return False
    return True
