"""Cleaning of masks against scipy and scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage import morphology
from skimage.segmentation import clear_border as clear_border_of_skimage

from mip.kernels import clear_border, fill_holes, remove_small_holes, remove_small_objects
from tests.kernels.strategies import masks
from tests.kernels.test_kernels_regions import STRUCTURES, connectivities

FACES = {2: 4, 3: 6}


def without_small(mask, size, connectivity):
    """Reference: the components of at least ``size`` pixels, by scipy."""
    labels, _ = ndimage.label(mask, STRUCTURES[connectivity])
    areas = np.bincount(labels.ravel(), minlength=1)
    return (labels > 0) & (areas >= size)[labels]


@settings(max_examples=80, deadline=None)
@given(mask=masks())
def test_holes_are_filled_as_by_scipy(everywhere, mask):
    got = everywhere(fill_holes, mask)
    assert got.dtype == np.bool_
    np.testing.assert_array_equal(got, ndimage.binary_fill_holes(mask))


@settings(max_examples=60, deadline=None)
@given(mask=masks(), size=st.sampled_from([0, 1, 2, 3, 7, 40, 10**6]), data=st.data())
def test_objects_of_fewer_pixels_go(everywhere, mask, size, data):
    connectivity = data.draw(connectivities(mask))
    got = everywhere(remove_small_objects, mask, size, connectivity=connectivity)
    np.testing.assert_array_equal(got, without_small(mask, size, connectivity))


@settings(max_examples=60, deadline=None)
@given(mask=masks(), size=st.sampled_from([0, 1, 2, 3, 7, 40, 10**6]), data=st.data())
def test_holes_of_fewer_pixels_are_filled(everywhere, mask, size, data):
    connectivity = data.draw(connectivities(mask))
    got = everywhere(remove_small_holes, mask, size, connectivity=connectivity)
    np.testing.assert_array_equal(got, ~without_small(mask == 0, size, connectivity))


@pytest.mark.parametrize("shape", [(40, 50), (6, 20, 30)])
def test_size_without_connectivity_counts_neighbours_by_faces(shape):
    mask = np.random.default_rng(4).random(shape) < 0.5
    faces = FACES[mask.ndim]
    np.testing.assert_array_equal(remove_small_objects(mask, 5), without_small(mask, 5, faces))
    np.testing.assert_array_equal(remove_small_holes(mask, 5), ~without_small(~mask, 5, faces))


@pytest.mark.parametrize("size", [1, 2, 5, 30])
def test_fewer_than_size_is_at_most_one_less_in_scikit_image(size):
    mask = np.random.default_rng(4).random((40, 50)) < 0.5
    want = morphology.remove_small_objects(mask, max_size=size - 1)
    np.testing.assert_array_equal(remove_small_objects(mask, size), want)
    want = morphology.remove_small_holes(mask, max_size=size - 1)
    np.testing.assert_array_equal(remove_small_holes(mask, size), want)


@settings(max_examples=60, deadline=None)
@given(mask=masks(least=1), data=st.data())
def test_components_on_the_border_go_as_in_scikit_image(everywhere, mask, data):
    connectivity = data.draw(connectivities(mask))
    labels, _ = ndimage.label(mask, STRUCTURES[connectivity])
    want = clear_border_of_skimage(labels) > 0
    got = everywhere(clear_border, mask, connectivity=connectivity)
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("shape", [(40, 50), (6, 20, 30)])
def test_border_without_connectivity_counts_neighbours_by_corners(shape):
    mask = np.random.default_rng(5).random(shape) < 0.15
    np.testing.assert_array_equal(clear_border(mask), clear_border_of_skimage(mask))


@pytest.mark.parametrize("kernel", [remove_small_holes, remove_small_objects])
def test_a_size_below_nothing_is_refused(kernel):
    with pytest.raises(ValueError, match="size must be at least 0, not -1"):
        kernel(np.ones((3, 3), bool), -1)


@pytest.mark.parametrize("kernel", [remove_small_holes, remove_small_objects])
def test_a_size_beyond_every_component_is_none_too_large(kernel):
    mask = np.eye(3, dtype=bool)
    assert kernel(mask, 10**30).all() == (kernel is remove_small_holes)


@pytest.mark.parametrize("columns", [64, 65, 66, 200])
def test_rows_with_as_many_edges_as_pixels_are_cleaned(everywhere, columns):
    mask = np.indices((7, columns)).sum(axis=0) % 2 == 0  # a chessboard
    assert not everywhere(remove_small_objects, mask, 2, connectivity=4).any()
    np.testing.assert_array_equal(everywhere(remove_small_objects, mask, 2, connectivity=8), mask)
    assert everywhere(remove_small_holes, mask, 2, connectivity=4).all()
