"""JSON Schemas of bodies, made from the contracts they are bodies of."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ..contracts import AlgorithmRecord, JobEvent, Result
from ..contracts import schemas as sent
from ..control import DeadResult, HealthReport, QueueView
from ..control.dead_letters import DeadJob, Redriven
from ..state import WorkerRecord

Schema = dict[str, Any]

ID: Final[Schema] = sent.ID
UID: Final[Schema] = sent.UID
PATH_ID: Final[Schema] = sent.PATH_ID
ALGORITHM: Final[Schema] = sent.ALGORITHM_ID
TEXT: Final[Schema] = {"type": "string"}
FLAG: Final[Schema] = {"type": "string", "enum": ["true", "false", "1", "0"], "default": "false"}
JOB_CURSOR: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
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
    AlgorithmRecord,
    Result,
    JobEvent,
    HealthReport,
    QueueView,
    WorkerRecord,
    DeadJob,
    DeadResult,
    Redriven,
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
    top, made = msgspec.json.schema_components(_TYPES, ref_template="#/components/schemas/{name}")
    made["JobEvent"] = top[_TYPES.index(JobEvent)]  # a union, which has no name of its own
    return {**made, **sent.request_schemas(), "Error": ERROR}
