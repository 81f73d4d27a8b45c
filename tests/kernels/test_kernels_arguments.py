"""What every kernel promises about its arguments, for all of them."""

from __future__ import annotations

import inspect
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from mip import kernels
from mip.kernels import _arrays
from tests.kernels.strategies import unaligned

if TYPE_CHECKING:
    from collections.abc import Callable

IMAGE = np.random.default_rng(1).integers(0, 200, (3, 12, 20), np.uint8)
MASK = IMAGE > 90
SEED = tuple(int(at) for at in np.argwhere((IMAGE >= 90) & (IMAGE <= 150))[0])
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
    "region_grow": ((IMAGE,), {"seeds": SEED, "low": 90, "high": 150, "connectivity": 26}),
    "region_stats": ((MASK.astype(np.uint8), IMAGE), {}),
    "remove_small_holes": ((MASK,), {"size": 9}),
    "remove_small_objects": ((MASK,), {"size": 9}),
    "resample": ((IMAGE,), {"spacing": 1.0, "new_spacing": 0.7}),
    "rescale": ((IMAGE,), {"slope": 2.0, "intercept": 1.0}),
    "sobel": ((IMAGE,), {}),
    "threshold": ((IMAGE,), {"low": 90}),
    "to_luminance": ((RGB,), {}),
    "unsharp_mask": ((IMAGE,), {"sigma": 1.0, "amount": 0.5}),
    "window": ((IMAGE,), {"center": 90, "width": 50}),
}
OF_NOTHING: dict[str, dict] = {
    "region_grow": {"seeds": ()},
    "resample": {"new_spacing": 1.0},
}  # of empty images
GIVE_NUMBERS = {"histogram", "otsu", "region_stats"}  # and so have no out=
FOOTPRINTS = {"ball", "box", "cross", "disk"}  # are made of numbers
EVERY_KERNEL = pytest.mark.parametrize("name", CALLS)
GIVES_AN_IMAGE = pytest.mark.parametrize("name", [n for n in CALLS if n not in GIVE_NUMBERS])
KEEPS_THE_SHAPE = pytest.mark.parametrize("name", sorted(CALLS.keys() - GIVE_NUMBERS - {"project"}))


def call(name, *, arrays=None, **changes):
    known, others = CALLS[name]
    return getattr(kernels, name)(*(known if arrays is None else arrays), **(others | changes))


def array_of(result):
    """The array that a kernel gives: its image, or what stands for it."""
    if isinstance(result, kernels.RegionStats):
        return result.mean
    return np.asarray(result[0] if isinstance(result, tuple) else result)


def test_every_public_kernel_is_called_here():
    public = {name for name in kernels.__all__ if inspect.isfunction(getattr(kernels, name))}
    assert public - FOOTPRINTS - {"info"} == set(CALLS)


@GIVES_AN_IMAGE
def test_out_is_filled_and_returned(name):
    want = array_of(call(name))
    out = np.empty_like(want)
    got = call(name, out=out)
    assert (got[0] if isinstance(got, tuple) else got) is out
    np.testing.assert_array_equal(out, want)


@GIVES_AN_IMAGE
def test_out_may_be_strided(name):
    want = array_of(call(name))
    wide = np.zeros((*want.shape[:-1], 2 * want.shape[-1]), want.dtype)
    assert array_of(call(name, out=wide[..., ::2])).base is wide
    np.testing.assert_array_equal(wide[..., ::2], want)
    assert not wide[..., 1::2].any()


@GIVES_AN_IMAGE
def test_out_may_be_unaligned(name):
    want = array_of(call(name))
    out = unaligned(np.zeros_like(want))
    call(name, out=out)
    np.testing.assert_array_equal(out, want)


@GIVES_AN_IMAGE
def test_masked_out_is_refused(name):
    with pytest.raises(TypeError, match="out must not be a masked array"):
        call(name, out=np.ma.masked_array(array_of(call(name))))


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
    got = call(name, arrays=arrays, **OF_NOTHING.get(name, {}))
    assert array_of(got).shape[:3] == arrays[0].shape[:3]


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


