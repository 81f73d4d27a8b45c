"""Images as kernels meet them: every dtype and layout, odd shapes, extremes."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

DTYPES = (np.uint8, np.int16, np.uint16, np.float32)
LAYOUTS = ("plain", "fortran", "strided", "reversed", "read-only", "unaligned")
LONGEST = 70  # pixels; past the widest vector and its remainder for every dtype


def shapes(ndims=(2, 3), least=0):
    """Shapes of odd and even sizes; 3-D ones stay thin so that examples stay quick."""
    side = st.integers(least, LONGEST)
    flat = st.tuples(side, side)
    deep = st.tuples(st.integers(least, 7), st.integers(least, 20), side)
    return st.one_of(*(flat if ndim == 2 else deep for ndim in ndims))


def unaligned(array):
    """Return a copy that lies a byte past where its pixels may lie; of bytes, merely past it."""
    memory = np.zeros(array.nbytes + 1, np.uint8)
    moved = memory[1:].view(array.dtype).reshape(array.shape)
    moved[...] = array
    return moved


@st.composite
def layouts(draw, values):
    """Return the array in one of the layouts that a caller may hold it in."""
    array = draw(values)
    layout = draw(st.sampled_from(LAYOUTS))
    if layout == "unaligned":
        return unaligned(array)
    if layout == "fortran":
        return np.asfortranarray(array)
    if layout == "strided":
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    if layout == "reversed":
        return array[::-1].copy()[::-1]
    if layout == "read-only":
        array.flags.writeable = False
    return array


def elements(dtype):
    """Values of the whole range; finite ones for float32, in the range of 16 bits."""
    if np.dtype(dtype).kind == "f":
        return st.floats(-70000, 70000, width=32)
    return st.integers(int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))


@st.composite
def images(draw, *, dtypes=DTYPES, ndims=(2, 3), least=0):
    """An image of any dtype and layout: drawn pixels when small, seeded noise when larger."""
    dtype = draw(st.sampled_from(dtypes))
    shape = draw(shapes(ndims, least))
    if np.prod(shape) <= 40:
        return draw(layouts(arrays(dtype, shape, elements=elements(dtype))))
    return draw(layouts(noise(dtype, shape)))


@st.composite
def noise(draw, dtype, shape):
    """Seeded noise over the whole range of the dtype, or over a part of it."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if np.dtype(dtype).kind == "f":
        return rng.normal(0, draw(st.sampled_from([1e-3, 1, 3000])), shape).astype(dtype)
    bounds = np.iinfo(dtype)
    top = draw(st.sampled_from([bounds.min + 3, bounds.min + 200, bounds.max]))
    return rng.integers(bounds.min, top, shape, dtype, endpoint=True)


# Both signs of NaN count as one; those of zero do not.
SPECIAL = np.array([np.nan, -np.nan, np.inf, -np.inf, -0.0, 0.0], np.float32)


@st.composite
def wild_images(draw, *, ndims=(2, 3), least=0):
    """A float32 image with some of NaN, infinities and zeros of either sign, or of them alone."""
    image = draw(noise(np.float32, draw(shapes(ndims, least))))
    kinds = draw(st.lists(st.sampled_from(SPECIAL.tolist()), min_size=1, max_size=3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    is_special = rng.random(image.shape) < draw(st.sampled_from([0.01, 0.1, 0.5, 1.0]))
    image[is_special] = rng.choice(np.array(kinds, np.float32), np.count_nonzero(is_special))
    return draw(layouts(st.just(image)))


def one_or_per_axis(values, ndim):
    """One value, or as many as there are axes."""
    return st.one_of(values, st.tuples(*[values] * ndim))


@st.composite
def masks(draw, *, ndims=(2, 3), least=0):
    """A mask, bool or uint8, sparse, even or dense."""
    shape = draw(shapes(ndims, least))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mask = rng.random(shape) < draw(st.sampled_from([0.0, 0.05, 0.3, 0.5, 0.7, 0.95, 1.0]))
    if draw(st.booleans()):
        return draw(layouts(st.just(mask)))
    return draw(layouts(st.just(mask * np.uint8(draw(st.sampled_from([1, 2, 255]))))))
