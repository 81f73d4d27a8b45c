"""Wire contracts: jobs, results, image references, algorithm specs and events; no I/O."""

from __future__ import annotations

from .algorithms import RESULTS_QUEUE, AlgorithmSpec, Runtime, is_valid_version, request_queue
from .codec import MAX_MESSAGE_BYTES, JsonValue, canonical, digest
from .events import (
    AttemptFailed,
    AttemptReleased,
    AttemptStarted,
    JobEvent,
    JobFinished,
    JobQueued,
)
from .ids import (
    AlgorithmId,
    ClientId,
    JobId,
    JobKey,
    canonical_algorithm_id,
    is_valid_algorithm_id,
    is_valid_id,
    is_valid_uid,
    job_key,
    new_job_id,
)
from .images import ImageReference, PathReference, Scope, UidReference, decode_reference
from .jobs import (
    JOB_SCHEMA,
    Job,
    JobRequest,
    decode_job,
    decode_request,
    encode_job,
    make_job,
    salvage_ids,
)
from .parameters import check_parameters, check_schema, parse_parameter
from .results import (
    ErrorInfo,
    Outcome,
    Output,
    Result,
    StoredObject,
    decode_result,
    encode_result,
)

__all__ = [
    "JOB_SCHEMA",
    "MAX_MESSAGE_BYTES",
    "RESULTS_QUEUE",
    "AlgorithmId",
    "AlgorithmSpec",
    "AttemptFailed",
    "AttemptReleased",
    "AttemptStarted",
    "ClientId",
    "ErrorInfo",
    "ImageReference",
    "Job",
    "JobEvent",
    "JobFinished",
    "JobId",
    "JobKey",
    "JobQueued",
    "JobRequest",
    "JsonValue",
    "Outcome",
    "Output",
    "PathReference",
    "Result",
    "Runtime",
    "Scope",
    "StoredObject",
    "UidReference",
    "canonical",
    "canonical_algorithm_id",
    "check_parameters",
    "check_schema",
    "decode_job",
    "decode_reference",
    "decode_request",
    "decode_result",
    "digest",
    "encode_job",
    "encode_result",
    "is_valid_algorithm_id",
    "is_valid_id",
    "is_valid_uid",
    "is_valid_version",
    "job_key",
    "make_job",
    "new_job_id",
    "parse_parameter",
    "request_queue",
    "salvage_ids",
]