class Refused(NamedTuple):
    """What a parameter does not take: of another type, and of another value."""

    types: tuple = ()
    values: tuple = ()


HUGE = 10**400  # as a double, infinite
NO_NUMBERS = (
    "2",
    b"2",
    np.str_("2"),
    None,
    True,
    np.True_,
    1j,
    np.complex64(1),
    [1.0],
    np.zeros(2),
)
NO_INTS = (2.0, 2.5, np.float64(2), "2", b"2", None, True, np.True_, [2], np.zeros(2, int))
NO_WORDS = (None, 1, ["reflect"], np.zeros(2), b"reflect")
NO_FLAGS = (None, 0, 1, "no", [True], np.zeros(2, bool))
NO_ARRAYS = ([[1]], None, "image", 5, np.float32(1))


def number(*values, optional=False):
    types = tuple(v for v in NO_NUMBERS if not (optional and v is None))
    return Refused(types, (np.nan, np.float32("nan"), np.inf, -1e300, HUGE, *values))


def any_number(*values):
    return Refused(NO_NUMBERS, (np.nan, HUGE, -HUGE, *values))


def whole(*values, optional=False):
    types = tuple(v for v in NO_INTS if not (optional and v is None))
    return Refused(types, (HUGE, -HUGE, *values))


def number_each(*values, optional=False, axes=3):
    types = (
        "2",
        b"2",
        True,
        1j,
        ["1"] * axes,
        [[1.0]] * axes,
        [True] * axes,
        {1.0, 2.0},
        *(() if optional else (None,)),
    )
    return Refused(types, (np.nan, HUGE, [1.0], [1.0] * 4, (), [np.nan] * axes, *values))


def whole_each(*values, optional=False):
    types = (
        3.0,
        "3",
        b"3",
        True,
        "333",
        [3.0] * 3,
        [[3]] * 3,
        np.ones(3),
        *(() if optional else (None,)),
    )
    return Refused(types, (HUGE, [3], [3] * 4, (), *values))


def word(*values):
    return Refused(NO_WORDS, ("", "edge", *values))


FLAG = Refused(NO_FLAGS)
MODE = word()
CVAL = Refused(NO_NUMBERS, (1e300, HUGE))
PIXEL = Refused(NO_NUMBERS, (0.5, -1, 256, np.nan, np.inf, HUGE))
SPACING = number_each(0, -1, 1e-200, 1e-10, 1e10, optional=True)
CONNECTIVITY = whole(0, 8, 5)
CONNECTIVITY_OR_NONE = whole(0, 8, 5, optional=True)
ITERATIONS = whole(0, -1, 10**30)
FOOTPRINT = Refused(
    (None, "3", [["1"]], np.ones((3, 3, 3), complex), np.ma.ones((3, 3, 3)), [[1], [1, 1]]),
    (np.full((3, 3, 3), np.nan), np.zeros((3, 3, 3)), np.ones(3), 1, []),
)
THREADS = whole(0, -1, 1025, 2_000_000_000, optional=True)
SIZE = Refused(NO_INTS, (-1, -HUGE))  # none is too large
RADIUS = number(-1, 20000)

