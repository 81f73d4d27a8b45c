"""Histograms against numpy, and Otsu's threshold against scikit-image."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.filters import threshold_otsu

from mip.kernels import histogram, otsu, threshold
from tests.kernels.strategies import images, wild_images

INTEGERS = (np.uint8, np.int16, np.uint16)


def variance_between(image, at):
    """Otsu's measure of a threshold."""
    dark = image <= at
    bright = image[~dark].astype(np.float64)
    dark = image[dark].astype(np.float64)
    return dark.size * bright.size * (dark.mean() - bright.mean()) ** 2


@settings(max_examples=60, deadline=None)
@given(image=images(dtypes=INTEGERS))
def test_every_value_of_an_integer_image_is_counted(everywhere, image):
    got = everywhere(histogram, image)
    bounds = np.iinfo(image.dtype)
    want = np.bincount(image.ravel().astype(np.int64) - bounds.min, minlength=got.size)
    assert got.dtype == np.int64
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("begin", range(17))
def test_a_background_of_one_value_is_counted_pixel_by_pixel(everywhere, dtype, begin):
    image = np.full((3, 131), np.iinfo(dtype).min + 7, dtype)
    image[1, begin : begin + 40] = np.arange(40)
    got = everywhere(histogram, image)
    want = np.bincount(image.ravel().astype(np.int64) - np.iinfo(dtype).min, minlength=got.size)
    np.testing.assert_array_equal(got, want)


@settings(max_examples=120, deadline=None)
@given(
    image=images() | wild_images(),
    bins=st.sampled_from([1, 2, 7, 100, 4096]),
    bounds=st.sampled_from([(0.0, 1.0), (-1000.0, 3000.0), (0.1, 0.7), (-70000.0, 70000.0)]),
)
def test_bins_equal_those_of_numpy_in_double(everywhere, image, bins, bounds):
    got = everywhere(histogram, image, bins=bins, bounds=bounds)
    want, _ = np.histogram(image.astype(np.float64), bins, bounds)
    np.testing.assert_array_equal(got, want)


def test_values_on_and_beside_the_edges_fall_where_numpy_puts_them(everywhere):
    edges = np.linspace(1000.0, 1000.7, 401)
    near = edges.astype(np.float32)
    image = np.stack([near, np.nextafter(near, np.float32(0)), np.nextafter(near, np.float32(9e9))])
    got = everywhere(histogram, image, bins=400, bounds=(1000.0, 1000.7))
    want, _ = np.histogram(image.astype(np.float64), 400, (1000.0, 1000.7))
    np.testing.assert_array_equal(got, want)


def test_nan_and_infinities_are_in_no_bin(everywhere):
    image = np.array([[np.nan, np.inf, -np.inf, 0.0, 1.0]], np.float32)
    assert everywhere(histogram, image, bins=2, bounds=(0, 1)).tolist() == [1, 1]


def test_long_images_are_counted_in_parts(monkeypatch):
    monkeypatch.setattr(importlib.import_module("mip.kernels.histogram"), "LONGEST_COUNT", 1000)
    image = np.random.default_rng(4).integers(-300, 300, (70, 61), np.int16)
    np.testing.assert_array_equal(
        histogram(image)[32768 - 300 : 32768 + 300], np.bincount(image.ravel() + 300, minlength=600)
    )
    np.testing.assert_array_equal(
        histogram(image.astype(np.float32), bins=10, bounds=(-300, 300)),
        histogram(image, bins=10, bounds=(-300, 300)),
    )


@settings(max_examples=150, deadline=None)
@given(image=images(dtypes=INTEGERS, least=1, ndims=(2,)))
def test_otsu_of_integers_equals_scikit_image(everywhere, image):
    got, want = everywhere(otsu, image), int(threshold_otsu(image))
    if got != want:  # a tie to the seven digits of the weights there
        best = variance_between(image, got)
        assert best >= variance_between(image, want)
        assert best == pytest.approx(variance_between(image, want), rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(image=images(dtypes=(np.float32,), least=1, ndims=(2,)))
def test_otsu_of_floats_is_the_best_of_its_bins(everywhere, image):
    got = everywhere(otsu, image, bins=50)
    if image.min() == image.max():
        assert got == image.min()
        return
    edges = np.linspace(float(image.min()), float(image.max()), 51)
    centers = (edges[:-1] + edges[1:]) / 2
    counts, _ = np.histogram(image.astype(np.float64), 50, (edges[0], edges[-1]))
    binned = np.repeat(centers, counts)
    best = max(variance_between(binned, at) for at in centers[:-1])
    assert got in centers
    assert variance_between(binned, got) == pytest.approx(best, rel=1e-9)


def test_otsu_parts_two_tissues():
    rng = np.random.default_rng(5)
    image = np.where(rng.random((9, 40, 50)) < 0.3, 60, -900) + rng.normal(0, 20, (9, 40, 50))
    bright = threshold(image.astype(np.int16), otsu(image.astype(np.int16)))
    np.testing.assert_array_equal(bright, image > -400)


@pytest.mark.parametrize(
    ("dtype", "wrong", "problem"),
    [
        (np.float32, {}, "must be given for float32"),
        (np.int16, {"bins": 3}, "given together"),
        (np.int16, {"bounds": (0, 1)}, "given together"),
        (np.int16, {"bins": 0, "bounds": (0, 1)}, "bins must be from 1 to 65536"),
        (np.int16, {"bins": 1, "bounds": (1, 1)}, "bounds must be"),
        (np.float32, {"bins": 1, "bounds": (0, np.inf)}, "bounds must be"),
        (np.float32, {"bins": 1, "bounds": (np.nan, 1)}, "bounds must be"),
    ],
)
def test_impossible_bins_are_refused(dtype, wrong, problem):
    with pytest.raises(ValueError, match=problem):
        histogram(np.zeros((4, 4), dtype), **wrong)


def test_bins_that_are_no_integer_are_refused():
    image = np.zeros((4, 4), np.int16)
    with pytest.raises(TypeError, match="bins must be an int"):
        histogram(image, bins=2.0, bounds=(0, 1))  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_otsu_of_values_that_are_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="must be finite"):
        otsu(np.array([[0, value]], np.float32))


def test_otsu_of_nothing_is_refused():
    with pytest.raises(ValueError, match="image must have a pixel"):
        otsu(np.empty((0, 4), np.uint8))
