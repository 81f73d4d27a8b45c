"""The median against scipy: equal in every pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from mip.kernels import median
from mip.kernels._axes import BORDER_MODES
from tests.kernels.agreement import by_rank
from tests.kernels.strategies import DTYPES, images, noise, one_or_per_axis, wild_images


def median_of_ranks(ranks, size, mode, cval):
    return ndimage.median_filter(ranks, size, mode=mode, cval=cval) if ranks.size else ranks


def assert_equals_scipy(everywhere, image, size, **border):
    got = everywhere(median, image, size, **border)
    assert got.dtype == image.dtype
    mode, cval = border.get("mode", "reflect"), border.get("cval", 0)
    want = by_rank(image, lambda ranks, out: median_of_ranks(ranks, size, mode, out), cval)
    np.testing.assert_array_equal(got, want)


@settings(max_examples=100, deadline=None)
@given(
    image=images() | wild_images(),
    data=st.data(),
    mode=st.sampled_from(BORDER_MODES),
    cval=st.sampled_from([0, 7, 255]),
)
def test_equals_scipy(everywhere, image, data, mode, cval):
    side = st.sampled_from([1, 3, 5, 7])
    size = data.draw(st.sampled_from([3, 5]) | one_or_per_axis(side, image.ndim))
    assert_equals_scipy(everywhere, image, size, mode=mode, cval=cval)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [3, 5, 7, 9, 11, 13])
@settings(max_examples=3, deadline=None)
@given(data=st.data(), mode=st.sampled_from(BORDER_MODES))
def test_squares_equal_scipy_past_a_chunk_and_a_task(everywhere, data, dtype, size, mode):
    assert_equals_scipy(everywhere, data.draw(noise(dtype, (67, 530))), size, mode=mode)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [3, (1, 5, 5), (3, 1, 1), (3, 5, 3)])
def test_volumes_equal_scipy(everywhere, dtype, size):
    image = np.random.default_rng(3).integers(0, 200, (4, 67, 530)).astype(dtype)
    assert_equals_scipy(everywhere, image, size)


@pytest.mark.parametrize("mode", BORDER_MODES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 70), (70, 1), (2, 3), (1, 1, 1), (3, 1, 2)])
def test_windows_wider_than_the_image_follow_the_border(everywhere, mode, shape):
    image = np.random.default_rng(5).integers(0, 1000, shape, np.uint16)
    for size in (3, 7, 15):
        assert_equals_scipy(everywhere, image, size, mode=mode, cval=9)


@pytest.mark.parametrize("size", [3, 5, 13])
def test_nan_counts_as_above_every_number(everywhere, size):
    image = np.random.default_rng(6).normal(0, 9, (20, 30)).astype(np.float32)
    image[np.random.default_rng(7).random(image.shape) < np.linspace(0, 1, 30)] = np.nan
    image[3, 4], image[9, 9], image[9, 10] = np.inf, -np.inf, -np.float32(np.nan)
    windows = sliding_window_view(np.pad(image, size // 2, "symmetric"), (size, size))
    want = np.sort(windows.reshape(*image.shape, -1), axis=-1)[..., size * size // 2]
    assert np.isnan(want).any()
    np.testing.assert_array_equal(everywhere(median, image, size), want)


@pytest.mark.parametrize(
    ("size", "kinds", "problem"),
    [
        (2, {}, "size must be odd"),
        (0, {}, "size must be from 1"),
        (-3, {}, "size must be from 1"),
        ((3, 3, 3), {}, "size must be an int or 2 ints"),
        (99999, {}, "size must give a window of at most"),
        ((11583, 11583), {}, "size must cover at most"),
        (3, {"mode": "edge"}, "mode must be one of"),
        (3, {"cval": 0.5}, "cval must be a value of int16"),
        (3, {"cval": 40000}, "cval must be a value of int16"),
        (3, {"cval": float("nan")}, "cval must be a value of int16"),
    ],
)
def test_impossible_medians_are_refused(size, kinds, problem):
    with pytest.raises(ValueError, match=problem):
        median(np.zeros((4, 4), np.int16), size, **kinds)


def test_a_size_that_is_no_integer_is_refused():
    with pytest.raises(TypeError, match="size must be an int, not float"):
        median(np.zeros((4, 4), np.int16), 3.0)  # type: ignore[arg-type]
