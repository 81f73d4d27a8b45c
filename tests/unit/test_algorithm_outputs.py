"""What an algorithm may return, and what becomes of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mip
from mip.errors import InvalidOutputError
from mip.worker.outputs import MAX_META_BYTES, collect

SHAPE = (2, 4, 5)
GREY = mip.Image(stored=np.arange(40, dtype=np.int16).reshape(SHAPE), units="HU", intercept=-1024)
COLOR = mip.Image(stored=np.zeros((1, 4, 5, 3), np.uint8))


def roles(returned: object, source: mip.Image = GREY) -> list[str]:
    return [item.role for item in collect(returned, source=source).items]


def meta(returned: object) -> dict[str, Any]:
    return collect(returned, source=GREY).meta


def test_images_masks_and_measurements_are_told_apart():
    mask = mip.Mask(labels=np.ones(SHAPE, bool), segments=("Liver",))
    returned = collect((GREY, mask, mip.Measurements(values={"area": 4})), source=GREY)
    assert [item.role for item in returned.items] == ["image", "mask"]
    assert returned.items[1].value is mask
    assert returned.meta == {"area": 4}


def test_boolean_array_is_a_mask():
    assert roles(np.ones(SHAPE, bool)) == ["mask"]


def test_uint8_array_is_a_picture_without_the_windows_of_the_source():
    (item,) = collect(np.zeros(SHAPE, np.uint8), source=GREY).items
    assert isinstance(item.value, mip.Image)
    assert (item.role, str(item.value.stored.dtype), item.value.windows) == ("image", "uint8", ())


def test_other_array_is_an_image_in_the_units_of_the_source():
    (item,) = collect(np.full(SHAPE, 7.5, np.float32), source=GREY).items
    assert isinstance(item.value, mip.Image)
    assert (item.value.units, item.value.intercept) == ("HU", 0.0)


def test_mask_of_colour_pixels_is_refused_with_the_way_out():
    with pytest.raises(InvalidOutputError, match=r"colour image .* labels\.any\(axis=-1\)"):
        mip.Mask(labels=np.ones((1, 4, 4, 3), bool))
    with pytest.raises(InvalidOutputError, match=r"got \(1, 1, 4, 4\)$"):
        mip.Mask(labels=np.ones((1, 1, 4, 4), bool))


def test_frame_axis_may_be_left_out_for_one_frame():
    source = mip.Image(stored=np.zeros((1, 4, 5), np.int16))
    assert roles((np.ones((4, 5), bool), np.zeros((4, 5), np.float32)), source) == ["mask", "image"]


def test_color_picture_of_a_grey_image_is_an_overlay():
    assert roles(np.zeros((*SHAPE, 3), np.uint8)) == ["overlay"]
    assert roles(np.zeros((4, 5, 3), np.uint8), COLOR) == ["image"]


def test_second_output_of_a_kind_is_numbered():
    mask = np.ones(SHAPE, bool)
    assert roles([mask, mask, GREY, mask]) == ["mask", "mask-2", "image", "mask-3"]


def test_dictionary_is_measurements():
    values = {"area": np.int64(3), "mean": np.float32(0.5), "found": np.bool_(1), "n": np.arange(2)}
    assert meta(values) == {"area": 3, "mean": 0.5, "found": True, "n": [0, 1]}
    assert all(type(value) in (int, float, bool, list) for value in meta(values).values())


def test_measurements_of_several_parts_are_joined():
    assert meta(({"a": 1}, mip.Measurements(values={"b": [{"c": None}]}))) == {
        "a": 1,
        "b": [{"c": None}],
    }


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.floats(-9, 9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=10,
    )
)
def test_plain_json_passes_unchanged(value):
    assert meta({"value": value}) == {"value": value}


def endless() -> dict[str, Any]:
    loop: dict[str, Any] = {}
    loop["loop"] = loop
    return loop


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (None, "returned None"),
        (3.5, "type float"),
        ("liver not found", "type str"),
        ((), "empty tuple"),
        (((GREY,),), "type tuple"),
        (np.zeros(SHAPE, complex), "complex"),
        (np.array(["a"]), "integers or floating"),
        (np.zeros((2, 4), bool), "frames, rows, columns"),
        (np.zeros(7), "shape"),
        (np.zeros((2, 4, 6), np.float32), "source's"),
        (np.zeros((2, 5, 4), bool), "source's"),
        (mip.Image(stored=np.zeros((1, 4, 5), np.int16)), "source's"),
        (mip.Image(stored=np.zeros(SHAPE, bool)), "got bool"),
        ({"mean": float("nan")}, "'mean'.*not finite"),
        ({"mean": np.float64("inf")}, "'mean'.*not finite"),
        ({"deep": {"list": [1, float("nan")]}}, r"deep'.list\[1\]"),
        ({"mask": GREY}, "type Image"),
        ({1: 2}, "names that are text"),
        ({"big": 2**70}, "64 bits"),
        ({"bytes": b"x"}, "type bytes"),
        ({"text": "\ud800"}, "valid Unicode"),
        (({"a": 1}, {"a": 2}), "twice"),
        ({"array": np.zeros(MAX_META_BYTES + 1)}, "array of float64"),
        ({"list": list(range(100_000))}, "at most 262144 bytes"),
        (endless(), "levels"),
    ],
)
def test_what_is_no_output_is_refused_with_words(returned, words):
    with pytest.raises(InvalidOutputError, match=words):
        collect(returned, source=GREY)


def test_values_never_appear_in_errors():
    with pytest.raises(InvalidOutputError) as caught:
        meta({"name": b"Doe^Jane"})
    assert "Doe" not in str(caught.value)


def test_algorithm_runs_on_an_image_with_json_parameters():
    @mip.algorithm(id="threshold", version="1")
    def threshold(image: mip.Image, *, level: float = 0.5) -> tuple[mip.Mask, dict[str, float]]:
        labels = image.pixels > level
        return mip.Mask(labels=labels), {"pixels": labels.sum()}

    returned = threshold.run(GREY, {"level": -1005})
    assert returned.meta == {"pixels": 20}
    assert [item.role for item in returned.items] == ["mask"]
