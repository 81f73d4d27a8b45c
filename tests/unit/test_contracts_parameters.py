from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mip.contracts import check_parameters, check_schema, parse_parameter
from mip.errors import ContractError, InvalidParametersError

if TYPE_CHECKING:
    from mip.contracts import JsonValue

SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {
        "threshold": {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "default": 0.5},
        "iterations": {"type": "integer", "minimum": 1},
        "side": {"type": "string", "enum": ["left", "right"], "default": "left"},
        "is_fast": {"type": "boolean", "default": False},
        "seeds": {"type": "array", "items": {"type": "integer"}, "maxItems": 3, "default": []},
    },
    "required": ["iterations"],
}


def problems(values: dict[str, JsonValue]) -> set[str]:
    with pytest.raises(InvalidParametersError) as caught:
        check_parameters(SCHEMA, values)
    return {error.field.removeprefix("parameters.") for error in caught.value.errors}


def test_defaults_are_filled_in_in_the_order_of_the_schema() -> None:
    checked = check_parameters(SCHEMA, {"iterations": 3})
    assert list(checked.items()) == [
        ("threshold", 0.5),
        ("iterations", 3),
        ("side", "left"),
        ("is_fast", False),
        ("seeds", []),
    ]


def test_every_bad_parameter_is_named() -> None:
    values: dict[str, JsonValue] = {
        "threshold": 1.0,
        "side": "up",
        "is_fast": 1,
        "seeds": [1, "two"],
        "colour": "red",
    }
    expected = {"threshold", "iterations", "side", "is_fast", "seeds[1]", "colour"}
    assert problems(values) == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1", None, True, [1]])
def test_what_is_not_a_finite_number_is_not_a_number(value: JsonValue) -> None:
    assert problems({"iterations": 1, "threshold": value}) == {"threshold"}


def test_a_float_is_not_an_integer() -> None:
    assert problems({"iterations": 1.5}) == {"iterations"}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array"},
        {"properties": {"a": {"type": "tensor"}}},
        {"properties": {"a": {"type": "string", "pattern": ".*"}}},
        {"properties": {"a": {"type": "integer", "default": "x"}}},
        {"properties": {"a": {"type": "integer", "minimum": 3, "default": 1}}},
        {"properties": {"a": {"type": "array"}}},
        {"properties": {"a": {"type": "array", "items": {"type": "array"}}}},
        {"properties": {}, "required": ["a"]},
        {"properties": {"a": {"type": "string", "enum": []}}},
        {"properties": {"a": {"type": "string", "enum": ["x", 1]}}},
        {"properties": {"a": {"type": "number", "minimum": "0"}}},
        {"properties": {"a": {"type": "number", "maximum": None}}},
        {"properties": {"a": {"type": "string", "maxLength": True}}},
        {"properties": 1},
        {"properties": {"a": 1}},
    ],
)
def test_a_schema_outside_the_subset_is_refused(schema: dict[str, JsonValue]) -> None:
    with pytest.raises(ContractError):
        check_schema(schema)


def test_a_schema_of_the_subset_is_accepted() -> None:
    check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("threshold", "0.25", 0.25),
        ("iterations", "7", 7),
        ("iterations", "x", "x"),
        ("iterations", "7.5", 7.5),
        ("is_fast", "True", True),
        ("is_fast", "maybe", "maybe"),
        ("side", "left", "left"),
        ("seeds", "1,2", [1, 2]),
        ("seeds", "", []),
        ("unknown", "1", "1"),
    ],
)
def test_command_line_text_is_read_by_the_schema(name: str, text: str, value: JsonValue) -> None:
    assert parse_parameter(SCHEMA, name, text) == value
