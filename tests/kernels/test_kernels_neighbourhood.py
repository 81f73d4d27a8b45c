"""Bilateral filter and non-local means against the same in double precision."""

from __future__ import annotations

import itertools
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mip.kernels import bilateral, nl_means
from mip.kernels._axes import BORDER_MODES
from tests.kernels.agreement import assert_within, greatest, nan_for_infinity
from tests.kernels.strategies import images, one_or_per_axis, wild_images

TOLERANCE = 1e-6  # of the greatest magnitude
TOLERANCE_OF_MEANS = 3e-6  # where the exponent is a sum over a patch
NUMPY_MODES: dict[str, Any] = {
    "reflect": "symmetric",
    "mirror": "reflect",
    "nearest": "edge",
    "wrap": "wrap",
}
CVAL = -50.0


def padded(image, reach, mode):
    values, around = image.astype(np.float64), [(r, r) for r in reach]
    if mode == "constant":
        return np.pad(values, around, constant_values=CVAL)
    return np.pad(values, around, NUMPY_MODES[mode])


def window(values, shape, at):
    return values[tuple(slice(a, a + n) for a, n in zip(at, shape, strict=True))]


@np.errstate(invalid="ignore")
def bilateral_in_double(image, *, sigma_spatial, sigma_range, size, mode):
    reach = np.broadcast_to(size, image.ndim) // 2
    values, middle = padded(image, reach, mode), image.astype(np.float64)
    weights, sums = np.zeros(image.shape), np.zeros(image.shape)
    for at in itertools.product(*(range(2 * r + 1) for r in reach)):
        away = np.array(at) - reach
        if np.sum(np.square(away / np.maximum(reach, 1))) > 1 + 1e-12:
            continue
        other = window(values, image.shape, at)
        space = np.sum(np.square(away / sigma_spatial))
        weight = np.exp(-0.5 * (space + np.square((other - middle) / sigma_range)))
        weights, sums = weights + weight, sums + weight * (other - middle)
    return middle + sums / weights


