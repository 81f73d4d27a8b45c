"""Derived objects: what they say, and that they say it again."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.pixels.processing import apply_modality_lut

from mip.contracts import is_valid_uid
from mip.dicom import OutputItem, Provenance, decode_image, decode_series, derive
from mip.dicom.derive.values import IDENTITY, SIGNED, UNSIGNED, Rescale, store
from mip.dicom.elements import format_decimal
from mip.dicom.synthetic import write_series
from mip.dicom.uids import derivation_seed, hashed_uid
from mip.errors import DicomError, InvalidOutputError, StorageError
from mip.imaging import Mask, Window

DATA = Path(pydicom.__file__).parent / "data" / "test_files"
DCIODVFY = Path(sys.executable).parent / "dciodvfy"
PROVENANCE = Provenance(
    algorithm_id="test-algorithm",
    version="1.2.0",
    digest="ab" * 32,
    parameters={"sigma": 1.5, "side": "left"},
)
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"


@cache
def sample(name: str) -> Path:
    return next(path for path in sorted(DATA.rglob(name)) if path.is_file())


def same(image):
    return image.replace(image.pixels)


def halved(image):
    return image.replace(image.pixels * np.float32(0.5) + np.float32(0.25))


def picture(image):
    ramp = np.arange(image.rows * image.columns) % 256
    frame = ramp.astype(np.uint8).reshape(image.rows, image.columns)
    return image.replace(np.repeat(frame[np.newaxis], image.frames, axis=0))


def colored(image):
    return image.replace(np.repeat(picture(image).stored[..., np.newaxis], 3, axis=-1))


def masked(image):
    labels = np.zeros(image.stored.shape[:3], np.uint8)
    labels[:, : image.rows // 2, : image.columns // 2] = 1
    labels[:, image.rows // 2 :, : image.columns // 2] = 2
    return Mask(labels=labels, segments=("Liver", "Lesion"))


def emptied(image):
    return Mask(labels=np.zeros(image.stored.shape[:3], bool))


KINDS = {
    "same": same,
    "halved": halved,
    "picture": picture,
    "colored": colored,
    "masked": masked,
    "emptied": emptied,
}


def derived(path, make, folder, *, provenance=PROVENANCE):
    source = decode_image(path)
    (item,) = derive(
        source, [OutputItem("image", make(source.image))], provenance=provenance, folder=folder
    )
    return item, pydicom.dcmread(item.path)


# What an object says


def test_a_grey_result_keeps_the_class_and_values_of_its_source(tmp_path):
    item, dataset = derived(sample("CT_small.dcm"), same, tmp_path)
    original = pydicom.dcmread(sample("CT_small.dcm"))
    assert item.sop_class_uid == dataset.SOPClassUID == original.SOPClassUID
    assert np.array_equal(dataset.pixel_array, original.pixel_array)
    assert (dataset.RescaleSlope, dataset.RescaleIntercept) == (1, -1024)


def test_values_between_the_steps_of_the_source_come_back_exactly(tmp_path):
    _, dataset = derived(sample("CT_small.dcm"), halved, tmp_path)
    expected = decode_image(sample("CT_small.dcm")).image.pixels[0] * 0.5 + 0.25
    assert np.array_equal(apply_modality_lut(dataset.pixel_array, dataset), expected)


def test_a_result_stays_with_its_patient_and_study_in_a_series_of_its_own(tmp_path):
    _, dataset = derived(sample("CT_small.dcm"), same, tmp_path)
    original = pydicom.dcmread(sample("CT_small.dcm"))
    for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "FrameOfReferenceUID"):
        assert dataset[keyword].value == original[keyword].value
    assert dataset.SeriesInstanceUID != original.SeriesInstanceUID
    assert dataset.SOPInstanceUID != original.SOPInstanceUID
    assert list(dataset.ImageType) == ["DERIVED", *original.ImageType[1:]]


def test_a_result_names_its_source_and_its_algorithm(tmp_path):
    _, dataset = derived(sample("CT_small.dcm"), same, tmp_path)
    original = pydicom.dcmread(sample("CT_small.dcm"))
    (source,) = dataset.SourceImageSequence
    assert source.ReferencedSOPInstanceUID == original.SOPInstanceUID
    assert source.PurposeOfReferenceCodeSequence[0].CodeValue == "121322"
    equipment = dataset.ContributingEquipmentSequence[-1]
    assert equipment.PurposeOfReferenceCodeSequence[0].CodeValue == "109103"
    assert equipment.ManufacturerModelName == "test-algorithm"
    assert list(equipment.SoftwareVersions) == ["1.2.0", "ab" * 32]
    assert dataset.DerivationDescription == 'test-algorithm 1.2.0 {"side":"left","sigma":1.5}'


def test_nothing_private_and_nothing_that_would_now_be_wrong_is_carried_over(tmp_path):
    path = tmp_path / "source.dcm"
    dataset = pydicom.dcmread(sample("CT_small.dcm"))
    dataset.SmallestImagePixelValue = 1
    dataset.preamble = b"MZ" + bytes(126)
    icon = pydicom.Dataset()
    icon.Rows = 1
    dataset.IconImageSequence = [icon]
    item = pydicom.Dataset()
    item.ReferencedSOPClassUID = item.ReferencedSOPInstanceUID = "1.2.3"
    item.add_new((0x0009, 0x0010), "LO", "PRIVATE")
    dataset.ReferencedImageSequence = [item]
    dataset["SmallestImagePixelValue"].VR = "SS"
    dataset.save_as(path)
    _, result = derived(path, same, tmp_path)
    assert "IconImageSequence" not in result
    assert "SmallestImagePixelValue" not in result
    assert not any(element.tag.is_private for element in result.iterall())
    assert result.ReferencedImageSequence[0].ReferencedSOPInstanceUID == "1.2.3"
    assert result.preamble == bytes(128)


def test_text_is_carried_over_in_its_own_character_set(tmp_path):
    path = tmp_path / "source.dcm"
    dataset = pydicom.dcmread(sample("CT_small.dcm"))
    dataset.SpecificCharacterSet = "ISO_IR 144"
    dataset.PatientName = "Люкceмбypг"
    dataset.save_as(path)
    for make in KINDS.values():
        _, result = derived(path, make, tmp_path)
        assert result.PatientName == "Люкceмбypг"


@pytest.mark.parametrize("make", [same, picture, masked])
def test_a_lossy_past_is_not_forgotten(make, tmp_path):
    path = tmp_path / "source.dcm"
    dataset = pydicom.dcmread(sample("CT_small.dcm"))
    dataset.LossyImageCompression = "01"
    dataset.LossyImageCompressionRatio = 10
    dataset.save_as(path)
    _, result = derived(path, make, tmp_path)
    assert result.LossyImageCompression == "01"


def test_lossy_compression_that_only_the_transfer_syntax_shows_is_told(tmp_path):
    _, result = derived(sample("JPEGLSNearLossless_16.dcm"), picture, tmp_path)
    assert result.LossyImageCompression == "01"
    assert result.LossyImageCompressionMethod == "ISO_14495_1"


def test_padding_stays_padding(tmp_path):
    path = tmp_path / "source.dcm"
    dataset = pydicom.dcmread(sample("CT_small.dcm"))
    pixels = dataset.pixel_array.copy()
    pixels[:4] = -2000
    dataset.PixelData = pixels.tobytes()
    dataset.save_as(path)
    _, result = derived(path, lambda image: image.replace(image.pixels + 1), tmp_path)
    assert result.PixelPaddingValue == -2000
    assert (result.pixel_array[:4] == -2000).all()
    assert np.array_equal(result.pixel_array[4:], pixels[4:] + 1)


def test_a_picture_is_a_secondary_capture_in_its_place(tmp_path):
    item, dataset = derived(sample("CT_small.dcm"), colored, tmp_path)
    original = pydicom.dcmread(sample("CT_small.dcm"))
    assert item.sop_class_uid == SECONDARY_CAPTURE
    assert dataset.PhotometricInterpretation == "RGB"
    assert dataset.ImagePositionPatient == original.ImagePositionPatient
    assert list(dataset.ImageType) == ["DERIVED", "SECONDARY"]


def test_a_picture_of_another_size_has_no_place(tmp_path):
    def shrunk(image):
        return image.replace(picture(image).stored[0, :10, :10])

    _, dataset = derived(sample("CT_small.dcm"), shrunk, tmp_path)
    assert (dataset.Rows, dataset.Columns) == (10, 10)
    assert "ImagePositionPatient" not in dataset


def test_colour_of_16_bits_is_shown_in_8(tmp_path):
    source = decode_image(sample("SC_rgb_rle_16bit.dcm"))
    outputs = [OutputItem("image", source.image)]
    (item,) = derive(source, outputs, provenance=PROVENANCE, folder=tmp_path)
    assert np.array_equal(pydicom.dcmread(item.path).pixel_array, source.image.stored[0] >> 8)


def test_a_mask_is_a_segmentation_with_its_segments(tmp_path):
    item, dataset = derived(sample("CT_small.dcm"), masked, tmp_path)
    assert item.sop_class_uid == SEGMENTATION
    labels = [segment.SegmentLabel for segment in dataset.SegmentSequence]
    assert labels == ["Liver", "Lesion"]
    assert dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeValue == "10200004"
    assert dataset.SegmentSequence[0].SegmentAlgorithmName == "test-algorithm"
    expected = masked(decode_image(sample("CT_small.dcm")).image).labels[0]
    assert np.array_equal(dataset.pixel_array, [expected == 1, expected == 2])


def test_an_empty_mask_is_a_segmentation_and_nothing_is_logged_of_it(tmp_path, caplog):
    item, _ = derived(sample("CT_small.dcm"), emptied, tmp_path)
    assert item.sop_class_uid == SEGMENTATION
    assert caplog.records == []


def test_a_mask_without_place_in_space_is_a_secondary_capture(tmp_path):
    item, dataset = derived(sample("SC_rgb_small_odd.dcm"), masked, tmp_path)
    assert item.sop_class_uid == SECONDARY_CAPTURE
    assert set(np.unique(dataset.pixel_array)) == {0, 127, 254}


def named(folder, *, charset, patient, labels):
    """Name the segments of a mask of a source of this character set and patient."""
    path = folder / "source.dcm"
    dataset = pydicom.dcmread(sample("CT_small.dcm"))
    dataset.SpecificCharacterSet = charset
    dataset.PatientName = patient
    dataset.save_as(path)
    _, result = derived(path, lambda i: Mask(labels=i.pixels > 0, segments=labels), folder)
    assert result.PatientName == patient
    assert tuple(segment.SegmentLabel for segment in result.SegmentSequence) == labels
    return result.SpecificCharacterSet


@pytest.mark.parametrize(
    ("charset", "patient", "labels", "expected"),
    [
        ("ISO_IR 100", "Müller", ("Lésion", "b"), "ISO_IR 100"),
        ("ISO_IR 100", "Miller", ("肝臓", "脾臓"), "ISO_IR 192"),
        ("ISO_IR 192", "Люкceмбypг", ("肝臓",), "ISO_IR 192"),
        ("ISO_IR 144", "Люкceмбypг", ("Liver",), "ISO_IR 144"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou", ("肝臓",), "ISO_IR 192"),
        ("GB18030", "王", ("肝臓",), "GB18030"),
    ],
)
def test_labels_are_in_a_character_set_that_holds_them(
    tmp_path, charset, patient, labels, expected
):
    assert named(tmp_path, charset=charset, patient=patient, labels=labels) == expected


@pytest.mark.parametrize(
    ("charset", "patient"),
    [
        ("ISO_IR 100", "Müller"),
        ("ISO_IR 13", "Yamada"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎"),
    ],
)
def test_labels_that_cannot_stand_beside_the_source_s_texts_are_refused(tmp_path, charset, patient):
    with pytest.raises(InvalidOutputError, match="name the segments in ASCII"):
        named(tmp_path, charset=charset, patient=patient, labels=("肝臓",))


DX = "1.2.840.10008.5.1.4.1.1.1.1"
PET = "1.2.840.10008.5.1.4.1.1.128"


def as_class(sop_class, folder, **attributes):
    """Write the CT as if it were of another class."""
    dataset = pydicom.dcmread(sample("CT_small.dcm"))
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = sop_class
    del dataset.PixelPaddingValue
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    dataset.save_as(folder / "source.dcm")
    return folder / "source.dcm"


def test_pet_keeps_an_intercept_of_zero(tmp_path):
    path = as_class(PET, tmp_path, Modality="PT", RescaleIntercept=0, RescaleSlope=0.5)
    item, result = derived(path, lambda image: image.replace(image.pixels / 3), tmp_path)
    assert item.sop_class_uid == PET
    assert result.RescaleIntercept == 0
    expected = decode_image(path).image.pixels[0] / 3
    assert np.abs(apply_modality_lut(result.pixel_array, result) - expected).max() < 0.02


def test_whole_numbers_keep_a_class_that_allows_no_rescale(tmp_path):
    path = as_class(DX, tmp_path, RescaleIntercept=0)
    item, result = derived(path, lambda image: image.replace(image.pixels + 1), tmp_path)
    assert item.sop_class_uid == DX
    assert result.RescaleSlope == 1
    assert np.array_equal(result.pixel_array, decode_image(path).image.pixels[0] + 1)


def test_other_numbers_leave_a_class_that_allows_no_rescale(tmp_path):
    path = as_class(DX, tmp_path, RescaleIntercept=0)
    item, result = derived(path, halved, tmp_path)
    assert item.sop_class_uid == SECONDARY_CAPTURE
    expected = decode_image(path).image.pixels[0] * 0.5 + 0.25
    assert np.array_equal(apply_modality_lut(result.pixel_array, result), expected)


def test_frames_whose_values_need_a_rescale_are_captured_one_by_one(tmp_path):
    source = decode_image(sample("rtdose.dcm"))
    outputs = [OutputItem("dose", source.image.replace(source.image.pixels / 3))]
    items = derive(source, outputs, provenance=PROVENANCE, folder=tmp_path)
    datasets = [pydicom.dcmread(item.path) for item in items]
    assert len({dataset.SOPInstanceUID for dataset in datasets}) == source.image.frames
    assert [dataset.InstanceNumber for dataset in datasets] == list(range(1, 16))
    frames = [dataset.SourceImageSequence[0].ReferencedFrameNumber for dataset in datasets]
    assert frames == list(range(1, 16))
    values = [apply_modality_lut(dataset.pixel_array, dataset) for dataset in datasets]
    assert np.allclose(values, source.image.pixels / 3, atol=1e-4)


def test_windows_of_the_result_are_written(tmp_path):
    windows = (
        Window(center=40, width=400, function="sigmoid", explanation="SOFT"),
        Window(center=300, width=1500, function="sigmoid", explanation="BONE"),
        Window(center=1, width=2),
    )
    _, result = derived(
        sample("CT_small.dcm"), lambda i: i.replace(i.pixels, windows=windows), tmp_path
    )
    assert list(result.WindowCenter) == [40, 300]
    assert list(result.WindowCenterWidthExplanation) == ["SOFT", "BONE"]
    assert result.VOILUTFunction == "SIGMOID"


def test_an_image_handed_back_as_it_was_keeps_its_modality_lut(tmp_path):
    table = pydicom.Dataset()
    table.LUTDescriptor = [256, 0, 16]
    table.ModalityLUTType = "OD"
    table.LUTData = np.arange(256, dtype="<u2")[::-1].tobytes()
    path = tmp_path / "source.dcm"
    dataset = pydicom.dcmread(sample("CT_small.dcm"))
    for keyword in ("PixelPaddingValue", "RescaleSlope", "RescaleIntercept"):
        delattr(dataset, keyword)
    dataset.PixelRepresentation = 0
    dataset.PixelData = (np.arange(128 * 128, dtype="<u2") % 256).tobytes()
    dataset.ModalityLUTSequence = [table]
    dataset.save_as(path)
    item, _ = derived(path, lambda image: image, tmp_path)
    assert np.array_equal(decode_image(item.path).image.pixels, decode_image(path).image.pixels)
    assert decode_image(item.path).image.units == "OD"


# What cannot be written


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(value, tmp_path):
    with pytest.raises(InvalidOutputError, match="finite"):
        derived(sample("CT_small.dcm"), lambda i: i.replace(i.pixels + value), tmp_path)


def test_a_mask_of_another_size_is_refused(tmp_path):
    with pytest.raises(InvalidOutputError, match="a mask of 1 x 128 x 128"):
        derived(sample("CT_small.dcm"), lambda _: Mask(labels=np.ones((4, 4), bool)), tmp_path)


def test_a_folder_that_is_not_there_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError):
        derived(sample("CT_small.dcm"), same, tmp_path / "absent")


# A series


def test_a_grey_volume_becomes_one_object_per_slice_of_one_new_series(tmp_path):
    volume = np.arange(4 * 6 * 8, dtype=np.int16).reshape(4, 6, 8)
    source = decode_series(write_series(tmp_path, volume))
    items = derive(
        source, [OutputItem("image", same(source.image))], provenance=PROVENANCE, folder=tmp_path
    )
    datasets = [pydicom.dcmread(item.path) for item in items]
    assert len({dataset.SOPInstanceUID for dataset in datasets}) == 4
    assert len({dataset.SeriesInstanceUID for dataset in datasets}) == 1
    again = decode_series([item.path for item in items])
    assert np.array_equal(again.image.pixels, volume)


@pytest.mark.parametrize(
    ("make", "sop_class"),
    [
        (picture, "1.2.840.10008.5.1.4.1.1.7.2"),
        (colored, "1.2.840.10008.5.1.4.1.1.7.4"),
        (masked, SEGMENTATION),
    ],
)
def test_pictures_and_masks_of_a_volume_are_one_object(make, sop_class, tmp_path):
    source = decode_series(write_series(tmp_path, np.zeros((3, 6, 8), np.int16)))
    (item,) = derive(
        source, [OutputItem("image", make(source.image))], provenance=PROVENANCE, folder=tmp_path
    )
    assert item.sop_class_uid == sop_class
    references = pydicom.dcmread(item.path).SourceImageSequence
    assert [reference.ReferencedSOPInstanceUID for reference in references] == [
        instance.elements.text("SOPInstanceUID") for instance in source.instances
    ]


def test_images_of_one_series_share_one_derived_series(tmp_path):
    paths = write_series(tmp_path, np.zeros((3, 6, 8), np.int16))
    datasets = [derived(path, same, tmp_path)[1] for path in paths]
    assert len({dataset.SeriesInstanceUID for dataset in datasets}) == 1
    assert [dataset.InstanceNumber for dataset in datasets] == [1, 2, 3]


# The same again

DERIVE_ALL = """
import json, sys
from pathlib import Path
import numpy as np
from mip.contracts import is_valid_uid
from mip.dicom import OutputItem, Provenance, decode_image, derive
from mip.imaging import Mask, Window
source = decode_image(Path(sys.argv[1]))
image = source.image
outputs = [
    OutputItem("grey", image.replace(image.pixels * 3)),
    OutputItem("picture", image.replace((image.pixels > 0).astype(np.uint8))),
    OutputItem("mask", Mask(labels=image.pixels > 0)),
]
provenance = Provenance(algorithm_id="a-b-c", version="1", digest="d", parameters={"b": 1, "a": 2})
items = derive(source, outputs, provenance=provenance, folder=Path(sys.argv[2]))
print(json.dumps([[item.sop_instance_uid, item.sha256] for item in items]))
"""


def test_two_processes_write_the_same_bytes(tmp_path):
    runs = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        run = subprocess.run(
            [sys.executable, "-c", DERIVE_ALL, sample("CT_small.dcm"), folder],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        )
        runs.append(json.loads(run.stdout))
    assert runs[0] == runs[1]
    for uid, sha256 in runs[0]:
        files = [(tmp_path / seed / f"{uid}.dcm").read_bytes() for seed in ("1", "2")]
        assert files[0] == files[1]
        assert hashlib.sha256(files[0]).hexdigest() == sha256


@pytest.mark.parametrize(
    "change",
    [{"version": "1.2.1"}, {"digest": "ff"}, {"parameters": {"sigma": 2}}, {"algorithm_id": "x-y"}],
    ids=lambda change: next(iter(change)),
)
def test_whatever_made_an_object_is_in_its_uid(change, tmp_path):
    fields = {
        name: getattr(PROVENANCE, name)
        for name in ("algorithm_id", "version", "digest", "parameters")
    }
    other = Provenance(**{**fields, **change})
    first, _ = derived(sample("CT_small.dcm"), same, tmp_path)
    second, _ = derived(sample("CT_small.dcm"), same, tmp_path, provenance=other)
    assert first.sop_instance_uid != second.sop_instance_uid


def test_the_order_of_parameters_is_not_in_the_uid():
    one = Provenance(algorithm_id="a-b", version="1", parameters={"x": 1, "y": 2.0})
    two = Provenance(algorithm_id="a-b", version="1", parameters={"y": 2, "x": 1.0})
    assert derivation_seed(["s"], one) == derivation_seed(["s"], two)


@given(st.lists(st.one_of(st.text(), st.integers(-(2**53), 2**53))))
def test_a_hashed_uid_is_a_uid(parts):
    uid = hashed_uid(*parts)
    assert is_valid_uid(uid)
    assert uid.startswith("2.25.")
    number = int(uid.removeprefix("2.25."))
    assert number >> 76 & 0xF == 8  # UUID version 8
    assert number >> 62 & 0x3 == 2  # of RFC 9562


# Values


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_decimal_string_has_at_most_16_characters_and_the_value(value):
    text = format_decimal(value)
    assert len(text) <= 16
    assert float(text) == pytest.approx(value, rel=1e-8)


@given(
    stored=st.lists(st.integers(-32768, 32767), min_size=1, max_size=50),
    slope=st.sampled_from([1.0, 0.5, 0.684, 2.0, 1e-4]),
    intercept=st.sampled_from([0.0, -1024.0, 3.25]),
)
def test_values_on_the_grid_of_the_source_are_stored_as_the_source_did(stored, slope, intercept):
    raw = np.array(stored, dtype=np.int16)
    values = raw.astype(np.float32)
    if slope != 1.0:
        values *= np.float32(slope)
    values += np.float32(intercept)
    result = store(values, source=Rescale(slope, intercept), kinds=(SIGNED, UNSIGNED))
    again = result.stored.astype(np.float64) * result.rescale.slope + result.rescale.intercept
    assert np.allclose(again, values, rtol=1e-5, atol=abs(slope) * 1e-2)


@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=50),
    st.booleans(),
)
def test_any_values_come_back_within_half_a_step(numbers, is_offset_allowed):
    values = np.array(numbers, dtype=np.float32)
    result = store(
        values,
        source=IDENTITY,
        kinds=(UNSIGNED, SIGNED),
        is_offset_allowed=is_offset_allowed,
    )
    again = result.stored.astype(np.float64) * result.rescale.slope + result.rescale.intercept
    span = max(float(np.ptp(values)), float(np.abs(values).max()))
    assert np.abs(again - values).max() <= max(span / 2**15, 1e-4)
    assert is_offset_allowed or result.rescale.intercept == 0


# What a validator says

SAMPLES = [
    "CT_small.dcm",
    "MR_small.dcm",
    "JPEGLSNearLossless_16.dcm",
    "SC_rgb_small_odd.dcm",
    "SC_rgb_rle_2frame.dcm",
    "examples_palette.dcm",
    "image_dfl.dcm",
    "693_J2KI.dcm",
    "6154",
]


@cache
def errors_of(path):
    run = subprocess.run([DCIODVFY, path], capture_output=True, encoding="latin-1", check=False)
    return {line for line in run.stderr.splitlines() if line.startswith("Error")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SAMPLES)
def test_the_validator_finds_no_error_that_the_source_did_not_have(name, kind, tmp_path):
    source = decode_image(sample(name))
    if source.image.is_color and kind in {"same", "halved"}:
        value = source.image
    else:
        value = KINDS[kind](source.image)
    outputs = [OutputItem(kind, value)]
    for item in derive(source, outputs, provenance=PROVENANCE, folder=tmp_path):
        assert errors_of(item.path) <= errors_of(sample(name))


@pytest.mark.parametrize("kind", KINDS)
def test_the_validator_finds_no_error_in_what_a_volume_becomes(kind, tmp_path):
    volume = np.arange(3 * 16 * 16, dtype=np.int16).reshape(3, 16, 16)
    source = decode_series(write_series(tmp_path, volume))
    outputs = [OutputItem(kind, KINDS[kind](source.image))]
    for item in derive(source, outputs, provenance=PROVENANCE, folder=tmp_path):
        assert errors_of(item.path) == set()


def test_every_image_of_pydicom_can_be_shown_and_masked(tmp_path):
    failed = []
    for path in sorted(DATA.glob("*.dcm")):
        if path.stat().st_size > 200_000:
            continue
        try:
            source = decode_image(path)
        except DicomError:
            continue
        for make in (picture, colored):
            outputs = [OutputItem("image", make(source.image))]
            items = derive(source, outputs, provenance=PROVENANCE, folder=tmp_path)
            failed += [path.name for item in items if not decode_image(item.path).image.frames]
    assert failed == []
