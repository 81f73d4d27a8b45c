"""Results: what came of a job, as clients and queues see it."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from ..errors import ContractError, FieldError
from .codec import JsonValue, convert, decode_object, encode

Outcome: TypeAlias = Literal["succeeded", "failed", "cancelled"]


class StoredObject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the first output lies; the URL is made when the result is read, never stored."""

    bucket: str
    key: str
    url: str | None = None
    url_expires_at: str | None = None


class Output(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One derived DICOM object of a job."""

    role: str
    sop_instance_uid: str
    bucket: str
    key: str
    sha256: str
    url: str | None = None


class ErrorInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Why a job failed: a stable code and a sentence, without patient data."""

    code: str
    message: str


MAX_ERROR_MESSAGE_LENGTH = 500
"""A longer one is cut: it goes into every list of results and dead letters."""


def error_info(code: str, message: str) -> ErrorInfo:
    """Tell why a job failed, in not too many words."""
    return ErrorInfo(code=code, message=shortened(message, MAX_ERROR_MESSAGE_LENGTH))


def shortened(text: str, length: int) -> str:
    """Return text of at most ``length`` characters; ``…`` at its end shows that there was more."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one job ended.

    ``seq`` counts the results of one client from 1, without gaps, in the order in which they
    were recorded; it is absent on messages of workers that know no records.
    """

    job_id: str
    algo_id: str
    version: str = ""
    client_id: str
    seq: int | None = None
    status: Outcome
    dicom: StoredObject | None = None
    outputs: tuple[Output, ...] = ()
    meta: dict[str, JsonValue] = {}
    timings: dict[str, float] = {}
    error: ErrorInfo | None = None


class _ForeignResult(msgspec.Struct, frozen=True, kw_only=True):
    job_id: str
    client_id: str
    algo_id: str = ""
    version: str = ""
    seq: int | None = None
    status: Outcome | None = None
    dicom: StoredObject | None = None
    outputs: tuple[Output, ...] = ()
    meta: dict[str, JsonValue] = {}
    timings: dict[str, float] = {}
    error: ErrorInfo | str | None = None


def encode_result(result: Result) -> bytes:
    """Write a result as its queue message."""
    return encode(result)


def decode_result(body: bytes) -> Result:
    """Read a result message, ours or a foreign worker's.

    Without ``status``, a message with ``error`` means failed and one without means succeeded;
    ``error`` may be a plain sentence.

    Raises
    ------
    ContractError
        Not a result.
    """
    fields = convert(decode_object(body), _ForeignResult)
    if isinstance(fields, FieldError):
        raise ContractError(f"not a result: {fields.field} {fields.message}")
    error = fields.error
    if isinstance(error, str):
        error = ErrorInfo(code="algorithm.failed", message=error)
    status = fields.status or ("succeeded" if error is None else "failed")
    return Result(**{**msgspec.structs.asdict(fields), "error": error, "status": status})
