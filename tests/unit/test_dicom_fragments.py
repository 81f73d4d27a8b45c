"""Encapsulated frames: found by their number, by a table, or by how they begin."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import pytest
from jpeg_ls import encode_array
from pydicom.uid import JPEGLSLossless

from mip.dicom import decode_image
from mip.errors import MalformedDicomError

DATA = Path(pydicom.__file__).parent / "data" / "test_files"
FRAMES = np.arange(3 * 16 * 16, dtype=np.uint16).reshape(3, 16, 16) * 37


@cache
def encoded() -> list[bytes]:
    """Encode each frame as a JPEG-LS stream of even length."""
    streams = [bytes(encode_array(frame)) for frame in FRAMES]
    return [stream + b"\0" * (len(stream) % 2) for stream in streams]


def halves(stream: bytes) -> list[bytes]:
    cut = len(stream) // 4 * 2
    return [stream[:cut], stream[cut:]]


def item(content: bytes) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content


def write(path, fragments, *, table=b"", extended=b"", end=True):
    dataset = pydicom.dcmread(DATA / "CT_small.dcm")
    del dataset.PixelPaddingValue
    dataset.Rows = dataset.Columns = 16
    dataset.PixelRepresentation = 0
    dataset.NumberOfFrames = len(FRAMES)
    if extended:
        dataset.ExtendedOffsetTable = extended
        dataset.ExtendedOffsetTableLengths = bytes(len(extended))
    content = item(table) + b"".join(map(item, fragments))
    dataset.PixelData = content
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
    dataset.save_as(path)
    if not end:
        data = path.read_bytes()
        path.write_bytes(data[: data.rindex(b"\xfe\xff\xdd\xe0")])
    return path


def offsets(fragments_per_frame):
    """Count from the head of the first fragment to those of each frame's first."""
    found, position = [], 0
    for fragments in fragments_per_frame:
        found.append(position)
        position += sum(len(fragment) + 8 for fragment in fragments)
    return found


SPLIT = [halves(stream) for stream in encoded()]
FLAT = [fragment for fragments in SPLIT for fragment in fragments]


@pytest.mark.parametrize(
    ("fragments", "table", "extended"),
    [
        (encoded(), b"", b""),
        (FLAT, struct.pack("<3I", *offsets(SPLIT)), b""),
        (FLAT, b"", struct.pack("<3Q", *offsets(SPLIT))),
        (FLAT, b"", b""),
        (encoded(), struct.pack("<3I", 0, 1, 2), b""),
    ],
    ids=["one-each", "basic-table", "extended-table", "by-their-beginnings", "table-that-lies"],
)
def test_frames_are_found(tmp_path, fragments, table, extended):
    path = write(tmp_path / "a.dcm", fragments, table=table, extended=extended)
    assert np.array_equal(decode_image(path).image.stored, FRAMES)


def test_a_missing_end_is_forgiven_when_every_fragment_is_whole(tmp_path):
    path = write(tmp_path / "a.dcm", encoded(), end=False)
    assert np.array_equal(decode_image(path).image.stored, FRAMES)


@pytest.mark.parametrize(
    ("fragments", "table", "words"),
    [
        (FLAT, struct.pack("<3I", 0, 2, 4), "does not point at 3 frames"),
        (FLAT[:4], b"", "expected 3 frames, 4 fragments make 2"),
        ([], b"", "expected 3 frames, 0 fragments make 0"),
    ],
)
def test_fragments_that_do_not_make_the_frames_are_refused(tmp_path, fragments, table, words):
    path = write(tmp_path / "a.dcm", fragments, table=table)
    with pytest.raises(MalformedDicomError) as caught:
        decode_image(path)
    assert words in str(caught.value)
