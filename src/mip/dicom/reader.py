"""Read a DICOM file: its header, little and fast, or all of it; never more than the limits allow.

Synchronous and bounded: an index of thousands of files and the decoding child both live on it.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from pydicom.uid import UID

from ..contracts import is_valid_uid
from ..errors import (
    ImageTooLargeError,
    InstanceNotFoundError,
    MalformedDicomError,
    NotDicomError,
    PacsError,
)
from .limits import DEFAULT_LIMITS, ReadLimits
from .parser import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    Encoding,
    MoreNeededError,
    Parser,
    PixelElement,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .elements import Elements

IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1.99"
EXPLICIT_VR_BIG_ENDIAN = "1.2.840.10008.1.2.2"

_PREAMBLE = 128
_FIRST_READ = 32 * 1024
_GROWTH = 4
_INFLATE_STEP = 1 << 20
_FIRST_GROUPS = (0x0002, 0x0008)


@dataclass(frozen=True, kw_only=True, slots=True)
class InstanceHeader:
    """What an index needs to know of one file; no patient data.

    A UID that is absent or breaks the rules of PS3.5 section 9.1 is None, so that none that is
    there can be anything but digits and dots. ``rows`` and ``columns`` are None where the object
    is not an image. ``is_incomplete`` is True of an object without them that its class says is an
    image, or that does not say its class: it was cut short, or is damaged.
    """

    study_uid: str | None
    series_uid: str | None
    instance_uid: str | None
    sop_class_uid: str | None
    modality: str
    transfer_syntax_uid: str
    rows: int | None
    columns: int | None
    frames: int
    instance_number: int | None
    is_incomplete: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class DicomFile:
    """A parsed file: its elements before the pixel data, and where the pixel data are.

    ``data`` holds the inflated data set where the file was deflated; ``pixels`` counts in it.
    ``sha256`` is that of the file as it lies, 64 hexadecimal digits.
    """

    elements: Elements
    transfer_syntax_uid: str
    encoding: Encoding
    pixels: PixelElement | None
    data: bytes
    sha256: str


def read_header(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> InstanceHeader:
    """Read what an index needs: the elements before the pixel data, and no more of the file.

    Raises
    ------
    NotDicomError
        The file is not DICOM.
    MalformedDicomError
        Its structure is broken before the pixel data.
    ImageTooLargeError
        It is longer, deeper or inflates to more than ``limits``.
    InstanceNotFoundError, PacsError
        There is no such file, or it cannot be read.
    """
    parsed = read_elements(path, limits=limits)
    elements = parsed.elements
    rows, columns = _lenient_integer(elements, "Rows"), _lenient_integer(elements, "Columns")
    return InstanceHeader(
        study_uid=elements.uid("StudyInstanceUID"),
        series_uid=elements.uid("SeriesInstanceUID"),
        instance_uid=elements.uid("SOPInstanceUID"),
        sop_class_uid=elements.uid("SOPClassUID"),
        modality=elements.text("Modality"),
        transfer_syntax_uid=parsed.transfer_syntax_uid,
        rows=rows,
        columns=columns,
        frames=_lenient_integer(elements, "NumberOfFrames") or 1,
        instance_number=_lenient_integer(elements, "InstanceNumber"),
        is_incomplete=(rows is None or columns is None) and _claims_to_be_an_image(elements),
    )


def read_elements(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> DicomFile:
    """Read the elements before the pixel data; ``data`` and ``sha256`` are empty.

    Raises
    ------
    MipError
        As :func:`read_header`.
    """
    with _opened(path, limits) as (file, size):
        wanted = _FIRST_READ
        data = b""
        while True:
            data += _read(file, wanted - len(data))
            is_whole = len(data) < wanted  # or the file became shorter while it was read
            try:
                return _parse(
                    data, size=len(data) if is_whole else size, limits=limits, is_header=True
                )
            except MoreNeededError as more:
                if is_whole:
                    raise _cut_off() from None
                wanted = max(more.needed, wanted * _GROWTH)


def read_file(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> DicomFile:
    """Read a whole file.

    Raises
    ------
    MipError
        As :func:`read_header`.
    """
    with _opened(path, limits) as (file, size):
        data = _read(file, size)
    try:
        parsed = _parse(data, size=len(data), limits=limits, is_header=False)
    except MoreNeededError:
        raise _cut_off() from None
    return DicomFile(
        elements=parsed.elements,
        transfer_syntax_uid=parsed.transfer_syntax_uid,
        encoding=parsed.encoding,
        pixels=parsed.pixels,
        data=parsed.data or data,
        sha256=hashlib.sha256(data).hexdigest(),
    )


@contextmanager
def _opened(path: Path, limits: ReadLimits) -> Iterator[tuple[BinaryIO, int]]:
    try:
        with open(path, "rb", buffering=0, opener=_open_without_waiting) as file:
            size = file.seek(0, 2)
            file.seek(0)
            if size > limits.file_bytes:
                raise ImageTooLargeError(
                    f"expected a file of at most {limits.file_bytes} bytes, got {size}"
                )
            yield file, size
    except FileNotFoundError as error:
        raise InstanceNotFoundError("the file is not there") from error
    except OSError as error:
        raise PacsError(f"the file cannot be read: {error.strerror}") from error


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a named pipe, too, at once: it is no file to read, and must not hold the reader up."""
    return os.open(path, flags | os.O_NONBLOCK)


