"""Decoding against pydicom's own files: every syntax, every kind of pixel."""

from __future__ import annotations

import logging
import warnings
from base64 import b85decode
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.encaps import encapsulate
from pydicom.pixels.processing import _expand_segmented_lut, apply_color_lut, apply_voi_lut
from pydicom.uid import UID

from mip.dicom import decode_image, read_header
from mip.dicom.color import _expand_segments
from mip.dicom.layout import meaningful_bits
from mip.errors import DicomError, MalformedDicomError, UnsupportedTransferSyntaxError

DATA = Path(pydicom.__file__).parent / "data"
LIMIT = 1_000_000

# What pydicom cannot decode with these decoders, or decodes only by force
UNREADABLE = {
    "JPEG-lossy.dcm": "dicom.unsupported_transfer_syntax",
    "JPGExtended.dcm": "dicom.unsupported_transfer_syntax",
    "SC_rgb_jpeg_gdcm.dcm": "dicom.unsupported_transfer_syntax",
    "JPEG2000-embedded-sequence-delimiter.dcm": "dicom.malformed",
    "MR_truncated.dcm": "dicom.malformed",
    "badVR.dcm": "dicom.malformed",
    "meta_missing_tsyntax.dcm": "dicom.malformed",
    "nested_priv_SQ.dcm": "dicom.malformed",
    "no_meta.dcm": "dicom.not_dicom",
    "rtplan_truncated.dcm": "dicom.malformed",
    "DICOMDIR-nooffset": "dicom.malformed",
}
WITHOUT_REFERENCE = {"GDCMJ2K_TextGBR.dcm"}  # pydicom finds no decoder for it here


@cache
def sample(name: str) -> Path:
    return next(path for path in sorted(DATA.rglob(name)) if path.is_file())


def pydicom_files() -> list[Path]:
    """List the DICOM files that come with pydicom, once per name."""
    suffixes = {".py", ".pyc", ".txt", ".json", ".xml", ".gz", ".md", ".icc", ".dump"}
    found = {
        path.name: path
        for path in sorted(DATA.rglob("*"))
        if path.is_file() and path.suffix not in suffixes and path.name != "README"
    }
    return [path for path in found.values() if path.stat().st_size < LIMIT]


