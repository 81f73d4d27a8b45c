"""Registering algorithms: what operators send, what is kept, what is shown.

Two sets of field names are in use, and both are accepted: ``algo_id`` or ``name`` (or
``algorithm_id``) for the id; statuses in any case, ``inactive`` for ``SCALED_DOWN`` and ``failed``
for ``ERROR``. Answers carry both spellings of the id.

=============  ==================================================  =============================
status         means                                               leaves it by
=============  ==================================================  =============================
REGISTERED     on record, nothing made yet                         provisioning
PROVISIONING   queues and workers are being made                   done, or an error
ACTIVE         takes jobs (its workers may be at zero)             scaling to 0, delete
SCALING_DOWN   workers are ending                                  when the last has ended
SCALED_DOWN    refuses new jobs, keeps the queued ones             scaling up, delete
DELETING       everything that was made is being removed           done
DELETED        only the record is left                             being registered again
ERROR          provisioning failed; ``last_error`` says why        patch, scale, delete
=============  ==================================================  =============================
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from ..errors import ContractError, FieldError, InvalidRegistrationError
from . import fargate
from .algorithms import (
    DEFAULT_MEMORY_BYTES,
    DEFAULT_TIMEOUT_SECONDS,
    AlgorithmSpec,
    Runtime,
    is_valid_version,
)
from .codec import JsonValue, convert
from .ids import canonical_algorithm_id, is_valid_algorithm_id
from .images import Scope
from .parameters import check_schema

AlgorithmStatus: TypeAlias = Literal[
    "REGISTERED",
    "PROVISIONING",
    "ACTIVE",
    "SCALING_DOWN",
    "SCALED_DOWN",
    "DELETING",
    "DELETED",
    "ERROR",
]
AlgorithmType: TypeAlias = Literal["python", "openmp"]

DEFAULT_VERSION = "1.0.0"
DEFAULT_CPU = 1024
DEFAULT_MEMORY = 2048
DEFAULT_COMMAND = ("/app/worker.sh",)
MAX_DESIRED_COUNT = 1000
MAX_DESCRIPTION = 4096
MAX_IMAGE_URI = 1024
MAX_COMMAND = 64
MAX_ENV = 64
MAX_TEXT = 4096
"""Of a word of the command and of a value of the environment."""

RESERVED_ENV = frozenset(
    {"QUEUE_URL", "RESULT_QUEUE", "OUTPUT_BUCKET", "ALGO_ID", "PACS_API_BASE", "PACS_API_KEY"}
    | {"MIP_STATE", "MIP_ALGORITHM", "MIP_SLOT"}
)
"""Variables that the platform gives every worker; a registration that set them would break it."""

_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_STATUS_ALIASES = {"INACTIVE": "SCALED_DOWN", "FAILED": "ERROR"}
_ID_KEYS = ("algo_id", "name", "algorithm_id")
_TYPE_RUNTIMES: dict[str, Runtime] = {"python": "python", "openmp": "native"}

_Desired: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MAX_DESIRED_COUNT)]
_Env: TypeAlias = dict[str, str | int | float | bool]
_Fields = TypeVar("_Fields", bound=msgspec.Struct)


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator asks to be registered, checked and with defaults filled in.

    ``cpu`` in units (1024 make one CPU) and ``memory`` in MiB are a pair that AWS Fargate offers.
    ``parameters`` is an object schema, or None when none was declared: then anything is let
    through to the algorithm, which checks for itself.
    """

    algorithm_id: str
    image_uri: str
    version: str = ""
    cpu: int = DEFAULT_CPU
    memory: int = DEFAULT_MEMORY
    desired_count: int = 1
    command: tuple[str, ...] = DEFAULT_COMMAND
    env: dict[str, str] = {}
    algorithm_type: AlgorithmType = "python"
    runtime: Runtime = "python"
    scope: Scope | None = None
    description: str = ""
    parameters: dict[str, JsonValue] | None = None