def _read(file: BinaryIO, length: int) -> bytes:
    """Read as many bytes as there are, up to ``length``; the kernel may give fewer at a time."""
    parts: list[bytes] = []
    while length > 0 and (part := file.read(length)):
        parts.append(part)
        length -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _parse(data: bytes, *, size: int, limits: ReadLimits, is_header: bool) -> DicomFile:
    start, syntax = _file_meta(data, size=size, limits=limits)
    if syntax == DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN:
        return _parse_deflated(data[start:], limits=limits, is_header=is_header)
    encoding = _encoding(syntax) if syntax else _guess(data, start)
    parser = Parser(data, size=size, limits=limits)
    elements = parser.parse(start, encoding=encoding)
    return DicomFile(
        elements=elements,
        transfer_syntax_uid=syntax or _native_syntax(encoding),
        encoding=encoding,
        pixels=parser.pixels,
        data=b"",
        sha256="",
    )


def _parse_deflated(data: bytes, *, limits: ReadLimits, is_header: bool) -> DicomFile:
    """Inflate as far as the elements go, parse them, then inflate what pixels they announce.

    A data set is one deflated stream (PS3.5 section A.5): what it inflates to is not known before.
    """
    elements, parser = _inflate_elements(data, limits)
    pixels = parser.pixels
    return DicomFile(
        elements=elements,
        transfer_syntax_uid=DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
        encoding=EXPLICIT_LITTLE,
        pixels=pixels,
        data=b"" if is_header or pixels is None else _inflate_pixels(data, pixels, limits),
        sha256="",
    )


def _inflate_elements(data: bytes, limits: ReadLimits) -> tuple[Elements, Parser]:
    wanted = _FIRST_READ
    while True:
        inflated, is_whole = _inflate(data, min(wanted, limits.inflated_bytes))
        parser = Parser(inflated, size=len(inflated) if is_whole else None, limits=limits)
        try:
            return parser.parse(0, encoding=EXPLICIT_LITTLE), parser
        except MoreNeededError as more:
            if len(inflated) == limits.inflated_bytes:
                raise _inflates_too_far(limits) from None
            if len(inflated) < wanted:
                raise  # for want of input: the caller may have more of the file
            wanted = max(more.needed, wanted * _GROWTH)


def _inflate_pixels(data: bytes, pixels: PixelElement, limits: ReadLimits) -> bytes:
    """Inflate to the end of the pixel data, whose declared length the limits allow."""
    end = pixels.start + (pixels.length or 0)
    if end > limits.inflated_bytes:
        raise _inflates_too_far(limits)
    inflated, _ = _inflate(data, end)
    if len(inflated) < end:
        raise MalformedDicomError(
            f"the deflated data set has {len(inflated)} bytes where {end} are declared"
        )
    return inflated


