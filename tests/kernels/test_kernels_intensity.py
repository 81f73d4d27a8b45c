"""Rescale, threshold and tables against numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mip.kernels import apply_lut, rescale, threshold
from tests.kernels.agreement import assert_same_bits
from tests.kernels.strategies import DTYPES, images, wild_images

INTEGERS = (np.uint8, np.int16, np.uint16)


@settings(max_examples=80, deadline=None)
@given(
    image=images() | wild_images(),
    slope=st.sampled_from([1.0, -1.0, 0.5, 1.1, 0.0]),
    intercept=st.sampled_from([0.0, -1024.0, 0.3]),
)
def test_rescale_has_the_bits_of_numpy_in_float32(everywhere, image, slope, intercept):
    with np.errstate(invalid="ignore"):
        want = image.astype(np.float32) * np.float32(slope) + np.float32(intercept)
    assert_same_bits(everywhere(rescale, image, slope, intercept), want)


def test_rescale_keeps_nan_and_infinities(everywhere):
    image = np.array([[np.nan, np.inf, -np.inf, 1]], np.float32)
    got = everywhere(rescale, image, 2, 1)
    np.testing.assert_array_equal(got, np.array([[np.nan, np.inf, -np.inf, 3]], np.float32))


@pytest.mark.parametrize(("slope", "intercept"), [(np.nan, 0), (1, np.inf)])
def test_rescale_by_no_number_is_refused(slope, intercept):
    with pytest.raises(ValueError, match="finite"):
        rescale(np.zeros((2, 2), np.int16), slope, intercept)


BOUNDS = st.one_of(
    st.floats(-70000, 70000),
    st.integers(-70000, 70000).map(float),
    st.sampled_from([-np.inf, np.inf, 0.5, -0.5, 254.5, 255, 32767, -32768, 65535, 1e300, -1e300]),
)


@settings(max_examples=100, deadline=None)
@given(image=images() | wild_images(), low=BOUNDS, high=st.none() | BOUNDS)
def test_threshold_is_that_of_exact_arithmetic(everywhere, image, low, high):
    exact = image.astype(np.float64)
    want = (exact > low) & (exact <= (np.inf if high is None else high))
    got = everywhere(threshold, image, low, high)
    assert got.dtype == np.bool_
    np.testing.assert_array_equal(got, want)


@settings(max_examples=80, deadline=None)
@given(value=st.floats(-1e6, 1e6, width=32), steps=st.integers(-2, 2))
def test_threshold_of_float32_is_exact_between_neighbours(value, steps):
    bound = float(value)
    for _ in range(abs(steps)):
        bound = float(np.nextafter(bound, np.inf * steps))
    image = np.array([[value]], np.float32)
    assert threshold(image, bound).item() is (float(np.float32(value)) > bound)
    assert threshold(image, -np.inf, bound).item() is (float(np.float32(value)) <= bound)


def test_nan_is_within_no_bounds(everywhere):
    image = np.full((3, 40), np.nan, np.float32)
    assert not everywhere(threshold, image, -np.inf, np.inf).any()


@pytest.mark.parametrize(("bounds", "name"), [((np.nan, None), "low"), ((0, np.nan), "high")])
def test_nan_bounds_are_refused(bounds, name):
    with pytest.raises(ValueError, match=f"{name} must be a number in double precision, not nan"):
        threshold(np.zeros((2, 2), np.int16), *bounds)


def test_threshold_writes_bytes_into_a_uint8_out():
    out = np.full((2, 3), 9, np.uint8)
    assert threshold(np.arange(6, dtype=np.int16).reshape(2, 3), 2, out=out) is out
    assert out.tolist() == [[0, 0, 0], [1, 1, 1]]


@settings(max_examples=70, deadline=None)
@given(
    image=images(dtypes=INTEGERS),
    first=st.integers(-65536, 65536),
    entries=st.integers(1, 3000),
    dtype=st.sampled_from(DTYPES),
)
def test_lookup_takes_the_ends_outside_the_table(everywhere, image, first, entries, dtype):
    lut = (np.arange(entries) * 7 % 251).astype(dtype)
    want = lut[np.clip(image.astype(np.int64) - first, 0, entries - 1)]
    got = everywhere(apply_lut, image, lut, first)
    assert got.dtype == lut.dtype
    np.testing.assert_array_equal(got, want)


def test_lookup_keeps_the_bits_of_nan_entries():
    lut = np.array([np.nan, 1], np.float32)
    assert np.isnan(apply_lut(np.zeros((1, 1), np.uint8), lut)).all()


@pytest.mark.parametrize(
    ("lut", "first", "problem"),
    [
        (np.zeros(0, np.uint8), 0, "1 to 65536 entries"),
        (np.zeros(65537, np.uint8), 0, "1 to 65536 entries"),
        (np.zeros((2, 2), np.uint8), 0, "must have 1 axes"),
        (np.zeros(2, np.uint8), 65537, "first must be"),
    ],
)
def test_impossible_tables_are_refused(lut, first, problem):
    with pytest.raises(ValueError, match=problem):
        apply_lut(np.zeros((2, 2), np.uint8), lut, first)


def test_lookup_of_float_images_is_refused():
    with pytest.raises(TypeError, match="must be one of uint8, int16, uint16"):
        apply_lut(np.zeros((2, 2), np.float32), np.zeros(2, np.uint8))
