"""A series as one volume, or a clear word why it is none."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mip.dicom import ReadLimits, decode_series
from mip.dicom.geometry import normal_of, stack_slices
from mip.dicom.synthetic import SyntheticSeries, write_series
from mip.errors import ImageTooLargeError, InconsistentSeriesError
from mip.imaging import Volume

DATA = Path(pydicom.__file__).parent / "data" / "test_files" / "dicomdirtests"
VOLUME = np.arange(5 * 4 * 6, dtype=np.int16).reshape(5, 4, 6)
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def files_of(series: str) -> list[Path]:
    return sorted(path for path in (DATA / series).iterdir() if path.is_file())


@cache
def rotations():
    """Orientations: any orthonormal pair, from two random vectors."""
    return st.tuples(*[st.floats(-1, 1)] * 6).map(orthonormal).filter(bool)


def orthonormal(numbers):
    row, other = np.array(numbers[:3]), np.array(numbers[3:])
    if np.linalg.norm(row) < 0.1 or np.linalg.norm(np.cross(row, other)) < 0.1:
        return None
    row = row / np.linalg.norm(row)
    column = other - (other @ row) * row
    column /= np.linalg.norm(column)
    return (*map(float, row), *map(float, column))


def test_slices_are_sorted_by_position_whatever_their_numbers_say():
    source = decode_series(files_of("98892001/CT5N"))
    assert isinstance(source.image, Volume)
    numbers = [item.elements.integer("InstanceNumber") or 0 for item in source.instances]
    assert numbers == sorted(numbers, reverse=True)
    assert source.image.spacing_mm[0] == 2.5


@pytest.mark.parametrize(
    ("series", "words"),
    [
        ("77654033/CT2", "gap of 202.5 mm between slices 1 and 2 where 1.25 mm was expected"),
        ("98892001/CT2N", "one orientation, got 2 orientations in 2 slices"),
        ("98892003/MR700", "one orientation, got 7 orientations in 7 slices"),
        ("98892003/MR1", "one SeriesInstanceUID, got several"),
        ("98892003/MR2", "one SeriesInstanceUID, got several"),
    ],
)
def test_real_series_that_are_no_volume_are_refused_in_clear_words(series, words):
    with pytest.raises(InconsistentSeriesError) as caught:
        decode_series(files_of(series))
    assert words in str(caught.value)


def test_the_order_of_files_does_not_matter(tmp_path):
    paths = write_series(tmp_path, VOLUME)
    forward, backward = decode_series(paths), decode_series(paths[::-1])
    assert np.array_equal(forward.image.stored, backward.image.stored)
    assert [item.sha256 for item in forward.instances] == [
        item.sha256 for item in backward.instances
    ]


def test_a_missing_slice_is_named(tmp_path):
    paths = write_series(tmp_path, VOLUME, series=SyntheticSeries(spacing_mm=(2.5, 1, 1)))
    with pytest.raises(
        InconsistentSeriesError, match=r"gap of 5 mm between slices 2 and 3 where 2.5 mm"
    ):
        decode_series([*paths[:2], *paths[3:]])


def test_a_duplicate_position_is_named(tmp_path):
    first = write_series(tmp_path, VOLUME)
    (tmp_path / "again").mkdir()
    again = write_series(tmp_path / "again", VOLUME[:1])
    with pytest.raises(InconsistentSeriesError, match="slices 1 and 2 lie at the same position"):
        decode_series([*first, *again])


def test_a_tilted_gantry_is_refused_with_its_angle(tmp_path):
    series = SyntheticSeries(spacing_mm=(5.0, 1, 1), shear_mm=(0.0, 1.0, 0.0))
    paths = write_series(tmp_path, VOLUME, series=series)
    with pytest.raises(InconsistentSeriesError, match=r"tilted by 11.3 degrees"):
        decode_series(paths)


def test_slices_of_two_sizes_are_refused(tmp_path):
    paths = write_series(tmp_path, VOLUME)
    (tmp_path / "other").mkdir()
    other = write_series(tmp_path / "other", VOLUME[:, :3])
    with pytest.raises(InconsistentSeriesError, match="one size, got 4 x 6 and 3 x 6"):
        decode_series([*paths[:4], other[4]])


def test_a_volume_over_the_budget_is_refused_before_it_is_decoded(tmp_path):
    paths = write_series(tmp_path, VOLUME)
    with pytest.raises(ImageTooLargeError, match="5 frames of 4 x 6"):
        decode_series(paths, limits=ReadLimits(decoded_bytes=VOLUME.nbytes - 1))


def test_more_instances_than_the_limit_are_refused(tmp_path):
    paths = write_series(tmp_path, VOLUME)
    with pytest.raises(ImageTooLargeError, match="at most 4 instances, got 5"):
        decode_series(paths, limits=ReadLimits(instances=4))


def test_instances_without_positions_are_stacked_by_number(tmp_path):
    paths = write_series(tmp_path, VOLUME)
    for path in paths:
        dataset = pydicom.dcmread(path)
        del dataset.ImagePositionPatient
        dataset.save_as(path)
    source = decode_series(paths[::-1])
    assert np.array_equal(source.image.pixels, VOLUME)
    assert source.image.geometry.slice_spacing_mm is None


def test_some_positions_and_some_not_are_refused(tmp_path):
    paths = write_series(tmp_path, VOLUME)
    dataset = pydicom.dcmread(paths[0])
    del dataset.ImagePositionPatient
    dataset.save_as(paths[0])
    with pytest.raises(InconsistentSeriesError, match="some have none"):
        decode_series(paths)


def test_slices_with_slopes_of_their_own_are_rescaled_one_by_one(tmp_path):
    paths = write_series(tmp_path, VOLUME)
    for number, path in enumerate(paths, start=1):
        dataset = pydicom.dcmread(path)
        dataset.RescaleSlope, dataset.RescaleIntercept = number, 0
        dataset.save_as(path)
    factors = np.arange(1, 6).reshape(5, 1, 1)
    assert np.array_equal(decode_series(paths).image.pixels, (VOLUME + 1024) * factors)


def test_one_instance_is_a_volume_too(tmp_path):
    (path, *_) = write_series(tmp_path, VOLUME[:1])
    image = decode_series([path]).image
    assert isinstance(image, Volume)
    assert image.spacing_mm[0] == 2.5  # a single slice is as thick as it says


def test_no_instance_is_no_series():
    with pytest.raises(InconsistentSeriesError, match="at least one instance"):
        decode_series([])


@given(
    orientation=rotations(),
    spacing=st.floats(0.2, 20),
    count=st.integers(2, 30),
    data=st.data(),
)
def test_shuffled_slices_are_put_back_along_the_normal(orientation, spacing, count, data):
    normal = normal_of(orientation)
    origin = np.array(data.draw(st.tuples(*[st.floats(-300, 300)] * 3)))
    order = data.draw(st.permutations(range(count)))
    positions = np.array([origin + index * spacing * normal for index in order])
    stack = stack_slices(positions, [orientation] * count)
    assert [order[index] for index in stack.order] == list(range(count))
    assert stack.spacing_mm == pytest.approx(spacing, rel=1e-6)


@given(
    spacing=st.floats(0.5, 10),
    count=st.integers(4, 30),
    data=st.data(),
)
def test_any_missing_slice_inside_a_series_is_found(spacing, count, data):
    missing = data.draw(st.integers(1, count - 2))
    positions = np.array(
        [(0.0, 0.0, index * spacing) for index in range(count) if index != missing]
    )
    with pytest.raises(
        InconsistentSeriesError, match=f"between slices {missing} and {missing + 1}"
    ):
        stack_slices(positions, [AXIAL] * len(positions))


@given(decimals=st.integers(1, 3), spacing=st.sampled_from([0.625, 1.25, 2.5, 3.0, 5.0]))
def test_positions_that_were_rounded_are_still_regular(decimals, spacing):
    depths = np.round(np.arange(40) * spacing, decimals)
    positions = np.stack([np.full(40, -120.3), np.full(40, 88.1), depths], axis=1)
    assert stack_slices(positions, [AXIAL] * 40).spacing_mm == pytest.approx(spacing, rel=1e-2)


def test_directions_that_are_no_unit_vectors_are_refused():
    with pytest.raises(InconsistentSeriesError, match="unit vectors"):
        normal_of((1, 0, 0, 1, 0, 0))


def test_a_slice_out_of_line_is_named():
    positions = np.array([(0.0, 9.0 * (index == 2), 3.0 * index) for index in range(5)])
    with pytest.raises(InconsistentSeriesError, match="slice 3 is shifted sideways by 9 mm"):
        stack_slices(positions, [AXIAL] * 5)


def test_every_frame_of_a_volume_knows_its_source(tmp_path):
    source = decode_series(write_series(tmp_path, VOLUME))
    assert Counter(place.instance for place in source.frames) == Counter(range(5))