def _cut_off() -> MalformedDicomError:
    return MalformedDicomError("the deflated data set is cut off inside an element")


def _inflates_too_far(limits: ReadLimits) -> ImageTooLargeError:
    return ImageTooLargeError(
        f"expected the data set to inflate to at most {limits.inflated_bytes} bytes"
    )


def _inflate(data: bytes, wanted: int) -> tuple[bytes, bool]:
    """Inflate at most ``wanted`` bytes; tell whether that is all there is."""
    stream = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    parts: list[bytes] = []
    left, feed = wanted, data
    try:
        while left and feed and not stream.eof:
            parts.append(stream.decompress(feed, min(left, _INFLATE_STEP)))
            left -= len(parts[-1])
            feed = stream.unconsumed_tail
    except zlib.error as error:
        raise MalformedDicomError("the deflated data set does not inflate") from error
    return b"".join(parts), stream.eof


def _file_meta(data: bytes, *, size: int, limits: ReadLimits) -> tuple[int, str]:
    """Find where the data set starts, and its transfer syntax if the file says."""
    if data[_PREAMBLE : _PREAMBLE + 4] == b"DICM":
        start = _PREAMBLE + 4
    elif data[:4] == b"DICM":
        start = 4
    elif _starts_a_data_set(data):
        start = 0
    else:
        raise NotDicomError("expected a DICOM file, got something else")
    if data[start : start + 2] != b"\x02\x00":
        return start, ""
    meta, start = Parser(data, size=size, limits=limits).parse_group(start, group=0x0002)
    syntax = meta.text("TransferSyntaxUID")
    if syntax and not is_valid_uid(syntax):
        raise MalformedDicomError("TransferSyntaxUID: expected a UID")
    return start, syntax


def _starts_a_data_set(data: bytes) -> bool:
    """Recognise a data set without preamble: one whose first elements are those of any object."""
    if len(data) < 8:  # noqa: PLR2004 - the head of one element
        return False
    little, element = struct.unpack_from("<HH", data)
    (big,) = struct.unpack_from(">H", data)
    if little == 0x0002 and data[4:6] == b"UL" and element == 0:  # noqa: PLR2004
        return True
    return (little in _FIRST_GROUPS or big in _FIRST_GROUPS) and _has_sane_head(data)


def _has_sane_head(data: bytes) -> bool:
    if data[4:6].isalpha() and data[4:6].isupper():
        return True
    element, length = struct.unpack_from("<HI", data, 2)
    return bool(element <= 0x0020 and length <= 64)  # noqa: PLR2004 - group length to SOP class, a UID


def _encoding(syntax: str) -> Encoding:
    if syntax == IMPLICIT_VR_LITTLE_ENDIAN:
        return IMPLICIT_LITTLE
    return EXPLICIT_BIG if syntax == EXPLICIT_VR_BIG_ENDIAN else EXPLICIT_LITTLE


def _guess(data: bytes, start: int) -> Encoding:
    """Tell the encoding of a data set that comes without file meta information."""
    if not data[start + 4 : start + 6].isalpha():
        return IMPLICIT_LITTLE
    (big,) = struct.unpack_from(">H", data, start)
    return EXPLICIT_BIG if big in _FIRST_GROUPS else EXPLICIT_LITTLE


def _native_syntax(encoding: Encoding) -> str:
    if not encoding.is_explicit:
        return IMPLICIT_VR_LITTLE_ENDIAN
    return EXPLICIT_VR_LITTLE_ENDIAN if encoding.is_little else EXPLICIT_VR_BIG_ENDIAN


def _claims_to_be_an_image(elements: Elements) -> bool:
    """Tell by its class what an object is; one that names none is an image, or a DICOMDIR."""
    sop_class = elements.uid("SOPClassUID")
    if sop_class is None:
        return not elements.has("DirectoryRecordSequence")
    return "Image Storage" in UID(sop_class).name


def _lenient_integer(elements: Elements, keyword: str) -> int | None:
    """Read a number that only orders or describes a listing: a bad one is as good as none."""
    try:
        return elements.integer(keyword)
    except MalformedDicomError:
        return None
