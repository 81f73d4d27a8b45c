"""Algorithms written as classes with ``process_image``."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

import mip
from mip.errors import InvalidAlgorithmError, InvalidParametersError
from mip.worker.processor import declared_schema, processor_algorithm

GEOMETRY = mip.Geometry()


class Recorder(mip.BaseProcessor):
    """Record what it is given."""

    id = "recorder"
    version = "1.2.0"
    parameters: ClassVar[dict[str, Any]] = {
        "level": {"type": "number", "default": 0.5, "minimum": 0},
        "name": {"type": "string"},
    }
    made = 0
    last: ClassVar[Any] = None

    def setup(self):
        type(self).made += 1

    def process_image(self, image, parameters):
        type(self).last = (image, parameters)
        return image > 0


def given(image: mip.Image, **parameters: Any) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
    processor_algorithm(Recorder).run(image, parameters)
    array, received = Recorder.last
    return array, received


def test_class_attributes_become_the_spec():
    spec = processor_algorithm(Recorder).spec
    assert (spec.id, spec.version, spec.scope) == ("recorder", "1.2.0", "image")
    assert spec.description == "Record what it is given"
    assert spec.parameters == {"type": "object", "properties": Recorder.parameters}
    assert len(spec.digest) == 64


def test_image_of_one_frame_comes_as_rows_and_columns_in_rescaled_units():
    image = mip.Image(stored=np.full((1, 4, 5), 1000, np.int16), slope=2.0, intercept=-1000.0)
    array, _ = given(image)
    assert (array.shape, array.dtype, float(array[0, 0])) == ((4, 5), np.float32, 1000.0)


def test_image_of_several_frames_keeps_the_frame_axis():
    assert given(mip.Image(stored=np.zeros((3, 4, 5), np.int16)))[0].shape == (3, 4, 5)


def test_series_keeps_the_slice_axis_even_with_one_slice():
    assert given(mip.Volume(stored=np.zeros((1, 4, 5), np.int16)))[0].shape == (1, 4, 5)


def test_color_comes_as_writable_uint8_without_touching_the_source():
    stored = np.zeros((1, 4, 5, 3), np.uint8)
    stored.flags.writeable = False

    class Painter(Recorder):
        def process_image(self, image, parameters):
            assert (image.shape, image.dtype) == ((4, 5, 3), np.uint8)
            image[:] = 9
            return image

    returned = processor_algorithm(Painter).run(mip.Image(stored=stored), {})
    value = returned.items[0].value
    assert isinstance(value, mip.Image)
    assert value.stored.min() == 9
    assert stored.max() == 0


def test_parameters_come_as_a_dictionary_with_defaults():
    image = mip.Image(stored=np.zeros((1, 4, 5), np.int16))
    assert given(image)[1] == {"level": 0.5}
    assert given(image, name="x", level=1)[1] == {"level": 1, "name": "x"}


def test_undeclared_parameters_are_refused():
    image = mip.Image(stored=np.zeros((1, 4, 5), np.int16))
    with pytest.raises(InvalidParametersError, match="unknown"):
        processor_algorithm(Recorder).run(image, {"lvl": 1})


def test_one_instance_serves_all_jobs_and_is_set_up_once():
    algorithm = processor_algorithm(Recorder)
    before = Recorder.made
    algorithm.prepare()
    for _ in range(3):
        algorithm.run(mip.Image(stored=np.zeros((1, 4, 5), np.int16)), {})
    assert Recorder.made == before + 1


def test_both_forms_of_declared_parameters_give_one_schema():
    properties = {"level": {"type": "number", "default": 0.5}}
    schema = {"type": "object", "properties": properties}
    assert declared_schema(properties) == declared_schema(schema) == schema
    required = {"properties": {"n": {"type": "integer"}}, "required": ["n"]}
    assert declared_schema(required)["required"] == ["n"]


def test_parameter_may_be_called_properties():
    assert declared_schema({"properties": {"type": "string"}}) == {
        "type": "object",
        "properties": {"properties": {"type": "string"}},
    }


def test_class_whose_code_cannot_be_read_has_no_digest():
    namespace: dict[str, Any] = {"__name__": "typed", "Recorder": Recorder}
    exec("class Typed(Recorder): ...", namespace)  # noqa: S102 - as an interpreter does
    with pytest.raises(InvalidAlgorithmError, match="put it in a file"):
        _ = processor_algorithm(namespace["Typed"]).spec


class WithoutMethod(mip.BaseProcessor):
    id = "without"
    version = "1"


class WithoutId(mip.BaseProcessor):
    version = "1"

    def process_image(self, image, parameters):
        return image


class WithoutVersion(WithoutId):
    id = "without-version"
    version = None  # type: ignore[assignment]


class Waiting(WithoutId):
    id = "waiting"

    async def process_image(self, image, parameters):
        return image


class Narrow(WithoutId):
    id = "narrow"

    def process_image(self, image):  # type: ignore[override]
        return image


class BadSchema(WithoutId):
    id = "bad-schema"
    parameters: ClassVar[dict[str, Any]] = {"level": {"type": "number", "pattern": "x"}}

    def process_image(self, image, parameters):
        return image


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (WithoutMethod, "process_image"),
        (WithoutId, "WithoutId.id"),
        (WithoutVersion, "WithoutVersion.version"),
        (Waiting, "plain 'def'"),
        (Narrow, r"\(self, image, parameters\)"),
        (BadSchema, "level: pattern"),
    ],
)
def test_class_that_cannot_be_an_algorithm_is_refused_with_the_remedy(kind, words):
    with pytest.raises(InvalidAlgorithmError, match=words):
        processor_algorithm(kind)
