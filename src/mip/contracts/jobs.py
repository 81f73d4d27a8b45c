"""Jobs: the strict request of a client and the tolerant message on a queue."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from ..clock import to_iso
from ..errors import ContractError, FieldError, InvalidJobError, UnsupportedVersionError
from .codec import JsonValue, convert, decode_object, encode, unknown_fields
from .ids import (
    MAX_ID_LENGTH,
    JobKey,
    is_valid_algorithm_id,
    is_valid_id,
    job_key,
    new_job_id,
    next_job_id,
)
from .images import ImageReference, PathReference, decode_reference
from .results import ErrorInfo, error_info

JOB_SCHEMA = 1
"""Version of the job message; raised when a reader of the old one could misread the new."""

MAX_URL_LENGTH = 2048


class JobRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a client asks for: one algorithm on one image or series."""

    client_id: str
    pacs: ImageReference
    job_id: str | None = None
    parameters: dict[str, JsonValue] = {}
    callback_url: str | None = None
    ordering_key: str | None = None


class Job(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request on its queue: its keys at the top level, and ours beside them.

    ``parent`` is the id of the job of the same client that this one runs again.
    """

    job_id: str
    client_id: str
    pacs: ImageReference
    parameters: dict[str, JsonValue] = {}
    callback_url: str | None = None
    ordering_key: str | None = None
    algo_id: str
    version: str
    submitted_at: str
    parent: str | None = None
    schema: int = msgspec.field(default=JOB_SCHEMA)

    @property
    def key(self) -> JobKey:
        """The job's key in records, queues and logs."""
        return job_key(self.client_id, self.job_id)

    @property
    def group_id(self) -> str:
        """Jobs of one group run in order, one at a time; by default each job is its own."""
        if self.ordering_key is None:
            return self.key
        return job_key(self.client_id, f"\0{self.ordering_key}")


class _RequestFields(msgspec.Struct, frozen=True, kw_only=True):
    client_id: str
    job_id: str | None = None
    parameters: dict[str, JsonValue] = {}
    callback_url: str | None = None
    ordering_key: str | None = None


class _JobFields(_RequestFields, frozen=True, kw_only=True):
    job_id: str
    algo_id: str
    version: str = ""
    submitted_at: str = ""
    parent: str | None = None
    schema: int = JOB_SCHEMA


_REQUEST_KEYS = frozenset({*_RequestFields.__struct_fields__, "pacs", "callback"})


def decode_request(body: bytes | dict[str, JsonValue]) -> JobRequest:
    """Read a client's request in either dialect, strictly.

    The oldest clients send ``"callback": {"client_id": …}`` for ``client_id``; it is taken as such.

    Raises
    ------
    InvalidJobError
        Unknown, missing or wrong fields; ``errors`` names every one.
    PayloadTooLargeError, ContractError
        The body is too long or not a JSON object.
    """
    value = decode_object(body) if isinstance(body, bytes) else dict(body)
    errors = unknown_fields(value, _REQUEST_KEYS)
    value, callback_errors = _without_callback(value)
    fields, field_errors = _fields(value, _RequestFields)
    reference, reference_errors = decode_reference(value.get("pacs"), strict=True)
    errors += [*callback_errors, *field_errors, *reference_errors]
    if errors or fields is None or reference is None:
        raise InvalidJobError(errors)
    return JobRequest(pacs=reference, **msgspec.structs.asdict(fields))


def make_job(request: JobRequest, *, algo_id: str, version: str, now: float) -> Job:
    """Turn a checked request into the job that goes on the queue; makes its id when absent."""
    return Job(
        job_id=request.job_id or new_job_id(now),
        client_id=request.client_id,
        pacs=request.pacs,
        parameters=request.parameters,
        callback_url=request.callback_url,
        ordering_key=request.ordering_key,
        algo_id=algo_id,
        version=version,
        submitted_at=to_iso(now),
    )


def make_retry(job: Job, *, now: float) -> Job:
    """Make the job that one which has ended is run again as: the same request under a new id.

    The id follows from the job's own, so whoever runs a job again, and however often, makes one
    new job; to run it once more, run that one again.
    """
    return replace(job, job_id=next_job_id(job.job_id), parent=job.job_id, submitted_at=to_iso(now))


def encode_job(job: Job) -> bytes:
    """Write a job as its queue message.

    ``scope`` and ``parameters`` are written even at their defaults: worker loops of others read
    them from the plain request body.
    """
    value = msgspec.to_builtins(job)
    if isinstance(job.pacs, PathReference):
        value["pacs"].setdefault("scope", job.pacs.scope)
    value.setdefault("parameters", {})
    return encode({**value, "schema": job.schema})


def decode_job(body: bytes) -> Job:
    """Read a queue message; unknown keys are ignored, older schemas decode for ever.

    Raises
    ------
    UnsupportedVersionError
        Its schema is newer than :data:`JOB_SCHEMA`.
    InvalidJobError
        A field is missing or wrong.
    """
    value = decode_object(body)
    schema = value.get("schema", JOB_SCHEMA)
    if isinstance(schema, int) and schema > JOB_SCHEMA:
        raise UnsupportedVersionError(
            f"expected job schema {JOB_SCHEMA} or older, got {schema}; upgrade this worker"
        )
    value, _ = _without_callback(value)
    fields, errors = _fields(value, _JobFields)
    reference, reference_errors = decode_reference(value.get("pacs"), strict=False)
    errors += reference_errors
    if errors or fields is None or reference is None:
        raise InvalidJobError(errors)
    return Job(pacs=reference, **msgspec.structs.asdict(fields))


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is not a valid job: why, and what stands for the job in records.

    A broken message owes its client one failed result, with ``error``. ``job`` is None when the
    message does not tell whose job it is; then there is nobody to tell.
    """

    error: ErrorInfo
    job: Job | None


def read_job(
    body: bytes, *, algo_id: str, version: str = "", published_at: float
) -> Job | Unreadable:
    """Read a queue message as a job, or as what its client is owed when it is none.

    Parameters
    ----------
    body : bytes
        The message.
    algo_id, version : str
        The algorithm whose queue it was on; an unreadable job is put down to it.
    published_at : float
        When it came to that queue; the time of submission when the message tells none.
    """
    at = to_iso(published_at)
    try:
        job = decode_job(body)
    except ContractError as error:
        ids = _salvage_ids(body)
        stand_in = None
        if ids is not None:
            stand_in = Job(
                client_id=ids[0],
                job_id=ids[1],
                pacs=PathReference(study_id="unreadable", series_id="unreadable", scope="series"),
                algo_id=algo_id,
                version=version,
                submitted_at=at,
            )
        return Unreadable(error=error_info(error.code, str(error)), job=stand_in)
    return job if job.submitted_at else replace(job, submitted_at=at)


def _salvage_ids(body: bytes) -> tuple[str, str] | None:
    """Read only (client_id, job_id) from a message that is not a valid job, if it has them."""
    try:
        value, _ = _without_callback(decode_object(body))
    except ContractError:
        return None
    client, job = value.get("client_id"), value.get("job_id")
    if (
        isinstance(client, str)
        and isinstance(job, str)
        and is_valid_id(client)
        and is_valid_id(job)
    ):
        return client, job
    return None


def _without_callback(
    value: dict[str, JsonValue],
) -> tuple[dict[str, JsonValue], list[FieldError]]:
    if "callback" not in value:
        return value, []
    rest = {key: item for key, item in value.items() if key != "callback"}
    callback = value["callback"]
    if not isinstance(callback, dict) or set(callback) != {"client_id"}:
        return rest, [FieldError("callback", 'expected {"client_id": …} and nothing else')]
    if "client_id" in rest and rest["client_id"] != callback["client_id"]:
        return rest, [FieldError("callback.client_id", "differs from client_id; send one")]
    return {**rest, "client_id": callback["client_id"]}, []


def _fields(
    value: dict[str, JsonValue], kind: type[_RequestFields]
) -> tuple[_RequestFields | None, list[FieldError]]:
    known = kind.__struct_fields__
    fields = convert({key: value[key] for key in known if key in value}, kind)
    if isinstance(fields, FieldError):
        return None, [fields]
    errors = [
        FieldError(name, f"expected 1 to {MAX_ID_LENGTH} printable ASCII characters, no spaces")
        for name in ("job_id", "client_id", "ordering_key", "parent")
        if (text := getattr(fields, name, None)) is not None and not is_valid_id(text)
    ]
    if isinstance(fields, _JobFields) and not is_valid_algorithm_id(fields.algo_id):
        errors.append(FieldError("algo_id", "expected 3 to 56 of a-z 0-9 - _"))
    if fields.callback_url is not None and len(fields.callback_url) > MAX_URL_LENGTH:
        errors.append(FieldError("callback_url", f"expected at most {MAX_URL_LENGTH} characters"))
    return fields, errors
