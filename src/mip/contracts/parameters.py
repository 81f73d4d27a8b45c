"""Check parameters against an algorithm's schema: a fixed subset of JSON Schema.

An algorithm's schema is ``{"type": "object", "properties": {name: schema}, "required": [name]}``,
closed to other names. A parameter's schema has ``type`` (boolean, integer, number, string or
array), ``enum``, ``minimum``, ``maximum``, ``exclusiveMinimum``, ``exclusiveMaximum``,
``minLength``, ``maxLength``, ``items``, ``minItems``, ``maxItems``, ``default``, ``title`` and
``description``. Any other keyword is refused when the schema is registered, not ignored when a
job is checked.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from ..errors import ContractError, FieldError, InvalidParametersError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .codec import JsonValue

Schema: TypeAlias = "dict[str, JsonValue]"

MAX_ARRAY_ITEMS = 10_000

_TYPES: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "array": (list,),
}
_ANY = {"type", "enum", "default", "title", "description"}
_RANGE = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_KEYWORDS: dict[str, set[str]] = {
    "boolean": _ANY,
    "integer": _ANY | _RANGE,
    "number": _ANY | _RANGE,
    "string": _ANY | {"minLength", "maxLength"},
    "array": _ANY | {"items", "minItems", "maxItems"},
}


def check_schema(schema: Schema) -> None:
    """Refuse a schema outside the subset.

    Raises
    ------
    ContractError
        Names the parameter and the keyword.
    """
    extra = set(schema) - {"type", "properties", "required", "additionalProperties"}
    if extra or schema.get("type", "object") != "object":
        raise ContractError(
            f"expected an object schema with properties and required, got {sorted(schema)}"
        )
    properties = _properties(schema)
    for name, item in properties.items():
        _check_item_schema(item, name)
    required = schema.get("required", [])
    if not isinstance(required, list) or not set(map(str, required)) <= set(properties):
        raise ContractError("required: expected a list of names that are in properties")


def check_parameters(schema: Schema, values: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return ``values`` with defaults filled in, in the order of the schema.

    Raises
    ------
    InvalidParametersError
        ``errors`` names every unknown, missing or wrong parameter.
    """
    properties = _properties(schema)
    required = schema.get("required", [])
    expected = f"is unknown; known are {', '.join(properties) or 'none'}"
    errors = [
        FieldError(f"parameters.{name}", expected) for name in values if name not in properties
    ]
    checked: dict[str, JsonValue] = {}
    for name, item in properties.items():
        if name in values:
            errors += _problems(item, values[name], f"parameters.{name}")
            checked[name] = values[name]
        elif "default" in item:
            checked[name] = item["default"]
        elif isinstance(required, list) and name in required:
            errors.append(FieldError(f"parameters.{name}", "is required"))
    if errors:
        raise InvalidParametersError(errors)
    return checked


def parse_parameter(schema: Schema, name: str, text: str) -> JsonValue:
    """Read a parameter from a command line as the type that its schema asks for.

    Text that does not read as that type is returned as it is, for :func:`check_parameters` to
    refuse by name.
    """
    kind = _properties(schema).get(name, {}).get("type")
    if kind == "array":
        items = _properties(schema)[name].get("items")
        inner = items.get("type") if isinstance(items, dict) else None
        return [_parse_scalar(inner, part) for part in text.split(",")] if text else []
    return _parse_scalar(kind, text)


def _parse_scalar(kind: JsonValue, text: str) -> JsonValue:
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    for read in _READERS.get(str(kind), ()):
        try:
            return read(text)
        except ValueError:
            continue
    return text


_READERS: dict[str, tuple[Callable[[str], int | float], ...]] = {
    "integer": (int, float),  # a fraction is no integer: it is told as the number that it is
    "number": (float,),
}