REFUSED: dict[str, dict[str, Refused]] = {
    "BufferPool": {"max_bytes": Refused((*NO_INTS, np.nan), (-1,))},
    "BufferPool.empty": {
        "shape": Refused((5, None, "22", b"22", (2.0, 2.0), [True], ["2"]), ((2, -1), (HUGE,))),
        "dtype": Refused(("none", 5), (object, "U3", [("a", np.uint8)])),
    },
    "affine": {
        "matrix": Refused(
            (None, "1", [["1"] * 3] * 3, np.ma.masked_array(np.eye(3)), [[1], [1, 2]], [HUGE] * 3),
            (np.nan, 1.0, [1.0] * 2, np.eye(5), np.full((3, 3), np.inf), np.ones((4, 4))),
        ),
        "offset": number_each(np.inf),
        "shape": Refused(
            (5, "555", (2.7, 3.9, 1), [True] * 3, {5}),
            ((4, 4), (4, 4, -1), (4, 4, 1 << 31), (HUGE,) * 3),
        ),
        "order": whole(2, -1),
        "cval": PIXEL,
    },
    "anisotropic_diffusion": {
        "iterations": whole(-1, 1 << 31, 10**30),
        "kappa": number(0, -1),
        "spacing": SPACING,
        "conductance": word("linear"),
    },
    "apply_lut": {"first": whole(1 << 17, -(1 << 17))},
    "ball": {"radius": RADIUS},
    "bilateral": {
        "sigma_spatial": number_each(0, -1, np.inf, 1000, 1e30, [300, 300, 300]),
        "sigma_range": number(0, -1),
        "size": whole_each(0, 2, -1, 1025, 1023, (1, 1, 2001), optional=True),
        "mode": MODE,
        "cval": CVAL,
    },
    "box": {"size": whole_each(0, -1, 1 << 16, (3, 0)), "ndim": whole(1, -1, 0, 4, optional=True)},
    "canny": {
        "sigma": number_each(-1, np.inf, 1e30, axes=2),
        "low": any_number(-1, 91),
        "high": any_number(-1, 19),
        "mode": MODE,
        "cval": CVAL,
    },
    "clahe": {
        "clip_limit": any_number(0, -1),
        "tiles": Refused(
            (8, "88", None, (2.0, 2.0), [True, True], {2, 3}),
            ((2,), (0, 8), (8, 1025), (1, 2, 3), (HUGE, 1)),
        ),
    },
    "clear_border": {"connectivity": CONNECTIVITY_OR_NONE},
    "closing": {"footprint": FOOTPRINT, "iterations": ITERATIONS},
    "cross": {"ndim": whole(0, -1, 1, 4)},
    "dilate": {"footprint": FOOTPRINT, "iterations": ITERATIONS},
    "disk": {"radius": RADIUS},
    "distance_transform": {"spacing": SPACING},
    "erode": {"footprint": FOOTPRINT, "iterations": ITERATIONS},
    "fill_holes": {},
    "gaussian": {
        "sigma": number_each(-1, np.inf, 1e6, 1e30),
        "spacing": SPACING,
        "truncate": number(-1, 1e30),
        "mode": MODE,
        "cval": CVAL,
    },
    "gradient_magnitude": {"spacing": SPACING},
    "hessian_vesselness": {
        "scales": Refused(
            ("2", b"2", None, True, ["1"], [[1.0]]), (0, -1, (), [1, np.nan], HUGE, 1e30, 1e6)
        ),
        "spacing": SPACING,
        "alpha": number(0, -1),
        "beta": number(0, -1),
        "gamma": number(0, -1, optional=True),
        "bright": FLAG,
        "mode": MODE,
        "cval": CVAL,
    },
    "histogram": {
        "bins": whole(0, -1, (1 << 16) + 1, optional=True),
        "bounds": Refused(
            (5, "01", ("0", "1"), [True, False], [[0], [1]]),
            ((2,), (1, 1), (2, 1), (0, np.inf), (np.nan, 1), (0, HUGE), ()),
        ),
    },
    "label": {"connectivity": CONNECTIVITY, "by_value": FLAG},
    "laplacian": {"spacing": SPACING, "mode": MODE, "cval": CVAL},
    "largest_component": {"connectivity": CONNECTIVITY},
    "median": {
        "size": whole_each(0, 2, -3, 99999, (1, 1, 2), [8191, 8191, 3]),
        "mode": MODE,
        "cval": PIXEL,
    },
    "nl_means": {
        "patch": whole_each(0, 2, -1, 1025),
        "search": whole_each(0, 2, -1, 1025),
        "h": number(0, -1),
        "mode": MODE,
        "cval": CVAL,
    },
    "opening": {"footprint": FOOTPRINT, "iterations": ITERATIONS},
    "otsu": {"bins": whole(0, -5, (1 << 16) + 1)},
    "overlay": {
        "color": Refused(
            (5, "123", None, (254.9, 0, 0), ["1"] * 3, [True] * 3),
            ((0, 0), (0, 0, 256), (-1, 0, 0), (HUGE, 0, 0), [0] * 4),
        ),
        "alpha": number(-0.1, 1.5),
    },
    "project": {"axis": whole(3, -4), "how": word("median")},
    "region_grow": {
        "seeds": Refused(
            (
                None,
                "0",
                (0.5, 1.0, 1.0),
                [["0"] * 3],
                [[0, 0, 0], [0]],
                np.ma.zeros(3, int),
                [HUGE] * 3,
                [True] * 3,
            ),
            ((0, 0), 3, (0, 0, 20), (-1, 0, 0), np.zeros((1, 1, 3), int)),
        ),
        "low": any_number(),
        "high": any_number(),
        "connectivity": CONNECTIVITY,
    },
    "region_stats": {},
    "remove_small_holes": {"size": SIZE, "connectivity": CONNECTIVITY_OR_NONE},
    "remove_small_objects": {"size": SIZE, "connectivity": CONNECTIVITY_OR_NONE},
    "resample": {
        "spacing": number_each(0, -1, 1e-200, 1e10, np.inf),
        "new_spacing": number_each(0, -1, 1e-200, 1e10, np.inf),
        "order": whole(2, -1),
    },
    "rescale": {"slope": number(), "intercept": number()},
    "sobel": {"axis": whole(3, -4, optional=True), "mode": MODE, "cval": CVAL},
    "threshold": {
        "low": any_number(),
        "high": Refused(tuple(v for v in NO_NUMBERS if v is not None), (np.nan, HUGE)),
    },
    "to_luminance": {},
    "unsharp_mask": {
        "sigma": number_each(-1, np.inf, 1e6),
        "amount": number(),
        "spacing": SPACING,
        "truncate": number(-1, 1e30),
        "mode": MODE,
        "cval": CVAL,
    },
    "window": {
        "center": number(),
        "width": number(0, -1, 0.5),
        "slope": number(),
        "intercept": number(),
        "function": word("log"),
        "invert": FLAG,
        "padding": Refused(
            ("2", True, 1j, ["2", "3"], {1, 2}), (np.nan, (2, 1), (2, 2, 2), [2], (0, np.nan), HUGE)
        ),
    },
}


