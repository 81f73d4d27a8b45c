"""Vesselness against its definition in double precision, and against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage import filters

from mip.kernels import hessian_vesselness
from mip.kernels._axes import BORDER_MODES
from tests.kernels.strategies import images, wild_images

TOLERANCE = 1e-4
JUMP = 1e-5  # of the greatest norm: eigenvalues so close to a jump may lie on its other side
SPACINGS = {2: (0.5, 0.7), 3: (2.0, 0.5, 0.7)}


def weights_in_double(sigma):
    """A Gaussian and its derivatives, from one end to the other, by solving for their moments."""
    radius = max(1, int(4 * sigma + 0.5))
    at = np.arange(-radius, radius + 1)
    bell = np.exp(-0.5 * (at / sigma) ** 2)
    bell /= bell.sum()
    moments = [[(at ** (p + q) * bell).sum() for q in (0, 2)] for p in (0, 2)]
    constant, square = np.linalg.solve(moments, [0, 2])
    slope = at * bell
    return bell, slope / (at * slope).sum(), (constant + square * at**2) * bell


def hessian_in_double(image, sigmas, mode, cval):
    """Members of the normalised Hessian, shape (*image.shape, ndim, ndim)."""
    ndim = image.ndim
    weights = [weights_in_double(sigma) for sigma in sigmas]
    origin = float(image.flat[0]) if np.isfinite(image.flat[0]) else 0.0
    found = np.empty((*image.shape, ndim, ndim))
    for row in range(ndim):
        for column in range(ndim):
            field = image.astype(np.float64) - origin  # a constant has no derivative
            outside = cval - origin
            for axis, sigma in enumerate(sigmas):
                order = (row == axis) + (column == axis)
                scaled = weights[axis][order] * sigma**order
                field = ndimage.correlate1d(field, scaled, axis, mode=mode, cval=outside)
                outside = 0.0 if order else outside
            found[..., row, column] = field
    found[~np.isfinite(found).all(axis=(-2, -1))] = 0  # where a kernel touches what is no number
    return found


def vesselness_in_double(
    image, scales, spacing, *, gamma=None, bright=True, mode="reflect", cval=0.0
):
    """The scores, and which pixels lie next to a jump of their definition."""
    values = [
        np.linalg.eigvalsh(hessian_in_double(image, [s / mm for mm in spacing], mode, cval))
        * (1 if bright else -1)
        for s in scales
    ]
    norms = [np.sqrt((each**2).sum(-1)) for each in values]
    greatest = max(norm.max() for norm in norms)
    half = gamma or greatest / 2 or 1.0
    scores = np.zeros(image.shape)
    jumps = np.zeros(image.shape, bool)
    for each, norm in zip(values, norms, strict=True):
        l1, l2, l3 = by_magnitude(each)
        near = np.abs(l2) - np.abs(l1) < JUMP * greatest
        jumps |= (near & (l1 * l2 <= 0)) | (np.abs(l2) < JUMP * greatest)
        with np.errstate(divide="ignore", invalid="ignore"):
            plate = 1 - np.exp(-((l2 / l3) ** 2) / 0.5) if image.ndim == 3 else 1
            blob = np.exp(-(l1**2 / (l2 * l3)) / 0.5)
        score = plate * blob * (1 - np.exp(-(norm**2) / (2 * half**2)))
        scores = np.maximum(scores, np.where((l2 < 0) & (l3 < 0), score, 0))
    return scores, jumps


def by_magnitude(values):
    """Three eigenvalues in the order of their magnitudes; a plane's second counts twice."""
    order = np.abs(values).argsort(-1)
    ordered = np.moveaxis(np.take_along_axis(values, order, -1), -1, 0)
    return ordered if len(ordered) == 3 else (*ordered, ordered[-1])


def assert_scores(got, want, jumps):
    assert got.dtype == np.float32
    assert got.min() >= 0
    assert got.max() <= 1
    assert np.abs(got - want)[~jumps].max(initial=0) <= TOLERANCE


@settings(max_examples=100, deadline=None)
@given(
    image=images(least=2) | wild_images(least=2),
    scales=st.sampled_from([(1.0,), (0.8, 2.0)]),
    has_spacing=st.booleans(),
    bright=st.booleans(),
    mode=st.sampled_from(BORDER_MODES),
    cval=st.sampled_from([0.0, -1000.0]),
)
def test_scores_follow_their_definition(everywhere, image, scales, has_spacing, bright, mode, cval):
    spacing = SPACINGS[image.ndim] if has_spacing else (1.0,) * image.ndim
    got = everywhere(
        hessian_vesselness,
        image,
        scales,
        spacing=spacing if has_spacing else None,
        bright=bright,
        mode=mode,
        cval=cval,
    )
    want = vesselness_in_double(image, scales, spacing, bright=bright, mode=mode, cval=cval)
    assert_scores(got, *want)


@pytest.mark.parametrize("shape", [(150, 40), (6, 70, 33), (140, 9, 20)])
@pytest.mark.parametrize("mode", BORDER_MODES)
def test_tiles_and_chunks_leave_no_seam(everywhere, shape, mode):
    image = np.random.default_rng(6).normal(0, 500, shape).astype(np.float32)
    got = everywhere(hessian_vesselness, image, 2.0, gamma=200.0, mode=mode)
    spacing = (1.0,) * image.ndim
    assert_scores(got, *vesselness_in_double(image, [2.0], spacing, gamma=200.0, mode=mode))


