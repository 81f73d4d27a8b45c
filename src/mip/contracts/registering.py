"""Reading registrations and changes of algorithms, strictly: every wrong field is named."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from ..errors import ContractError, FieldError, InvalidRegistrationError
from . import fargate
from .algorithms import Runtime, is_valid_version
from .codec import JsonValue, convert, unknown_fields
from .ids import canonical_algorithm_id, is_valid_algorithm_id
from .images import Scope
from .parameters import check_schema
from .registration import (
    DEFAULT_COMMAND,
    DEFAULT_CPU,
    DEFAULT_MEMORY,
    MAX_COMMAND,
    MAX_DESCRIPTION,
    MAX_DESIRED_COUNT,
    MAX_ENV,
    MAX_IMAGE_URI,
    MAX_TEXT,
    RESERVED_ENV,
    AlgorithmPatch,
    AlgorithmStatus,
    AlgorithmType,
    Registration,
)

_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_STATUS_ALIASES = {"INACTIVE": "SCALED_DOWN", "FAILED": "ERROR"}
_PATCHABLE: dict[str, AlgorithmStatus] = {
    "ACTIVE": "ACTIVE",
    "SCALED_DOWN": "SCALED_DOWN",
    "ERROR": "ERROR",
}
_ID_KEYS = ("algo_id", "name", "algorithm_id")
_TYPE_RUNTIMES: dict[str, Runtime] = {"python": "python", "openmp": "native"}

_Desired: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MAX_DESIRED_COUNT)]
_Kind = TypeVar("_Kind", bound=msgspec.Struct)


class _Fields(msgspec.Struct, frozen=True, kw_only=True):
    """Fields as they come, before what no type can check.

    All may be absent here, so that each is read alone and every wrong one is named.
    """

    image_uri: str | UnsetType = UNSET
    version: str | UnsetType = UNSET
    desired_count: _Desired | UnsetType = UNSET
    command: tuple[str, ...] | UnsetType = UNSET
    env: dict[str, JsonValue] | UnsetType = UNSET
    description: str | UnsetType = UNSET


class _RegistrationFields(_Fields, frozen=True, kw_only=True):
    desired_count: _Desired = 1
    command: tuple[str, ...] = DEFAULT_COMMAND
    env: dict[str, JsonValue] = {}
    description: str = ""
    cpu: int | None = None
    memory: int | None = None
    algorithm_type: AlgorithmType = "python"
    runtime: Runtime | None = None
    scope: Scope | None = None
    parameters: dict[str, JsonValue] | None = None


class _PatchFields(_Fields, frozen=True, kw_only=True):
    cpu: int | UnsetType = UNSET
    memory: int | UnsetType = UNSET
    parameters: dict[str, JsonValue] | UnsetType = UNSET
    status: str | UnsetType = UNSET


def decode_registration(value: dict[str, JsonValue]) -> Registration:
    """Read a registration in either set of fields, strictly.

    Of ``cpu`` and ``memory``, one that is given alone moves the other from its default to the
    nearest that goes with it: the least above, or the most below when none is above.

    Raises
    ------
    InvalidRegistrationError
        ``errors`` names every bad field.
    """
    rest, algorithm_id, errors = _without_id(value)
    errors += _unknown(rest, _RegistrationFields, also=_ID_KEYS)
    fields = _read(rest, _RegistrationFields, errors)
    if "image_uri" not in rest:
        errors.append(FieldError("image_uri", "is required"))
    errors += _text_errors(fields)
    cpu, memory = _pair(fields.cpu, fields.memory, errors)
    schema = None if fields.parameters is None else _schema(fields.parameters, errors)
    if errors or fields.image_uri is UNSET:
        raise InvalidRegistrationError(errors)
    return Registration(
        algorithm_id=algorithm_id,
        image_uri=fields.image_uri,
        version="" if fields.version is UNSET else fields.version,
        cpu=cpu,
        memory=memory,
        desired_count=fields.desired_count,
        command=fields.command,
        env=_variables(fields.env),
        algorithm_type=fields.algorithm_type,
        runtime=fields.runtime or _TYPE_RUNTIMES[fields.algorithm_type],
        scope=fields.scope,
        description=fields.description,
        parameters=schema,
    )


def decode_patch(value: dict[str, JsonValue]) -> AlgorithmPatch:
    """Read a change of a registered algorithm, strictly.

    Raises
    ------
    InvalidRegistrationError
        ``errors`` names every bad field; an empty change is one.
    """
    if not value:
        known = ", ".join(_PatchFields.__struct_fields__)
        raise InvalidRegistrationError([FieldError("body", f"expected one or more of {known}")])
    errors = _unknown(value, _PatchFields)
    fields = _read(value, _PatchFields, errors)
    errors += _text_errors(fields)
    status = _status(fields.status, errors)
    schema = fields.parameters if fields.parameters is UNSET else _schema(fields.parameters, errors)
    if errors:
        raise InvalidRegistrationError(errors)
    return AlgorithmPatch(
        image_uri=fields.image_uri,
        version=fields.version,
        cpu=fields.cpu,
        memory=fields.memory,
        desired_count=fields.desired_count,
        command=fields.command,
        env=fields.env if fields.env is UNSET else _variables(fields.env),
        description=fields.description,
        parameters=schema,
        status=status,
    )


def patched_pair(
    patch: AlgorithmPatch, *, cpu: int, memory: int
) -> tuple[int, int, tuple[str, ...]]:
    """Return CPU and memory after a change, and in words what was changed beside it.

    One that is changed alone moves the other to the nearest value that goes with it: the least
    above, or the most below when none is above.

    Raises
    ------
    InvalidRegistrationError
        No task has this CPU or this memory, or not both.
    """
    new_cpu = cpu if patch.cpu is UNSET else patch.cpu
    new_memory = memory if patch.memory is UNSET else patch.memory
    if fargate.is_valid_pair(new_cpu, new_memory):
        return new_cpu, new_memory, ()
    errors: list[FieldError] = []
    if patch.cpu is not UNSET and patch.memory is UNSET:
        found = fargate.memory_for(new_cpu, at_least=memory)
        if found is not None:
            return new_cpu, found, (f"memory was set to {found} MiB to go with cpu {new_cpu}",)
        errors.append(_bad_cpu(new_cpu))
    elif patch.cpu is UNSET and patch.memory is not UNSET:
        found = fargate.cpu_for(new_memory, at_least=cpu)
        if found is not None:
            return (
                found,
                new_memory,
                (f"cpu was set to {found} to go with memory {new_memory} MiB",),
            )
        errors.append(_bad_memory(new_memory))
    else:
        errors.append(_bad_pair(new_cpu, new_memory))
    raise InvalidRegistrationError(errors)


def _without_id(
    value: dict[str, JsonValue],
) -> tuple[dict[str, JsonValue], str, list[FieldError]]:
    """Take the id out, under whatever name it came; two names must agree."""
    given = {key: value[key] for key in _ID_KEYS if key in value}
    rest = {key: item for key, item in value.items() if key not in given}
    if not given:
        return rest, "", [FieldError("algo_id", "is required (name is accepted too)")]
    found: dict[str, str] = {}
    for key, item in given.items():
        if not isinstance(item, str) or not is_valid_algorithm_id(item):
            expected = (
                "expected 3 to 56 of a-z 0-9 - _, a letter or digit at both ends, no two "
                "separators in a row"
            )
            return rest, "", [FieldError(key, expected)]
        found.setdefault(canonical_algorithm_id(item), key)
    if len(found) > 1:
        first, other = list(found.values())[:2]
        return rest, "", [FieldError(other, f"differs from {first}; send one")]
    return rest, next(iter(found)), []


def _unknown(
    value: dict[str, JsonValue], kind: type[msgspec.Struct], *, also: tuple[str, ...] = ()
) -> list[FieldError]:
    return unknown_fields(value, {*kind.__struct_fields__, *also})


def _read(value: dict[str, JsonValue], kind: type[_Kind], errors: list[FieldError]) -> _Kind:
    """Read each field alone; one that is wrong is named and stays at its default."""
    read: dict[str, object] = {}
    for name in kind.__struct_fields__:
        if name in value:
            fields = convert({name: _whole(value[name])}, kind)
            if isinstance(fields, FieldError):
                errors.append(fields)
            else:
                read[name] = getattr(fields, name)
    return kind(**read)


def _whole(value: JsonValue) -> JsonValue:
    """Return 2 for 2.0: JSON has one kind of number, and some encoders write all so."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _text_errors(fields: _Fields) -> list[FieldError]:
    """Check texts, the command and the environment, where they are given."""
    errors: list[FieldError] = []
    uri = fields.image_uri
    if uri is not UNSET and not (0 < len(uri) <= MAX_IMAGE_URI and uri.isprintable()):
        message = f"expected 1 to {MAX_IMAGE_URI} printable characters"
        errors.append(FieldError("image_uri", message))
    if fields.version is not UNSET and not is_valid_version(fields.version):
        message = "expected 1 to 64 letters, digits and . + _ - inside, such as 1.0.0"
        errors.append(FieldError("version", message))
    if fields.description is not UNSET and len(fields.description) > MAX_DESCRIPTION:
        errors.append(FieldError("description", f"expected at most {MAX_DESCRIPTION} characters"))
    if fields.command is not UNSET:
        errors += _command_errors(fields.command)
    if fields.env is not UNSET:
        errors += _env_errors(fields.env)
    return errors


