"""Damaged DICOM files, each with the error code that reading or decoding it must end in.

Every file is made of one sound 64 x 64 image, in the same way each time. A file that takes a
decoder down, or with it the process that runs it, belongs here as soon as it is met.
"""

from __future__ import annotations

import random
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..dicom.elements import Elements
from ..dicom.writer import encode_elements, encode_file
from ..errors import (
    DecodeFailedError,
    ImageTooLargeError,
    MalformedDicomError,
    NotAnImageError,
    NotDicomError,
    UnsupportedTransferSyntaxError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_MALFORMED = MalformedDicomError.code
_NOT_DICOM = NotDicomError.code
_NOT_AN_IMAGE = NotAnImageError.code
_TOO_LARGE = ImageTooLargeError.code
_UNSUPPORTED = UnsupportedTransferSyntaxError.code
_UNDECODABLE = DecodeFailedError.code

SIZE = 64

_EXPLICIT = "1.2.840.10008.1.2.1"
_DEFLATED = "1.2.840.10008.1.2.1.99"
_RLE = "1.2.840.10008.1.2.5"
_JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
_JPEG_LS = "1.2.840.10008.1.2.4.80"
_JPEG_2000 = "1.2.840.10008.1.2.4.90"
_CT = "1.2.840.10008.5.1.4.1.1.2"
_END_OF_IMAGE = b"\xff\xd9"
_PREFIX = 132


class DamagedFile(NamedTuple):
    """A file's name, its bytes, and the code that it must end in; None for a sound one."""

    name: str
    data: bytes
    code: str | None


def sound_pixels() -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    """Return the pixels of the sound image: 64 x 64, a slope of 12 bits."""
    ramp = np.add.outer(np.arange(SIZE), np.arange(SIZE)) * 13
    return (ramp % 3000).astype(np.uint16)


def damaged_files() -> Iterator[DamagedFile]:
    """Make every damaged file, and some odd but sound ones beside them."""
    yield from _sound()
    yield from _not_dicom()
    yield from _broken_structure()
    yield from _lying_headers()
    yield from _bombs()
    yield from _broken_codestreams()


def write_damaged(folder: Path) -> dict[Path, str | None]:
    """Write every damaged file into a folder; return the code that each must end in."""
    codes = {}
    for file in damaged_files():
        path = folder / file.name
        path.write_bytes(file.data)
        codes[path] = file.code
    return codes


def _sound() -> Iterator[DamagedFile]:
    yield DamagedFile("sound.dcm", _file(), None)
    yield DamagedFile("sound-without-meta.dcm", encode_elements(_image()) + _native(), None)
    yield DamagedFile("sound-deflated.dcm", _deflated(_body()), None)
    for name, syntax, encoder in _ENCODERS:
        yield DamagedFile(f"sound-{name}.dcm", _encapsulated(syntax, [encoder()]), None)


def _not_dicom() -> Iterator[DamagedFile]:
    yield DamagedFile("empty.dcm", b"", _NOT_DICOM)
    yield DamagedFile(
        "text.dcm", b"this is not an image, whatever its name says\n" * 20, _NOT_DICOM
    )
    yield DamagedFile("zeros.dcm", bytes(1024), _NOT_DICOM)
    yield DamagedFile("prefix-alone.dcm", bytes(128) + b"DICM", _NOT_AN_IMAGE)


def _broken_structure() -> Iterator[DamagedFile]:
    whole = _file()
    yield DamagedFile("truncated-meta.dcm", whole[:150], _MALFORMED)
    yield DamagedFile(
        "truncated-header.dcm", whole[: whole.index(b"\x28\x00\x10\x00") + 7], _MALFORMED
    )
    yield DamagedFile("truncated-pixels.dcm", whole[:-100], _MALFORMED)
    lie = _element(0x00081030, b"LO", b"\xff\xfe", b"short")
    yield DamagedFile("length-lie.dcm", _with_meta(lie), _MALFORMED)
    far = struct.pack("<HH2sHI", 0x0009, 0x1010, b"UN", 0, 3 << 30) + bytes(64)
    yield DamagedFile("length-lie-3-gib.dcm", _with_meta(far), _MALFORMED)
    inner = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 16) + _item(1 << 20) + bytes(8)
    yield DamagedFile("item-length-lie.dcm", _with_meta(inner), _MALFORMED)
    endless = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + _item(0xFFFFFFFF)
    yield DamagedFile("item-without-end.dcm", _with_meta(endless), _MALFORMED)
    yield DamagedFile("fragment-lie.dcm", _encapsulated(_RLE, [_rle()])[:-200], _MALFORMED)
    two = _image()
    two.put("NumberOfFrames", 3)
    yield DamagedFile("missing-frames.dcm", _encapsulated(_RLE, [_rle()] * 2, two), _MALFORMED)
    yield DamagedFile("native-as-rle.dcm", _file(syntax=_RLE), _MALFORMED)


