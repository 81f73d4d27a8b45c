"""The decorator: what a signature may say, what becomes of it, and what is refused."""

from __future__ import annotations

import enum
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, assert_type

import annotated_types
import numpy as np
import pytest
from pydantic import Field

import mip
from mip.contracts import check_schema
from mip.errors import InvalidAlgorithmError, InvalidParametersError
from mip.worker import Algorithm  # noqa: TC001 - as authors write it

IMAGE = mip.Image(stored=np.zeros((1, 4, 5), np.int16))


class Side(enum.Enum):
    LEFT = "left"
    RIGHT = "right"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


def declare(function: Callable[..., object], **options: Any) -> Algorithm[..., object]:
    return mip.algorithm(**{"id": "sample", "version": "1.0.0", **options})(function)


def typed(source: str) -> Callable[..., object]:
    """Define a function ``typed`` as an interpreter does, without a file."""
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102 - the point
    return namespace["typed"]  # type: ignore[no-any-return]


def schema_of(function: Callable[..., object]) -> dict[str, Any]:
    schema = declare(function).spec.parameters
    check_schema(schema)
    return dict(schema)


def arguments_of(function: Callable[..., object], **values: Any) -> dict[str, Any]:
    parameters = declare(function).parameters
    return parameters.arguments(parameters.check(values))


def test_decorated_function_stays_callable():
    @mip.algorithm(id="double", version="1.0.0")
    def double(image: mip.Image, *, factor: float = 2.0) -> float:
        """Count rows twice."""
        return image.rows * factor

    assert double(IMAGE, factor=3.0) == 12.0
    assert double.__doc__ == "Count rows twice."


def test_spec_holds_what_the_author_declared():
    def smooth(image: mip.Volume, *, sigma: float = 1.5):
        """Smooth a volume.

        More words.
        """

    spec = declare(
        smooth, id="smooth-it", version="2.1", scope="series", timeout_seconds=5, memory_bytes=10**9
    ).spec
    assert (spec.id, spec.version, spec.scope, spec.runtime) == (
        "smooth-it",
        "2.1",
        "series",
        "python",
    )
    assert spec.description == "Smooth a volume"
    assert (spec.timeout_seconds, spec.memory_bytes) == (5, 10**9)


def test_digest_is_the_sha256_of_the_source_file():
    def plain(image):
        """Do nothing."""

    expected = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    assert declare(plain).spec.digest == expected


def test_code_without_a_file_still_has_a_digest():
    digests = [
        declare(typed(f"def typed(image): return {body}")).spec.digest
        for body in ("image.rows", "image.rows", "image.columns")
    ]
    assert digests[0] == digests[1] != digests[2]


def test_scalars_become_schema_types_with_their_defaults():
    def scalars(image, *, a: bool = True, b: int = 3, c: float = 0.5, d: str = "x", e: float):
        """Take scalars."""

    assert schema_of(scalars) == {
        "type": "object",
        "properties": {
            "a": {"type": "boolean", "default": True},
            "b": {"type": "integer", "default": 3},
            "c": {"type": "number", "default": 0.5},
            "d": {"type": "string", "default": "x"},
            "e": {"type": "number"},
        },
        "required": ["e"],
    }


def test_choices_become_enums_and_arrive_as_their_members():
    def choose(
        image,
        *,
        side: Side = Side.LEFT,
        level: Level = Level.HIGH,
        mode: Literal["fast", "good"] = "good",
    ):
        """Choose."""

    assert schema_of(choose)["properties"] == {
        "side": {"type": "string", "enum": ["left", "right"], "default": "left"},
        "level": {"type": "integer", "enum": [1, 2], "default": 2},
        "mode": {"type": "string", "enum": ["fast", "good"], "default": "good"},
    }
    assert arguments_of(choose, side="right", level=1) == {
        "side": Side.RIGHT,
        "level": Level.LOW,
        "mode": "good",
    }


def test_lists_and_tuples_become_arrays_and_arrive_as_such():
    def arrays(image, *, points: list[float], sizes: tuple[int, ...] = (1, 2)):
        """Take arrays."""

    assert schema_of(arrays)["properties"] == {
        "points": {"type": "array", "items": {"type": "number"}},
        "sizes": {"type": "array", "items": {"type": "integer"}, "default": [1, 2]},
    }
    arguments = arguments_of(arrays, points=[1, 2.5])
    assert arguments == {"points": [1.0, 2.5], "sizes": (1, 2)}
    assert isinstance(arguments["points"][0], float)


