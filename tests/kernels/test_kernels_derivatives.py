"""Sobel, Laplacian and gradient against scipy and numpy in double precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mip.kernels import gradient_magnitude, laplacian, sobel
from mip.kernels._axes import BORDER_MODES
from tests.kernels.agreement import assert_within, greatest
from tests.kernels.strategies import images, wild_images

TOLERANCE = 1e-6  # of the greatest magnitude times the weights
VANISHED = 1e-18  # squares below the least float32 are 0
NUMPY_MODES: dict[str, Any] = {
    "reflect": "symmetric",
    "mirror": "reflect",
    "nearest": "edge",
    "wrap": "wrap",
}
SPACINGS = {2: (0.5, 0.7), 3: (5.0, 0.5, 0.7)}
every_border = pytest.mark.parametrize("mode", BORDER_MODES)


def padded(image, mode, cval):
    """The image in double with one pixel around it, so that no border is left to a peer."""
    exact = image.astype(np.float64)
    if mode == "constant":
        return np.pad(exact, 1, constant_values=cval)
    return np.pad(exact, 1, mode=NUMPY_MODES[mode])


@np.errstate(invalid="ignore")
def sobel_in_double(image, axis, mode, cval):
    """Sobel's derivative; the pixel itself, which has no weight, takes no part, be it NaN."""
    found = np.moveaxis(padded(image, mode, cval), axis, 0)
    found = np.moveaxis(found[2:] - found[:-2], 0, axis)
    for other in set(range(image.ndim)) - {axis % image.ndim}:
        found = np.moveaxis(found, other, 0)
        found = np.moveaxis(found[:-2] + 2 * found[1:-1] + found[2:], 0, other)
    return found


def sobel_magnitude_in_double(image, mode, cval):
    along = [sobel_in_double(image, axis, mode, cval) for axis in range(image.ndim)]
    return np.sqrt(np.sum(np.square(along), axis=0))


@np.errstate(invalid="ignore")
def laplacian_in_double(image, spacing, mode, cval):
    around = padded(image, mode, cval)
    inside = (slice(1, -1),) * image.ndim
    return sum(
        ndimage.correlate1d(around, [1, -2, 1], axis)[inside] / mm**2
        for axis, mm in enumerate(spacing)
    )


@np.errstate(invalid="ignore")
def gradient_in_double(image, spacing):
    squares = np.zeros(image.shape)
    for axis, mm in enumerate(spacing):
        if image.shape[axis] > 1:
            squares += np.gradient(image.astype(np.float64), mm, axis=axis) ** 2
    return np.sqrt(squares)


def assert_close(got, want, tolerance):
    assert got.dtype == np.float32
    assert_within(got, want, tolerance)


@settings(max_examples=120, deadline=None)
@given(
    image=images(least=1) | wild_images(least=1),
    data=st.data(),
    mode=st.sampled_from(BORDER_MODES),
    cval=st.sampled_from([0.0, -1000.0]),
)
def test_sobel_along_an_axis_equals_scipy(everywhere, image, data, mode, cval):
    axis = data.draw(st.integers(-image.ndim, image.ndim - 1))
    got = everywhere(sobel, image, axis=axis, mode=mode, cval=cval)
    want = sobel_in_double(image, axis, mode, cval)
    if image.dtype.kind in "iu":
        np.testing.assert_array_equal(got, want)
    assert_close(got, want, TOLERANCE * 4**image.ndim * greatest(image, cval))


@settings(max_examples=120, deadline=None)
@given(
    image=images(least=1) | wild_images(least=1),
    mode=st.sampled_from(BORDER_MODES),
    cval=st.sampled_from([0.0, -1000.0]),
)
def test_sobel_magnitude_is_that_of_all_axes(everywhere, image, mode, cval):
    got = everywhere(sobel, image, mode=mode, cval=cval)
    want = sobel_magnitude_in_double(image, mode, cval)
    if image.dtype.kind in "iu":
        np.testing.assert_allclose(got, want, rtol=TOLERANCE, atol=0)
    assert_close(got, want, TOLERANCE * 4**image.ndim * greatest(image, cval) + VANISHED)


@every_border
@pytest.mark.parametrize("shape", [(1, 1), (1, 70), (70, 1), (2, 3), (1, 1, 1), (3, 1, 2)])
def test_stencils_wider_than_the_image_follow_the_border(everywhere, mode, shape):
    image = np.random.default_rng(5).integers(0, 65536, shape, np.uint16)
    for axis in range(image.ndim):
        want = sobel_in_double(image, axis, mode, 0.0)
        np.testing.assert_array_equal(everywhere(sobel, image, axis=axis, mode=mode), want)
    want = laplacian_in_double(image, (1,) * image.ndim, mode, 0.0)
    np.testing.assert_array_equal(everywhere(laplacian, image, mode=mode), want)


