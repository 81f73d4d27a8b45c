"""JSON Schemas of bodies, made from the contracts they are bodies of."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ..contracts import (
    MAX_ID_LENGTH,
    AlgorithmRecord,
    JobEvent,
    PathReference,
    Registration,
    Result,
    UidReference,
)
from ..contracts.jobs import MAX_URL_LENGTH
from ..control import HealthReport, QueueView
from ..control.dead_letters import DeadJob, Redriven
from ..state import WorkerRecord

Schema = dict[str, Any]

ID: Final[Schema] = {
    "type": "string",
    "pattern": r"^[\x21-\x7e]+$",
    "minLength": 1,
    "maxLength": MAX_ID_LENGTH,
}
UID: Final[Schema] = {
    "type": "string",
    "pattern": r"^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+$",
    "maxLength": 64,
}
ALGORITHM: Final[Schema] = {
    "type": "string",
    "pattern": "^[a-z0-9]([a-z0-9]|[-_](?=[a-z0-9]))*[a-z0-9]$",
    "minLength": 3,
    "maxLength": 56,
}
TEXT: Final[Schema] = {"type": "string"}
INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}


def whole(least: int, most: int) -> Schema:
    """Return the schema of a whole number."""
    return {"type": "integer", "minimum": least, "maximum": most}


def one_of(*choices: str) -> Schema:
    """Return the schema of one of some words."""
    return {"type": "string", "enum": list(choices)}


def object_of(
    properties: Schema, *, required: tuple[str, ...] = (), closed: bool = False
) -> Schema:
    """Return the schema of an object."""
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    if closed:
        schema["additionalProperties"] = False
    return schema


def list_of(name: str, items: Schema, **more: Schema) -> Schema:
    """Return the schema of a page: an object with one list in it."""
    properties = {name: {"type": "array", "items": items}, **more}
    return object_of(properties, required=(name,))


def ref(name: str) -> Schema:
    """Return a reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


_TYPES = (
    PathReference,
    UidReference,
    Registration,
    AlgorithmRecord,
    Result,
    JobEvent,
    HealthReport,
    QueueView,
    WorkerRecord,
    DeadJob,
    Redriven,
)

JOB_REQUEST: Final[Schema] = object_of(
    {
        "job_id": {**ID, "description": "Made when absent; unique within its client."},
        "client_id": {**ID, "description": "Whose job it is; the token's client when absent."},
        "callback": {
            **object_of({"client_id": ID}, required=("client_id",), closed=True),
            "description": "What the oldest clients send for client_id.",
        },
        "pacs": {
            "oneOf": [ref("PathReference"), ref("UidReference")],
            "description": "The image: ids as the PACS spells them, or DICOM UIDs.",
        },
        "parameters": {
            "type": "object",
            "description": "Checked against the algorithm's schema; every bad field is named.",
        },
        "callback_url": {**TEXT, "maxLength": MAX_URL_LENGTH},
        "ordering_key": {**ID, "description": "Jobs of a client with one key run in order."},
    },
    required=("pacs",),
    closed=True,
)

ERROR: Final[Schema] = object_of(
    {
        "error": object_of(
            {
                "code": {**TEXT, "description": "Stable; docs/errors.md lists all."},
                "message": TEXT,
                "fields": {
                    "type": "array",
                    "items": object_of(
                        {"field": TEXT, "message": TEXT}, required=("field", "message")
                    ),
                },
            },
            required=("code", "message"),
        ),
        "request_id": TEXT,
    },
    required=("error", "request_id"),
)


def components() -> Schema:
    """Return every schema that others refer to, by name."""
    _, made = msgspec.json.schema_components(_TYPES, ref_template="#/components/schemas/{name}")
    return {**made, "JobRequest": JOB_REQUEST, "Error": ERROR}