def reference(path: Path) -> np.ndarray:
    """Decode as pydicom does, colour as RGB."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(path, force=True)
            pixels = dataset.pixel_array
            if dataset.PhotometricInterpretation.startswith("PALETTE"):
                pixels = apply_color_lut(pixels, dataset)
            return pixels
    finally:
        logging.disable(logging.NOTSET)


def is_image(path: Path) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return "PixelData" in pydicom.dcmread(path, force=True)


READABLE = [path for path in pydicom_files() if path.name not in {*UNREADABLE, *WITHOUT_REFERENCE}]


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.name)
def test_decoding_agrees_with_pydicom_on_its_own_files(path):
    if not is_image(path):
        with pytest.raises(DicomError) as caught:
            decode_image(path)
        assert caught.value.code == "dicom.not_an_image"
        return
    stored = decode_image(path).image.stored
    assert np.array_equal(stored, reference(path).reshape(stored.shape))


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_decoded_says_so(name):
    with pytest.raises(DicomError) as caught:
        decode_image(sample(name))
    assert caught.value.code == UNREADABLE[name]


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


def test_a_codestream_that_is_wrong_about_signs_is_read_as_the_header_says():
    image = decode_image(sample("J2K_pixelrep_mismatch.dcm")).image
    assert image.stored.dtype == np.int16
    assert image.stored.min() == -2000


def test_a_transfer_syntax_without_decoder_tells_what_to_do():
    with pytest.raises(UnsupportedTransferSyntaxError, match=r"JPEG Lossless SV1.*transcode"):
        decode_image(sample("SC_rgb_jpeg_gdcm.dcm"))


def test_colour_through_jpeg_2000_comes_as_rgb():
    image = decode_image(sample("GDCMJ2K_TextGBR.dcm")).image
    assert image.is_color
    assert image.stored.dtype == np.uint8


def test_ct_has_hounsfield_units_and_padding():
    image = decode_image(sample("CT_small.dcm")).image
    assert image.units == "HU"
    assert np.array_equal(image.pixels, image.stored.astype(np.float32) - 1024)
    assert image.padding is None  # a padding value is declared, no pixel has it
    assert image.geometry.pixel_spacing_mm == (0.661468, 0.661468)


def test_a_header_tells_what_an_index_needs():
    header = read_header(sample("CT_small.dcm"))
    assert header.modality == "CT"
    assert (header.rows, header.columns, header.frames) == (128, 128, 1)
    assert header.instance_uid == "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322"
    assert header.transfer_syntax_uid == "1.2.840.10008.1.2.1"


@given(
    raw=st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=20),
    bits=st.integers(1, 16),
    high=st.integers(0, 15),
    is_signed=st.booleans(),
)
def test_stored_bits_are_cut_out_and_sign_extended(raw, bits, high, is_signed):
    high = max(high, bits - 1)
    words = np.array(raw, dtype="<u2")
    values = meaningful_bits(words, bits_stored=bits, high_bit=high, is_signed=is_signed)
    for word, value in zip(raw, values.tolist(), strict=True):
        expected = word >> (high + 1 - bits) & ((1 << bits) - 1)
        if is_signed and expected >> (bits - 1):
            expected -= 1 << bits
        assert value == expected


def make(path, pixels, **attributes):
    """Write an image with pydicom, from a sound CT."""
    dataset = pydicom.dcmread(sample("CT_small.dcm"))
    del dataset.PixelPaddingValue
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    for keyword, value in attributes.items():
        if value is None:
            delattr(dataset, keyword)
        elif keyword.startswith("PixelPadding"):
            dataset.add_new(keyword, "SS", value)
        else:
            setattr(dataset, keyword, value)
    dataset.PixelData = pixels.tobytes()
    dataset["PixelData"].VR = "OW"
    dataset.save_as(path)
    return decode_image(path).image


def item(**attributes):
    dataset = pydicom.Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


RAMP = np.arange(64, dtype=np.int16).reshape(8, 8)


def test_a_padding_range_is_marked(tmp_path):
    image = make(tmp_path / "a.dcm", RAMP, PixelPaddingValue=5, PixelPaddingRangeLimit=3)
    assert image.padding is not None
    assert np.array_equal(image.padding[0], (RAMP >= 3) & (RAMP <= 5))


def test_a_negative_padding_value_is_read_with_the_sign_of_the_pixels(tmp_path):
    pixels = RAMP - 60
    image = make(tmp_path / "a.dcm", pixels, PixelPaddingValue=-60)
    assert image.padding is not None
    assert image.padding.sum() == 1


def test_a_modality_lut_comes_in_place_of_slope_and_intercept(tmp_path):
    table = item(
        LUTDescriptor=[64, 0, 16], ModalityLUTType="OD", LUTData=np.arange(64, dtype="<u2")[::-1]
    )
    table.LUTData = table.LUTData.tobytes()
    pixels = RAMP.astype(np.uint16)
    image = make(
        tmp_path / "a.dcm",
        pixels,
        PixelRepresentation=0,
        ModalityLUTSequence=[table],
        RescaleSlope=None,
        RescaleIntercept=None,
    )
    assert image.units == "OD"
    assert np.array_equal(image.pixels[0], 63 - pixels)


def test_voi_luts_are_handed_on(tmp_path):
    table = item(LUTDescriptor=[64, 0, 16], LUTExplanation="BONE", LUTData=None)
    table.LUTData = (np.arange(64, dtype="<u2") * 3).tobytes()
    pixels = RAMP.astype(np.uint16)
    image = make(
        tmp_path / "a.dcm",
        pixels,
        PixelRepresentation=0,
        VOILUTSequence=[table],
        RescaleIntercept=0,
    )
    (lut,) = image.voi_luts
    dataset = pydicom.dcmread(tmp_path / "a.dcm")
    assert lut.explanation == "BONE"
    assert np.array_equal(lut.values[pixels - lut.first], apply_voi_lut(pixels, dataset))


def test_windows_come_in_order_with_function_and_explanation(tmp_path):
    image = make(
        tmp_path / "a.dcm",
        RAMP,
        WindowCenter=[40, 300],
        WindowWidth=[400, 1500],
        WindowCenterWidthExplanation=["SOFT", "BONE"],
        VOILUTFunction="SIGMOID",
    )
    assert [(w.center, w.width, w.explanation) for w in image.windows] == [
        (40, 400, "SOFT"),
        (300, 1500, "BONE"),
    ]
    assert {w.function for w in image.windows} == {"sigmoid"}


def test_a_window_of_no_width_is_left_out(tmp_path):
    assert make(tmp_path / "a.dcm", RAMP, WindowCenter=40, WindowWidth=0).windows == ()


def test_monochrome1_is_flagged_and_not_inverted(tmp_path):
    image = make(tmp_path / "a.dcm", RAMP, PhotometricInterpretation="MONOCHROME1")
    assert image.is_inverted
    assert np.array_equal(image.stored[0], RAMP)


def test_a_high_bit_below_the_top_is_honoured(tmp_path):
    values = np.arange(-32, 32, dtype=np.int16).reshape(8, 8)
    words = (
        values.astype(np.int32) << 4
    ) & 0x0FF0 | 0xF00F  # bits 4 to 11 count; the rest is an overlay
    image = make(tmp_path / "a.dcm", words.astype(np.uint16), BitsStored=8, HighBit=11)
    assert np.array_equal(image.stored[0], values)


@pytest.mark.parametrize(
    ("keyword", "dtype"), [("FloatPixelData", "<f4"), ("DoubleFloatPixelData", "<f8")]
)
def test_float_pixel_data_keep_their_values(tmp_path, keyword, dtype):
    pixels = np.linspace(-1, 1, 64).reshape(8, 8).astype(dtype)
    dataset = pydicom.dcmread(sample("CT_small.dcm"))
    dataset.Rows = dataset.Columns = 8
    dataset.BitsAllocated = pixels.dtype.itemsize * 8
    dataset.RescaleIntercept = 0
    for absent in ("PixelData", "PixelPaddingValue", "BitsStored", "HighBit"):
        delattr(dataset, absent)
    setattr(dataset, keyword, pixels.tobytes())
    dataset.save_as(tmp_path / "a.dcm")
    image = decode_image(tmp_path / "a.dcm").image
    assert image.stored.dtype == np.dtype(dtype)
    assert np.array_equal(image.stored[0], pixels)


def test_a_position_of_two_numbers_is_refused(tmp_path):
    with pytest.raises(MalformedDicomError, match="ImagePositionPatient: expected 3 numbers"):
        make(tmp_path / "a.dcm", RAMP, ImagePositionPatient=[1, 2])


def test_the_header_of_an_image_has_no_patient_in_it():
    image = decode_image(sample("CT_small.dcm")).image
    dataset = pydicom.dcmread(sample("CT_small.dcm"))
    text = repr(dict(image.header))
    assert image.header["KVP"] == "120"
    for keyword in ("PatientName", "PatientID", "StudyDate", "StudyInstanceUID", "InstitutionName"):
        assert str(dataset[keyword].value) not in text


# 64 x 64, a ramp; encoded with OpenJPH
HTJ2K = (
    "|4;u>04YEK0000$0000$00000000000000$0000$0000000000009pH0sl|{2mk^A000XAQUDA90ssL31q1{@0smY8"
    "6Cj9?kdTm&kdTm&kdTmwh=~7W02crOPjF>!N>E53R%LP^FfKASE;BCwkN^q*000011ONg5lfVEg0RMkS{73wc_yU2n"
    "0KfnfKmZc}+S&nvbO7450Ao}DzyK9600mHNHk<vbaRPM!>})psz##$bwgA8Y70>_$pfpX>G)>dz%6fWmf_MOQnx<)*"
    "ru~E<d-f24?79HJ02aIe0d9a8V~jDz7-Nhv#`*sWdU|?#dU|jIeE>Md7-Nhv#u#Ia|9D^k2fttd9{qp-d-ebU?6U#D"
    "04|mQ0d-)Ah=_=Yh=_=Yh=_=Yh=_>(zx=1Cr>Cc<r>Cc<r>Cc<r^0ms7!eT>5fKp)5fKp)5fKp)|9{&DC%=52{qlSF"
    "$?xAMzkHtk@_YBm?7IQ~*#"
)


@pytest.mark.parametrize("syntax", ["201", "202", "203"])
def test_high_throughput_jpeg_2000_is_decoded(tmp_path, syntax):
    dataset = pydicom.dcmread(sample("CT_small.dcm"))
    dataset.Rows = dataset.Columns = 64
    dataset.PixelRepresentation = 0
    del dataset.PixelPaddingValue
    dataset.PixelData = encapsulate([b85decode(HTJ2K)])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = UID(f"1.2.840.10008.1.2.4.{syntax}")
    dataset.save_as(tmp_path / "a.dcm")
    ramp = np.add.outer(np.arange(64), np.arange(64)) * 13 % 3000
    assert np.array_equal(decode_image(tmp_path / "a.dcm").image.stored[0], ramp)


DISCRETE, LINEAR, INDIRECT = range(3)


@pytest.mark.parametrize(
    ("words", "dtype"),
    [
        ([DISCRETE, 2, 10, 20, LINEAR, 4, 100, INDIRECT, 2, 0, 0], "<u2"),
        ([DISCRETE, 2, 10, 20, LINEAR, 4, 100, INDIRECT, 2, 0, 0, 0, 0], "u1"),
        ([DISCRETE, 1, 7, DISCRETE, 2, 10, 20, INDIRECT, 1, 3, 0, 0, 0, LINEAR, 7, 0], "u1"),
        ([DISCRETE, 1, 255, LINEAR, 11, 1], "<u2"),
    ],
)
def test_segmented_palettes_are_expanded_as_pydicom_does(words, dtype):
    data = np.array(words, dtype=dtype)
    expected = _expand_segmented_lut(tuple(words), "<H" if dtype == "<u2" else "<B")
    assert _expand_segments(data, len(expected)).tolist() == expected


def test_the_offset_of_an_indirect_segment_counts_bytes():
    words = [DISCRETE, 1, 7, DISCRETE, 2, 10, 20, INDIRECT, 1, 6, 0]
    assert _expand_segments(np.array(words, "<u2"), 5).tolist() == [7, 10, 20, 10, 20]


@pytest.mark.parametrize(
    "words", [[LINEAR, 4, 100], [9, 1, 1], [DISCRETE, 1, 7], [INDIRECT, 1, 0, 0], [DISCRETE]]
)
def test_a_broken_segmented_palette_is_refused(words):
    with pytest.raises(MalformedDicomError, match="segmented palette"):
        _expand_segments(np.array(words, "<u2"), 5)


def test_frames_of_a_dose_grid_have_positions():
    geometry = decode_image(sample("rtdose.dcm")).image.geometry
    assert geometry.positions_mm is not None
    assert geometry.positions_mm.shape == (15, 3)
    assert geometry.slice_spacing_mm == pytest.approx(5.0)
