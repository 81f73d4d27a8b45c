"""Distances against scipy in double."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mip.kernels import distance_transform
from tests.kernels.strategies import masks

RELATIVE = 1e-6


@settings(max_examples=120, deadline=None)
@given(mask=masks(least=1), data=st.data())
def test_distances_are_those_of_scipy(everywhere, mask, data):
    spacing = data.draw(
        st.none() | st.floats(0.1, 9) | st.tuples(*[st.floats(0.1, 9)] * mask.ndim), label="spacing"
    )
    got = everywhere(distance_transform, mask, spacing=spacing)
    assert got.dtype == np.float32
    if mask.all():
        assert np.isposinf(got).all()
    else:
        want = ndimage.distance_transform_edt(mask, sampling=spacing)
        np.testing.assert_allclose(got, want, rtol=RELATIVE)


@pytest.mark.parametrize(
    "shape", [(1, 300), (300, 1), (130, 259), (300, 130), (40, 1, 70), (5, 90, 33)]
)
def test_a_single_background_pixel_is_seen_from_everywhere(everywhere, shape):
    mask = np.ones(shape, bool)
    mask[tuple(n // 3 for n in shape)] = False
    got = everywhere(distance_transform, mask)
    np.testing.assert_allclose(got, ndimage.distance_transform_edt(mask), rtol=RELATIVE)


def test_lines_far_from_the_background_and_near_it_agree(everywhere):
    mask = np.random.default_rng(7).random((400, 400)) < 0.98
    mask[:, 100:] = True
    mask[399, 399] = False
    got = everywhere(distance_transform, mask, spacing=(1.1, 0.7))
    want = ndimage.distance_transform_edt(mask, sampling=(1.1, 0.7))
    np.testing.assert_allclose(got, want, rtol=RELATIVE)


def test_whole_squares_are_exact():
    mask = np.ones((3, 500, 600), bool)
    mask[0, 0, 0] = False
    slices, rows, columns = np.indices(mask.shape)
    squares = (slices**2 + rows**2 + columns**2).astype(np.float32)
    np.testing.assert_array_equal(distance_transform(mask), np.sqrt(squares))


def test_outside_is_no_background():
    mask = np.ones((4, 5), bool)
    mask[0, 0] = False
    assert distance_transform(mask)[3, 4] == 5


@pytest.mark.parametrize("spacing", [0, -1, float("nan"), 1e-10, 1e10, (1, 1e10)])
def test_spacing_past_any_image_is_refused(spacing):
    with pytest.raises(ValueError, match="spacing must be"):
        distance_transform(np.ones((3, 3), bool), spacing=spacing)


@pytest.mark.parametrize("spacing", [1e-9, 1e9])
def test_spacing_of_any_image_keeps_its_precision(spacing):
    mask = np.random.default_rng(6).random((40, 300)) < 0.99
    got = distance_transform(mask, spacing=spacing)
    want = ndimage.distance_transform_edt(mask, sampling=spacing)
    np.testing.assert_allclose(got, want, rtol=RELATIVE)
