"""Stored pixel values of a whole object, native or compressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import MalformedDicomError
from .codecs import decode_frame, is_compressed
from .fragments import frame_streams
from .layout import BYTE, meaningful_bits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .layout import PixelFormat
    from .reader import DicomFile

_SUBSAMPLED = "YBR_FULL_422"


def decode_pixels(file: DicomFile, declared: PixelFormat) -> tuple[NDArray[np.generic], str]:
    """Decode every frame to stored values.

    Returns
    -------
    values : ndarray, shape (frames, rows, columns) or (frames, rows, columns, samples)
        Unused bits removed and signs extended; possibly a read-only view of the file's bytes.
    photometric : str
        The interpretation that the values have now: some codecs undo a colour transform.

    Raises
    ------
    MalformedDicomError
        The pixel data are not what the header declares.
    UnsupportedTransferSyntaxError, DecodeFailedError
        There is no decoder, or it refuses the data.
    """
    if not is_compressed(file.transfer_syntax_uid):
        return _native(file, declared), declared.photometric
    photometric = declared.photometric
    frames = np.empty((declared.frames, *declared.frame_shape), declared.dtype)
    for index, stream in enumerate(frame_streams(file, frames=declared.frames)):
        frames[index], photometric = decode_frame(
            stream, declared, transfer_syntax_uid=file.transfer_syntax_uid
        )
    return frames, photometric


def _native(file: DicomFile, declared: PixelFormat) -> NDArray[np.generic]:
    pixels = file.pixels
    if pixels is None or pixels.length is None:
        raise MalformedDicomError("expected native pixel data, got encapsulated fragments")
    values = declared.rows * declared.columns * declared.samples * declared.frames
    if declared.photometric == _SUBSAMPLED:
        values = values // 3 * 2
    needed = -(-values * declared.bits_allocated // BYTE)
    left = len(file.data) - pixels.start
    if pixels.length > left:
        raise MalformedDicomError(f"pixel data declare {pixels.length} bytes where {left} are left")
    if pixels.length < needed:
        raise MalformedDicomError(
            f"pixel data have {pixels.length} bytes, {needed} are needed for {declared.frames}"
            f" frames of {declared.rows} x {declared.columns} x {declared.samples} samples of"
            f" {declared.bits_allocated} bits"
        )
    words = _words(file, declared, start=pixels.start, count=values)
    if declared.photometric == _SUBSAMPLED:
        return _upsampled(words, declared)
    if declared.is_planar and declared.samples > 1:
        planes = (declared.frames, declared.samples, declared.rows, declared.columns)
        return np.moveaxis(words.reshape(planes), 1, -1)
    return words.reshape(declared.frames, *declared.frame_shape)


def _words(
    file: DicomFile, declared: PixelFormat, *, start: int, count: int
) -> NDArray[np.generic]:
    """Read native samples in one row."""
    if declared.bits_allocated == 1:
        packed = np.frombuffer(file.data, np.uint8, -(-count // BYTE), start)
        return np.unpackbits(packed, count=count, bitorder="little")
    dtype = declared.dtype
    if not file.encoding.is_little:
        return _big_endian_words(file, declared, start=start, count=count)
    words = np.frombuffer(file.data, dtype, count, start)
    if declared.is_float:
        return words
    return meaningful_bits(
        words,
        bits_stored=declared.bits_stored,
        high_bit=declared.high_bit,
        is_signed=declared.is_signed,
    )


def _big_endian_words(
    file: DicomFile, declared: PixelFormat, *, start: int, count: int
) -> NDArray[np.generic]:
    dtype = declared.dtype
    words: NDArray[np.generic]
    if dtype.itemsize == 1 and file.pixels is not None and file.pixels.vr == "OW":
        even = count + count % 2  # bytes travel in pairs, each pair swapped (PS3.5 section 8.1.2)
        pairs = np.frombuffer(file.data, ">u2", even // 2, start).astype("<u2")
        words = pairs.view(dtype)[:count]
    else:
        words = np.frombuffer(file.data, dtype.newbyteorder(">"), count, start).astype(dtype)
    if declared.is_float:
        return words
    return meaningful_bits(
        words,
        bits_stored=declared.bits_stored,
        high_bit=declared.high_bit,
        is_signed=declared.is_signed,
    )


def _upsampled(words: NDArray[np.generic], declared: PixelFormat) -> NDArray[np.generic]:
    """Give each pixel its own colour again: 4:2:2 stores Y Y Cb Cr per pair of columns."""
    if declared.columns % 2:
        raise MalformedDicomError("YBR_FULL_422: expected an even number of columns")
    pairs = words.reshape(declared.frames, declared.rows, declared.columns // 2, 4)
    pixels = np.empty((declared.frames, *declared.frame_shape), words.dtype)
    pixels[..., 0::2, 0] = pairs[..., 0]
    pixels[..., 1::2, 0] = pairs[..., 1]
    pixels[..., 1] = np.repeat(pairs[..., 2], 2, axis=-1)
    pixels[..., 2] = np.repeat(pairs[..., 3], 2, axis=-1)
    return pixels
