"""Masks that are cleaned in the window around them: as in the whole frame, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mip import Image
from mip.algorithms.liver import choose_liver, surroundings
from mip.algorithms.processing_1 import processing_1
from mip.algorithms.processing_6 import processing_6
from mip.kernels import (
    closing,
    cross,
    disk,
    fill_holes,
    gaussian,
    label,
    median,
    opening,
    remove_small_holes,
    window,
)

HU_OF_LIVER, HU_OF_FAT = 200, -100


@st.composite
def patches(draw):
    """A few patches, solid or full of holes, also at the border, in frames of 1 to 90 pixels."""
    shape = draw(st.tuples(st.integers(1, 90), st.integers(1, 90)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mask = np.zeros(shape, bool)
    for _ in range(draw(st.integers(0, 3))):
        y, x = rng.integers(0, shape)
        height, width = rng.integers(1, 30, 2)
        patch = mask[y : y + height, x : x + width]
        patch |= rng.random(patch.shape) < draw(st.sampled_from([0.2, 0.7, 1.0]))
    return mask


def as_image(mask):
    return Image(
        stored=np.where(mask, HU_OF_LIVER, HU_OF_FAT).astype(np.int16)[np.newaxis], units="HU"
    )


def chosen_of(mask):
    """The largest component that lies on the left and not below."""
    labels, count = label(mask, connectivity=8)
    found = [(0, np.zeros_like(mask))]
    for number in range(1, count + 1):
        region = labels == number
        y, x = np.argwhere(region).mean(axis=0)
        if x <= 0.55 * mask.shape[1] and y <= 0.70 * mask.shape[0]:
            found.append((int(region.sum()), region))
    return max(found, key=lambda each: each[0])[1]


@settings(max_examples=150, deadline=None)
@given(mask=patches(), close_k=st.integers(1, 12), open_k=st.integers(1, 12))
def test_processing_1_cleans_as_in_the_whole_frame(mask, close_k, open_k):
    image = as_image(mask)
    levels = window(image.stored[0], 90, 120, function="linear_exact")
    smooth = window(gaussian(levels, 1.5), 127.5, 255, function="linear_exact")
    whole = fill_holes(closing(smooth > 110, disk(close_k // 2)))
    want = chosen_of(remove_small_holes(opening(whole, disk(open_k // 2)), 5000))
    _, got, _ = processing_1(image, min_area_px=1, close_k=close_k, open_k=open_k)
    np.testing.assert_array_equal(got.labels[0], want)


@settings(max_examples=150, deadline=None)
@given(mask=patches(), close_k=st.integers(1, 12))
def test_processing_6_cleans_as_in_the_whole_frame(mask, close_k):
    image = as_image(mask)
    above = median(image.stored[0], 3) > 120
    whole = fill_holes(closing(above, disk(close_k // 2), iterations=2))
    apart = opening(whole, cross(2), iterations=2)
    want = chosen_of(fill_holes(closing(apart, cross(2), iterations=close_k)))
    _, got, _ = processing_6(image, median_k=3, min_area_px=1, close_k=close_k)
    np.testing.assert_array_equal(got.labels[0], want)


def test_a_small_hole_at_the_border_of_the_frame_is_one_of_the_frame():
    """What is left of the air around counts whole, and not as far as a window goes."""
    mask = np.zeros((100, 200), bool)
    mask[40:60, 40:60] = True
    assert not processing_1(as_image(mask), min_area_px=1)[1].labels[0, 20, 20]
    assert processing_1(as_image(mask[:70, :70]), min_area_px=1)[1].labels.all()


@pytest.mark.parametrize(
    ("rows", "columns", "reach", "window_of"),
    [
        (slice(40, 50), slice(60, 61), 0, (slice(39, 51), slice(59, 62))),
        (slice(40, 50), slice(60, 61), 4, (slice(35, 55), slice(55, 66))),
        (slice(2, 50), slice(99, 100), 4, (slice(0, 55), slice(94, 105))),
        (slice(0, 0), slice(0, 0), 4, (slice(0, 0), slice(0, 0))),
    ],
)
def test_the_surroundings_are_one_pixel_more_than_the_reach(rows, columns, reach, window_of):
    mask = np.zeros((100, 100), bool)
    mask[rows, columns] = True
    assert surroundings(mask, reach) == window_of


def test_of_a_mask_of_nothing_no_component_is_chosen():
    found = choose_liver(np.zeros((20, 30), bool), min_area_px=1, max_cx=1.0, side="left")
    assert (found.components, found.label, found.region.shape) == (0, 0, (20, 30))
    assert not found.region.any()
