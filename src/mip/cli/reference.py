"""Which algorithm is meant, and with which parameters: what a person types, in full."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..contracts import check_parameters, parse_parameter
from ..errors import FieldError, InvalidParametersError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..contracts import AlgorithmSpec, JsonValue

_FILE: Final = "file:"
_PYTHON: Final = "python:"


def algorithm_reference(text: str) -> str:
    """Return the reference that workers understand.

    A path of a Python file, with or without ``:NAME`` behind it, becomes ``file:`` and the
    absolute path, so that it means the same to a process that starts in another folder.
    """
    if text.startswith(_PYTHON):
        return text
    path = text.removeprefix(_FILE)
    stem, separator, name = path.rpartition(":")
    if separator and name.isidentifier():
        path, suffix = stem, f":{name}"
    else:
        suffix = ""
    if text.startswith(_FILE) or path.endswith(".py") or Path(path).is_file():
        return f"{_FILE}{Path(path).expanduser().absolute()}{suffix}"
    return text


def read_parameters(spec: AlgorithmSpec, texts: Iterable[str]) -> dict[str, JsonValue]:
    """Read ``name=value`` texts as the algorithm's parameters, with defaults filled in.

    Raises
    ------
    InvalidParametersError
        Names every text that is no ``name=value``, every name given twice, and every parameter
        that is unknown, missing or wrong.
    """
    errors: list[FieldError] = []
    values: dict[str, JsonValue] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name:
            errors.append(FieldError(text, "expected name=value"))
        elif name in values:
            errors.append(FieldError(f"parameters.{name}", "is given twice"))
        else:
            values[name] = parse_parameter(spec.parameters, name, value)
    try:
        checked = check_parameters(spec.parameters, values)
    except InvalidParametersError as error:
        raise InvalidParametersError([*errors, *error.errors]) from None
    if errors:
        raise InvalidParametersError(errors)
    return checked