def _command_errors(command: tuple[str, ...]) -> list[FieldError]:
    if not 1 <= len(command) <= MAX_COMMAND:
        return [FieldError("command", f"expected 1 to {MAX_COMMAND} words")]
    if not all(_is_plain(word) for word in command):
        return [FieldError("command", f"expected words of at most {MAX_TEXT}, without NUL")]
    return []


def _env_errors(env: dict[str, JsonValue]) -> list[FieldError]:
    if len(env) > MAX_ENV:
        return [FieldError("env", f"expected at most {MAX_ENV} variables")]
    errors = []
    for name, value in env.items():
        field = f"env.{name[:128]}"
        if _ENV_NAME.fullmatch(name) is None:
            expected = "expected a name of at most 128 letters, digits and _, no digit first"
            errors.append(FieldError(field, expected))
        elif name in RESERVED_ENV:
            errors.append(FieldError(field, "is given by the platform; choose another name"))
        elif not isinstance(value, str | int | float):
            errors.append(FieldError(field, "expected a text, a number, true or false"))
        elif not _is_plain(_variable(value)):
            errors.append(FieldError(field, f"expected at most {MAX_TEXT}, without NUL"))
    return errors


def _is_plain(text: str) -> bool:
    return len(text) <= MAX_TEXT and "\0" not in text


