"""Annotations of an algorithm's parameters, as schemas of the subset that the platform checks.

Supported are ``bool``, ``int``, ``float``, ``str``, ``Literal`` and ``Enum`` of strings or of
integers, ``list`` and ``tuple[X, ...]`` of these, and any of them in ``Annotated`` with
``pydantic.Field`` or ``annotated_types`` limits. What the subset cannot say is refused, so that
no limit an author wrote is ever lost on the way to the client.
"""

from __future__ import annotations

import enum
import types
import typing
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from ..errors import InvalidAlgorithmError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..contracts import JsonValue
    from ..contracts.parameters import Schema

_SCALARS: dict[object, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
}
_SUPPORTED = (
    "supported are bool, int, float, str, Literal and Enum of strings or integers, list[...] of "
    "these, and Annotated[..., pydantic.Field(ge=, gt=, le=, lt=, min_length=, max_length=, "
    "title=, description=)]"
)
_LIMITS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
}
_LENGTHS = {"min_length": ("minLength", "minItems"), "max_length": ("maxLength", "maxItems")}


def item_schema(annotation: object, *, name: str) -> Schema:
    """Return the schema of one parameter.

    Parameters
    ----------
    annotation : object
        A type, resolved (no string).
    name : str
        What the parameter is called in errors.

    Raises
    ------
    InvalidAlgorithmError
        The annotation, or a limit in it, has no place in the schema subset.
    """
    if typing.get_origin(annotation) is Annotated:
        inner, *metadata = typing.get_args(annotation)
        schema = item_schema(inner, name=name)
        for key, value in _keywords(metadata, name, is_array=schema["type"] == "array"):
            schema[key] = value
        return schema
    if annotation in _SCALARS:
        return {"type": _SCALARS[annotation]}
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return _choices([member.value for member in annotation], name)
    if typing.get_origin(annotation) is Literal:
        return _choices(list(typing.get_args(annotation)), name)
    items = _item_annotation(annotation)
    if items is not None:
        inner_schema = item_schema(items, name=f"{name} items")
        if inner_schema["type"] != "array":
            return {"type": "array", "items": inner_schema}
    raise InvalidAlgorithmError(
        f"parameter {name!r} is annotated {describe(annotation)}: {_SUPPORTED}"
    )


def without_none(annotation: object) -> tuple[object, bool]:
    """Split ``X | None`` into ``X`` and True; anything else is returned with False."""
    if typing.get_origin(annotation) not in (Union, types.UnionType):
        return annotation, False
    members = typing.get_args(annotation)
    others = [member for member in members if member is not type(None)]
    if len(others) == len(members) or len(others) != 1:
        return annotation, False
    return others[0], True


def plain_default(value: object, *, name: str) -> JsonValue:
    """Return a Python default as the JSON that a client would send for it.

    Raises
    ------
    InvalidAlgorithmError
        It is nothing that a client could send.
    """
    if isinstance(value, enum.Enum):
        return plain_default(value.value, name=name)
    if isinstance(value, list | tuple):
        return [plain_default(item, name=name) for item in value]
    if isinstance(value, bool | int | float | str):
        return value
    raise InvalidAlgorithmError(
        f"parameter {name!r} has a default of type {type(value).__name__}: write the value itself, "
        "and limits as Annotated[type, pydantic.Field(...)] = value"
    )


def describe(annotation: object) -> str:
    """Name an annotation as its author wrote it, as far as that is known."""
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _item_annotation(annotation: object) -> object | None:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is list and len(arguments) == 1:
        return typing.cast("object", arguments[0])
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:  # noqa: PLR2004 - (X, ...)
        return typing.cast("object", arguments[0])
    return None


def _choices(values: list[Any], name: str) -> Schema:
    for kind in (str, int):
        if values and all(isinstance(v, kind) and not isinstance(v, bool) for v in values):
            return {"type": _SCALARS[kind], "enum": [kind(value) for value in values]}
    raise InvalidAlgorithmError(
        f"parameter {name!r}: expected choices that are all strings or all integers, got {values}"
    )


def _keywords(
    metadata: Iterable[object], name: str, *, is_array: bool
) -> Iterator[tuple[str, JsonValue]]:
    """Translate the metadata of ``Annotated`` into keywords of the subset."""
    for entry in _flatten(metadata, name):
        if isinstance(entry, tuple):
            yield entry
            continue
        attribute = next((key for key in (*_LIMITS, *_LENGTHS) if hasattr(entry, key)), None)
        value = getattr(entry, attribute) if attribute else None
        if attribute is None or not isinstance(value, int | float):
            raise InvalidAlgorithmError(
                f"parameter {name!r} has {entry!r} in its annotation: {_SUPPORTED}"
            )
        keyword = _LIMITS.get(attribute) or _LENGTHS[attribute][is_array]
        yield keyword, value


def _flatten(metadata: Iterable[object], name: str) -> Iterator[object]:
    """Open what groups limits (``pydantic.Field``, ``annotated_types.Interval``) into its parts."""
    for entry in metadata:
        if getattr(entry, "__is_annotated_types_grouped_metadata__", False):
            yield from typing.cast("Iterable[object]", entry)
        elif type(entry).__module__ == "pydantic.fields":
            yield from _open_field(entry, name)
        else:
            yield entry


def _open_field(entry: Any, name: str) -> Iterator[object]:
    # Attributes that were not given are absent from this set; it is how pydantic merges fields.
    extra = set(entry._attributes_set) - {*_LIMITS, *_LENGTHS, "title", "description", "annotation"}  # noqa: SLF001 - the only record of what the author wrote
    if extra:
        listed = ", ".join(sorted(extra))
        raise InvalidAlgorithmError(
            f"parameter {name!r} has {listed} in its pydantic.Field: {_SUPPORTED}; write a default "
            "after the equals sign"
        )
    yield from entry.metadata
    for key in ("title", "description"):
        if getattr(entry, key) is not None:
            yield key, getattr(entry, key)
