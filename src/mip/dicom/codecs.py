"""One frame of compressed pixel data to stored values.

The decoders are C and Rust that were not written for hostile input: what can be checked before is,
in :mod:`.codestreams`; for the rest this code runs in a process that may be killed. They are
called directly, since pydicom's own plug-ins need packages that are not permissively licensed or
add nothing but a second reading of the header.
"""

from __future__ import annotations

from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..errors import DecodeFailedError, MipError, UnsupportedTransferSyntaxError
from .codestreams import (
    Codestream,
    check_agreement,
    check_jpeg_ls_end,
    check_rle,
    read_jpeg,
    read_jpeg_2000,
)
from .layout import BYTE, meaningful_bits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from .layout import PixelFormat

    Decoder: TypeAlias = Callable[[bytes, PixelFormat], tuple[NDArray[np.generic], str]]

_RGB_IDS = (b"RGB", b"rgb")
_NATIVE = frozenset(
    {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"},
)


def is_compressed(transfer_syntax_uid: str) -> bool:
    """Tell whether pixel data of this transfer syntax are encapsulated."""
    return transfer_syntax_uid not in _NATIVE


def decode_frame(
    stream: bytes, declared: PixelFormat, *, transfer_syntax_uid: str
) -> tuple[NDArray[np.generic], str]:
    """Decode one frame.

    Returns
    -------
    values : ndarray of ``declared.dtype``, shape ``declared.frame_shape``
        Stored values, signs extended.
    photometric : str
        The photometric interpretation of the values, RGB where the decoder made it so.

    Raises
    ------
    UnsupportedTransferSyntaxError
        No decoder that we ship reads it.
    MalformedDicomError
        The codestream is not of the size that the header declares.
    DecodeFailedError
        The decoder refuses the codestream.
    """
    decoder = _DECODERS.get(transfer_syntax_uid)
    if decoder is None or declared.is_float:
        known = transfer_syntax_uid in _NAMES
        name = f" ({_NAMES[transfer_syntax_uid]})" if known else ""
        raise UnsupportedTransferSyntaxError(
            f"no decoder for transfer syntax {transfer_syntax_uid}{name}; transcode the object,"
            " for example to JPEG 2000 lossless"
        )
    with _contained():
        values, photometric = decoder(stream, declared)
    if values.size != np.prod(declared.frame_shape):
        raise DecodeFailedError("the decoder gave another number of pixels than the header has")
    return values.reshape(declared.frame_shape).astype(declared.dtype, copy=False), photometric


@contextmanager
def _contained() -> Iterator[None]:
    """Let nothing out of a decoder but our own errors.

    A Rust decoder panics with a ``BaseException`` that is no ``Exception``; the ones that ask the
    process to stop are let through.
    """
    try:
        yield
    except (MipError, MemoryError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        raise DecodeFailedError(
            f"the pixel data do not decode: {type(error).__name__} in the decoder"
        ) from error


def _rle(stream: bytes, declared: PixelFormat) -> tuple[NDArray[np.generic], str]:
    from rle.rle import decode_frame as decode  # noqa: PLC0415 - loaded for the files that need it

    check_rle(stream, declared)
    size = declared.rows * declared.columns
    planes = decode(stream, size, declared.bits_allocated, "<")
    values = np.frombuffer(planes, declared.dtype).reshape(declared.samples, size).T
    words = meaningful_bits(
        np.ascontiguousarray(values),
        bits_stored=declared.bits_stored,
        high_bit=declared.high_bit,
        is_signed=declared.is_signed,
    )
    return words, declared.photometric


def _jpeg(stream: bytes, declared: PixelFormat) -> tuple[NDArray[np.generic], str]:
    """Decode 8-bit baseline or extended JPEG without libjpeg's guess at the colour space."""
    from PIL import Image  # noqa: PLC0415 - loaded for the files that need it

    header = read_jpeg(stream)
    check_agreement(header, declared)
    if header.precision != BYTE:
        raise UnsupportedTransferSyntaxError(
            f"no decoder for JPEG of {header.precision} bits; transcode the object, for example"
            " to JPEG 2000 lossless"
        )
    with Image.open(BytesIO(stream), formats=("JPEG",)) as image:
        is_tagged = "adobe_transform" in image.info
        if declared.samples > 1 and not is_tagged:
            image.draft("YCbCr", image.size)  # ask for the components as they are
        values = np.asarray(image)
    photometric = "RGB" if is_tagged and declared.samples > 1 else _color(header, declared)
    return _signed(values, header, declared), photometric


def _jpeg_ls(stream: bytes, declared: PixelFormat) -> tuple[NDArray[np.generic], str]:
    from jpeg_ls import decode_pixel_data  # noqa: PLC0415 - loaded for the files that need it

    header = read_jpeg(stream)
    check_agreement(header, declared)
    check_jpeg_ls_end(stream)
    buffer, info = decode_pixel_data(stream)
    values = np.frombuffer(buffer, f"<u{1 if header.precision <= BYTE else 2}")
    if header.components > 1 and info["interleave_mode"] == 0:
        values = values.reshape(header.components, -1).T
    return _signed(values, header, declared), _color(header, declared)


def _jpeg_2000(stream: bytes, declared: PixelFormat) -> tuple[NDArray[np.generic], str]:
    from openjpeg.utils import decode  # noqa: PLC0415 - loaded for the files that need it

    header = read_jpeg_2000(stream)
    check_agreement(header, declared)
    values = decode(stream)
    is_transformed = declared.photometric in {"YBR_ICT", "YBR_RCT"}  # undone by the decoder
    photometric = "RGB" if is_transformed else declared.photometric
    return _signed(values, header, declared), photometric


def _signed(
    values: NDArray[np.generic], header: Codestream, declared: PixelFormat
) -> NDArray[np.generic]:
    """Read the codestream's bits as the header says: a codestream may not know, or be wrong."""
    return meaningful_bits(
        np.ascontiguousarray(values),
        bits_stored=header.precision,
        high_bit=header.precision - 1,
        is_signed=declared.is_signed,
    )


def _color(header: Codestream, declared: PixelFormat) -> str:
    """Believe a JPEG's own marks of its colour space before the DICOM header."""
    if declared.samples == 1:
        return declared.photometric
    if header.component_ids in _RGB_IDS:
        return "RGB"
    return "YBR_FULL" if header.has_jfif else declared.photometric


_DECODERS: dict[str, Decoder] = {
    "1.2.840.10008.1.2.5": _rle,
    "1.2.840.10008.1.2.4.50": _jpeg,
    "1.2.840.10008.1.2.4.51": _jpeg,
    "1.2.840.10008.1.2.4.80": _jpeg_ls,
    "1.2.840.10008.1.2.4.81": _jpeg_ls,
    "1.2.840.10008.1.2.4.90": _jpeg_2000,
    "1.2.840.10008.1.2.4.91": _jpeg_2000,
    "1.2.840.10008.1.2.4.201": _jpeg_2000,
    "1.2.840.10008.1.2.4.202": _jpeg_2000,
    "1.2.840.10008.1.2.4.203": _jpeg_2000,
}

_NAMES = {
    "1.2.840.10008.1.2.4.57": "JPEG Lossless",
    "1.2.840.10008.1.2.4.70": "JPEG Lossless SV1",
    "1.2.840.10008.1.2.4.92": "JPEG 2000 Part 2",
    "1.2.840.10008.1.2.4.100": "MPEG2",
    "1.2.840.10008.1.2.4.102": "MPEG-4",
    "1.2.840.10008.1.2.4.107": "HEVC",
    "1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
}