def _lying_headers() -> Iterator[DamagedFile]:
    def changed(name: str, *values: int | str, code: str = _MALFORMED, vr: str = "") -> DamagedFile:
        elements = _image()
        elements.put(name, *values, vr=vr)
        label = "-".join(str(value) for value in values)
        return DamagedFile(f"{name.lower()}-{label}.dcm", _file(elements), code)

    without = _image()
    without.drop("Rows")
    yield DamagedFile("without-rows.dcm", _file(without), _MALFORMED)
    yield DamagedFile("without-pixels.dcm", encode_file(_image()), _NOT_AN_IMAGE)
    yield changed("Rows", 0)
    yield changed("Rows", SIZE + 1)
    yield changed("BitsAllocated", 12)
    yield changed("BitsStored", 20)
    yield changed("HighBit", 3)
    yield changed("SamplesPerPixel", 2)
    yield changed("NumberOfFrames", "1A", vr="IS")
    yield changed("NumberOfFrames", -4)
    yield changed("RescaleSlope", "one", vr="DS")
    yield changed("PhotometricInterpretation", "PALETTE COLOR")
    yield changed("PhotometricInterpretation", "RGB")
    yield DamagedFile("unknown-syntax.dcm", _encapsulated("1.2.3.4", [b"\0\0"]), _UNSUPPORTED)
    yield DamagedFile(
        "jpeg-lossless.dcm", _encapsulated("1.2.840.10008.1.2.4.70", [b"\xff\xd8"]), _UNSUPPORTED
    )


def _bombs() -> Iterator[DamagedFile]:
    huge = _image()
    huge.put("Rows", 65_535)
    huge.put("Columns", 65_535)
    yield DamagedFile("declares-65535-squared.dcm", _file(huge), _TOO_LARGE)
    yield DamagedFile(
        "declares-65535-squared-rle.dcm", _encapsulated(_RLE, [_rle()], huge), _TOO_LARGE
    )
    many = _image()
    many.put("NumberOfFrames", 2_000_000)
    yield DamagedFile("declares-2-million-frames.dcm", _file(many), _TOO_LARGE)
    yield DamagedFile("nested-20000-deep.dcm", _with_meta(_nested(20_000)), _TOO_LARGE)
    zeros = _element(0x00091010, b"UN", b"\0\0" + struct.pack("<I", 1 << 30), b"")
    yield DamagedFile("deflate-bomb.dcm", _deflate_bomb(zeros, megabytes=1024), _TOO_LARGE)
    pixels = encode_elements(_image()) + struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, 1 << 30)
    yield DamagedFile("deflate-bomb-pixels.dcm", _deflate_bomb(pixels, megabytes=1024), _TOO_LARGE)
    yield DamagedFile("deflated-garbage.dcm", _meta(_DEFLATED) + b"\xff" * 64, _MALFORMED)
    yield DamagedFile("deflated-truncated.dcm", _deflated(_body())[:-300], _MALFORMED)
    yield DamagedFile("deflated-header-cut.dcm", _deflated(_body())[:400], _MALFORMED)