def pooled(shape=(2, 2), dtype=np.uint8):
    return kernels.BufferPool(0).empty(shape, dtype)


BESIDE: dict[tuple[str, str], dict] = {
    ("histogram", "bins"): {"bounds": (0, 1)},
    ("histogram", "bounds"): {"bins": 4},
}
MAKERS: dict[str, Callable] = {
    "BufferPool": kernels.BufferPool,
    "BufferPool.empty": pooled,
    "ball": kernels.ball,
    "box": lambda **given: kernels.box(**({"size": 3} | given)),
    "cross": kernels.cross,
    "disk": kernels.disk,
}


def cases(kind):
    table = REFUSED | {name: {**REFUSED[name], "threads": THREADS} for name in CALLS}
    return [
        pytest.param(name, parameter, value, id=f"{name}-{parameter}-{place}")
        for name, parameters in table.items()
        for parameter, refused in parameters.items()
        for place, value in enumerate(getattr(refused, kind))
    ]


def call_with(name, parameter, value):
    given = {parameter: value} | BESIDE.get((name, parameter), {})
    return MAKERS[name](**given) if name in MAKERS else call(name, **given)


def names_it(parameter):
    """A message that begins with the parameter, alone or beside another one."""
    return rf"^(\w+ (and|\*) )?{parameter} .*\bnot\b"


