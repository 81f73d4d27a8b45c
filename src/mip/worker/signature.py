"""What a function's signature says about the algorithm: its scope and its parameters."""

from __future__ import annotations

import inspect
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..contracts import check_parameters, check_schema
from ..errors import ContractError, FieldError, InvalidAlgorithmError, InvalidParametersError
from .annotations import describe, item_schema, plain_default, without_none

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..contracts import JsonValue, Scope
    from ..contracts.parameters import Schema

_IMAGE_TYPES: dict[Scope, tuple[str, ...]] = {
    "image": ("Image",),
    "series": ("Image", "Volume"),
}


_PLAIN = (bool, int, float, str)
"""Types that are their own conversion from checked JSON."""


class Parameters:
    """The parameters of an algorithm: their schema, and JSON values turned into Python ones.

    The schema decides what is accepted, in the same words wherever a job is checked; accepted JSON
    then becomes what the annotations promise, by pydantic where that is more than a plain type.
    """

    def __init__(self, schema: Schema, annotations: Mapping[str, Any] | None = None) -> None:
        self.schema = schema
        self._annotations = annotations or {}

    def check(self, values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Return ``values`` with defaults filled in, as JSON, in the order of the schema.

        Raises
        ------
        InvalidParametersError
            ``errors`` names every unknown, missing or wrong parameter.
        """
        return check_parameters(self.schema, dict(values))

    def arguments(self, checked: Mapping[str, JsonValue]) -> dict[str, Any]:
        """Return keyword arguments for values that :meth:`check` returned."""
        if not self._annotations:
            return dict(checked)
        return {name: self._converters[name](value) for name, value in checked.items()}

    def prepare(self) -> None:
        """Build what :meth:`arguments` needs, so that the first job does not wait for it."""
        _ = self._converters

    @cached_property
    def _converters(self) -> dict[str, Callable[[Any], Any]]:
        return {name: _converter(kind, name) for name, kind in self._annotations.items()}


def _converter(annotation: Any, name: str) -> Callable[[Any], Any]:
    if annotation in _PLAIN:
        return annotation  # type: ignore[no-any-return]
    # 0.1 s, and memory: only in processes that run such an algorithm.
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415

    adapter = TypeAdapter(annotation)

    def convert(value: Any) -> Any:
        try:
            return adapter.validate_python(value)
        except ValidationError as error:
            message = error.errors(include_url=False, include_input=False)[0]["msg"]
            raise InvalidParametersError([FieldError(f"parameters.{name}", message)]) from None

    return convert


def read_signature(function: Callable[..., object], *, scope: Scope) -> Parameters:
    """Read the parameters of a function that takes an image and keyword-only parameters.

    Raises
    ------
    InvalidAlgorithmError
        Says which parameter is at fault, and how to write it.
    """
    image, *others = _signature(function)
    _check_image_parameter(image, scope)
    properties: dict[str, JsonValue] = {}
    required: list[JsonValue] = []
    annotations: dict[str, object] = {}
    for parameter in others:
        name = parameter.name
        _check_kind(parameter)
        annotation, optional = without_none(_resolve(parameter, function))
        item = item_schema(annotation, name=name)
        if parameter.default is inspect.Parameter.empty:
            if optional:
                raise InvalidAlgorithmError(f"parameter {name!r} may be None: write '= None'")
            required.append(name)
        elif optional != (parameter.default is None):
            raise InvalidAlgorithmError(
                f"parameter {name!r}: None goes with the default None, and only with it; a client "
                "leaves a parameter out and cannot send None"
            )
        elif not optional:
            item["default"] = plain_default(parameter.default, name=name)
        properties[name] = item
        annotations[name] = annotation
    return Parameters(object_schema(properties, required=required), annotations)


def object_schema(properties: dict[str, JsonValue], *, required: list[JsonValue]) -> Schema:
    """Join schemas of parameters into that of an algorithm, and check it.

    Raises
    ------
    InvalidAlgorithmError
        Names the parameter and the keyword.
    """
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    try:
        check_schema(schema)
    except ContractError as error:
        raise InvalidAlgorithmError(f"parameter {error}") from None
    return schema


def _signature(function: Callable[..., object]) -> list[inspect.Parameter]:
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters:
        raise InvalidAlgorithmError(
            "expected the image as first parameter: 'def name(image: mip.Image, *, ...)'"
        )
    return parameters


def _check_image_parameter(parameter: inspect.Parameter, scope: Scope) -> None:
    positional = (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    if parameter.kind not in positional or parameter.default is not parameter.empty:
        raise InvalidAlgorithmError(
            f"the first parameter {parameter.name!r} is the image: positional, without a default"
        )
    if parameter.annotation is parameter.empty:
        return
    # By name, not by class: the annotation may stand under TYPE_CHECKING, and comparing
    # classes would import numpy wherever an algorithm is merely listed.
    annotation = parameter.annotation
    text = annotation if isinstance(annotation, str) else describe(annotation)
    name = text.strip("\"' ").rpartition(".")[2]
    if name not in _IMAGE_TYPES[scope]:
        wanted = " or ".join(f"mip.{kind}" for kind in reversed(_IMAGE_TYPES[scope]))
        raise InvalidAlgorithmError(
            f"the image {parameter.name!r} of a scope={scope!r} algorithm is annotated {text}; "
            f"expected {wanted} (image: mip.Image, series: mip.Volume)"
        )


def _check_kind(parameter: inspect.Parameter) -> None:
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        raise InvalidAlgorithmError(
            f"'*{parameter.name}' hides what a client may send: name each parameter"
        )
    if parameter.kind is not parameter.KEYWORD_ONLY:
        raise InvalidAlgorithmError(
            f"parameter {parameter.name!r} must be keyword-only: write '*,' after the image"
        )
    if parameter.annotation is parameter.empty:
        raise InvalidAlgorithmError(
            f"parameter {parameter.name!r} has no annotation: a client could not know its type"
        )


def _resolve(parameter: inspect.Parameter, function: Callable[..., object]) -> object:
    annotation = parameter.annotation
    if not isinstance(annotation, str):
        return annotation
    inner = inspect.unwrap(function)
    module = sys.modules.get(inner.__module__)
    names = getattr(inner, "__globals__", None) or getattr(module, "__dict__", {})
    try:
        return eval(annotation, dict(names))  # noqa: S307 - the author's own annotation
    except Exception as error:
        raise InvalidAlgorithmError(
            f"parameter {parameter.name!r}: annotation {annotation!r} does not evaluate "
            f"({type(error).__name__}); what it names must be imported when the module runs, "
            "not under TYPE_CHECKING"
        ) from error