class AlgorithmPatch(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator asks to be changed; ``UNSET`` stays as it is."""

    image_uri: str | UnsetType = UNSET
    version: str | UnsetType = UNSET
    cpu: int | UnsetType = UNSET
    memory: int | UnsetType = UNSET
    desired_count: int | UnsetType = UNSET
    command: tuple[str, ...] | UnsetType = UNSET
    env: dict[str, str] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    parameters: dict[str, JsonValue] | UnsetType = UNSET
    status: AlgorithmStatus | UnsetType = UNSET


class ResourceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Names of what was made for an algorithm; empty where there is nothing of that kind."""

    queue_url: str = ""
    queue_arn: str = ""
    dlq_url: str = ""
    task_definition: str = ""
    service: str = ""


class AlgorithmRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A registered algorithm. Instants are ISO 8601 in UTC.

    Attributes
    ----------
    status : AlgorithmStatus
        See the module.
    last_error : str
        Why the status is ``ERROR``, and what to do.
    digest, timeout_seconds, memory_bytes
        As the code itself declares, where the platform can load it.
    resource_status : ResourceStatus
        What was made for it.
    revision : int
        Raised by every change; a change names the one it was made from.
    """

    algorithm_id: str
    version: str
    status: AlgorithmStatus
    image_uri: str
    cpu: int
    memory: int
    desired_count: int
    command: tuple[str, ...] = DEFAULT_COMMAND
    env: dict[str, str] = {}
    algorithm_type: AlgorithmType = "python"
    runtime: Runtime = "python"
    scope: Scope | None = None
    description: str = ""
    parameters: dict[str, JsonValue] | None = None
    digest: str = ""
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    memory_bytes: int = DEFAULT_MEMORY_BYTES
    last_error: str = ""
    resource_status: ResourceStatus = ResourceStatus()
    created_at: str
    updated_at: str
    revision: int = 1

    @property
    def takes_jobs(self) -> bool:
        """True when new jobs are accepted."""
        return self.status == "ACTIVE"

    @property
    def spec(self) -> AlgorithmSpec:
        """The algorithm as jobs are checked against it; ``scope`` is ``image`` when unknown."""
        return AlgorithmSpec(
            id=self.algorithm_id,
            version=self.version,
            scope=self.scope or "image",
            runtime=self.runtime,
            description=self.description,
            parameters=self.parameters or {},
            digest=self.digest,
            timeout_seconds=self.timeout_seconds,
            memory_bytes=self.memory_bytes,
        )


class _RegistrationFields(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a registration as they come, before what no type can check."""

    image_uri: str
    version: str = ""
    cpu: int | None = None
    memory: int | None = None
    desired_count: _Desired = 1
    command: tuple[str, ...] = DEFAULT_COMMAND
    env: _Env = {}
    algorithm_type: AlgorithmType = "python"
    runtime: Runtime | None = None
    scope: Scope | None = None
    description: str = ""
    parameters: dict[str, JsonValue] | None = None


class _PatchFields(msgspec.Struct, frozen=True, kw_only=True):
    image_uri: str | UnsetType = UNSET
    version: str | UnsetType = UNSET
    cpu: int | UnsetType = UNSET
    memory: int | UnsetType = UNSET
    desired_count: _Desired | UnsetType = UNSET
    command: tuple[str, ...] | UnsetType = UNSET
    env: _Env | UnsetType = UNSET
    description: str | UnsetType = UNSET
    parameters: dict[str, JsonValue] | UnsetType = UNSET
    status: str | UnsetType = UNSET


def decode_registration(value: dict[str, JsonValue]) -> Registration:
    """Read a registration in either set of fields, strictly.

    Of ``cpu`` and ``memory``, one that is given alone raises the other's default to the least
    that goes with it.

    Raises
    ------
    InvalidRegistrationError
        ``errors`` names every bad field.
    """
    rest, algorithm_id, errors = _without_id(value)
    errors += _unknown(rest, _RegistrationFields, also=_ID_KEYS)
    fields = _converted(rest, _RegistrationFields, errors)
    if fields is None or errors:
        raise InvalidRegistrationError(errors)
    errors += _text_errors(fields)
    cpu, memory = _pair(fields.cpu, fields.memory, errors)
    schema = _schema(fields.parameters, errors)
    if errors:
        raise InvalidRegistrationError(errors)
    return Registration(
        algorithm_id=algorithm_id,
        image_uri=fields.image_uri,
        version=fields.version,
        cpu=cpu,
        memory=memory,
        desired_count=fields.desired_count,
        command=fields.command,
        env=_as_text(fields.env),
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
    errors = _unknown(value, _PatchFields)
    fields = _converted(value, _PatchFields, errors)
    if fields is None or errors:
        raise InvalidRegistrationError(errors)
    if not value:
        known = ", ".join(_PatchFields.__struct_fields__)
        raise InvalidRegistrationError([FieldError("body", f"expected one or more of {known}")])
    errors += _text_errors(fields)
    status = _status(fields.status, errors)
    schema: dict[str, JsonValue] | UnsetType = UNSET
    if fields.parameters is not UNSET:
        schema = _schema(fields.parameters, errors) or {}
    if errors:
        raise InvalidRegistrationError(errors)
    return AlgorithmPatch(
        image_uri=fields.image_uri,
        version=fields.version,
        cpu=fields.cpu,
        memory=fields.memory,
        desired_count=fields.desired_count,
        command=fields.command,
        env=fields.env if fields.env is UNSET else _as_text(fields.env),
        description=fields.description,
        parameters=schema,
        status=status,
    )


def patched_pair(
    patch: AlgorithmPatch, *, cpu: int, memory: int
) -> tuple[int, int, tuple[str, ...]]:
    """Return CPU and memory after a change, and in words what was raised beside it.

    One that is changed alone raises the other to the least value that goes with it.

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
            return found, new_memory, (f"cpu was set to {found} to go with memory {new_memory}",)
        errors.append(_bad_memory(new_memory))
    else:
        errors.append(_bad_pair(new_cpu, new_memory))
    raise InvalidRegistrationError(errors)


def show_record(record: AlgorithmRecord) -> dict[str, JsonValue]:
    """Return all fields for operators, with both spellings of the id."""
    shown: dict[str, JsonValue] = msgspec.to_builtins(record)
    return {"algorithm_id": record.algorithm_id, "name": record.algorithm_id, **shown}


def show_public(record: AlgorithmRecord) -> dict[str, JsonValue]:
    """Return what clients may know of an algorithm: nothing of where and how it runs."""
    shown = show_record(record)
    return {name: shown[name] for name in PUBLIC_FIELDS}


PUBLIC_FIELDS = (
    "algorithm_id",
    "name",
    "version",
    "status",
    "scope",
    "description",
    "parameters",
)


def _without_id(
    value: dict[str, JsonValue],
) -> tuple[dict[str, JsonValue], str, list[FieldError]]:
    """Take the id out, under whatever name it came; two names must agree."""
    given = {key: value[key] for key in _ID_KEYS if key in value}
    rest = {key: item for key, item in value.items() if key not in given}
    if not given:
        return rest, "", [FieldError("algo_id", "is required (name is accepted too)")]
    found: set[str] = set()
    for key, item in given.items():
        if not isinstance(item, str) or not is_valid_algorithm_id(item):
            expected = (
                "expected 3 to 56 of a-z 0-9 - _, a letter or digit at both ends, no two "
                "separators in a row"
            )
            return rest, "", [FieldError(key, expected)]
        found.add(canonical_algorithm_id(item))
    if len(found) > 1:
        return rest, "", [FieldError("name", "differs from algo_id; send one")]
    return rest, found.pop(), []


def _unknown(
    value: dict[str, JsonValue], kind: type[msgspec.Struct], *, also: tuple[str, ...] = ()
) -> list[FieldError]:
    known = sorted({*kind.__struct_fields__, *also})
    return [
        FieldError(key, f"is unknown; known are {', '.join(known)}")
        for key in value
        if key not in known
    ]


def _converted(
    value: dict[str, JsonValue], kind: type[_Fields], errors: list[FieldError]
) -> _Fields | None:
    known = {key: value[key] for key in kind.__struct_fields__ if key in value}
    fields = convert(known, kind)
    if isinstance(fields, FieldError):
        errors.append(fields)
        return None
    return fields


def _text_errors(fields: _RegistrationFields | _PatchFields) -> list[FieldError]:
    """Check texts, the command and the environment, where they are given."""
    errors: list[FieldError] = []
    uri, version = fields.image_uri, fields.version
    if uri is not UNSET and not (0 < len(uri) <= MAX_IMAGE_URI and uri.isprintable()):
        message = f"expected 1 to {MAX_IMAGE_URI} printable characters"
        errors.append(FieldError("image_uri", message))
    if version is not UNSET and version and not is_valid_version(version):
        message = "expected 1 to 64 letters, digits and . + _ - inside, such as 1.0.0"
        errors.append(FieldError("version", message))
    if fields.description is not UNSET and len(fields.description) > MAX_DESCRIPTION:
        errors.append(FieldError("description", f"expected at most {MAX_DESCRIPTION} characters"))
    if fields.command is not UNSET:
        errors += _command_errors(fields.command)
    if fields.env is not UNSET:
        errors += _env_errors(_as_text(fields.env))
    return errors


def _command_errors(command: tuple[str, ...]) -> list[FieldError]:
    if not 1 <= len(command) <= MAX_COMMAND:
        return [FieldError("command", f"expected 1 to {MAX_COMMAND} words")]
    if not all(_is_plain(word) for word in command):
        return [FieldError("command", f"expected words of at most {MAX_TEXT}, without NUL")]
    return []


def _env_errors(env: dict[str, str]) -> list[FieldError]:
    if len(env) > MAX_ENV:
        return [FieldError("env", f"expected at most {MAX_ENV} variables")]
    errors = []
    for name, value in env.items():
        field = f"env.{name[:128]}"
        if _ENV_NAME.fullmatch(name) is None:
            errors.append(FieldError(field, "expected a name of letters, digits and _"))
        elif name in RESERVED_ENV:
            errors.append(FieldError(field, "is given by the platform; choose another name"))
        elif not _is_plain(value):
            errors.append(FieldError(field, f"expected at most {MAX_TEXT}, without NUL"))
    return errors


def _is_plain(text: str) -> bool:
    return len(text) <= MAX_TEXT and "\0" not in text


def _as_text(env: _Env) -> dict[str, str]:
    """Write values as variables hold them: ``true`` and ``1``, not ``True``."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in env.items()
    }


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


def _schema(
    parameters: dict[str, JsonValue] | None, errors: list[FieldError]
) -> dict[str, JsonValue] | None:
    """Read parameters as a schema: one object schema, or a schema for each name."""
    if parameters is None:
        return None
    schema = parameters
    if not isinstance(parameters.get("type"), str):
        schema = {"type": "object", "properties": parameters}
    try:
        check_schema(schema)
    except ContractError as error:
        errors.append(FieldError("parameters", str(error)))
    return schema


def _status(text: str | UnsetType, errors: list[FieldError]) -> AlgorithmStatus | UnsetType:
    if text is UNSET:
        return UNSET
    status = _STATUS_ALIASES.get(text.upper(), text.upper())
    if status == "ACTIVE":
        return "ACTIVE"
    if status == "SCALED_DOWN":
        return "SCALED_DOWN"
    message = "expected ACTIVE or SCALED_DOWN (inactive); the others are set by the platform"
    errors.append(FieldError("status", message))
    return UNSET