@pytest.mark.parametrize(("name", "parameter", "value"), cases("types"))
def test_a_value_of_another_type_is_refused_by_the_name_of_its_parameter(name, parameter, value):
    with pytest.raises(TypeError, match=names_it(parameter)):
        call_with(name, parameter, value)


@pytest.mark.parametrize(("name", "parameter", "value"), cases("values"))
def test_an_impossible_value_is_refused_by_the_name_of_its_parameter(name, parameter, value):
    with pytest.raises(ValueError, match=names_it(parameter)):
        call_with(name, parameter, value)


def signature(name):
    function = kernels.BufferPool.empty if name == "BufferPool.empty" else getattr(kernels, name)
    return inspect.signature(function).parameters


ARRAYS = [
    (name, position, list(signature(name))[position])
    for name, (arrays, _) in CALLS.items()
    for position in range(len(arrays))
]


def test_the_table_of_refusals_has_every_parameter():
    public = {n for n in kernels.__all__ if inspect.isfunction(getattr(kernels, n))} - {"info"}
    assert set(REFUSED) == public | {"BufferPool", "BufferPool.empty"}
    arrays = {(name, parameter) for name, _, parameter in ARRAYS}
    for name, parameters in REFUSED.items():
        known = {p for p in signature(name) if p != "self" and (name, p) not in arrays}
        assert known - {"out", "threads"} == set(parameters), name


@pytest.mark.parametrize(("name", "position", "parameter"), ARRAYS)
@pytest.mark.parametrize("value", NO_ARRAYS, ids=lambda value: type(value).__name__)
def test_what_is_no_array_is_refused_by_name(name, position, parameter, value):
    if value is None and (name, parameter) == ("region_stats", "image"):
        return  # which may be left out
    arrays = list(CALLS[name][0])
    arrays[position] = value
    with pytest.raises(TypeError, match=f"^{parameter} must be a numpy array, not"):
        call(name, arrays=arrays)


@pytest.mark.parametrize(("name", "position", "parameter"), ARRAYS)
def test_masked_arrays_are_refused_by_name(name, position, parameter):
    arrays = list(CALLS[name][0])
    arrays[position] = np.ma.masked_array(arrays[position])
    with pytest.raises(TypeError, match=f"^{parameter} must not be a masked array: fill it first"):
        call(name, arrays=arrays)


@pytest.mark.parametrize(("name", "position", "parameter"), ARRAYS)
def test_arrays_without_axes_are_refused_by_name(name, position, parameter):
    arrays = list(CALLS[name][0])
    arrays[position] = np.zeros((), arrays[position].dtype)
    with pytest.raises(ValueError, match=f"^{parameter} must have .* axes, not 0"):
        call(name, arrays=arrays)


def numbers_of(name):
    """The numbers that a kernel is called with here, or by default."""
    given = {key: p.default for key, p in signature(name).items()} | CALLS[name][1]
    return {key: v for key, v in (given | {"threads": 2}).items() if type(v) in {int, float}}


NUMBERS = [(name, *item) for name in CALLS for item in numbers_of(name).items()] + [
    ("bilateral", "size", 3),
    ("hessian_vesselness", "gamma", 20.0),
    ("histogram", "bins", 4),
    ("remove_small_holes", "connectivity", 26),
    ("sobel", "axis", 1),
    ("threshold", "high", 120),
    ("window", "padding", 120),
]


@pytest.mark.parametrize(("name", "parameter", "value"), NUMBERS)
def test_numbers_of_numpy_are_as_good_as_those_of_python(name, parameter, value):
    want = array_of(call_with(name, parameter, value))
    kinds = (np.int32, np.uint16) if type(value) is int else (np.float64, Fraction, Decimal)
    for kind in (*kinds, np.array):
        np.testing.assert_array_equal(array_of(call_with(name, parameter, kind(value))), want)


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        ("affine", "offset", 1.0),
        ("affine", "shape", 9),
        ("bilateral", "sigma_spatial", 1.5),
        ("clahe", "tiles", 2),
        ("gaussian", "sigma", 1.5),
        ("gaussian", "spacing", 0.5),
        ("histogram", "bounds", 5),
        ("median", "size", 3),
        ("nl_means", "patch", 3),
        ("overlay", "color", 7),
        ("resample", "new_spacing", 0.5),
        ("window", "padding", 99),
    ],
)
def test_lists_and_arrays_are_as_good_as_tuples(name, parameter, value):
    pair, triple = (0, value), (value,) * 3
    several = {"bounds": pair, "padding": pair, "tiles": (value, value)}.get(parameter, triple)
    want = array_of(call_with(name, parameter, several))
    for kind in (list, np.array):
        np.testing.assert_array_equal(array_of(call_with(name, parameter, kind(several))), want)


