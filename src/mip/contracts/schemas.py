"""JSON Schemas of what clients and operators send, exact, from the limits that reading it has.

Reading is done by :func:`decode_request`, :func:`decode_registration` and :func:`decode_patch`; a
schema says what these accept as far as JSON Schema can say it. It cannot say that two spellings of
one id agree, that a default keeps to its own parameter's limits, or that a required parameter is
there: those are in words.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias, get_args

from . import fargate
from .algorithms import Runtime
from .ids import MAX_ID_LENGTH, MAX_UID_LENGTH
from .images import MAX_PATH_ID_LENGTH, MAX_SERIES_INSTANCES, Scope
from .jobs import MAX_URL_LENGTH
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
    AlgorithmType,
)

JsonSchema: TypeAlias = dict[str, Any]

ID: Final[JsonSchema] = {
    "type": "string",
    "pattern": r"^[\x21-\x7e]+$",
    "minLength": 1,
    "maxLength": MAX_ID_LENGTH,
}
UID: Final[JsonSchema] = {
    "type": "string",
    "pattern": r"^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+$",
    "maxLength": MAX_UID_LENGTH,
}
ALGORITHM_ID: Final[JsonSchema] = {
    "type": "string",
    "pattern": "^[a-z0-9]+([-_][a-z0-9]+)*$",
    "minLength": 3,
    "maxLength": 56,
}
VERSION: Final[JsonSchema] = {
    "type": "string",
    "pattern": r"^[0-9A-Za-z]([0-9A-Za-z.+_-]{0,62}[0-9A-Za-z])?$",
}

# A segment of a path is not empty, "." or "..": what it begins with rules these out.
_CONTROL: Final = r"\x00-\x1f\x7f"
_SEGMENT: Final = rf"([^./\\{_CONTROL}]|\.[^./\\{_CONTROL}]|\.\.[^/\\{_CONTROL}])[^/\\{_CONTROL}]*"
PATH_ID: Final[JsonSchema] = {
    "type": "string",
    "pattern": rf"^{_SEGMENT}(/{_SEGMENT})*$",
    "maxLength": MAX_PATH_ID_LENGTH,
    "description": "Printable characters; a path may have several segments.",
}
_PLAIN_TEXT: Final[JsonSchema] = {
    "type": "string",
    "maxLength": MAX_TEXT,
    "pattern": r"^[^\x00]*$",
}
_INSTANCES: Final[JsonSchema] = {
    "type": ["array", "null"],
    "items": UID,
    "minItems": 1,
    "maxItems": MAX_SERIES_INSTANCES,
    "uniqueItems": True,
    "description": "The instances of the series that the job takes; all when absent.",
}
_SERVER: Final[JsonSchema] = {
    "type": ["string", "null"],
    "pattern": "^[A-Za-z0-9._-]{1,64}$",
    "description": "One of several configured PACSes; the default one when absent.",
}
_ABSENT: Final[JsonSchema] = {"type": "null"}


def _or_null(schema: JsonSchema) -> JsonSchema:
    return {**schema, "type": [schema["type"], "null"]}


def _closed(properties: JsonSchema, *required: str, **more: Any) -> JsonSchema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def request_schemas() -> dict[str, JsonSchema]:
    """Return the schemas of all bodies by name; they refer to each other as OpenAPI does."""
    return {
        "JobRequest": _job_request(),
        "ImageByPath": _closed(
            {
                "study_id": PATH_ID,
                "series_id": PATH_ID,
                "image_id": PATH_ID,
                "scope": {"const": "image"},
                "instance_uids": _ABSENT,
                "server": _SERVER,
            },
            *("study_id", "series_id", "image_id"),
            description="One image, by ids as the PACS spells them.",
        ),
        "SeriesByPath": _closed(
            {
                "study_id": PATH_ID,
                "series_id": PATH_ID,
                "image_id": _or_null(PATH_ID),
                "scope": {"const": "series"},
                "instance_uids": _INSTANCES,
                "server": _SERVER,
            },
            *("study_id", "series_id", "scope"),
            description="A series, by ids as the PACS spells them.",
        ),
        "ImageByUid": _closed(
            {
                "study_uid": UID,
                "series_uid": UID,
                "instance_uid": UID,
                "instance_uids": _ABSENT,
                "server": _SERVER,
            },
            *("study_uid", "series_uid", "instance_uid"),
            description="One image, by DICOM UIDs.",
        ),
        "SeriesByUid": _closed(
            {
                "study_uid": UID,
                "series_uid": UID,
                "instance_uid": _ABSENT,
                "instance_uids": _INSTANCES,
                "server": _SERVER,
            },
            *("study_uid", "series_uid"),
            description="A series, by DICOM UIDs.",
        ),
        "RegistrationRequest": _registration(),
        "AlgorithmPatchRequest": _patch(),
        "ParameterSchema": {"oneOf": [_parameter(kind) for kind in (*_SCALARS, "array")]},
        "ScalarSchema": {"oneOf": [_parameter(kind) for kind in _SCALARS]},
    }


def _ref(name: str) -> JsonSchema:
    return {"$ref": f"#/components/schemas/{name}"}


def _job_request() -> JsonSchema:
    forms = ("ImageByPath", "SeriesByPath", "ImageByUid", "SeriesByUid")
    return _closed(
        {
            "job_id": {
                **_or_null(ID),
                "description": "Made when absent; unique within its client.",
            },
            "client_id": {**ID, "description": "Whose job it is; the token's client when absent."},
            "callback": _closed(
                {"client_id": ID},
                "client_id",
                description="What the oldest clients send for client_id.",
            ),
            "pacs": {"oneOf": [_ref(form) for form in forms]},
            "parameters": {
                "type": "object",
                "description": "Checked against the algorithm's schema; every bad field is named.",
            },
            "callback_url": {
                "type": ["string", "null"],
                "maxLength": MAX_URL_LENGTH,
                "description": "Where the result is posted too.",
            },
            "ordering_key": {
                **_or_null(ID),
                "description": "Jobs of a client with one key run in order.",
            },
        },
        "pacs",
        # Both are accepted when they agree, which JSON Schema cannot say.
        **{"not": {"required": ["client_id", "callback"]}},
    )


def _common() -> JsonSchema:
    return {
        "image_uri": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_IMAGE_URI,
            "pattern": rf"^[^{_CONTROL}]+$",
            "description": "A container image, python:MODULE:NAME, file:PATH, or the name of an "
            "algorithm that ships with mip.",
        },
        "version": VERSION,
        "desired_count": {
            "type": "integer",
            "minimum": 0,
            "maximum": MAX_DESIRED_COUNT,
            "description": "Workers; 0 refuses new jobs and keeps the queued ones.",
        },
        "command": {
            "type": "array",
            "items": _PLAIN_TEXT,
            "minItems": 1,
            "maxItems": MAX_COMMAND,
        },
        "env": {
            "type": "object",
            "propertyNames": {
                "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,127}$",
                "not": {"enum": sorted(RESERVED_ENV)},
            },
            "additionalProperties": {**_PLAIN_TEXT, "type": ["string", "number", "boolean"]},
            "maxProperties": MAX_ENV,
        },
        "description": {"type": "string", "maxLength": MAX_DESCRIPTION},
    }


def _registration() -> JsonSchema:
    common = _common()
    common["desired_count"] = {**common["desired_count"], "default": 1}
    common["command"] = {**common["command"], "default": list(DEFAULT_COMMAND)}
    properties = {
        "algo_id": ALGORITHM_ID,
        "name": {**ALGORITHM_ID, "description": "Another spelling of algo_id."},
        "algorithm_id": {**ALGORITHM_ID, "description": "Another spelling of algo_id."},
        **common,
        "cpu": {"type": ["integer", "null"], "enum": [*_cpus(), None], "default": DEFAULT_CPU},
        "memory": {
            "type": ["integer", "null"],
            "enum": [*_memories(), None],
            "default": DEFAULT_MEMORY,
        },
        "algorithm_type": {"type": "string", "enum": list(get_args(AlgorithmType))},
        "runtime": {"type": ["string", "null"], "enum": [*get_args(Runtime), None]},
        "scope": {"type": ["string", "null"], "enum": [*get_args(Scope), None]},
        "parameters": {"anyOf": [*_parameter_forms(), {"type": "null"}]},
    }
    # More than one spelling is accepted when they agree, which JSON Schema cannot say.
    one_id = [{"required": [name]} for name in ("algo_id", "name", "algorithm_id")]
    return _closed(properties, "image_uri", oneOf=one_id, anyOf=_pairs(None))


def _patch() -> JsonSchema:
    properties = {
        **_common(),
        "cpu": {"type": "integer", "enum": _cpus()},
        "memory": {"type": "integer", "enum": _memories()},
        "parameters": {"anyOf": _parameter_forms()},
        "status": {
            "type": "string",
            "pattern": f"^({'|'.join(map(_any_case, _STATUSES))})$",
            "description": "ACTIVE, SCALED_DOWN (or inactive), ERROR (or failed), in any case.",
        },
    }
    return _closed(properties, minProperties=1, anyOf=_pairs())


_STATUSES: Final = ("active", "scaled_down", "inactive", "error", "failed")


def _any_case(word: str) -> str:
    return "".join(f"[{char.upper()}{char}]" if char.isalpha() else char for char in word)


def _cpus() -> list[int]:
    return list(fargate.MEMORY_OF_CPU)


def _memories() -> list[int]:
    return sorted({memory for cpu in _cpus() for memory in _memories_of(cpu)})


def _memories_of(cpu: int) -> list[int]:
    return [each for each in fargate.MEMORY_OF_CPU[cpu] if fargate.is_valid_pair(cpu, each)]


def _pairs(*absent: None) -> list[JsonSchema]:
    """Return the pairs of CPU and memory; one of them alone goes with some pair."""
    return [
        {
            "properties": {
                "cpu": {"enum": [cpu, *absent]},
                "memory": {"enum": [*_memories_of(cpu), *absent]},
            }
        }
        for cpu in _cpus()
    ]


def _parameter_forms() -> list[JsonSchema]:
    by_name = {"type": "object", "additionalProperties": _ref("ParameterSchema")}
    object_schema = _closed(
        {
            "type": {"const": "object"},
            "properties": by_name,
            "required": {"type": "array", "items": {"type": "string"}},
            "additionalProperties": {},
        },
        description="required names some of properties.",
        anyOf=[{"required": ["type"]}, {"required": ["properties"]}],
    )
    return [object_schema, {**by_name, "description": "Each parameter's schema, by its name."}]


_SCALARS: Final = ("boolean", "integer", "number", "string")
_LIMITS_OF: Final = {
    "boolean": (),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
}


def _parameter(kind: str) -> JsonSchema:
    properties: JsonSchema = {
        "type": {"const": kind},
        "title": {},
        "description": {},
        "default": {"type": kind, "description": "Keeps to the limits beside it."},
        "enum": {"type": "array", "items": {"type": kind}, "minItems": 1},
        **{limit: {"type": "number"} for limit in _LIMITS_OF[kind]},
    }
    if kind == "array":
        return _closed({**properties, "items": _ref("ScalarSchema")}, "type", "items")
    return _closed(properties, "type")
