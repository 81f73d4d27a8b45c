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
ERROR          provisioning failed (``last_error`` says why), or   patch, scale, delete
               an operator took it out of service
=============  ==================================================  =============================
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from .algorithms import (
    DEFAULT_MEMORY_BYTES,
    DEFAULT_TIMEOUT_SECONDS,
    AlgorithmSpec,
    Runtime,
)
from .codec import JsonValue
from .images import Scope

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
    | {"MIP_STATE", "MIP_ALGORITHM", "MIP_SLOT", "MIP_SLOT_STAMP", "MIP_SLOT_READY_FD"}
)
"""Variables that the platform gives every worker; a registration that set them would break it."""


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
        Why provisioning failed, and what to do; empty when an operator set ``ERROR``.
    digest, timeout_seconds, memory_bytes
        As the code itself declares, where the platform can load it.
    resource_status : ResourceStatus
        What was made for it.
    is_settled : bool
        What was last asked for is done: as many workers as are wanted have started with it, and
        those of before have ended. False from a change on, while ``status`` may stay ``ACTIVE``;
        and in ``ERROR``.
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
    is_settled: bool = True
    created_at: str
    updated_at: str
    revision: int = 1

    @property
    def takes_jobs(self) -> bool:
        """True when new jobs are accepted."""
        return self.status == "ACTIVE"

    @property
    def is_starting(self) -> bool:
        """True when it takes no jobs yet, and will once a worker has started."""
        return self.status in {"REGISTERED", "PROVISIONING"}

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


def show_record(record: AlgorithmRecord) -> dict[str, JsonValue]:
    """Return all fields for operators, with both spellings of the id."""
    shown: dict[str, JsonValue] = msgspec.to_builtins(record)
    shown["command"] = list(record.command)
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
