"""Images in another size: means of the pixels that fall into each new one, or repeated pixels."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mip.imaging.resample import resample

DTYPES = (np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64)


def parts(length, size):
    """What of an axis falls into each part; one pixel, repeated, where there are too few."""
    edges = [index * length // size for index in range(size)] + [length]
    return [slice(a, max(b, a + 1)) for a, b in pairwise(edges)]


@settings(max_examples=100, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    size=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    dtype=st.sampled_from(DTYPES),
    is_rgb=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_each_new_pixel_is_the_mean_of_those_that_fall_into_it(shape, size, dtype, is_rgb, seed):
    values = np.random.default_rng(seed).random((*shape, 3) if is_rgb else shape) * 200
    frame = values.astype(dtype)
    rows, columns = size
    got = resample(frame, rows=rows, columns=columns)
    want = [
        [frame[y, x].mean(axis=(0, 1), dtype=np.float64) for x in parts(shape[1], columns)]
        for y in parts(shape[0], rows)
    ]
    assert got.dtype == np.float32
    assert got.flags.c_contiguous
    assert got.shape[:2] == size
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-4)


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda frame: frame[:, ::-1]])
def test_any_layout_is_taken(layout):
    frame = layout(np.arange(70, dtype=np.int16).reshape(7, 10))
    want = resample(np.ascontiguousarray(frame), rows=3, columns=4)
    np.testing.assert_array_equal(resample(frame, rows=3, columns=4), want)
