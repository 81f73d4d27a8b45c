"""Decoding against pydicom's own files: every syntax, every kind of pixel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import pytest

from mip.dicom import decode_image, read_header

DATA = Path(pydicom.__file__).parent / "data"


@cache
def sample(name: str) -> Path:
    return next(path for path in sorted(DATA.rglob(name)) if path.is_file())


@pytest.mark.parametrize(
    "name",
    [
        "MR_small_implicit.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_expb.dcm",
        "MR_small_padded.dcm",
        "MR_small_RLE.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
    ],
)
def test_the_same_pixels_come_from_every_transfer_syntax(name):
    plain = decode_image(sample("MR_small.dcm")).image
    assert np.array_equal(decode_image(sample(name)).image.stored, plain.stored)
    assert decode_image(sample(name)).image.stored.dtype == plain.stored.dtype


def test_a_header_tells_what_an_index_needs():
    header = read_header(sample("CT_small.dcm"))
    assert header.modality == "CT"
    assert (header.rows, header.columns, header.frames) == (128, 128, 1)
    assert header.instance_uid == "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322"
    assert header.transfer_syntax_uid == "1.2.840.10008.1.2.1"