def _broken_codestreams() -> Iterator[DamagedFile]:
    for name, syntax, encoder in _ENCODERS:
        yield DamagedFile(f"{name}-empty.dcm", _encapsulated(syntax, [b""]), _MALFORMED)
        yield DamagedFile(f"{name}-garbage.dcm", _encapsulated(syntax, [_noise(400)]), _MALFORMED)
        yield DamagedFile(
            f"{name}-of-another-size.dcm", _encapsulated(syntax, [encoder(SIZE // 2)]), _MALFORMED
        )
    stream = _jpeg_ls()
    yield DamagedFile(
        "jpeg-ls-without-end.dcm", _encapsulated(_JPEG_LS, [stream[:-2] + b"\0\0"]), _MALFORMED
    )
    yield DamagedFile(
        "jpeg-ls-cut.dcm", _encapsulated(_JPEG_LS, [stream[:300] + _END_OF_IMAGE]), _UNDECODABLE
    )
    yield DamagedFile(
        "jpeg-ls-noise.dcm",
        _encapsulated(_JPEG_LS, [stream[:25] + _noise(400) + _END_OF_IMAGE]),
        _UNDECODABLE,
    )
    huge = stream[:5] + b"\xfd\xe8\xfd\xe8" + stream[9:]
    yield DamagedFile("jpeg-ls-65000-squared.dcm", _encapsulated(_JPEG_LS, [huge]), _MALFORMED)
    stream = _jpeg_2000()
    yield DamagedFile("jpeg-2000-cut.dcm", _encapsulated(_JPEG_2000, [stream[:60]]), _UNDECODABLE)
    yield DamagedFile(
        "jpeg-2000-noise.dcm",
        _encapsulated(_JPEG_2000, [stream[:51] + _noise(200)]),
        _UNDECODABLE,
    )
    stream = _rle()
    yield DamagedFile("rle-cut.dcm", _encapsulated(_RLE, [stream[:400]]), _MALFORMED)
    yield DamagedFile("rle-too-long.dcm", _encapsulated(_RLE, [_rle_too_long()]), _UNDECODABLE)
    stream = _jpeg()
    yield DamagedFile(
        "jpeg-cut.dcm", _encapsulated(_JPEG_BASELINE, [stream[:200]], _bytes()), _UNDECODABLE
    )


def _image() -> Elements:
    elements = Elements()
    elements.put("SOPClassUID", _CT)
    elements.put("SOPInstanceUID", "2.25.1")
    elements.put("StudyInstanceUID", "2.25.2")
    elements.put("SeriesInstanceUID", "2.25.3")
    elements.put("Modality", "CT")
    elements.put("PatientName", "Damaged^File")
    elements.put("SamplesPerPixel", 1)
    elements.put("PhotometricInterpretation", "MONOCHROME2")
    elements.put("Rows", SIZE)
    elements.put("Columns", SIZE)
    elements.put("BitsAllocated", 16)
    elements.put("BitsStored", 16)
    elements.put("HighBit", 15)
    elements.put("PixelRepresentation", 0)
    return elements


def _bytes() -> Elements:
    """Describe the sound image in 8 bits, for JPEG."""
    elements = _image()
    elements.put("BitsAllocated", 8)
    elements.put("BitsStored", 8)
    elements.put("HighBit", 7)
    return elements


def _native() -> bytes:
    pixels = sound_pixels().astype("<u2").tobytes()
    return struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, len(pixels)) + pixels


def _body() -> bytes:
    return encode_elements(_image()) + _native()


def _meta(syntax: str) -> bytes:
    """Encode preamble and file meta information alone."""
    elements = Elements()
    elements.put("SOPClassUID", _CT)
    elements.put("SOPInstanceUID", "2.25.1")
    whole = encode_file(elements)
    meta = whole[: len(whole) - len(encode_elements(elements))]
    ours, other = (_element(0x00020010, b"UI", None, _even(uid)) for uid in (_EXPLICIT, syntax))
    changed = meta.replace(ours, other)
    length = len(changed) - _PREFIX - 12
    return changed[: _PREFIX + 8] + struct.pack("<I", length) + changed[_PREFIX + 12 :]


def _even(uid: str) -> bytes:
    return uid.encode() + b"\0" * (len(uid) % 2)


def _file(elements: Elements | None = None, *, syntax: str = _EXPLICIT) -> bytes:
    image = _image() if elements is None else elements
    return _meta(syntax) + encode_elements(image) + _native()


def _with_meta(first: bytes) -> bytes:
    """Put bytes where the data set begins, and the sound image after them."""
    return _meta(_EXPLICIT) + first + _body()


def _element(tag: int, vr: bytes, length: bytes | None, value: bytes) -> bytes:
    size = struct.pack("<H", len(value)) if length is None else length
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr + size + value


def _item(length: int) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, length)


def _encapsulated(syntax: str, frames: list[bytes], elements: Elements | None = None) -> bytes:
    if elements is None:
        elements = _bytes() if syntax == _JPEG_BASELINE else _image()
    head = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)
    items = [_item(0)]
    for frame in frames:
        even = frame + b"\0" * (len(frame) % 2)
        items.append(_item(len(even)) + even)
    end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return _meta(syntax) + encode_elements(elements) + head + b"".join(items) + end


