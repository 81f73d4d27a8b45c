"""Which algorithm is meant, and with which parameters: what a person types, in full."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ..contracts import canonical_algorithm_id, check_parameters, parse_parameter
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
    if text.startswith(_FILE) or path.endswith(".py") or _is_file(path):
        return f"{_FILE}{Path(path).expanduser().absolute()}{suffix}"
    return text


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except OSError:  # longer than a name can be, or in a folder that is closed to us
        return False


def installed_id(reference: str) -> str | None:
    """Return the id that a reference to an installed algorithm names; None for code elsewhere."""
    if reference.startswith((_FILE, _PYTHON)):
        return None
    return canonical_algorithm_id(reference.partition("@")[0])


async def algorithm_id(text: str) -> str:
    """Return the id of what a person named: an id as it is, that of code by asking a child.

    Raises
    ------
    UnknownAlgorithmError, InvalidAlgorithmError
        It is code, and does not load.
    """
    reference = algorithm_reference(text)
    if installed_id(reference) is None:
        return (await describe(reference)).id
    return text


async def describe(reference: str) -> AlgorithmSpec:
    """Ask a child process what an algorithm is, so that no author's code runs in this one.

    Raises
    ------
    UnknownAlgorithmError, InvalidAlgorithmError
        It does not load.
    """
    from ..worker import ChildPool  # noqa: PLC0415 - only where an algorithm is loaded

    async with ChildPool(reference) as pool:
        return await pool.describe()


def read_parameters(spec: AlgorithmSpec, texts: Iterable[str]) -> dict[str, JsonValue]:
    """Read ``name=value`` texts as the algorithm's parameters, with defaults filled in.

    Raises
    ------
    InvalidParametersError
        Names every text that is no ``name=value``, every name given twice, and every parameter
        that is unknown, missing or wrong.
    """
    errors, named = _named(texts)
    values = {name: parse_parameter(spec.parameters, name, value) for name, value in named.items()}
    try:
        checked = check_parameters(spec.parameters, values)
    except InvalidParametersError as error:
        raise InvalidParametersError([*errors, *error.errors]) from None
    if errors:
        raise InvalidParametersError(errors)
    return checked


def read_undeclared(texts: Iterable[str]) -> dict[str, JsonValue]:
    """Read ``name=value`` texts where no schema says what they are: as JSON, or else as text.

    Raises
    ------
    InvalidParametersError
        Names every text that is no ``name=value``, and every name given twice.
    """
    errors, named = _named(texts)
    if errors:
        raise InvalidParametersError(errors)
    return {name: _json_or_text(value) for name, value in named.items()}


def _named(texts: Iterable[str]) -> tuple[list[FieldError], dict[str, str]]:
    errors: list[FieldError] = []
    values: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name:
            errors.append(FieldError(text, "expected name=value"))
        elif name in values:
            errors.append(FieldError(f"parameters.{name}", "is given twice"))
        else:
            values[name] = value
    return errors, values


def _json_or_text(text: str) -> JsonValue:
    try:
        value: JsonValue = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    return value
