"""What regions are like, against scikit-image and scipy."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.measure import regionprops_table

from mip.kernels import _stats, region_stats, stats
from tests.kernels.agreement import greatest
from tests.kernels.strategies import images, layouts, wild_images


def told(labels, image=None, *, threads=None):
    """Region_stats as the tuple that the fixture compares."""
    found = region_stats(labels, image, threads=threads)
    values = (getattr(found, field.name) for field in dataclasses.fields(found))
    return tuple(value for value in values if value is not None)


@st.composite
def label_images(draw, shape):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from([np.bool_, np.uint8, np.uint16, np.uint32]))
    most = 1 if dtype is np.bool_ else draw(st.sampled_from([1, 5, 200]))
    labels = np.repeat(rng.integers(0, most + 1, shape), draw(st.integers(1, 5)), axis=-1)
    return draw(layouts(st.just(labels[..., : shape[-1]].astype(dtype))))


@settings(max_examples=100, deadline=None)
@given(image=images(least=1) | wild_images(least=1), data=st.data())
def test_regions_are_measured_as_by_scikit_image(everywhere, image, data):
    labels = data.draw(label_images(image.shape))
    area, centroid, box, minimum, maximum, mean = everywhere(told, labels, image)
    wanted = ("label", "area", "centroid", "bbox")
    want = regionprops_table(labels.astype(np.int64), properties=wanted)
    there = want["label"]
    np.testing.assert_array_equal(np.flatnonzero(area[1:]) + 1, there)
    np.testing.assert_array_equal(area[there], want["area"])
    for found, extreme in ((minimum, np.fmin), (maximum, np.fmax)):  # which pass over NaN
        extremes = [extreme.reduce(image[labels == label]) for label in there]
        np.testing.assert_array_equal(found[there], extremes)
    for axis in range(image.ndim):
        begin, end = want[f"bbox-{axis}"], want[f"bbox-{axis + image.ndim}"]
        np.testing.assert_array_equal(box[there, axis], np.stack([begin, end], axis=-1))
        np.testing.assert_allclose(centroid[there, axis], want[f"centroid-{axis}"], rtol=1e-12)
    means = ndimage.mean(image.astype(np.float64), labels, there)
    np.testing.assert_allclose(mean[there], means, rtol=1e-12, atol=1e-12 * greatest(image))


def test_the_background_and_labels_without_pixels_have_their_entries():
    labels = np.array([[0, 2, 2], [0, 0, 2]], np.uint8)
    found = region_stats(labels, labels)
    np.testing.assert_array_equal(found.area, [3, 0, 3])
    np.testing.assert_array_equal(found.bounding_box[1], [[0, 0], [0, 0]])
    np.testing.assert_array_equal(found.mean, [0, np.nan, 2])
    np.testing.assert_array_equal(found.minimum, [0, np.nan, 2])
    np.testing.assert_array_equal(found.centroid[1], [np.nan, np.nan])
    assert (labels[found.slices(2)] == [[2, 2], [0, 2]]).all()


def test_without_an_image_there_are_no_values():
    found = region_stats(np.ones((3, 4), bool))
    assert found.minimum is found.maximum is found.mean is None
    np.testing.assert_array_equal(found.area, [0, 12])


def test_nan_makes_the_mean_nan_alone():
    image = np.array([[1, np.nan, 5], [np.nan, np.nan, np.nan]], np.float32)
    *_, minimum, maximum, mean = told(np.array([[1, 1, 1], [2, 2, 2]], np.uint8), image)
    np.testing.assert_array_equal(minimum[1:], [1, np.nan])
    np.testing.assert_array_equal(maximum[1:], [5, np.nan])
    assert np.isnan(mean[1:]).all()


def test_more_labels_than_are_parted_are_measured(everywhere):
    labels = np.arange(200 * 100, dtype=np.uint32).reshape(200, 100)
    area, *_, mean = everywhere(told, labels, labels.astype(np.uint16))
    assert (area == 1).all()
    np.testing.assert_array_equal(mean, np.arange(200 * 100))


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 2, 2)])
def test_empty_labels_have_an_empty_background(shape):
    found = region_stats(np.zeros(shape, np.uint8), np.zeros(shape, np.int16))
    np.testing.assert_array_equal(found.area, [0])


def test_labels_far_past_the_pixels_are_refused():
    with pytest.raises(ValueError, match="labels must count from 1"):
        region_stats(np.full((3, 4), 2**32 - 1, np.uint32))


def test_an_image_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="image must have the shape of labels"):
        region_stats(np.zeros((3, 4), np.uint8), np.zeros((4, 3), np.uint8))


def test_labels_of_another_dtype_are_refused():
    with pytest.raises(TypeError, match="labels must be one of"):
        region_stats(np.zeros((3, 4), np.int64))


def test_a_region_is_what_the_loops_write():
    assert stats.REGION.itemsize == _stats.REGION_BYTES