@np.errstate(invalid="ignore")
def nl_means_in_double(image, *, patch, search, h, mode):
    p, s = (np.broadcast_to(side, image.ndim) // 2 for side in (patch, search))
    values, middle = padded(image, p + s, mode), image.astype(np.float64)
    wide = np.array(image.shape) + 2 * p
    weights, sums = np.ones(image.shape), np.zeros(image.shape)  # of a pixel itself
    for at in itertools.product(*(range(2 * r + 1) for r in s)):
        if at == tuple(s):
            continue
        squares = np.square(window(values, wide, at) - window(values, wide, s))
        patches = list(itertools.product(*(range(2 * r + 1) for r in p)))
        differ = sum(window(squares, image.shape, place) for place in patches) / len(patches)
        weight = np.nan_to_num(np.exp(-differ / h**2), nan=0)  # of a patch with NaN
        other = window(values, image.shape, np.array(at) + p)
        weights, sums = weights + weight, sums + weight * (other - middle)
    return middle + sums / weights


def assert_close(got, image, want, mode, *, tolerance=TOLERANCE):
    assert got.dtype == np.float32
    most = greatest(image, CVAL if mode == "constant" else 0)
    assert_within(nan_for_infinity(got), nan_for_infinity(want), tolerance * most)


@settings(max_examples=40, deadline=None)
@given(
    image=images(least=1) | wild_images(least=1),
    data=st.data(),
    mode=st.sampled_from(BORDER_MODES),
    sigma_range=st.sampled_from([0.5, 60.0, 20000.0]),
)
def test_bilateral_equals_the_same_in_double(everywhere, image, data, mode, sigma_range):
    sigmas, sides = st.sampled_from([0.3, 1.0, 4.0]), st.sampled_from([1, 3, 5])
    kinds = {
        "sigma_spatial": data.draw(one_or_per_axis(sigmas, image.ndim)),
        "sigma_range": sigma_range,
        "size": data.draw(one_or_per_axis(sides, image.ndim)),
        "mode": mode,
    }
    got = everywhere(bilateral, image, cval=CVAL, **kinds)
    assert_close(got, image, bilateral_in_double(image, **kinds), mode)


@settings(max_examples=30, deadline=None)
@given(
    image=images(least=1) | wild_images(least=1),
    data=st.data(),
    mode=st.sampled_from(BORDER_MODES),
    share=st.sampled_from([0.01, 0.3, 2.0]),
)
def test_nl_means_equals_the_same_in_double(everywhere, image, data, mode, share):
    sides = one_or_per_axis(st.sampled_from([1, 3, 5]), image.ndim)
    h = share * max(1.0, float(greatest(image)))
    kinds = {"patch": data.draw(sides), "search": data.draw(sides), "h": h, "mode": mode}
    got = everywhere(nl_means, image, cval=CVAL, **kinds)
    want = nl_means_in_double(image, **kinds)
    assert_close(got, image, want, mode, tolerance=TOLERANCE_OF_MEANS)


@pytest.mark.parametrize("sides", [(7, 3), (9, 5), (11, 1), (2 * 6 + 1, 3)])
def test_patches_of_other_sides_are_summed_as_well(everywhere, sides):
    image = np.random.default_rng(4).normal(0, 30, (40, 37)).astype(np.float32)
    kinds = {"patch": sides[0], "search": sides[1], "h": 20.0, "mode": "reflect"}
    got, want = everywhere(nl_means, image, **kinds), nl_means_in_double(image, **kinds)
    assert_close(got, image, want, "reflect", tolerance=TOLERANCE_OF_MEANS)


@pytest.mark.parametrize("shape", [(40, 600), (19, 35, 70)])
def test_boxes_leave_no_seam(everywhere, shape):
    image = np.random.default_rng(5).integers(-500, 500, shape, np.int16)
    space = {"sigma_spatial": 2.0, "sigma_range": 300.0, "size": 3, "mode": "reflect"}
    assert_close(
        everywhere(bilateral, image, **space), image, bilateral_in_double(image, **space), "reflect"
    )
    alike = {"patch": 3, "search": 3, "h": 200.0, "mode": "wrap"}
    got, want = everywhere(nl_means, image, **alike), nl_means_in_double(image, **alike)
    assert_close(got, image, want, "wrap", tolerance=TOLERANCE_OF_MEANS)


def test_bilateral_is_that_of_opencv():
    image = np.random.default_rng(6).normal(0, 100, (90, 110)).astype(np.float32)
    got = bilateral(image, sigma_spatial=3.0, sigma_range=80.0, size=9, mode="mirror")
    want = cv2.bilateralFilter(image, 9, 80.0, 3.0)
    assert np.abs(got - want).max() <= 1e-4 * np.abs(image).max()  # its exp is a table


def test_windows_of_one_slice_smooth_each_by_itself():
    volume = np.random.default_rng(8).integers(0, 900, (3, 20, 30), np.uint16)
    smooth = bilateral(volume, sigma_spatial=(1, 2, 2), sigma_range=200.0, size=(1, 5, 5))
    means = nl_means(volume, patch=(1, 3, 3), search=(1, 5, 5), h=150.0)
    for plane, one, other in zip(volume, smooth, means, strict=True):
        np.testing.assert_array_equal(
            one, bilateral(plane, sigma_spatial=2.0, sigma_range=200.0, size=5)
        )
        np.testing.assert_array_equal(other, nl_means(plane, patch=3, search=5, h=150.0))


def test_the_window_follows_from_sigma():
    image = np.random.default_rng(9).integers(0, 900, (40, 40), np.uint16)
    np.testing.assert_array_equal(
        bilateral(image, sigma_spatial=3.0, sigma_range=200.0),
        bilateral(image, sigma_spatial=3.0, sigma_range=200.0, size=9),
    )


def test_nan_spreads_as_far_as_the_window_and_no_further(everywhere):
    image = np.zeros((21, 21), np.float32)
    image[10, 10] = np.nan
    rows, columns = np.indices(image.shape) - 10
    got = everywhere(bilateral, image, sigma_spatial=2.0, sigma_range=1.0, size=5)
    np.testing.assert_array_equal(np.isnan(got), rows**2 + columns**2 <= 4)
    got = everywhere(nl_means, image, patch=1, search=5, h=1.0)
    np.testing.assert_array_equal(np.isnan(got), np.maximum(abs(rows), abs(columns)) <= 2)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"sigma_spatial": 0}, "sigma_spatial must be above 0"),
        ({"sigma_spatial": (1, 1, 1)}, "sigma_spatial must be a number or 2"),
        ({"sigma_range": np.nan}, "sigma_range must be above 0"),
        ({"size": 4}, "size must be odd"),
        ({"size": (3, 3, 3)}, "size must be an int or 2"),
        ({"size": 2001}, "size must be odd, from 1 to 1023"),
        ({"mode": "edge"}, "mode must be one of"),
    ],
)
def test_impossible_bilateral_filters_are_refused(wrong, problem):
    arguments = {"sigma_spatial": 1.0, "sigma_range": 1.0} | wrong
    with pytest.raises(ValueError, match=problem):
        bilateral(np.zeros((4, 4), np.int16), **arguments)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"h": 0}, "h must be above 0"),
        ({"patch": 0}, "patch must be odd"),
        ({"search": 6}, "search must be odd"),
        ({"mode": "edge"}, "mode must be one of"),
    ],
)
def test_impossible_nl_means_are_refused(wrong, problem):
    with pytest.raises(ValueError, match=problem):
        nl_means(np.zeros((4, 4), np.int16), **({"h": 1.0} | wrong))


def test_sides_that_are_no_integers_are_refused():
    with pytest.raises(TypeError, match="patch must be an int"):
        nl_means(np.zeros((4, 4), np.int16), h=1.0, patch=(3, True))
