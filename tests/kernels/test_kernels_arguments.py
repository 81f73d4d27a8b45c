"""What every kernel promises about its arguments, for all of them."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from mip import kernels
from mip.kernels import _arrays

IMAGE = np.random.default_rng(1).integers(0, 200, (3, 12, 20), np.uint8)
MASK = IMAGE > 90
RGB = np.stack([IMAGE] * 3, axis=-1)

# Each kernel with arguments that work: name → (array arguments, other arguments).
CALLS: dict[str, tuple[tuple, dict]] = {
    "affine": ((IMAGE,), {"matrix": [0.9, 0.9, 0.9]}),
    "anisotropic_diffusion": ((IMAGE,), {"iterations": 3, "kappa": 20.0}),
    "apply_lut": ((IMAGE, np.arange(256, dtype=np.uint16)), {}),
    "bilateral": ((IMAGE,), {"sigma_spatial": 1.0, "sigma_range": 30.0}),
    "canny": ((IMAGE[0],), {"sigma": 1.0, "low": 20, "high": 90}),
    "clahe": ((IMAGE,), {"clip_limit": 2.0, "tiles": (2, 3)}),
    "clear_border": ((MASK,), {}),
    "closing": ((IMAGE,), {"footprint": np.ones((3, 3, 3), bool)}),
    "dilate": ((IMAGE,), {"footprint": np.ones((3, 3, 3), bool)}),
    "distance_transform": ((MASK,), {}),
    "erode": ((IMAGE,), {"footprint": np.ones((3, 3, 3), bool)}),
    "fill_holes": ((MASK,), {}),
    "gaussian": ((IMAGE,), {"sigma": 1.0}),
    "gradient_magnitude": ((IMAGE,), {}),
    "hessian_vesselness": ((IMAGE,), {"scales": (1.0, 1.5)}),
    "histogram": ((IMAGE,), {}),
    "label": ((MASK,), {"connectivity": 26}),
    "laplacian": ((IMAGE,), {}),
    "largest_component": ((MASK,), {"connectivity": 26}),
    "median": ((IMAGE,), {"size": 3}),
    "nl_means": ((IMAGE,), {"patch": 3, "search": 3, "h": 30.0}),
    "opening": ((IMAGE,), {"footprint": np.ones((3, 3, 3), bool)}),
    "otsu": ((IMAGE,), {}),
    "overlay": ((IMAGE, MASK), {"color": (255, 0, 255), "alpha": 0.4}),
    "project": ((IMAGE,), {"axis": 0, "how": "max"}),
    "region_grow": ((IMAGE,), {"seeds": (), "low": 90, "high": 150, "connectivity": 26}),
    "remove_small_holes": ((MASK,), {"size": 9}),
    "remove_small_objects": ((MASK,), {"size": 9}),
    "resample": ((IMAGE,), {"spacing": 1.0, "new_spacing": 1.0}),
    "rescale": ((IMAGE,), {"slope": 2.0, "intercept": 1.0}),
    "sobel": ((IMAGE,), {}),
    "threshold": ((IMAGE,), {"low": 90}),
    "to_luminance": ((RGB,), {}),
    "unsharp_mask": ((IMAGE,), {"sigma": 1.0, "amount": 0.5}),
    "window": ((IMAGE,), {"center": 90, "width": 50}),
}
GIVE_NUMBERS = {"histogram", "otsu"}  # and so have no out=
FOOTPRINTS = {"ball", "box", "cross", "disk"}  # are made of numbers
EVERY_KERNEL = pytest.mark.parametrize("name", CALLS)
GIVES_AN_IMAGE = pytest.mark.parametrize("name", [n for n in CALLS if n not in GIVE_NUMBERS])
KEEPS_THE_SHAPE = pytest.mark.parametrize("name", sorted(CALLS.keys() - GIVE_NUMBERS - {"project"}))


def call(name, *, arrays=None, **changes):
    known, others = CALLS[name]
    return getattr(kernels, name)(*(known if arrays is None else arrays), **(others | changes))


def array_of(result):
    return result[0] if isinstance(result, tuple) else result


def test_every_public_kernel_is_called_here():
    public = {name for name in kernels.__all__ if inspect.isfunction(getattr(kernels, name))}
    assert public - FOOTPRINTS - {"info", "region_stats"} == set(CALLS)


@GIVES_AN_IMAGE
def test_out_is_filled_and_returned(name):
    want = array_of(call(name))
    out = np.empty_like(want)
    assert array_of(call(name, out=out)) is out
    np.testing.assert_array_equal(out, want)


@GIVES_AN_IMAGE
def test_out_may_be_strided(name):
    want = array_of(call(name))
    wide = np.zeros((*want.shape[:-1], 2 * want.shape[-1]), want.dtype)
    assert array_of(call(name, out=wide[..., ::2])).base is wide
    np.testing.assert_array_equal(wide[..., ::2], want)
    assert not wide[..., 1::2].any()


@GIVES_AN_IMAGE
def test_out_of_another_shape_is_refused(name):
    want = array_of(call(name))
    with pytest.raises(ValueError, match="out must have the shape"):
        call(name, out=np.empty(want.shape[1:], want.dtype))


@GIVES_AN_IMAGE
def test_out_of_another_dtype_is_refused(name):
    want = array_of(call(name))
    with pytest.raises(TypeError, match="out must be"):
        call(name, out=np.empty(want.shape, np.float64))


@GIVES_AN_IMAGE
def test_read_only_out_is_refused(name):
    out = array_of(call(name))
    out.flags.writeable = False
    with pytest.raises(ValueError, match="out must be writable"):
        call(name, out=out)


@GIVES_AN_IMAGE
def test_out_that_is_no_array_is_refused(name):
    with pytest.raises(TypeError, match="out must be a numpy array"):
        call(name, out=[[0]])


@GIVES_AN_IMAGE
def test_out_over_an_input_is_refused(name):
    want = array_of(call(name))
    memory = np.zeros(max(want.nbytes, CALLS[name][0][0].nbytes) + 8, np.uint8)
    first = CALLS[name][0][0]
    source = memory[: first.nbytes].view(first.dtype).reshape(first.shape)
    source[...] = first
    out = memory[: want.nbytes].view(want.dtype).reshape(want.shape)
    with pytest.raises(ValueError, match="out must not overlap"):
        call(name, arrays=(source, *CALLS[name][0][1:]), out=out)


@EVERY_KERNEL
@pytest.mark.parametrize("threads", [0, -1])
def test_fewer_than_one_thread_is_refused(name, threads):
    with pytest.raises(ValueError, match="threads must be at least 1"):
        call(name, threads=threads)


@EVERY_KERNEL
@pytest.mark.parametrize("threads", [1.0, "2", True])
def test_threads_that_are_no_integer_are_refused(name, threads):
    with pytest.raises(TypeError, match="threads must be an int"):
        call(name, threads=threads)


@EVERY_KERNEL
@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.complex64, object, ">i2"])
def test_other_dtypes_are_refused(name, dtype):
    first, *rest = CALLS[name][0]
    with pytest.raises(TypeError, match="must be one of"):
        call(name, arrays=(first.astype(dtype), *rest))


@EVERY_KERNEL
@pytest.mark.parametrize("shape", [(), (5,), (1, 1, 1, 1, 3)])
def test_other_ranks_are_refused(name, shape):
    first, *rest = CALLS[name][0]
    with pytest.raises(ValueError, match="axes"):
        call(name, arrays=(np.zeros(shape, first.dtype), *rest))


@EVERY_KERNEL
def test_lists_are_refused(name):
    with pytest.raises(TypeError, match="must be a numpy array"):
        call(name, arrays=([[1]], *CALLS[name][0][1:]))


def emptied(array, shape):
    """An array of that shape: of its last axes for a plane, with channels for colour."""
    if array.ndim == 1:  # a table
        return array
    axes = min(array.ndim, len(shape))
    return np.zeros((*shape[-axes:], *array.shape[3:]), array.dtype)


@KEEPS_THE_SHAPE
@pytest.mark.parametrize("empty", [(0, 12, 20), (3, 0, 20), (3, 12, 0)])
def test_empty_images_give_empty_results(name, empty):
    arrays = [emptied(array, empty) for array in CALLS[name][0]]
    assert array_of(call(name, arrays=arrays)).shape[:3] == arrays[0].shape[:3]


@EVERY_KERNEL
def test_inputs_are_left_as_they_were(name):
    copies = [array.copy() for array in CALLS[name][0]]
    call(name)
    for array, copy in zip(CALLS[name][0], copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_interleaved_arrays_do_not_overlap():
    memory = np.zeros((4, 10), np.uint8)
    image, out = memory[:, ::2], memory[:, 1::2]
    kernels.window(image, 0, 2, out=out)
    assert out.all()
    assert not image.any()


def test_an_overlap_too_hard_to_decide_counts_as_one():
    memory = np.zeros(10**6, np.uint8)
    strided = np.lib.stride_tricks.as_strided
    first = strided(memory, (19, 23, 29, 31), (7919, 1013, 211, 37))
    second = strided(memory[1:], (31, 29, 23, 19), (6007, 947, 307, 41))
    assert _arrays.overlaps(first, second)