@pytest.mark.parametrize("name", ["label", "largest_component", "clear_border", "fill_holes"])
def test_more_pixels_along_an_axis_than_32_bits_count_are_refused(name):
    long = np.broadcast_to(np.uint8(1), (0, 1 << 31))
    known = {"connectivity": 8} if "connectivity" in CALLS[name][1] else {}
    with pytest.raises(ValueError, match="mask must have at most 2147483647 pixels along an axis"):
        getattr(kernels, name)(long, **known)


def test_longer_axes_are_refused_where_a_label_or_a_distance_counts_them():
    long = np.broadcast_to(np.uint8(1), (0, 1 << 31))
    with pytest.raises(ValueError, match="labels must have at most 2147483647 pixels"):
        kernels.region_stats(long)
    with pytest.raises(ValueError, match="mask must have at most 2147483647 pixels"):
        kernels.distance_transform(long)
    with pytest.raises(ValueError, match="image must have at most 2147483647 pixels"):
        kernels.region_grow(long, (), 0, 1, connectivity=4)


FLOAT = np.random.default_rng(3).normal(0, 9, (9, 11)).astype(np.float32)


@pytest.mark.parametrize("least", [1e-200, 5e-324])
def test_filters_of_the_least_range_change_nothing(least):
    for got in (
        kernels.bilateral(FLOAT, sigma_spatial=1.0, sigma_range=least),
        kernels.bilateral(FLOAT, sigma_spatial=least, sigma_range=9.0),
        kernels.nl_means(FLOAT, patch=3, search=3, h=least),
        kernels.anisotropic_diffusion(FLOAT, iterations=2, kappa=least),
    ):
        np.testing.assert_allclose(got, FLOAT, rtol=1e-6)


def test_filters_of_the_greatest_range_take_all_alike():
    most = float(np.finfo(np.float32).max)
    got = kernels.nl_means(FLOAT, patch=1, search=3, h=most, mode="nearest")
    wide = np.pad(FLOAT.astype(np.float64), 1, "edge")
    around = [wide[y : y + 9, x : x + 11] for y in range(3) for x in range(3)]
    np.testing.assert_allclose(got, np.mean(around, axis=0), atol=1e-5)
    got = kernels.anisotropic_diffusion(FLOAT, iterations=1, kappa=most)
    assert np.ptp(got) < np.ptp(FLOAT)


@pytest.mark.parametrize("extreme", [1e-200, 1e38])
@pytest.mark.parametrize("factor", ["alpha", "beta", "gamma"])
def test_vesselness_of_extreme_factors_is_a_score(factor, extreme):
    got = kernels.hessian_vesselness(IMAGE, 1.0, **{factor: extreme})
    assert ((got >= 0) & (got <= 1)).all()


@pytest.mark.parametrize("function", ["linear_exact", "sigmoid"])
def test_the_narrowest_window_still_has_its_centre(function):
    image = np.array([[6, 7, 8]], np.float32)
    for slope in (1.0, -1.0, 1e-3, 1e3):
        shape = {"slope": slope, "function": function}
        least = 1e-20 * max(1, abs(slope))
        got = kernels.window(image, 7 * slope, least, **shape)
        assert got.tolist() == [[0, 128, 255] if slope > 0 else [255, 128, 0]]
        with pytest.raises(ValueError, match="width must be at least"):
            kernels.window(image, 7 * slope, least * 0.99, **shape)


