"""Enhanced multi-frame objects: what holds per frame, read and written."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from highdicom.legacy import LegacyConvertedEnhancedCTImage

from mip.dicom import OutputItem, Provenance, decode_image, decode_series, derive
from mip.dicom.synthetic import SyntheticSeries, write_series
from mip.errors import InconsistentSeriesError, MalformedDicomError
from mip.imaging import Mask

DCIODVFY = Path(sys.executable).parent / "dciodvfy"
VOLUME = np.random.default_rng(7).integers(-1000, 2000, (5, 16, 12)).astype(np.int16)
SERIES = SyntheticSeries(spacing_mm=(2.0, 0.5, 0.5))
PROVENANCE = Provenance(algorithm_id="test-algorithm", version="1.0.0", digest="cd" * 32)


@pytest.fixture
def enhanced(tmp_path):
    """Write one enhanced CT of a synthetic series."""
    datasets = [pydicom.dcmread(path) for path in write_series(tmp_path, VOLUME, series=SERIES)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        converted = LegacyConvertedEnhancedCTImage(
            datasets,
            series_instance_uid="2.25.10",
            series_number=2,
            sop_instance_uid="2.25.11",
            instance_number=1,
        )
        path = tmp_path / "enhanced.dcm"
        converted.save_as(path)
    return path


def values_of(path):
    """Return the frames as the file has them: by the place that each says it is at."""
    groups = pydicom.dcmread(path).PerFrameFunctionalGroupsSequence
    places = [group.PlanePositionSequence[0].ImagePositionPatient[2] for group in groups]
    return VOLUME[[int(place / 2) for place in places]]


def changed(path, change):
    dataset = pydicom.dcmread(path)
    change(dataset)
    dataset.save_as(path)
    return path


def errors_of(path):
    run = subprocess.run([DCIODVFY, path], capture_output=True, encoding="latin-1", check=False)
    return {line for line in run.stderr.splitlines() if line.startswith("Error")}


def test_frames_have_their_planes_and_values(enhanced):
    image = decode_image(enhanced).image
    assert np.array_equal(image.pixels, values_of(enhanced))
    assert image.units == "HU"
    assert image.geometry.slice_spacing_mm == pytest.approx(2.0)
    assert image.geometry.pixel_spacing_mm == (0.5, 0.5)
    assert image.geometry.positions_mm is not None
    assert sorted(image.geometry.positions_mm[:, 2]) == pytest.approx([0, 2, 4, 6, 8])


def test_frames_out_of_order_are_sorted_in_a_volume_and_not_in_an_image(enhanced):
    frames = decode_image(enhanced).image.pixels
    source = decode_series([enhanced])
    order = [place.frame for place in source.frames]
    assert order != sorted(order)
    assert np.array_equal(source.image.pixels, VOLUME)
    assert np.array_equal(frames[order], VOLUME)


def test_a_slope_per_frame_rescales_each_frame(enhanced):
    def set_slopes(dataset):
        shared = dataset.SharedFunctionalGroupsSequence[0]
        if "PixelValueTransformationSequence" in shared:
            del shared.PixelValueTransformationSequence
        for number, group in enumerate(dataset.PerFrameFunctionalGroupsSequence, start=1):
            transform = pydicom.Dataset()
            transform.RescaleSlope, transform.RescaleIntercept = number, -1024 * number
            transform.RescaleType = "HU"
            group.PixelValueTransformationSequence = [transform]

    expected = values_of(enhanced) * np.arange(1, 6).reshape(5, 1, 1)
    assert np.array_equal(decode_image(changed(enhanced, set_slopes)).image.pixels, expected)


def test_fewer_groups_than_frames_are_refused(enhanced):
    def cut(dataset):
        del dataset.PerFrameFunctionalGroupsSequence[3:]

    with pytest.raises(MalformedDicomError, match="functional groups of 5 frames, got 3"):
        decode_image(changed(enhanced, cut))


def test_two_times_in_one_object_are_no_volume(enhanced):
    def repeat(dataset):
        first, second, *_ = dataset.PerFrameFunctionalGroupsSequence
        second.PlanePositionSequence = first.PlanePositionSequence

    path = changed(enhanced, repeat)
    assert decode_image(path).image.geometry.slice_spacing_mm is None
    with pytest.raises(InconsistentSeriesError, match="same position"):
        decode_series([path])


@pytest.mark.parametrize("decode", [decode_image, lambda path: decode_series([path])])
def test_a_grey_result_keeps_the_class_and_its_frames(enhanced, decode, tmp_path):
    source = decode(enhanced)
    value = source.image.replace(source.image.pixels * 0.5)
    (item,) = derive(source, [OutputItem("image", value)], provenance=PROVENANCE, folder=tmp_path)
    assert item.sop_class_uid == source.instances[0].elements.text("SOPClassUID")
    assert errors_of(item.path) <= errors_of(enhanced)
    again = decode_image(item.path).image
    assert np.array_equal(again.pixels, values_of(enhanced) * np.float32(0.5))
    assert again.geometry.slice_spacing_mm == pytest.approx(2.0)


def test_a_grey_result_of_sorted_frames_goes_back_to_the_order_of_the_file(enhanced, tmp_path):
    source = decode_series([enhanced])
    value = source.image.replace(source.image.pixels + 1)
    (item,) = derive(source, [OutputItem("image", value)], provenance=PROVENANCE, folder=tmp_path)
    assert np.array_equal(decode_image(item.path).image.pixels, values_of(enhanced) + 1)


def test_a_mask_refers_to_the_frames_it_covers(enhanced, tmp_path):
    source = decode_image(enhanced)
    labels = np.zeros(VOLUME.shape, bool)
    labels[[bool(np.isin(v[0, 0], VOLUME[1:3, 0, 0])) for v in values_of(enhanced)], 4:8, 4:8] = 1
    (item,) = derive(
        source, [OutputItem("mask", Mask(labels=labels))], provenance=PROVENANCE, folder=tmp_path
    )
    dataset = pydicom.dcmread(item.path)
    groups = dataset.PerFrameFunctionalGroupsSequence
    frames = [
        group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber
        for group in groups
    ]
    places = [int(np.argmax([np.array_equal(v, w) for w in VOLUME])) for v in values_of(enhanced)]
    assert sorted(places[frame - 1] for frame in frames) == [1, 2]
    assert errors_of(item.path) <= errors_of(enhanced)
