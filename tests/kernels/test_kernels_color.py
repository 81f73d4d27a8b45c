"""Luminance and overlay against OpenCV and exact arithmetic."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mip.kernels import overlay, to_luminance
from tests.kernels.strategies import images, masks


def colored(image):
    """RGB of the image's shape, whose channels differ."""
    return np.stack([image, image[..., ::-1], image[::-1]], axis=-1)


@settings(max_examples=60, deadline=None)
@given(image=images(dtypes=(np.uint8,), least=1, ndims=(2,)))
def test_luminance_of_8_bits_equals_opencv(everywhere, image):
    rgb = colored(image)
    want = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    np.testing.assert_array_equal(everywhere(to_luminance, rgb), want)


@settings(max_examples=60, deadline=None)
@given(image=images(dtypes=(np.uint8, np.uint16)))
def test_luminance_is_the_rounded_weighted_sum(everywhere, image):
    rgb = colored(image)
    weighted = rgb.astype(np.int64) @ np.array([9798, 19235, 3735])
    got = everywhere(to_luminance, rgb)
    assert got.dtype == image.dtype
    np.testing.assert_array_equal(got, (weighted + 16384) >> 15)


@settings(max_examples=30, deadline=None)
@given(image=images(dtypes=(np.uint8, np.uint16)))
def test_grey_in_rgb_keeps_its_value(everywhere, image):
    got = everywhere(to_luminance, np.stack([image] * 3, axis=-1))
    np.testing.assert_array_equal(got, image)


def test_luminance_needs_three_channels():
    with pytest.raises(ValueError, match="3 channels"):
        to_luminance(np.zeros((4, 5, 4), np.uint8))


TINTS = {
    "color": st.tuples(*[st.integers(0, 255)] * 3),
    "alpha": st.floats(0, 1) | st.sampled_from([0.0, 0.4, 0.5, 1.0]),
}


@settings(max_examples=100, deadline=None)
@given(mask=masks(), seed=st.integers(0, 2**32 - 1), is_rgb=st.booleans(), **TINTS)
def test_overlay_blends_in_the_mask_and_copies_outside(
    everywhere, mask, seed, is_rgb, color, alpha
):
    shape = (*mask.shape, 3) if is_rgb else mask.shape
    image = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    base = (image if is_rgb else np.stack([image] * 3, axis=-1)).astype(np.int64)
    weight = round(alpha * 65536)
    blended = (base * (65536 - weight) + np.array(color) * weight + 32768) >> 16
    want = np.where((mask != 0)[..., np.newaxis], blended, base)
    got = everywhere(overlay, image, mask, color=color, alpha=alpha)
    np.testing.assert_array_equal(got, want)


def test_overlay_of_magenta_at_two_fifths():
    got = overlay(
        np.array([[100, 100]], np.uint8), np.array([[True, False]]), color=(255, 0, 255), alpha=0.4
    )
    assert got.tolist() == [[[162, 60, 162], [100, 100, 100]]]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"color": (0, 0, 256)}, "color must be"),
        ({"color": (0, 0)}, "color must be"),
        ({"color": (-1, 0, 0)}, "color must be"),
        ({"alpha": 1.5}, "alpha must be"),
        ({"alpha": np.nan}, "alpha must be"),
        ({"mask": np.zeros((3, 3), bool)}, "image8 must have the shape of the mask"),
    ],
)
def test_impossible_overlays_are_refused(changes, problem):
    given_ = {"mask": np.zeros((2, 2), bool), "color": (0, 0, 0), "alpha": 0.5, **changes}
    with pytest.raises(ValueError, match=problem):
        overlay(np.zeros((2, 2), np.uint8), given_.pop("mask"), **given_)
