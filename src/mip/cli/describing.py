"""What an algorithm is, in words: what it does, and which parameters it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from .report import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..contracts import AlgorithmSpec

HEADER = ("parameter", "type", "default", "values", "meaning")

_LIMITS = {  # of the subset of JSON Schema that contracts/parameters.py takes
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "up to {}",
    "exclusiveMaximum": "below {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
}


def describe_lines(spec: AlgorithmSpec) -> Iterator[str]:
    """Yield an algorithm as lines of text: what it is, and a table of its parameters."""
    of = "one image at a time" if spec.scope == "image" else "one series at a time"
    yield f"{spec.id} {spec.version}, {of}"
    if spec.description:
        yield spec.description
    rows = parameter_rows(spec)
    if rows:
        yield ""
        yield from table(rows, header=HEADER)
    else:
        yield "no parameters"


def parameter_rows(spec: AlgorithmSpec) -> list[tuple[str, str, str, str, str]]:
    """Return a row for each parameter: name, type, default, the values it may have, meaning."""
    properties: dict[str, Any] = spec.parameters.get("properties") or {}  # type: ignore[assignment]
    required: Any = spec.parameters.get("required") or ()
    return [
        (
            name,
            _type(schema),
            _default(schema, is_required=name in required),
            _values(schema),
            str(schema.get("description") or schema.get("title") or ""),
        )
        for name, schema in properties.items()
    ]


def _type(schema: dict[str, Any]) -> str:
    kind = str(schema.get("type", "any"))
    return f"array of {_type(schema['items'])}" if "items" in schema else kind


def _default(schema: dict[str, Any], *, is_required: bool) -> str:
    if "default" in schema:
        value = schema["default"]
        return value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return "required" if is_required else "none"


def _values(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    limits = [words.format(schema[key]) for key, words in _LIMITS.items() if key in schema]
    if of_each := _values(schema["items"]) if "items" in schema else "":
        limits.append(f"each {of_each}")
    return " ".join(limits)
