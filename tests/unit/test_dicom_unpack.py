"""Raw frames and their description, against what pydicom makes of the same files."""

from __future__ import annotations

import warnings
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np
import pydicom
import pydicom.data
import pytest
from pydicom.pixels.processing import apply_color_lut

from mip.dicom import ObjectDescription, read_listing, read_metadata, unpack
from mip.errors import DicomError
from mip.worker import ChildPool

SAMPLES = Path(pydicom.data.__file__).parent / "test_files"
GREY = (
    "CT_small.dcm",
    "MR_small.dcm",
    "MR_small_RLE.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "MR_small_jp2klossless.dcm",
    "J2K_pixelrep_mismatch.dcm",
    "693_J2KI.dcm",
    "JPEGLSNearLossless_16.dcm",
    "image_dfl.dcm",
    "rtdose.dcm",
    "rtdose_rle.dcm",
    "liver_1frame.dcm",
)


def unpacked(path: Path, folder: Path) -> tuple[ObjectDescription, np.ndarray]:
    folder.mkdir(exist_ok=True)
    unpack(path, folder)
    return read_back(folder)


def read_back(folder: Path) -> tuple[ObjectDescription, np.ndarray]:
    text = (folder / "description.json").read_bytes()
    told = msgspec.json.decode(text, type=ObjectDescription)
    raw = np.fromfile(folder / "frames.raw", np.dtype(told.type).newbyteorder("<"))
    return told, raw.reshape(told.frames, told.rows, told.columns, told.samples)


def sample(name: str) -> Path:
    return SAMPLES / name


@pytest.mark.parametrize("name", GREY)
def test_grey_frames_are_the_stored_values(tmp_path, name):
    told, raw = unpacked(sample(name), tmp_path / "out")
    data = pydicom.dcmread(sample(name))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = data.pixel_array
    assert np.array_equal(raw.reshape(expected.shape), expected)
    assert (told.samples, told.signed) == (1, expected.dtype.kind == "i")
    assert told.bits == data.BitsStored
    assert len(told.frame) == told.frames == int(data.get("NumberOfFrames", 1))


@pytest.mark.parametrize(
    "name", ["examples_rgb_color.dcm", "SC_rgb_rle.dcm", "SC_rgb_rle_16bit.dcm"]
)
def test_colour_is_eight_bits_in_threes(tmp_path, name):
    told, raw = unpacked(sample(name), tmp_path / "out")
    data = pydicom.dcmread(sample(name))
    expected = data.pixel_array >> (data.BitsStored - 8)
    assert (told.samples, told.type, told.photometric) == (3, "uint8", "RGB")
    assert np.array_equal(raw[0], expected)
    assert told.value_range is None


def test_ybr_becomes_rgb(tmp_path):
    path = sample("SC_ybr_full_422_uncompressed.dcm")
    _, raw = unpacked(path, tmp_path / "out")
    expected = pydicom.dcmread(path).pixel_array.astype(int)
    assert np.abs(raw[0].astype(int) - expected).max() <= 1


def test_a_palette_becomes_rgb(tmp_path):
    source = pydicom.dcmread(sample("examples_palette.dcm"))
    told, raw = unpacked(sample("examples_palette.dcm"), tmp_path / "out")
    expected = apply_color_lut(source.pixel_array, source)
    assert (told.samples, told.bits) == (3, 8)
    assert np.array_equal(raw[0], expected >> 8 if expected.dtype.itemsize == 2 else expected)


def test_the_description_says_how_pixels_are_shown(tmp_path):
    told, raw = unpacked(sample("CT_small.dcm"), tmp_path / "out")
    first = told.frame[0]
    assert (first.slope, first.intercept, first.units) == (1.0, -1024.0, "HU")
    assert told.value_range == (raw.min() - 1024.0, raw.max() - 1024.0)
    assert first.spacing == (0.661468, 0.661468)
    assert first.position == (-158.135803, -179.035797, -75.699997)
    assert not told.inverted