def test_a_window_is_no_narrower_than_the_slope_allows():
    with pytest.raises(ValueError, match=r"width must be at least 1e\+10, not 400"):
        kernels.window(IMAGE, 0, 400, slope=1e30)


def test_the_bins_of_otsu_are_checked_for_every_image():
    for image in (IMAGE, IMAGE.astype(np.float32)):
        with pytest.raises(ValueError, match="bins must be from 1 to 65536, not -5"):
            kernels.otsu(image, bins=-5)
        with pytest.raises(TypeError, match="bins must be an int, not NoneType"):
            kernels.otsu(image, bins=None)  # type: ignore[arg-type]


def test_a_window_of_a_bilateral_filter_is_bounded_in_all():
    with pytest.raises(ValueError, match=r"size must give .* at most 1023 .* of 1048576"):
        kernels.bilateral(IMAGE, sigma_spatial=1.0, sigma_range=1.0, size=103)
    with pytest.raises(ValueError, match="sigma_spatial must give a window of at most"):
        kernels.bilateral(IMAGE, sigma_spatial=40.0, sigma_range=1.0)
    kernels.bilateral(IMAGE[0, :1, :1], sigma_spatial=340.0, sigma_range=1.0)


def test_a_box_is_of_the_axes_that_are_asked_for():
    assert kernels.box(2).shape == (2, 2)
    assert kernels.box(2, 3).shape == kernels.box([2, 2, 2]).shape == (2, 2, 2)
    with pytest.raises(ValueError, match="size must be an int or 3 ints, not 2"):
        kernels.box((3, 3), ndim=3)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float32])
def test_footprints_of_numbers_are_true_where_they_are_not_0(dtype):
    footprint = np.zeros((3, 3, 3), dtype)
    footprint[1] = 1
    want = kernels.erode(IMAGE, footprint != 0)
    np.testing.assert_array_equal(kernels.erode(IMAGE, footprint), want)
    np.testing.assert_array_equal(kernels.erode(IMAGE, footprint.tolist()), want)


def test_many_iterations_by_a_box_end_at_the_border():
    got = kernels.dilate(IMAGE, kernels.box((1, 3, 4)), iterations=1 << 20)
    np.testing.assert_array_equal(got, np.broadcast_to(IMAGE.max((1, 2), keepdims=True), got.shape))
    want = kernels.erode(IMAGE, kernels.box(3, 3), iterations=5)
    for _ in range(5):
        want = kernels.dilate(want, kernels.box(3, 3))
    np.testing.assert_array_equal(kernels.opening(IMAGE, kernels.box(3, 3), iterations=5), want)


def test_bounds_are_exact_for_ints_that_no_double_holds():
    image = np.full((1, 1), 2.0**60, np.float32)
    assert not kernels.threshold(image, -1, 2**60 - 1).any()
    assert kernels.threshold(image, 2**60 - 1).all()


def test_arrays_of_a_subclass_are_taken_as_arrays():
    image: np.ndarray = IMAGE.view(type("Image", (np.ndarray,), {}))
    assert type(kernels.window(image, 90, 50)) is np.ndarray
    assert _arrays.as_image(image).base is not None  # the same memory
    assert type(_arrays.as_image(image)) is np.ndarray


def test_images_are_copied_only_when_they_must_be():
    assert _arrays.as_image(IMAGE) is IMAGE
    wide = IMAGE.astype(np.int16)
    got = _arrays.as_image(unaligned(wide))
    assert got.flags.aligned
    np.testing.assert_array_equal(got, wide)


def test_a_value_of_any_length_makes_a_short_message():
    with pytest.raises(ValueError, match="not one of too many digits"):
        kernels.median(IMAGE, 10**5000)
    with pytest.raises(ValueError, match=r"tiles must be 2 ints, not 9999: .*…$") as caught:
        kernels.clahe(IMAGE, tiles=(1,) * 9999)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 150
