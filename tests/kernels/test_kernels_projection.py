"""Projections against numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mip.kernels import project
from tests.kernels.agreement import assert_within, greatest
from tests.kernels.strategies import DTYPES, images, wild_images

TOLERANCE = 1e-6  # of the greatest magnitude
EXTREMES = {"max": np.max, "min": np.min}


@settings(max_examples=120, deadline=None)
@given(
    image=images(least=1) | wild_images(least=1),
    data=st.data(),
    how=st.sampled_from(sorted(EXTREMES)),
)
def test_extremes_are_those_of_numpy(everywhere, image, data, how):
    axis = data.draw(st.integers(-image.ndim, image.ndim - 1))
    got = everywhere(project, image, axis, how)
    assert got.dtype == image.dtype
    np.testing.assert_array_equal(got, EXTREMES[how](image, axis=axis))


@settings(max_examples=120, deadline=None)
@given(image=images(least=1) | wild_images(least=1), data=st.data())
def test_means_are_those_of_numpy_in_double(everywhere, image, data):
    axis = data.draw(st.integers(-image.ndim, image.ndim - 1))
    got = everywhere(project, image, axis, "mean")
    with np.errstate(invalid="ignore"):
        want = image.mean(axis=axis, dtype=np.float64)
    assert got.dtype == np.float32
    if image.dtype.kind == "f":
        assert_within(got, want, TOLERANCE * greatest(image))
    else:
        np.testing.assert_array_equal(got, want.astype(np.float32))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 20000), (20000, 3), (2, 5, 17000), (1, 1), (1, 1, 1)])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_blocks_leave_no_seam(everywhere, dtype, shape, axis):
    image = np.random.default_rng(2).integers(0, 250, shape).astype(dtype)
    np.testing.assert_array_equal(everywhere(project, image, axis, "max"), image.max(axis=axis))
    np.testing.assert_array_equal(
        everywhere(project, image, axis, "mean"),
        image.mean(axis=axis, dtype=np.float64).astype(np.float32),
    )


@pytest.mark.parametrize("dtype", [np.int16, np.uint16])
@pytest.mark.parametrize("end", ["min", "max"])
@pytest.mark.parametrize("length", [1 << 15, (1 << 15) + 1, 70000])
@pytest.mark.parametrize("axis", [0, 1])
def test_sums_past_32_bits_are_exact(everywhere, dtype, end, length, axis):
    extreme = getattr(np.iinfo(dtype), end)
    image = np.full((length, 2) if axis == 0 else (2, length), extreme, dtype)
    assert (everywhere(project, image, axis, "mean") == extreme).all()


@pytest.mark.parametrize("how", ["max", "min", "mean"])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("place", [0, 1, 63, 64, 129, 149])
def test_a_line_with_nan_in_it_becomes_nan(everywhere, how, axis, place):
    image = np.zeros((150, 150), np.float32)
    image[(place, 7) if axis == 0 else (7, place)] = np.nan
    got = everywhere(project, image, axis, how)
    assert np.flatnonzero(np.isnan(got)).tolist() == [7]


@pytest.mark.parametrize("axis", [1, 2])
def test_an_image_without_lines_gives_none(axis):
    assert project(np.empty((0, 3, 4), np.int16), axis, "mean").shape == (0, 4 if axis == 1 else 3)


@pytest.mark.parametrize(
    ("axis", "how", "error", "problem"),
    [
        (0, "median", ValueError, "how must be one of max, min, mean"),
        (2, "max", ValueError, "axis must be from -2 to 1, not 2"),
        (-3, "max", ValueError, "axis must be from -2 to 1, not -3"),
        (0, "max", ValueError, "axis 0 must have at least 1 pixel"),
        (1.0, "max", TypeError, "axis must be an int"),
        (True, "max", TypeError, "axis must be an int"),
    ],
)
def test_impossible_projections_are_refused(axis, how, error, problem):
    with pytest.raises(error, match=problem):
        project(np.zeros((0, 4), np.int16), axis, how)
