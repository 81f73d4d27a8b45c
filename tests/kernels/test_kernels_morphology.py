"""Morphology against scipy: equal in every pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mip.kernels import ball, box, closing, cross, dilate, disk, erode, opening
from tests.kernels.agreement import by_rank
from tests.kernels.strategies import DTYPES, images, layouts, wild_images

STEPS = {erode: "e", dilate: "d", opening: "ed", closing: "de"}
EVERY_KERNEL = pytest.mark.parametrize("kernel", STEPS)


def reference(image, footprint, steps, iterations):
    """Each step by scipy, with what is outside taking no part."""
    is_mask = image.dtype == np.bool_
    pixels = np.ascontiguousarray(image).view(np.uint8) if is_mask else image
    for step in "".join(step * iterations for step in steps):
        if image.dtype == np.float32:
            least, most = -np.inf, np.inf
        else:
            least, most = (
                (0, 1) if is_mask else (np.iinfo(image.dtype).min, np.iinfo(image.dtype).max)
            )
        run, outside = (
            (ndimage.grey_erosion, most) if step == "e" else (ndimage.grey_dilation, least)
        )
        pixels = run(pixels, footprint=footprint, mode="constant", cval=outside)
    return pixels.view(image.dtype)


@st.composite
def footprints(draw, ndim):
    """Boxes of odd and even sizes, round ones, and any others, also without their own pixel."""
    rounded = (disk, ball)[ndim - 2](draw(st.sampled_from([0, 1, 1.5, 3])))
    sizes = tuple(draw(st.integers(1, 8)) for _ in range(ndim))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    noise = rng.random(sizes) < 0.4
    noise.flat[draw(st.integers(0, noise.size - 1))] = True
    return draw(st.sampled_from([box(sizes), box(3, ndim), cross(ndim), rounded, noise]))


@EVERY_KERNEL
@settings(max_examples=30, deadline=None)
@given(data=st.data(), image=images(least=1), iterations=st.sampled_from([1, 1, 2, 3]))
def test_images_equal_scipy(everywhere, kernel, data, image, iterations):
    footprint = data.draw(footprints(image.ndim))
    got = everywhere(kernel, image, footprint, iterations=iterations)
    assert got.dtype == image.dtype
    want = reference(image, footprint, STEPS[kernel], iterations)
    np.testing.assert_array_equal(got, want)


FRAME = 16  # pixels: further than two steps of the widest footprint reach


@EVERY_KERNEL
@settings(max_examples=30, deadline=None)
@given(data=st.data(), image=wild_images(ndims=(2,)))
def test_floats_are_ordered_and_nan_is_the_greatest(everywhere, kernel, data, image):
    framed = np.pad(image, FRAME)
    footprint = data.draw(footprints(2))
    got = everywhere(kernel, framed, footprint)
    want = by_rank(framed, lambda ranks: reference(ranks, footprint, STEPS[kernel], 1))
    np.testing.assert_array_equal(got, want)


@EVERY_KERNEL
@pytest.mark.parametrize("shape", [(70, 131), (4, 45, 70), (1, 1), (7, 1, 20)])
def test_masks_equal_scipy_and_stay_bool(everywhere, kernel, shape):
    mask = np.random.default_rng(2).random(shape) < 0.6
    for footprint in (box(3, len(shape)), cross(len(shape)), box(4, len(shape))):
        got = everywhere(kernel, mask, footprint, iterations=2)
        assert got.dtype == np.bool_
        np.testing.assert_array_equal(got, reference(mask, footprint, STEPS[kernel], 2))


@EVERY_KERNEL
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(300, 90), (3, 150, 41)])
def test_boxes_in_planes_equal_scipy_across_strips(everywhere, kernel, dtype, shape):
    image = np.random.default_rng(4).normal(100, 30, shape).astype(dtype)
    for size in [(1, 1), (1, 7), (7, 1), (2, 3), (5, 6), (16, 31), (9, 90), (301, 400)]:
        footprint = box((*(1,) * (len(shape) - 2), *size))
        want = reference(image, footprint, STEPS[kernel], 1)
        np.testing.assert_array_equal(everywhere(kernel, image, footprint), want)


@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_masks_equal_binary_morphology_of_scipy(everywhere, data):
    mask = data.draw(layouts(st.just(np.random.default_rng(3).random((30, 40)) < 0.5)))
    want = ndimage.binary_erosion(mask, disk(2), border_value=1)
    np.testing.assert_array_equal(everywhere(erode, mask, disk(2)), want)
    want = ndimage.binary_dilation(mask, disk(2), border_value=0)
    np.testing.assert_array_equal(everywhere(dilate, mask, disk(2)), want)


@pytest.mark.parametrize("dtype", DTYPES)
def test_where_the_footprint_is_outside_nothing_takes_part(everywhere, dtype):
    beside = np.array([[True, False, False]])  # the left neighbour alone
    image = np.ones((2, 3), dtype)
    bounds = np.finfo(dtype) if dtype is np.float32 else np.iinfo(dtype)
    greatest = np.inf if dtype is np.float32 else bounds.max
    np.testing.assert_array_equal(everywhere(erode, image, beside), [[greatest, 1, 1]] * 2)


def test_nan_counts_as_above_every_number(everywhere):
    image = np.array([[1, np.nan, 3, np.nan, np.nan, np.nan, np.inf]], np.float32)
    row = box((1, 3))
    np.testing.assert_array_equal(
        everywhere(erode, image, row), [[1, 1, 3, 3, np.nan, np.inf, np.inf]]
    )
    np.testing.assert_array_equal(everywhere(dilate, image, row), [[np.nan] * 7])


def test_footprints_are_round():
    assert disk(1).tolist() == cross(2).tolist()
    assert ball(1).tolist() == cross(3).tolist()
    assert disk(2.3).sum() == 21
    assert ball(2).sum() == 33
    assert box((1, 2, 3)).shape == (1, 2, 3)


@pytest.mark.parametrize(
    ("footprint", "iterations", "problem"),
    [
        (box(3, 3), 1, "footprint must have 2 axes"),
        (np.zeros((3, 3), bool), 1, "footprint must have a pixel"),
        (np.zeros((0, 3), bool), 1, "footprint must have a pixel"),
        (box(3, 2), 0, "iterations must be from 1"),
    ],
)
@EVERY_KERNEL
def test_impossible_morphology_is_refused(kernel, footprint, iterations, problem):
    with pytest.raises(ValueError, match=problem):
        kernel(np.zeros((4, 4), np.int16), footprint, iterations=iterations)


def test_impossible_footprints_are_refused():
    with pytest.raises(ValueError, match="size must be from 1"):
        box(0, 2)
    with pytest.raises(ValueError, match="radius must be"):
        disk(-1)