def tube(ndim, radius=2.0, length=41):
    """A bright line along the last axis, with a profile of a Gaussian."""
    at = np.meshgrid(*[np.arange(length) - length // 2] * (ndim - 1), indexing="ij")
    profile = 1000 * np.exp(-0.5 * sum(np.square(a) for a in at) / radius**2)
    return np.repeat(profile[..., np.newaxis], length, -1).astype(np.float32)


@pytest.mark.parametrize("ndim", [2, 3])
def test_the_middle_of_a_vessel_scores_high_and_its_outside_not(everywhere, ndim):
    scores = everywhere(hessian_vesselness, tube(ndim), (1.0, 2.0, 3.0))
    middle = (20,) * (ndim - 1)
    assert (scores[middle] > 0.7).all()
    assert (scores[(0,) * (ndim - 1)] < 0.01).all()
    assert not hessian_vesselness(tube(ndim), (1.0, 2.0), bright=False)[middle].any()
    np.testing.assert_array_equal(
        hessian_vesselness(-tube(ndim), (1.0, 2.0, 3.0), bright=False), scores
    )


def test_vessels_score_above_plates_and_blobs():
    at = np.arange(41) - 20
    plate = np.broadcast_to(1000 * np.exp(-0.125 * at**2), (41, 41, 41)).astype(np.float32)
    blob = tube(3) * np.exp(-0.125 * at**2).astype(np.float32)
    vessel = hessian_vesselness(tube(3), 2.0, gamma=100.0)[20, 20, 20]
    assert vessel > 0.8
    assert hessian_vesselness(plate, 2.0, gamma=100.0)[20, 20, 20] < 0.01
    assert hessian_vesselness(blob, 2.0, gamma=100.0)[20, 20, 20] < 0.2


@pytest.mark.parametrize("ndim", [2, 3])
def test_scores_resemble_those_of_scikit_image(ndim):
    rng = np.random.default_rng(4)
    image = tube(ndim) + rng.normal(0, 30, (41,) * ndim).astype(np.float32)
    sigma, gamma = 2.0, 60.0
    want = filters.frangi(image.astype(np.float64), [sigma], gamma=gamma, black_ridges=False)
    got = hessian_vesselness(image, sigma, gamma=gamma * sigma**2)
    assert want.max() > 0.5
    assert np.corrcoef(got.ravel(), want.ravel())[0, 1] > 0.999
    assert np.abs(got - want).mean() < 0.005


def test_scales_are_in_millimetres_when_spacing_is_given():
    image = np.random.default_rng(7).normal(0, 100, (20, 30)).astype(np.float32)
    np.testing.assert_array_equal(
        hessian_vesselness(image, 1.0, spacing=0.5), hessian_vesselness(image, 2.0)
    )


def test_the_score_is_the_greatest_of_all_scales():
    image = np.random.default_rng(7).normal(0, 100, (9, 20, 30)).astype(np.float32)
    each = [hessian_vesselness(image, scale, gamma=50.0) for scale in (1.0, 2.0)]
    got = hessian_vesselness(image, (1.0, 2.0), gamma=50.0)
    np.testing.assert_array_equal(got, np.maximum(*each))


def test_constants_and_what_is_not_finite_score_nothing(everywhere):
    assert not everywhere(hessian_vesselness, np.full((5, 6, 7), 40000, np.uint16), 1.0).any()
    image = tube(2)
    image[20, 5], image[20, 35] = np.nan, np.inf
    scores = everywhere(hessian_vesselness, image, 1.5)
    assert not scores[14:27, :12].any()
    assert not scores[14:27, 29:].any()
    assert scores[20, 20] > 0.3


@pytest.mark.parametrize("shape", [(1, 1), (1, 70), (70, 1), (1, 1, 1), (3, 1, 2)])
@pytest.mark.parametrize("mode", BORDER_MODES)
def test_kernels_wider_than_the_image_follow_the_border(everywhere, shape, mode):
    image = np.random.default_rng(5).integers(0, 1000, shape, np.uint16)
    got = everywhere(hessian_vesselness, image, 3.0, gamma=100.0, mode=mode)
    spacing = (1.0,) * image.ndim
    assert_scores(got, *vesselness_in_double(image, [3.0], spacing, gamma=100.0, mode=mode))


@pytest.mark.parametrize(
    ("scales", "kinds", "problem"),
    [
        (0.0, {}, "scales must be above 0"),
        ((), {}, "scales must be above 0, and one at least"),
        ((1.0, np.nan), {}, "scales must be above 0"),
        (1.0, {"spacing": 0}, "spacing must be from 1e-09"),
        (1.0, {"alpha": 0}, "alpha must be above 0"),
        (1.0, {"beta": -1}, "beta must be above 0"),
        (1.0, {"gamma": np.inf}, "gamma must be above 0"),
        (1.0, {"mode": "edge"}, "mode must be one of"),
        (1e6, {}, "look for vessels at a lower resolution"),
    ],
)
def test_impossible_vessels_are_refused(scales, kinds, problem):
    with pytest.raises(ValueError, match=problem):
        hessian_vesselness(np.zeros((4, 4), np.int16), scales, **kinds)