def test_padding_does_not_count_in_the_range(tmp_path):
    data = pydicom.dcmread(sample("CT_small.dcm"))
    pixels = data.pixel_array.copy()
    pixels[0, 0] = -2000
    data.PixelData = pixels.tobytes()
    data.PixelPaddingValue = -2000
    data.PhotometricInterpretation = "MONOCHROME1"
    data.save_as(tmp_path / "padded.dcm")
    told, _ = unpacked(tmp_path / "padded.dcm", tmp_path / "out")
    assert told.padding == (-2000.0, -2000.0)
    assert told.value_range is not None
    assert told.value_range[0] > -2000 - 1024
    assert told.inverted


def test_frames_of_a_segmentation_say_their_segment(tmp_path):
    told, raw = unpacked(sample("liver_1frame.dcm"), tmp_path / "out")
    assert told.frame[0].segment == 1
    assert set(np.unique(raw)) == {0, 1}


async def test_a_child_unpacks_and_runs_nothing(tmp_path):
    (tmp_path / "out").mkdir()
    async with ChildPool(None) as pool:
        size = await pool.unpack(sample("CT_small.dcm"), tmp_path / "out")
        with pytest.raises(DicomError) as caught:
            await pool.unpack(sample("MR_truncated.dcm"), tmp_path / "out")
    assert caught.value.code == "dicom.malformed"
    assert size > 128 * 128 * 2
    told, raw = read_back(tmp_path / "out")
    assert np.array_equal(raw[0, ..., 0], pydicom.dcmread(sample("CT_small.dcm")).pixel_array)
    assert told.modality == "CT"


@pytest.mark.parametrize("name", ["CT_small.dcm", "rtdose.dcm", "test-SR.dcm", "rtplan.dcm"])
def test_dicom_json_is_that_of_pydicom(name):
    ours = read_metadata(sample(name))
    data = pydicom.dcmread(sample(name), stop_before_pixels=True)
    theirs = data.to_json_dict(suppress_invalid_tags=True)
    for tag, element in theirs.items():
        if tag[4:] == "0000" or tag == "00080005" or "InlineBinary" in element:
            continue
        assert ours[tag]["vr"] == element["vr"], tag
        if element["vr"] not in ("SQ", "DS", "UN"):
            assert ours[tag].get("Value") == element.get("Value"), tag


def test_dicom_json_never_holds_pixels():
    def pictures(told):
        for tag, element in told.items():
            if tag.startswith(("60", "7F")):
                yield element
            if element["vr"] == "SQ":
                for item in element["Value"]:
                    yield from pictures(item)

    found = []
    for path in sorted(SAMPLES.glob("*.dcm")):
        with suppress(DicomError):
            found += list(pictures(read_metadata(path)))
    assert found
    assert not any("InlineBinary" in element for element in found)


def test_names_keep_their_characters():
    charsets = SAMPLES.parent / "charset_files"
    told = read_metadata(charsets / "chrH31.dcm")
    expected = pydicom.dcmread(charsets / "chrH31.dcm").PatientName
    assert told["00100010"]["Value"] == [
        {
            "Alphabetic": expected.alphabetic,
            "Ideographic": expected.ideographic,
            "Phonetic": expected.phonetic,
        }
    ]
    assert told["00080005"]["Value"] == ["ISO_IR 192"]


def test_metadata_as_unpacked_describe_the_unpacked_pixels():
    told = read_metadata(sample("examples_palette.dcm"), as_unpacked=True)
    assert told["00280002"]["Value"] == [3]
    assert told["00280004"]["Value"] == ["RGB"]
    assert told["00280100"]["Value"] == [8]
    assert "00281201" not in told


def test_a_listing_names_what_qido_asks_for():
    listing = read_listing(sample("CT_small.dcm"))
    assert listing.modality == "CT"
    assert listing.attributes["00100020"]["Value"] == ["1CT1"]
    assert listing.attributes["00280010"]["Value"] == [128]
    assert "00280030" not in listing.attributes