@settings(max_examples=120, deadline=None)
@given(
    image=images(least=1) | wild_images(least=1),
    mode=st.sampled_from(BORDER_MODES),
    cval=st.sampled_from([0.0, -1000.0]),
    has_spacing=st.booleans(),
)
def test_laplacian_equals_scipy(everywhere, image, mode, cval, has_spacing):
    spacing = SPACINGS[image.ndim] if has_spacing else (1.0,) * image.ndim
    got = everywhere(
        laplacian, image, spacing=spacing if has_spacing else None, mode=mode, cval=cval
    )
    want = laplacian_in_double(image, spacing, mode, cval)
    if image.dtype.kind in "iu" and not has_spacing:
        np.testing.assert_array_equal(got, want)
    weights = sum(4 / mm**2 for mm in spacing)
    assert_close(got, want, TOLERANCE * weights * greatest(image, cval))


@every_border
def test_laplacian_without_spacing_is_that_of_scipy(mode):
    image = np.random.default_rng(4).integers(-3000, 3000, (4, 9, 20), np.int16)
    want = ndimage.laplace(image.astype(np.float64), mode=mode)
    np.testing.assert_array_equal(laplacian(image, mode=mode), want)


@settings(max_examples=120, deadline=None)
@given(image=images(least=1) | wild_images(least=1), has_spacing=st.booleans())
def test_gradient_magnitude_has_the_differences_of_numpy(everywhere, image, has_spacing):
    spacing = SPACINGS[image.ndim] if has_spacing else (1.0,) * image.ndim
    got = everywhere(gradient_magnitude, image, spacing=spacing if has_spacing else None)
    want = gradient_in_double(image, spacing)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, want, rtol=TOLERANCE, atol=VANISHED)


@pytest.mark.parametrize("shape", [(1, 1), (1, 70), (70, 1), (1, 9, 20), (4, 1, 20), (4, 9, 1)])
def test_nothing_changes_along_an_axis_of_one_sample(everywhere, shape):
    image = np.random.default_rng(9).normal(0, 500, shape).astype(np.float32)
    image.flat[0] = np.inf
    got = everywhere(gradient_magnitude, image)
    want = gradient_in_double(image, (1,) * image.ndim)
    np.testing.assert_allclose(got, want, rtol=TOLERANCE)


@pytest.mark.parametrize("shape", [(300, 70), (3, 200, 33)])
def test_blocks_leave_no_seam(everywhere, shape):
    image = np.random.default_rng(6).integers(-3000, 3000, shape, np.int16)
    for axis in range(image.ndim):
        want = ndimage.sobel(image.astype(np.float64), axis)
        np.testing.assert_array_equal(everywhere(sobel, image, axis=axis), want)
    want = ndimage.laplace(image.astype(np.float64))
    np.testing.assert_array_equal(everywhere(laplacian, image), want)
    want = gradient_in_double(image, (1,) * image.ndim)
    np.testing.assert_allclose(everywhere(gradient_magnitude, image), want, rtol=TOLERANCE)


def test_nan_spreads_to_the_pixels_whose_difference_it_is_in(everywhere):
    image = np.zeros((9, 9), np.float32)
    image[4, 4] = np.nan
    around = np.zeros(image.shape, bool)
    around[3:6, 3:6] = True
    around[4, 4] = False
    np.testing.assert_array_equal(np.isnan(everywhere(sobel, image)), around)
    assert np.isnan(everywhere(laplacian, image)).sum() == 5
    assert np.isnan(everywhere(gradient_magnitude, image)).sum() == 4


@pytest.mark.parametrize(
    ("kernel", "kinds", "problem"),
    [
        (sobel, {"axis": 2}, "axis must be from -2 to 1, not"),
        (sobel, {"axis": -3}, "axis must be from -2 to 1, not"),
        (sobel, {"mode": "edge"}, "mode must be one of"),
        (laplacian, {"mode": "edge"}, "mode must be one of"),
        (laplacian, {"spacing": 0}, "spacing must be from 1e-09"),
        (gradient_magnitude, {"spacing": (1, 1, 1)}, "spacing must be a number or 2"),
    ],
)
def test_impossible_derivatives_are_refused(kernel, kinds, problem):
    with pytest.raises(ValueError, match=problem):
        kernel(np.zeros((4, 4), np.int16), **kinds)