def _nested(depth: int) -> bytes:
    head = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + _item(0xFFFFFFFF)
    return head * depth


def _deflated(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return _meta(_DEFLATED) + stream.compress(body) + stream.flush()


def _deflate_bomb(head: bytes, *, megabytes: int) -> bytes:
    """Deflate one long element of zeros: 1 MB for a GB.

    After a full flush a deflated block stands by itself, so one is made and repeated.
    """
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    start = stream.compress(head) + stream.flush(zlib.Z_FULL_FLUSH)
    block = stream.compress(bytes(1 << 20)) + stream.flush(zlib.Z_FULL_FLUSH)
    end = stream.compress(_body()) + stream.flush()
    return _meta(_DEFLATED) + start + block * megabytes + end


def _noise(length: int) -> bytes:
    return random.Random(length).randbytes(length)  # noqa: S311 - the same bytes each time


def _cut_out(size: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    return np.ascontiguousarray(sound_pixels()[:size, :size])


def _rle(size: int = SIZE) -> bytes:
    from rle.rle import encode_frame  # noqa: PLC0415 - codecs are for those who make such files

    encoded: bytes = encode_frame(_cut_out(size).tobytes(), size, size, 1, 16, "<")
    return encoded if size == SIZE else struct.pack("<I", 1) + encoded[4:]


def _rle_too_long() -> bytes:
    """Make a segment of more pixels than the image has, at which the decoder panics."""
    segment = b"\x81\x00" * 2000
    offsets = (2, 64, 64 + len(segment), *[0] * 13)
    return struct.pack("<16I", *offsets) + segment * 2


def _jpeg_ls(size: int = SIZE) -> bytes:
    from jpeg_ls import encode_array  # noqa: PLC0415 - as above

    return bytes(encode_array(_cut_out(size)))


def _jpeg_2000(size: int = SIZE) -> bytes:
    from openjpeg.utils import encode_array  # noqa: PLC0415 - as above

    return encode_array(_cut_out(size), bits_stored=16, photometric_interpretation=2)


def _jpeg(size: int = SIZE) -> bytes:
    from io import BytesIO  # noqa: PLC0415 - as above

    from PIL import Image  # noqa: PLC0415 - as above

    buffer = BytesIO()
    Image.fromarray((_cut_out(size) >> 4).astype(np.uint8)).save(buffer, format="JPEG")
    return buffer.getvalue()


_ENCODERS: tuple[tuple[str, str, Callable[..., bytes]], ...] = (
    ("rle", _RLE, _rle),
    ("jpeg", _JPEG_BASELINE, _jpeg),
    ("jpeg-ls", _JPEG_LS, _jpeg_ls),
    ("jpeg-2000", _JPEG_2000, _jpeg_2000),
)
