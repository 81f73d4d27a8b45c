"""CLAHE against OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mip.kernels import clahe
from tests.kernels.strategies import images


def by_opencv(image, *, clip_limit, tiles):
    return cv2.createCLAHE(clip_limit, tiles[::-1]).apply(np.ascontiguousarray(image))


@settings(max_examples=150, deadline=None)
@given(
    image=images(dtypes=(np.uint8, np.uint16), ndims=(2,), least=1),
    clip_limit=st.sampled_from([0.01, 1.0, 2.5, 40.0, 1000.0]),
    tiles=st.sampled_from([(8, 8), (1, 1), (2, 3), (5, 1)]),
)
def test_equals_opencv(everywhere, image, clip_limit, tiles):
    got = everywhere(clahe, image, clip_limit=clip_limit, tiles=tiles)
    assert got.dtype == image.dtype
    np.testing.assert_array_equal(got, by_opencv(image, clip_limit=clip_limit, tiles=tiles))


@pytest.mark.parametrize("shape", [(256, 256), (255, 256), (256, 251), (130, 67)])
@pytest.mark.parametrize("top", [300, 4096, 65536])
def test_equals_opencv_on_larger_planes(everywhere, shape, top):
    image = np.random.default_rng(3).integers(top // 3, top, shape, np.uint16)
    got = everywhere(clahe, image, clip_limit=3.0)
    np.testing.assert_array_equal(got, by_opencv(image, clip_limit=3.0, tiles=(8, 8)))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_equals_opencv_around_a_background_of_one_value(everywhere, dtype):
    image = np.full((97, 601), 17, dtype)
    image[30:70, 100:450] = np.random.default_rng(3).integers(0, 255, (40, 350))
    got = everywhere(clahe, image, clip_limit=5.0, tiles=(3, 2))
    np.testing.assert_array_equal(got, by_opencv(image, clip_limit=5.0, tiles=(3, 2)))


@settings(max_examples=30, deadline=None)
@given(image=images(dtypes=(np.int16,), ndims=(2,), least=1))
def test_signed_values_are_those_above_the_least(everywhere, image):
    unsigned = (image.astype(np.int32) + 32768).astype(np.uint16)
    want = clahe(unsigned, clip_limit=4.0, tiles=(3, 2)).astype(np.int32) - 32768
    np.testing.assert_array_equal(everywhere(clahe, image, clip_limit=4.0, tiles=(3, 2)), want)


def test_slices_of_a_volume_are_equalised_by_themselves(everywhere):
    volume = np.random.default_rng(3).integers(0, 900, (3, 30, 41), np.uint16)
    got = everywhere(clahe, volume, clip_limit=2.0)
    for plane, equalized in zip(volume, got, strict=True):
        np.testing.assert_array_equal(equalized, clahe(plane, clip_limit=2.0))


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"clip_limit": 0}, "clip_limit must be above 0"),
        ({"clip_limit": np.nan}, "clip_limit must be above 0"),
        ({"tiles": (0, 8)}, "tiles must be from 1 to 1024"),
        ({"tiles": (8, 5000)}, "tiles must be from 1 to 1024"),
    ],
)
def test_impossible_equalisation_is_refused(wrong, problem):
    with pytest.raises(ValueError, match=problem):
        clahe(np.zeros((4, 4), np.uint8), **wrong)


def test_floats_are_refused():
    with pytest.raises(TypeError, match="must be one of"):
        clahe(np.zeros((4, 4), np.float32))
