"""From elements to a file: Explicit VR Little Endian, the same bytes for the same elements."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

from ..errors import StorageError
from .elements import LONG_VRS, Element, Elements
from .uids import hashed_uid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
IMPLEMENTATION_CLASS_UID = hashed_uid("mip", "implementation")
IMPLEMENTATION_VERSION_NAME = "MIP"

_HEAD_SHORT = struct.Struct("<HH2sH")
_HEAD_LONG = struct.Struct("<HH2s2xI")
_ITEM = struct.Struct("<HHI")
_MAX_SHORT = 0xFFFF
_SPACE_PADDED = frozenset(
    {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT"}
)


def encode_elements(elements: Elements) -> bytes:
    """Encode a data set or sequence item, in ascending order of tags (PS3.5 section 7.1)."""
    return b"".join(_parts(elements))


def encode_file(elements: Elements) -> bytes:
    """Encode preamble, file meta information and data set (PS3.10 section 7).

    The preamble is zero: no file of ours is another kind of file, too.
    """
    meta = Elements()
    meta.put_bytes("FileMetaInformationVersion", b"\0\1")
    meta.put("MediaStorageSOPClassUID", elements.text("SOPClassUID"))
    meta.put("MediaStorageSOPInstanceUID", elements.text("SOPInstanceUID"))
    meta.put("TransferSyntaxUID", EXPLICIT_VR_LITTLE_ENDIAN)
    meta.put("ImplementationClassUID", IMPLEMENTATION_CLASS_UID)
    meta.put("ImplementationVersionName", IMPLEMENTATION_VERSION_NAME)
    group = encode_elements(meta)
    length = Elements()
    length.put("FileMetaInformationGroupLength", len(group))
    return b"".join(
        [bytes(128), b"DICM", encode_elements(length), group, encode_elements(elements)]
    )


def write_file(path: Path, elements: Elements, pixels: memoryview | bytes) -> str:
    """Write a file with native pixel data; return its SHA-256.

    Parameters
    ----------
    path : Path
        Written over when it is there; its content depends on ``elements`` and ``pixels`` alone.
    elements : Elements
        All of the data set but the pixel data.
    pixels : bytes
        Encoded pixels, little endian; padded to an even length.

    Raises
    ------
    StorageError
        The file cannot be written.
    """
    wide = elements.integer("BitsAllocated") == 8 * 2
    padding = b"\0" * (len(pixels) % 2)
    head = _HEAD_LONG.pack(0x7FE0, 0x0010, b"OW" if wide else b"OB", len(pixels) + len(padding))
    parts = [encode_file(elements), head, pixels, padding]
    digest = hashlib.sha256()
    try:
        with path.open("wb", buffering=0) as file:
            for part in parts:
                digest.update(part)
                written = 0
                while written < len(part):
                    written += file.write(memoryview(part)[written:])
    except OSError as error:
        raise StorageError(f"a derived object cannot be written: {error.strerror}") from error
    return digest.hexdigest()


def _parts(elements: Elements) -> Iterator[bytes]:
    for tag in sorted(elements):
        element = elements[tag]
        vr, value = element.vr, _encoded(element)
        if vr in LONG_VRS or len(value) > _MAX_SHORT:
            wire = vr if vr in LONG_VRS else "UN"  # too long for its own VR (PS3.5 6.2.2)
            yield _HEAD_LONG.pack(tag >> 16, tag & 0xFFFF, wire.encode(), len(value))
        else:
            yield _HEAD_SHORT.pack(tag >> 16, tag & 0xFFFF, vr.encode(), len(value))
        yield value


def _encoded(element: Element) -> bytes:
    value = element.value
    if isinstance(value, tuple):
        return b"".join(_item(item) for item in value)
    if len(value) % 2:
        return value + (b" " if element.vr in _SPACE_PADDED else b"\0")
    return value


def _item(item: Elements) -> bytes:
    content = encode_elements(item)
    return _ITEM.pack(0xFFFE, 0xE000, len(content)) + content