def test_limits_and_descriptions_of_fields_reach_the_schema():
    def limits(
        image,
        *,
        a: Annotated[float, Field(ge=0, lt=1, title="A", description="share")] = 0.5,
        b: Annotated[int, annotated_types.Interval(gt=0, le=9)] = 1,
        c: Annotated[str, Field(min_length=1, max_length=3)] = "x",
        d: Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=4)] = [1],  # noqa: B006 - as authors write it
    ):
        """Take limits."""

    assert schema_of(limits)["properties"] == {
        "a": {
            "type": "number",
            "minimum": 0,
            "exclusiveMaximum": 1,
            "title": "A",
            "description": "share",
            "default": 0.5,
        },
        "b": {"type": "integer", "exclusiveMinimum": 0, "maximum": 9, "default": 1},
        "c": {"type": "string", "minLength": 1, "maxLength": 3, "default": "x"},
        "d": {
            "type": "array",
            "items": {"type": "integer", "minimum": 1},
            "maxItems": 4,
            "default": [1],
        },
    }


def test_parameter_with_default_none_is_left_out_when_not_sent():
    def optional(image, *, center: float | None = None):
        """Take an option."""

    assert schema_of(optional)["properties"] == {"center": {"type": "number"}}
    assert arguments_of(optional) == {}
    assert arguments_of(optional, center=40) == {"center": 40.0}


def test_whole_numbers_arrive_as_floats_where_a_float_is_promised():
    def promise(image, *, sigma: float = 1):
        """Promise a float."""

    assert isinstance(arguments_of(promise, sigma=2)["sigma"], float)
    assert isinstance(arguments_of(promise)["sigma"], float)


def test_value_that_only_pydantic_refuses_is_named_too():
    def name(image, *, text: Annotated[str, Field(max_length=3)] = ""):
        """Take text."""

    with pytest.raises(InvalidParametersError, match="text"):
        arguments_of(name, text="\udcff")


def test_return_annotation_tells_whether_masks_are_to_come():
    @mip.algorithm(id="sample", version="1")
    def mask(image: mip.Image) -> tuple[mip.Mask, dict[str, float]]:
        raise NotImplementedError

    @mip.algorithm(id="sample", version="1")
    def picture(image: mip.Image) -> mip.Image:
        return image

    assert mask.announces_masks
    assert not picture.announces_masks
    assert repr(picture) == "<Algorithm sample@1>"


def test_types_of_the_function_are_kept():
    @mip.algorithm(id="sample", version="1")
    def rows(image: mip.Image, *, factor: int = 1) -> int:
        return image.rows * factor

    assert_type(rows(IMAGE, factor=2), int)


def test_every_bad_parameter_is_named():
    def strict(image, *, a: int = 1, b: float = 0.5):
        """Be strict."""

    with pytest.raises(InvalidParametersError) as caught:
        declare(strict).parameters.check({"a": "1", "b": True, "c": 0})
    assert {error.field for error in caught.value.errors} == {
        "parameters.a",
        "parameters.b",
        "parameters.c",
    }


def test_image_annotation_may_stand_under_type_checking():
    late = typed("def typed(image: 'elsewhere.Image'): ...")
    assert declare(late).spec.scope == "image"


async def coroutine(image):
    """Wait."""


def generator(image):
    """Yield."""
    yield image


def no_image():
    """Take nothing."""


def image_with_default(image=None):
    """Default the image."""


def image_by_keyword(*, image):
    """Take the image by keyword."""


def ndarray_image(image: np.ndarray):
    """Take an array."""


def volume_image(image: mip.Volume):
    """Take a volume."""


def second_positional(image, threshold: float):
    """Take two."""


def any_keyword(image, **options: float):
    """Take anything."""


def unannotated(image, *, threshold=0.5):
    """Say nothing."""


def mapping(image, *, options: dict[str, float]):
    """Take a mapping."""


def union(image, *, value: int | str):
    """Take either."""


def mixed_literal(image, *, value: Literal["a", 1]):
    """Mix."""


def boolean_literal(image, *, value: Literal[True]):
    """Be true."""


def float_enum(image, *, value: enum.Enum("Half", {"HALF": 0.5})):  # type: ignore[valid-type]
    """Halve."""


