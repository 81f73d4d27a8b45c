"""Resampling and affine transforms against scipy in double precision."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mip.kernels import affine, resample
from tests.kernels.agreement import assert_within, greatest, nan_for_infinity
from tests.kernels.strategies import DTYPES, images, wild_images

TOLERANCE = 1e-6  # of the greatest magnitude
SPACINGS = st.sampled_from([0.3, 0.7, 1.0, 1.3, 2.5, 40.0])


def assert_agrees(got, image, want, *, order, cval=0.0):
    assert got.dtype == image.dtype
    if order == 0:
        np.testing.assert_array_equal(got, want)
        return
    rounding = 0.0 if image.dtype.kind == "f" else 0.5
    assert_within(got, want, rounding + TOLERANCE * greatest(image, cval))


def by_scipy(image, matrix, offset, shape, *, order, mode="constant", cval=0.0):
    return ndimage.affine_transform(
        image.astype(np.float64), matrix, offset, shape, order=order, mode=mode, cval=cval
    )


def resampled_by_scipy(image, step, shape, *, order):
    """``nearest``, for a last position that rounding pushes out."""
    return by_scipy(image, np.diag(step), 0.0, shape, order=order, mode="nearest")


@settings(max_examples=120, deadline=None)
@given(image=images(least=1), data=st.data(), order=st.sampled_from([0, 1]))
def test_resampling_equals_scipy_in_double(everywhere, image, data, order):
    per_axis = st.tuples(*[SPACINGS] * image.ndim)
    old, new = data.draw(per_axis), data.draw(per_axis)
    got = everywhere(resample, image, old, new, order=order)
    step = np.array(new) / np.array(old)
    fit = np.floor((np.array(image.shape) - 1) / step + 1e-6) + 1
    np.testing.assert_array_equal(got.shape, fit)
    want = resampled_by_scipy(image, step, got.shape, order=order)
    assert_agrees(got, image, want, order=order)


@settings(max_examples=60, deadline=None)
@given(image=wild_images(least=1), data=st.data(), order=st.sampled_from([0, 1]))
def test_what_is_no_number_spreads_to_the_samples_that_weigh_it(everywhere, image, data, order):
    steps = st.sampled_from([0.5, 0.75, 1.0, 1.5])  # whose positions are exact, and their weights
    step = np.array(data.draw(st.tuples(*[steps] * image.ndim)))
    got = everywhere(resample, image, 1.0, step, order=order)
    transformed = everywhere(affine, image, step, shape=got.shape, order=order)
    weighed = weighed_by_scipy(image, step, got.shape, order=order)
    for found in (got, transformed):
        assert_agrees(nan_for_infinity(found), image, nan_for_infinity(weighed), order=1)


@np.errstate(invalid="ignore")
def weighed_by_scipy(image, step, shape, *, order):
    """Numbers by scipy, and to them what is no number where its weight is above 0."""
    total = resampled_by_scipy(np.where(np.isfinite(image), image, 0), step, shape, order=order)
    for kind in (np.nan, np.inf, -np.inf):
        there = np.isnan(image) if np.isnan(kind) else image == kind
        weight = resampled_by_scipy(there, step, shape, order=order)
        total += np.where(weight > 0, kind, 0)
    return total


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", [0, 1])
def test_resampling_to_the_same_spacing_changes_nothing(everywhere, dtype, order):
    image = np.random.default_rng(3).integers(0, 250, (5, 6, 70)).astype(dtype)
    np.testing.assert_array_equal(everywhere(resample, image, 0.7, 0.7, order=order), image)


def test_samples_fit_up_to_the_centre_of_the_last():
    image = np.arange(8, dtype=np.uint8)[np.newaxis].repeat(2, axis=0)
    assert resample(image, 1.0, (1.0, 3.5)).tolist() == [[0, 4, 7]] * 2
    assert resample(image, 1.0, (1.0, 3.6)).tolist() == [[0, 4]] * 2


def test_a_last_sample_that_rounding_pushes_out_is_kept():
    assert 1 / (0.1 / 0.3) < 3
    image = np.array([[0, 9]], np.uint8)
    assert resample(image, (1.0, 0.3), (1.0, 0.1)).tolist() == [[0, 3, 6, 9]]


def test_halves_are_rounded_away_from_zero(everywhere):
    image = np.array([[-3, -2, -1, 0, 1, 2]], np.int16)
    got = everywhere(resample, image, 1.0, (1.0, 0.5))
    assert got.tolist() == [[-3, -3, -2, -2, -1, -1, 0, 1, 1, 2, 2]]


@pytest.mark.parametrize("shape", [(300, 70), (3, 200, 333), (150, 3, 20), (2, 3, 20000)])
@pytest.mark.parametrize("order", [0, 1])
def test_tiles_and_chunks_leave_no_seam(everywhere, shape, order):
    image = np.random.default_rng(6).integers(-1000, 1000, shape, np.int16)
    step = np.array([0.8, 1.3, 0.6][-len(shape) :])
    got = everywhere(resample, image, 1.0, step, order=order)
    want = resampled_by_scipy(image, step, got.shape, order=order)
    assert_agrees(got, image, want, order=order)


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.uint8])
def test_extremes_do_not_leave_the_dtype(everywhere, dtype):
    bounds = np.iinfo(dtype)
    image = np.random.default_rng(4).choice([bounds.min, bounds.max], (9, 12, 40)).astype(dtype)
    got = everywhere(resample, image, 1.0, 0.31)
    want = resampled_by_scipy(image, [0.31] * 3, got.shape, order=1)
    assert_agrees(got, image, want, order=1)


def test_a_neighbour_without_weight_takes_no_part(everywhere):
    image = np.zeros((5, 5, 9), np.float32)
    image[2, 2, 4] = np.nan
    np.testing.assert_array_equal(everywhere(resample, image, 1.0, 1.0), image)
    np.testing.assert_array_equal(everywhere(affine, image, np.eye(3)), image)
    between = everywhere(resample, image, 1.0, 0.5)
    assert np.isnan(between[3:6, 3:6, 7:10]).all()
    assert np.isnan(between).sum() == 27


@settings(max_examples=150, deadline=None)
@given(image=images(least=1), data=st.data(), order=st.sampled_from([0, 1]))
def test_an_affine_transform_equals_scipy_in_double(everywhere, image, data, order):
    entries = st.floats(-2, 2, width=32)
    ndim = image.ndim
    matrix = data.draw(st.tuples(*[st.tuples(*[entries] * ndim)] * ndim))
    offset = data.draw(st.tuples(*[st.floats(-20, 60, width=32)] * ndim))
    shape = data.draw(st.tuples(*[st.integers(0, 20)] * ndim))
    cval = data.draw(st.sampled_from([0.0, 100.0]))
    kinds = {"offset": offset, "shape": shape, "order": order, "cval": cval}
    got = everywhere(affine, image, matrix, **kinds)
    assert got.shape == shape
    want = by_scipy(image, np.array(matrix), offset, shape, order=order, cval=cval)
    assert_agrees(got, image, want, order=order, cval=cval)


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (40, 33), (1, 1, 1), (12, 20, 31)])
@pytest.mark.parametrize("degrees", [0, 30, 90, 180, 271])
def test_rotations_equal_scipy(everywhere, shape, order, degrees):
    image = np.random.default_rng(9).integers(-1000, 1000, shape, np.int16)
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(len(shape))
    matrix[-2:, -2:] = [[cosine, -sine], [sine, cosine]]
    middle = (np.array(shape) - 1) / 2
    offset = middle - matrix @ middle
    got = everywhere(affine, image, matrix, offset=offset, order=order, cval=-1000)
    want = by_scipy(image, matrix, offset, shape, order=order, cval=-1000)
    assert_agrees(got, image, want, order=order, cval=-1000)


def test_all_forms_of_a_matrix_are_one():
    image = np.random.default_rng(1).integers(-1000, 1000, (30, 40), np.int16)
    want = affine(image, [[0.5, 0], [0, 1.5]], offset=(3, 2))
    beside = [[0.5, 0, 3], [0, 1.5, 2]]
    np.testing.assert_array_equal(affine(image, [0.5, 1.5], offset=(3, 2)), want)
    np.testing.assert_array_equal(affine(image, beside), want)
    np.testing.assert_array_equal(affine(image, np.array([*beside, [0, 0, 1]])), want)


@pytest.mark.parametrize("order", [0, 1])
def test_a_slice_of_more_pixels_than_32_bits_count_is_read_to_its_end(order):
    plane = np.zeros((50_000, 50_000), np.uint8)  # of zeros that are only there when written
    plane[49_001, :200] = 7
    turned = affine(plane, np.eye(2), offset=(49_000.0, 0.0), shape=(2, 256), order=order)
    np.testing.assert_array_equal(turned, plane[49_000:49_002, :256])


@pytest.mark.parametrize("huge", [1e300, -1e300, 1.7e308])
def test_positions_past_all_numbers_lie_outside(everywhere, huge):
    image = np.ones((3, 4, 5), np.uint8)
    got = everywhere(affine, image, np.full((3, 3), huge), cval=7)
    assert got[0, 0, 0] == 1
    assert (got.reshape(-1)[1:] == 7).all()


def test_an_empty_image_gives_the_value_outside():
    got = affine(np.empty((0, 4), np.int16), np.eye(2), shape=(2, 3), cval=-5)
    assert got.tolist() == [[-5] * 3] * 2


def test_more_samples_than_indices_have_numbers_are_refused():
    wide = np.broadcast_to(np.uint8(1), (0, 1 << 31))
    with pytest.raises(ValueError, match="image must have at most 2147483647 pixels"):
        resample(wide, 1.0, 1e6)
    with pytest.raises(ValueError, match="image must have at most 2147483647 pixels"):
        affine(wide, np.eye(2))
    with pytest.raises(ValueError, match="shape must be from 0 to 2147483647"):
        affine(np.zeros((3, 3), np.uint8), np.eye(2), shape=(0, 1 << 31))


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("flips", [(1, -1), (-1, 1), (-1, -1)])
@pytest.mark.parametrize("shape", [(9, 9), (3, 400)])
def test_flips_keep_the_first_and_the_last_samples(everywhere, shape, flips, order):
    image = np.random.default_rng(5).normal(0, 100, shape).astype(np.float32)
    offset = [size - 1 if flip < 0 else 0 for size, flip in zip(shape, flips, strict=True)]
    got = everywhere(affine, image, flips, offset=offset, order=order, cval=7.0)
    np.testing.assert_array_equal(got, image[:: flips[0], :: flips[1]])


@pytest.mark.parametrize("order", [0, 1])
def test_steps_that_leave_the_position_as_it_is_equal_scipy(everywhere, order):
    image = np.random.default_rng(5).normal(0, 100, (5, 300)).astype(np.float32)
    matrix, offset = np.array([[1.0, 1e-18], [0.0, 1e-300]]), (0.5, 298.0)
    got = everywhere(affine, image, matrix, offset=offset, order=order)
    want = by_scipy(image, matrix, offset, image.shape, order=order)
    assert_agrees(got, image, want, order=order)


@pytest.mark.parametrize("order", [0, 1])
def test_a_long_sheared_row_equals_scipy(everywhere, order):
    image = np.random.default_rng(8).integers(-1000, 1000, (7, 9, 900), np.int16)
    matrix = np.array([[1.0, 0.1, 0.002], [0.2, 0.9, 0.003], [0.1, 0.3, 0.97]])
    got = everywhere(affine, image, matrix, order=order, cval=-1000)
    want = by_scipy(image, matrix, 0.0, image.shape, order=order, cval=-1000)
    assert_agrees(got, image, want, order=order, cval=-1000)


@pytest.mark.parametrize(
    ("old", "new", "order", "problem"),
    [
        (0, 1, 1, "spacing must be from 1e-09"),
        (1, 0, 1, "new_spacing must be from 1e-09"),
        (1, np.nan, 1, "new_spacing must be from 1e-09"),
        (1, np.inf, 1, "new_spacing must be from 1e-09"),
        (1, (1, 1, 1), 1, "new_spacing must be a number or 2"),
        (1, 1e-300, 1, "new_spacing must be from 1e-09"),
        (1e9, 1e-9, 1, "new_spacing must give at most 2147483647 samples"),
        (1, 1, 3, "order must be 0"),
    ],
)
def test_impossible_resampling_is_refused(old, new, order, problem):
    with pytest.raises(ValueError, match=problem):
        resample(np.zeros((4, 4), np.int16), old, new, order=order)


@pytest.mark.parametrize(
    ("matrix", "kinds", "problem"),
    [
        (np.eye(3)[:2, :2] * np.nan, {}, "matrix must be finite"),
        (np.eye(2), {"offset": np.inf}, "offset must be finite"),
        (np.eye(2), {"offset": (1, 1, 1)}, "offset must be a number or 2"),
        (np.eye(4), {}, "matrix must have 2 rows and columns"),
        (np.eye(3), {"offset": 1.0}, "offset must be in a homogeneous matrix"),
        (np.ones((3, 3)), {}, "matrix must end in"),
        (np.eye(2), {"shape": (4,)}, "shape must be 2 ints"),
        (np.eye(2), {"shape": (4, -1)}, "shape must be from 0"),
        (np.eye(2), {"order": 2}, "order must be 0"),
        (np.eye(2), {"cval": 0.5}, "cval must be a value of int16"),
        (np.eye(2), {"cval": 40000}, "cval must be a value of int16"),
        (np.eye(2), {"cval": np.nan}, "cval must be a value of int16"),
    ],
)
def test_impossible_transforms_are_refused(matrix, kinds, problem):
    with pytest.raises(ValueError, match=problem):
        affine(np.zeros((4, 4), np.int16), matrix, **kinds)
