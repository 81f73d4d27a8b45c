"""What a codestream says of itself, read before any decoder sees it.

A decoder allocates what the codestream declares, not what the DICOM header does, so that a few
altered bytes can cost gigabytes or minutes. Both must agree first.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from ..errors import MalformedDicomError

if TYPE_CHECKING:
    from .layout import PixelFormat

_SOI = b"\xff\xd8"
_EOI = b"\xff\xd9"
_MAX_TRAILING = 16  # bytes of padding that writers put after the end
_SOC_SIZ = b"\xff\x4f\xff\x51"
_JP2_BOXES_END = 4096  # boxes before the codestream are short; DICOM forbids them anyway
_MAX_TILES = 65_535  # ISO/IEC 15444-1 A.4.2: a tile's index has 16 bits
_RLE_HEADER = struct.Struct("<16I")
_START_OF_SCAN = 0xDA
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
# Start of frame of every JPEG process, and of JPEG-LS (0xF7)
_FRAME_MARKERS = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC} | {0xF7})


class Codestream(NamedTuple):
    """The size of an image as its codestream has it.

    ``component_ids`` is empty but for JPEG and JPEG-LS; ``has_jfif`` tells of the marker that
    means YCbCr.
    """

    rows: int
    columns: int
    components: int
    precision: int
    is_signed: bool = False
    component_ids: bytes = b""
    has_jfif: bool = False


def read_jpeg(stream: bytes) -> Codestream:
    """Read the frame header of a JPEG (ISO/IEC 10918-1 B.2.2) or JPEG-LS (14495-1) stream.

    Raises
    ------
    MalformedDicomError
        There is none.
    """
    position = 2
    has_jfif = False
    while stream.startswith(_SOI) and position + 4 <= len(stream):
        mark, marker = stream[position], stream[position + 1]
        if mark != 0xFF or marker == _START_OF_SCAN:  # noqa: PLR2004 - every marker starts so
            break
        if marker in _ALONE or marker == 0xFF:  # noqa: PLR2004 - fill byte
            position += 1 if marker == 0xFF else 2  # noqa: PLR2004
            continue
        (length,) = struct.unpack_from(">H", stream, position + 2)
        body = stream[position + 4 : position + 2 + length]
        if marker in _FRAME_MARKERS:
            return _jpeg_frame(body, has_jfif=has_jfif)
        has_jfif |= body.startswith(b"JFIF")
        position += 2 + length
    raise MalformedDicomError("a JPEG codestream without frame header")


def check_jpeg_ls_end(stream: bytes) -> None:
    """Refuse a JPEG-LS stream without its end marker: CharLS looks for it for ever.

    Raises
    ------
    MalformedDicomError
        The stream is cut off.
    """
    if _EOI not in stream[-_MAX_TRAILING:]:
        raise MalformedDicomError("a JPEG-LS codestream without end marker")


def read_jpeg_2000(stream: bytes) -> Codestream:
    """Read the SIZ segment of a JPEG 2000 stream (ISO/IEC 15444-1 A.5.1), bare or in a JP2 file.

    Raises
    ------
    MalformedDicomError
        There is none, or it declares impossible tiles.
    """
    start = stream.find(_SOC_SIZ, 0, _JP2_BOXES_END)
    if start < 0 or len(stream) < start + 45:
        raise MalformedDicomError("a JPEG 2000 codestream without SIZ segment")
    right, bottom, left, top, tile_width, tile_height, *_ = fields = struct.unpack_from(
        ">8IH3B", stream, start + 8
    )
    components, depth = fields[8], fields[9]
    if right <= left or bottom <= top or not tile_width or not tile_height:
        raise MalformedDicomError("a JPEG 2000 codestream of no size")
    tiles = -(-right // tile_width) * -(-bottom // tile_height)
    if tiles > _MAX_TILES:
        raise MalformedDicomError(f"a JPEG 2000 codestream of {tiles} tiles")
    return Codestream(
        rows=bottom - top,
        columns=right - left,
        components=components,
        precision=(depth & 0x7F) + 1,
        is_signed=bool(depth & 0x80),
    )


def check_rle(stream: bytes, declared: PixelFormat) -> None:
    """Check the header of an RLE frame (PS3.5 section G.5).

    Raises
    ------
    MalformedDicomError
        Not one segment per byte of a pixel, or segments that lie outside the frame.
    """
    if len(stream) < _RLE_HEADER.size:
        raise MalformedDicomError("an RLE frame without header")
    count, *offsets = _RLE_HEADER.unpack_from(stream)
    expected = declared.samples * declared.dtype.itemsize
    if count != expected:
        raise MalformedDicomError(f"expected {expected} RLE segments, got {count}")
    used = offsets[:count]
    if used[0] != _RLE_HEADER.size or used != sorted(set(used)) or used[-1] >= len(stream):
        raise MalformedDicomError("the segments of an RLE frame lie outside it")


def check_agreement(stream: Codestream, declared: PixelFormat) -> None:
    """Refuse a codestream of another size than the header declares.

    Raises
    ------
    MalformedDicomError
        Says both.
    """
    said = (stream.rows, stream.columns, stream.components)
    expected = (declared.rows, declared.columns, declared.samples)
    if said != expected:
        raise MalformedDicomError(
            f"the header declares {_words(expected)}, the codestream {_words(said)}"
        )
    if not 1 <= stream.precision <= declared.bits_allocated:
        raise MalformedDicomError(
            f"the header allocates {declared.bits_allocated} bits, the codestream has"
            f" {stream.precision}"
        )


def _jpeg_frame(body: bytes, *, has_jfif: bool) -> Codestream:
    if len(body) < 6 or len(body) < 6 + 3 * body[5]:  # noqa: PLR2004 - fixed part, components
        raise MalformedDicomError("a JPEG frame header is cut off")
    precision, rows, columns, components = struct.unpack_from(">BHHB", body)
    return Codestream(
        rows=rows,
        columns=columns,
        components=components,
        precision=precision,
        component_ids=bytes(body[6 + 3 * index] for index in range(components)),
        has_jfif=has_jfif,
    )


def _words(size: tuple[int, int, int]) -> str:
    return f"{size[0]} x {size[1]} x {size[2]} samples"
