"""Edges against their definition in numpy, and against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage import feature

from mip.algorithms.phantoms import abdomen
from mip.kernels import canny, gaussian, sobel
from mip.kernels._axes import BORDER_MODES
from tests.kernels.agreement import greatest
from tests.kernels.strategies import images, wild_images

DIFFERING = 0.002  # of the edges: points as steep but for rounding
# Steps to the pixel after a pixel along the gradient, and to the one beside that, by whether the
# gradient is steeper along rows than along columns and whether both have one sign.
AFTER = {
    (True, True): ((1, 0), (1, 1)),
    (True, False): ((1, 0), (1, -1)),
    (False, True): ((0, 1), (1, 1)),
    (False, False): ((0, 1), (-1, 1)),
}


@np.errstate(invalid="ignore")
def ridges(along_y, along_x, magnitude):
    """Where the magnitude is at least that of both points next to it along the gradient."""
    size_y, size_x = np.abs(along_y), np.abs(along_x)
    longer, shorter = np.maximum(size_y, size_x), np.minimum(size_y, size_x)
    is_down = ((along_y >= 0) & (along_x >= 0)) | ((along_y <= 0) & (along_x <= 0))
    found = np.zeros(magnitude.shape, bool)
    for (is_steep, same_sign), (near, far) in AFTER.items():
        is_ridge = ((size_y > size_x) == is_steep) & (is_down == same_sign)
        for sign in (1, -1):
            beside = np.roll(magnitude, (-sign * near[0], -sign * near[1]), (0, 1))
            across = np.roll(magnitude, (-sign * far[0], -sign * far[1]), (0, 1))
            is_ridge &= beside * (longer - shorter) + across * shorter <= magnitude * longer
        found |= is_ridge
    found[[0, -1]] = found[:, [0, -1]] = False
    return found


def canny_in_numpy(image, sigma, low, high, mode, cval=0.0):
    smooth = gaussian(image, sigma, mode=mode, cval=cval)
    along_y, along_x = sobel(smooth, axis=0), sobel(smooth, axis=1)
    magnitude = sobel(smooth)
    weak = ridges(along_y, along_x, magnitude) & (magnitude >= low) & (magnitude > 0)
    labels, count = ndimage.label(weak, np.ones((3, 3)))
    strong = np.zeros(count + 1, bool)
    strong[labels[weak & (magnitude >= high)]] = True
    return strong[labels]


@settings(max_examples=150, deadline=None)
@given(
    image=images(ndims=(2,), least=1) | wild_images(ndims=(2,), least=1),
    sigma=st.sampled_from([0.0, 1.0, 2.5]),
    mode=st.sampled_from(BORDER_MODES),
    cval=st.sampled_from([0.0, -1000.0]),
    shares=st.sampled_from([(0.0, 0.0), (0.1, 0.3), (0.3, 0.3), (0.2, 2.0)]),
)
def test_edges_follow_their_definition(everywhere, image, sigma, mode, cval, shares):
    steepest = greatest(sobel(gaussian(image, sigma, mode=mode, cval=cval)))
    low, high = (share * steepest for share in shares)
    got = everywhere(canny, image, sigma, low, high, mode=mode, cval=cval)
    assert got.dtype == np.bool_
    np.testing.assert_array_equal(got, canny_in_numpy(image, sigma, low, high, mode, cval))


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 9), (9, 1), (2, 9), (9, 2), (3, 3), (65, 3), (200, 70)]
)
def test_planes_of_every_height_follow_the_definition(everywhere, shape):
    image = np.random.default_rng(2).integers(0, 4096, shape, np.uint16)
    got = everywhere(canny, image, 1.0, 500.0, 1500.0)
    np.testing.assert_array_equal(got, canny_in_numpy(image, 1.0, 500.0, 1500.0, "reflect"))


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("mode", ["reflect", "nearest"])
def test_edges_of_an_abdomen_are_those_of_scikit_image(sigma, mode):
    image = abdomen(slices=1)[0]
    got = canny(image, sigma, 50.0, 200.0, mode=mode)
    want = feature.canny(
        image.astype(np.float64), sigma, low_threshold=50.0, high_threshold=200.0, mode=mode
    )
    assert want.sum() > 1000
    assert (got != want).sum() <= DIFFERING * want.sum()


def test_weak_pixels_are_edges_only_where_a_strong_one_joins_them():
    image = np.zeros((60, 60), np.float32)
    image[:, 20:] = np.linspace(6, 30, 60)[:, np.newaxis]  # a line that grows strong downwards
    image[:, 45:] += 8  # and one that is weak all along
    edges = canny(image, 1.0, 15.0, 60.0)
    assert edges[1:59, 18:22].any(axis=1).all()
    assert not edges[:, 40:50].any()
    assert canny(image, 1.0, 15.0, 20.0)[1:59, 40:50].any(axis=1).all()


def test_nothing_is_an_edge_in_a_constant_image(everywhere):
    assert not everywhere(canny, np.full((30, 40), 7, np.uint8), 1.0, 0.0, 0.0).any()


def test_edges_may_be_written_as_bytes():
    image = abdomen(slices=1, size=64)[0]
    out = np.full(image.shape, 9, np.uint8)
    assert canny(image, 1.0, 100.0, 300.0, out=out) is out
    np.testing.assert_array_equal(out, canny(image, 1.0, 100.0, 300.0))
    assert out.any()


def test_nan_is_no_edge(everywhere):
    image = np.random.default_rng(5).normal(0, 100, (30, 40)).astype(np.float32)
    image[10:13, 10] = np.nan
    smooth = gaussian(image, 1.0)
    edges = everywhere(canny, image, 1.0, 10.0, 20.0)
    assert edges.any()
    assert not edges[np.isnan(smooth)].any()


@pytest.mark.parametrize(
    ("low", "high", "problem"),
    [
        (2.0, 1.0, "low and high must be 0 <= low <= high"),
        (-1.0, 1.0, "low must be at least 0"),
        (np.nan, 1.0, "low must be at least 0"),
        (1.0, np.nan, "high must be at least 0"),
    ],
)
def test_impossible_thresholds_are_refused(low, high, problem):
    with pytest.raises(ValueError, match=problem):
        canny(np.zeros((4, 4), np.int16), 1.0, low, high)


def test_volumes_are_refused():
    with pytest.raises(ValueError, match="image must have 2 axes"):
        canny(np.zeros((3, 4, 4), np.int16), 1.0, 1.0, 2.0)