def nested_list(image, *, value: list[list[int]]):
    """Nest."""


def fixed_tuple(image, *, value: tuple[int, int] = (1, 2)):
    """Pair."""


def bare_list(image, *, value: list):
    """List."""


def pattern(image, *, value: Annotated[str, Field(pattern="a+")]):
    """Match."""


def multiple(image, *, value: Annotated[int, Field(multiple_of=2)]):
    """Multiply."""


def alias(image, *, value: Annotated[int, Field(alias="v")]):
    """Alias."""


def field_as_default(image, *, value: int = Field(1, ge=0)):
    """Default to a field."""


def default_in_field(image, *, value: Annotated[int, Field(default=1)]):
    """Default in a field."""


def words(image, *, value: Annotated[int, "in HU"]):
    """Write words."""


def limit_of_wrong_kind(image, *, value: Annotated[str, Field(ge=1)]):
    """Limit text by size."""


def default_out_of_range(image, *, value: Annotated[int, Field(ge=1)] = 0):
    """Default to too little."""


def default_of_wrong_type(image, *, value: int = "1"):  # type: ignore[assignment]
    """Default to text."""


def default_not_finite(image, *, value: float = float("nan")):
    """Default to nothing."""


def none_without_optional(image, *, value: int = None):  # type: ignore[assignment]  # noqa: RUF013 - the point
    """Default to none."""


def optional_with_value(image, *, value: int | None = 1):
    """Default to one."""


def optional_required(image, *, value: int | None):
    """Require an option."""


def unknown_name(image, *, value: Missing):  # type: ignore[name-defined]  # noqa: F821 - the point
    """Name nothing."""


@pytest.mark.parametrize(
    ("function", "words_of_remedy"),
    [
        (coroutine, "plain 'def'"),
        (generator, "as a tuple"),
        (no_image, "the image as first parameter"),
        (image_with_default, "without a default"),
        (image_by_keyword, "positional"),
        (ndarray_image, "expected mip.Image"),
        (volume_image, "expected mip.Image"),
        (second_positional, "keyword-only: write '\\*,'"),
        (any_keyword, "name each parameter"),
        (unannotated, "no annotation"),
        (mapping, "supported are"),
        (union, "supported are"),
        (mixed_literal, "all strings or all integers"),
        (boolean_literal, "all strings or all integers"),
        (float_enum, "all strings or all integers"),
        (nested_list, "supported are"),
        (fixed_tuple, "supported are"),
        (bare_list, "supported are"),
        (pattern, "supported are"),
        (multiple, "supported are"),
        (alias, "alias"),
        (field_as_default, "Annotated"),
        (default_in_field, "default"),
        (words, "'in HU'"),
        (limit_of_wrong_kind, "not in the schema subset"),
        (default_out_of_range, "at least 1"),
        (default_of_wrong_type, "expected integer, got string"),
        (default_not_finite, "expected number"),
        (none_without_optional, "None goes with"),
        (optional_with_value, "None goes with"),
        (optional_required, "write '= None'"),
        (unknown_name, "TYPE_CHECKING"),
        (len, "expected a Python function"),
        (Side, "expected a Python function"),
    ],
)
def test_what_cannot_be_an_algorithm_is_refused_with_the_remedy(function, words_of_remedy):
    with pytest.raises(InvalidAlgorithmError, match=words_of_remedy):
        declare(function)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"id": "Bad Id"}, "id"),
        ({"id": "a--b"}, "id"),
        ({"version": ""}, "version"),
        ({"version": "1 0"}, "version"),
        ({"scope": "study"}, "scope"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
        ({"timeout_seconds": float("nan")}, "timeout_seconds"),
        ({"memory_bytes": -1}, "memory_bytes"),
    ],
)
def test_wrong_declarations_are_refused_by_name(options, field):
    with pytest.raises(InvalidAlgorithmError, match=f"^{field}: "):
        declare(lambda image: image, **options)


def test_decorating_loads_neither_numpy_nor_pydantic():
    code = (
        "import sys, mip\n"
        "def f(image: 'mip.Image', *, threshold: float = 0.5, side: str = 'x'): ...\n"
        "spec = mip.algorithm(id='light', version='1')(f).spec\n"
        "print([m for m in ('numpy', 'pydantic', 'asyncio', 'pydicom') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
