"""Windowing against the same in double precision, and against pydicom."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_voi_lut

from mip.kernels import window
from tests.kernels.strategies import images, wild_images

FUNCTIONS = ("linear", "linear_exact", "sigmoid")
RAMPS = {
    "center": st.floats(-3000, 3000, width=32),
    "width": st.floats(1.5, 70000, width=32),
    "slope": st.sampled_from([1.0, -1.0, 0.5, 1.1, 0.0]),
    "intercept": st.sampled_from([0.0, -1024.0, 0.3]),
}


@np.errstate(invalid="ignore")
def levels(image, center, width, *, slope, intercept, function):
    """The standard's formulas (PS3.3 C.11.2.1.2, C.11.2.1.3) in double precision, not rounded."""
    v = image.astype(np.float64) * slope + intercept
    if function == "linear":
        y = ((v - (center - 0.5)) / (width - 1) + 0.5) * 255
    elif function == "linear_exact":
        y = ((v - center) / width + 0.5) * 255
    else:
        y = 255 / (1 + np.exp(np.clip(-4 * (v - center) / width, -700, 700)))
    return np.nan_to_num(np.clip(y, 0, 255), nan=0)


@settings(max_examples=150, deadline=None)
@given(image=images() | wild_images(), function=st.sampled_from(FUNCTIONS), **RAMPS)
def test_levels_are_those_of_the_standard_in_double(
    everywhere, image, function, center, width, slope, intercept
):
    ramp = {"slope": slope, "intercept": intercept, "function": function}
    got = everywhere(window, image, center, width, **ramp)
    want = levels(image, center, width, **ramp)
    assert np.abs(got - want).max(initial=0) <= 0.5 + 0.01


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("center", "width"), [(40.0, 400.0), (-600.0, 1500.0), (128.5, 30.0)])
def test_levels_are_those_of_pydicom_within_one(everywhere, function, center, width):
    image = np.arange(-2048, 2048, dtype=np.int16).reshape(64, 64)
    ds = Dataset()
    ds.WindowCenter, ds.WindowWidth, ds.VOILUTFunction = center, width, function
    ds.PhotometricInterpretation, ds.BitsStored, ds.PixelRepresentation = "MONOCHROME2", 16, 1
    display = apply_voi_lut(image, ds)
    want = (display - -(2.0**15)) / (2**16 - 1) * 255
    got = everywhere(window, image, center, width, function=function.lower())
    assert np.abs(got - want).max() < 1


@settings(max_examples=60, deadline=None)
@given(image=images(), function=st.sampled_from(FUNCTIONS), **RAMPS)
def test_inverted_levels_mirror_the_plain_ones(
    everywhere, image, function, center, width, slope, intercept
):
    ramp = {"slope": slope, "intercept": intercept, "function": function}
    inverted = everywhere(window, image, center, width, invert=True, **ramp)
    np.testing.assert_array_equal(inverted, 255 - window(image, center, width, **ramp))


@settings(max_examples=60, deadline=None)
@given(
    image=images() | wild_images(),
    bounds=st.tuples(st.integers(-3000, 3000), st.integers(0, 300)),
    invert=st.booleans(),
    function=st.sampled_from(FUNCTIONS),
)
def test_padding_is_black_and_the_rest_untouched(everywhere, image, bounds, invert, function):
    low, high = bounds[0], bounds[0] + bounds[1]
    kinds = {"invert": invert, "function": function}
    got = everywhere(window, image, 40, 400, padding=(low, high), **kinds)
    hidden = (image >= low) & (image <= high)
    assert not got[hidden].any()
    np.testing.assert_array_equal(got[~hidden], window(image, 40, 400, **kinds)[~hidden])


def test_one_padding_value_is_a_range_of_one():
    image = np.array([[-2000, 3000]], np.int16)
    assert window(image, 40, 400, padding=3000).tolist() == [[0, 0]]
    assert window(image, 40, 400, padding=-2000, invert=True).tolist() == [[0, 0]]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("invert", [False, True])
def test_nan_is_black_and_infinities_are_the_ends(everywhere, function, invert):
    image = np.tile(np.array([np.nan, np.inf, -np.inf], np.float32), (5, 11))
    got = everywhere(window, image, 40, 400, function=function, invert=invert)
    assert got[0, :3].tolist() == ([0, 0, 255] if invert else [0, 255, 0])


def test_width_one_is_a_step_that_the_centre_less_a_half_is_below(everywhere):
    image = np.array([[9, 10, 11]], np.int16)
    assert everywhere(window, image, 10.5, 1).tolist() == [[0, 0, 255]]


@pytest.mark.parametrize(
    ("center", "width", "kinds", "problem"),
    [
        (0, 0.5, {}, "width must be at least 1"),
        (0, 0, {"function": "sigmoid"}, "width must be at least 1e-20"),
        (0, -1, {"function": "linear_exact"}, "width must be at least"),
        (np.nan, 1, {}, "finite"),
        (0, np.inf, {}, "finite"),
        (0, 1, {"slope": np.nan}, "finite"),
        (0, 1, {"function": "log"}, "function must be"),
        (0, 1, {"padding": (2, 1)}, "padding must be"),
        (0, 1, {"padding": np.nan}, "padding must be"),
    ],
)
def test_impossible_windows_are_refused(center, width, kinds, problem):
    with pytest.raises(ValueError, match=problem):
        window(np.zeros((2, 2), np.int16), center, width, **kinds)