def _variable(value: JsonValue) -> str:
    """Write a value as variables hold it: ``true`` and ``1``, not ``True``."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _variables(env: dict[str, JsonValue]) -> dict[str, str]:
    return {name: _variable(value) for name, value in env.items()}


def _pair(cpu: int | None, memory: int | None, errors: list[FieldError]) -> tuple[int, int]:
    """Complete what is missing of CPU and memory."""
    if cpu is None and memory is None:
        return DEFAULT_CPU, DEFAULT_MEMORY
    if memory is None and cpu is not None:
        found = fargate.memory_for(cpu, at_least=DEFAULT_MEMORY)
        if found is None:
            errors.append(_bad_cpu(cpu))
        return cpu, found or DEFAULT_MEMORY
    if cpu is None and memory is not None:
        found = fargate.cpu_for(memory, at_least=DEFAULT_CPU)
        if found is None:
            errors.append(_bad_memory(memory))
        return found or DEFAULT_CPU, memory
    assert cpu is not None  # noqa: S101 - both are given; for the type checker
    assert memory is not None  # noqa: S101 - as above
    if not fargate.is_valid_pair(cpu, memory):
        errors.append(_bad_pair(cpu, memory))
    return cpu, memory


def _bad_cpu(cpu: int) -> FieldError:
    known = ", ".join(map(str, fargate.MEMORY_OF_CPU))
    return FieldError("cpu", f"expected one of {known}, got {cpu}")


def _bad_memory(memory: int) -> FieldError:
    return FieldError("memory", f"expected MiB that AWS Fargate offers, such as 2048, got {memory}")


def _bad_pair(cpu: int, memory: int) -> FieldError:
    least = fargate.memory_for(cpu, at_least=memory)
    if least is None:
        return _bad_cpu(cpu)
    return FieldError("memory", f"does not go with cpu {cpu}, got {memory}; the nearest is {least}")


def _schema(parameters: dict[str, JsonValue], errors: list[FieldError]) -> dict[str, JsonValue]:
    """Read parameters as a schema: one object schema, or a schema for each name."""
    schema = parameters
    if not _is_object_schema(parameters):
        schema = {"type": "object", "properties": parameters}
    try:
        check_schema(schema)
    except ContractError as error:
        errors.append(FieldError("parameters", str(error)))
    return {"type": "object", **schema}


def _is_object_schema(parameters: dict[str, JsonValue]) -> bool:
    """Tell a schema from a map of names; parameters may be called ``type`` and ``properties``."""
    properties = parameters.get("properties")
    has_properties = isinstance(properties, dict) and not isinstance(properties.get("type"), str)
    return has_properties or isinstance(parameters.get("type"), str)


def _status(text: str | UnsetType, errors: list[FieldError]) -> AlgorithmStatus | UnsetType:
    if text is UNSET:
        return UNSET
    upper = text.upper()
    status = _PATCHABLE.get(_STATUS_ALIASES.get(upper, upper), UNSET)
    if status is UNSET:
        expected = "expected ACTIVE, SCALED_DOWN (or inactive) or ERROR (or failed)"
        errors.append(FieldError("status", f"{expected}; the others are set by the platform"))
    return status