def _properties(schema: Schema) -> dict[str, Schema]:
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        raise ContractError("properties: expected an object of parameter schemas")
    checked: dict[str, Schema] = {}
    for name, item in properties.items():
        if not isinstance(item, dict):
            raise ContractError(f"{name}: expected a parameter schema, an object")
        checked[name] = item
    return checked


def _check_item_schema(item: Schema, name: str) -> None:
    kind = item.get("type")
    if not isinstance(kind, str) or kind not in _KEYWORDS:
        raise ContractError(f"{name}.type: expected one of {', '.join(_KEYWORDS)}, got {kind!r}")
    extra = set(item) - _KEYWORDS[kind]
    if extra:
        raise ContractError(f"{name}: {', '.join(sorted(extra))} is not in the schema subset")
    _check_keyword_values(item, name, kind)
    if kind == "array":
        inner = item.get("items", {})
        if not isinstance(inner, dict) or inner.get("type") == "array":
            raise ContractError(f"{name}.items: expected the schema of a single value")
        _check_item_schema(inner, f"{name}.items")
    if "default" in item:
        problems = list(_problems(item, item["default"], f"{name}.default"))
        if problems:
            raise ContractError(f"{problems[0].field}: {problems[0].message}")


def _check_keyword_values(item: Schema, name: str, kind: str) -> None:
    """Refuse a limit that no value could be compared with: it would be ignored for ever."""
    if "enum" in item:
        enum = item["enum"]
        if not isinstance(enum, list) or not enum or not all(_is_type(kind, v) for v in enum):
            raise ContractError(f"{name}.enum: expected a list of at least one {kind}")
    for keyword in _LIMITS:
        limit = item.get(keyword, 0)
        if not _is_type("number", limit):
            raise ContractError(f"{name}.{keyword}: expected a number, got {_describe(limit)}")


def _problems(item: Schema, value: JsonValue, field: str) -> Iterator[FieldError]:
    kind = str(item["type"])
    if not _is_type(kind, value):
        yield FieldError(field, f"expected {kind}, got {_describe(value)}")
        return
    enum = item.get("enum")
    if isinstance(enum, list) and value not in enum:
        yield FieldError(field, f"expected one of {', '.join(map(str, enum))}")
    for keyword, (accepts, words) in _LIMITS.items():
        limit = item.get(keyword)
        if isinstance(limit, int | float) and not accepts(_size(value), limit):
            yield FieldError(field, f"expected {words} {limit}, got {_size(value)}")
    if isinstance(value, list):
        yield from _array_problems(item, value, field)


def _array_problems(item: Schema, value: list[JsonValue], field: str) -> Iterator[FieldError]:
    if len(value) > MAX_ARRAY_ITEMS:
        yield FieldError(field, f"expected at most {MAX_ARRAY_ITEMS} items, got {len(value)}")
        return
    inner = item.get("items")
    if isinstance(inner, dict):
        for index, element in enumerate(value):
            yield from _problems(inner, element, f"{field}[{index}]")


def _is_type(kind: str, value: JsonValue) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, float) and not math.isfinite(value):
        return False
    return isinstance(value, _TYPES[kind])


def _size(value: JsonValue) -> float:
    return len(value) if isinstance(value, str | list) else value  # type: ignore[return-value]


def _describe(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, float) and not math.isfinite(value):
        return "one that is not finite"
    names = {type(None): "null", str: "string", list: "array", dict: "object", int: "integer"}
    return names.get(type(value), "number")


_LIMITS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "minimum": (lambda value, limit: value >= limit, "at least"),
    "maximum": (lambda value, limit: value <= limit, "at most"),
    "exclusiveMinimum": (lambda value, limit: value > limit, "more than"),
    "exclusiveMaximum": (lambda value, limit: value < limit, "less than"),
    "minLength": (lambda value, limit: value >= limit, "a length of at least"),
    "maxLength": (lambda value, limit: value <= limit, "a length of at most"),
    "minItems": (lambda value, limit: value >= limit, "a length of at least"),
    "maxItems": (lambda value, limit: value <= limit, "a length of at most"),
}
