"""The Gaussian, and sharpening by it, against scipy and scikit-image in double precision."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage import filters

from mip.kernels import gaussian, unsharp_mask
from mip.kernels._axes import BORDER_MODES
from tests.kernels.agreement import assert_within, greatest
from tests.kernels.strategies import images, one_or_per_axis, wild_images

TOLERANCE = 1e-6  # of the greatest magnitude


def assert_close(got, image, want, *, cval=0.0):
    assert_within(got, want, TOLERANCE * greatest(image, cval))


@settings(max_examples=120, deadline=None)
@given(
    image=images() | wild_images(),
    data=st.data(),
    mode=st.sampled_from(BORDER_MODES),
    truncate=st.sampled_from([4.0, 1.0, 2.5]),
    cval=st.sampled_from([0.0, -1000.0]),
)
def test_equals_scipy_in_double(everywhere, image, data, mode, truncate, cval):
    sigmas = st.sampled_from([0.0, 0.3, 1.0, 1.7, 4.0])
    sigma = data.draw(one_or_per_axis(sigmas, image.ndim))
    got = everywhere(gaussian, image, sigma, mode=mode, truncate=truncate, cval=cval)
    want = (
        ndimage.gaussian_filter(
            image.astype(np.float64), sigma, mode=mode, truncate=truncate, cval=cval
        )
        if image.size
        else image
    )
    assert got.dtype == np.float32
    assert_close(got, image, want, cval=cval if mode == "constant" else 0.0)


@pytest.mark.parametrize("mode", BORDER_MODES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 70), (70, 1), (2, 3), (1, 1, 1), (3, 1, 2)])
def test_kernels_wider_than_the_image_follow_the_border(everywhere, mode, shape):
    image = np.random.default_rng(5).integers(0, 1000, shape, np.uint16)
    want = ndimage.gaussian_filter(image.astype(np.float64), 6.0, mode=mode)
    assert_close(everywhere(gaussian, image, 6.0, mode=mode), image, want)


@pytest.mark.parametrize("shape", [(300, 70), (3, 200, 33), (150, 9, 20)])
@pytest.mark.parametrize("mode", ["reflect", "wrap"])
def test_tiles_and_chunks_leave_no_seam(everywhere, shape, mode):
    image = np.random.default_rng(6).normal(0, 500, shape).astype(np.float32)
    want = ndimage.gaussian_filter(image.astype(np.float64), 2.0, mode=mode)
    assert_close(everywhere(gaussian, image, 2.0, mode=mode), image, want)


@settings(max_examples=60, deadline=None)
@given(
    image=images() | wild_images(),
    data=st.data(),
    mode=st.sampled_from(BORDER_MODES),
    amount=st.sampled_from([0.0, 0.7, 5.0, -1.0]),
    truncate=st.sampled_from([4.0, 1.0, 2.5]),
    cval=st.sampled_from([0.0, -1000.0]),
)
def test_unsharp_mask_adds_what_the_gaussian_takes_away(
    everywhere, image, data, mode, amount, truncate, cval
):
    sigma = data.draw(one_or_per_axis(st.sampled_from([0.0, 1.0, 2.5]), image.ndim))
    spacing = data.draw(st.none() | one_or_per_axis(st.sampled_from([0.5, 0.7, 3.0]), image.ndim))
    border = {"mode": mode, "truncate": truncate, "cval": cval}
    got = everywhere(unsharp_mask, image, sigma, amount, spacing=spacing, **border)
    exact = image.astype(np.float64)
    samples = np.broadcast_to(sigma, image.ndim) / (1.0 if spacing is None else spacing)
    smooth = ndimage.gaussian_filter(exact, samples, **border) if image.size else exact
    with np.errstate(invalid="ignore"):
        want = exact + amount * (exact - smooth)
    assert got.dtype == np.float32
    outside = cval if mode == "constant" else 0.0
    assert_close(got, (1 + abs(amount)) * exact, want, cval=(1 + abs(amount)) * outside)


def test_unsharp_mask_is_that_of_scikit_image():
    image = np.random.default_rng(3).integers(-1000, 3000, (40, 50), np.int16)
    want = filters.unsharp_mask(image.astype(np.float64), 2.0, 1.5, preserve_range=True)
    assert_close(unsharp_mask(image, 2.0, 1.5), 2.5 * image.astype(np.float64), want)


def test_unsharp_mask_of_amount_zero_is_the_image():
    image = np.random.default_rng(3).integers(-1000, 3000, (4, 40, 50), np.int16)
    np.testing.assert_array_equal(unsharp_mask(image, 2.0, 0.0), image)


@pytest.mark.parametrize("amount", [np.nan, np.inf])
def test_impossible_amounts_are_refused(amount):
    with pytest.raises(ValueError, match="amount must be finite"):
        unsharp_mask(np.zeros((4, 4), np.int16), 1.0, amount)


def test_sigma_is_in_millimetres_when_spacing_is_given():
    image = np.random.default_rng(7).integers(-1000, 1000, (6, 20, 30), np.int16)
    got = gaussian(image, 2.0, spacing=(5.0, 0.5, 0.8))
    np.testing.assert_array_equal(got, gaussian(image, (2 / 5.0, 2 / 0.5, 2 / 0.8)))


def test_one_spacing_serves_all_axes():
    image = np.random.default_rng(7).integers(-1000, 1000, (20, 30), np.int16)
    np.testing.assert_array_equal(gaussian(image, 2.0, spacing=0.5), gaussian(image, 4.0))


def test_sigma_zero_along_the_slices_smooths_each_by_itself():
    image = np.random.default_rng(8).integers(-1000, 1000, (3, 20, 30), np.int16)
    got = gaussian(image, (0, 1.5, 1.5))
    for slice_, smooth in zip(image, got, strict=True):
        np.testing.assert_array_equal(smooth, gaussian(slice_, 1.5))


def test_nan_spreads_as_far_as_the_kernel_and_no_further(everywhere):
    image = np.zeros((21, 21), np.float32)
    image[10, 10] = np.nan
    got = everywhere(gaussian, image, 1.0)
    reached = np.isnan(got)
    assert reached[6:15, 6:15].all()
    assert reached.sum() == 81


@pytest.mark.parametrize(
    ("sigma", "kinds", "problem"),
    [
        (-1, {}, "sigma must be at least 0"),
        (np.nan, {}, "sigma must be at least 0"),
        ((1, 1, 1), {}, "sigma must be a number or 2 numbers"),
        (1, {"spacing": 0}, "spacing must be from 1e-09"),
        (1, {"spacing": (1, 1, 1)}, "spacing must be a number or 2"),
        (1, {"truncate": -1}, "truncate must be"),
        (1, {"mode": "edge"}, "mode must be one of"),
        (1e6, {}, "smooth the image at a lower resolution"),
    ],
)
def test_impossible_smoothing_is_refused(sigma, kinds, problem):
    with pytest.raises(ValueError, match=problem):
        gaussian(np.zeros((4, 4), np.int16), sigma, **kinds)
