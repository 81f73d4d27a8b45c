"""What each error means in HTTP: its status, and the body that all errors have."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from ..errors import AlgorithmInactiveError
from ..telemetry import fields as logged
from .responses import json_response

if TYPE_CHECKING:
    from starlette.responses import Response

    from ..errors import FieldError, MipError

log = logging.getLogger(__name__)

STATUS: Final[dict[str, int]] = {
    "contract.invalid": 422,
    "contract.invalid_fields": 422,
    "contract.invalid_job": 422,
    "contract.invalid_parameters": 422,
    "contract.invalid_registration": 422,
    "contract.invalid_request": 422,
    "contract.unsupported_version": 422,
    "contract.payload_too_large": 413,
    "transport.failed": 503,
    "transport.queue_not_found": 404,
    "transport.queue_not_empty": 409,
    "transport.lease_lost": 409,
    "transport.closed": 503,
    "transport.corrupt": 500,
    "dicom.invalid": 422,
    "dicom.not_dicom": 422,
    "dicom.malformed": 422,
    "dicom.not_an_image": 422,
    "dicom.unsupported_transfer_syntax": 422,
    "dicom.too_large": 422,
    "dicom.decode_failed": 422,
    "dicom.decoder_died": 422,
    "dicom.decode_timeout": 422,
    "dicom.inconsistent_series": 422,
    "dicom.missing_geometry": 422,
    "pacs.failed": 502,
    "pacs.unauthorized": 502,
    "pacs.refused": 502,
    "pacs.instance_not_found": 404,
    "storage.failed": 503,
    "storage.conflict": 409,
    "storage.object_not_found": 404,
    "state.failed": 503,
    "state.job_not_found": 404,
    "state.job_conflict": 409,
    "state.job_dropped": 409,
    "state.job_expired": 409,
    "state.registry_conflict": 409,
    "state.schema_too_new": 500,
    "state.corrupt": 500,
    "algorithm.error": 500,
    "algorithm.unknown": 404,
    "algorithm.invalid": 422,
    "algorithm.invalid_output": 500,
    "algorithm.out_of_memory": 500,
    "algorithm.failed": 500,
    "algorithm.timeout": 500,
    "algorithm.crashed": 500,
    "algorithm.crash_limit": 500,
    "control.refused": 409,
    "control.job_not_ended": 409,
    "control.already_registered": 409,
    "control.not_registered": 404,
    "control.algorithm_inactive": 404,
    "control.unauthenticated": 401,
    "control.not_allowed": 403,
    "control.quota_exceeded": 429,
    "control.provisioning_failed": 500,
    "settings.invalid": 500,
}
"""A row for every code of :mod:`mip.errors`; a test keeps it complete."""

NOT_FOUND: Final = "http.not_found"
NOT_ACCEPTABLE: Final = "http.not_acceptable"
HTTP_ERRORS: Final[dict[int, tuple[str, str]]] = {
    404: (NOT_FOUND, "there is no such call; /openapi.json lists them"),
    405: ("http.method_not_allowed", "expected a method that the header allow names"),
    408: ("http.timeout", "expected the whole body sooner; send it without pauses"),
    416: ("http.bad_range", "expected bytes=FIRST-LAST within the file, or no header range"),
}
"""Code and words of what is no error of :mod:`mip.errors`, by status."""

INTERNAL: Final = "http.internal"

_INSIDE: Final = ("state.", "storage.", "transport.", "settings.")
_AWAY: Final = (
    "a queue, database or disk of the server did not do its work: try again, and tell its operator "
    "the request id when it lasts"
)
_DAMAGED: Final = "a file of the server cannot be used as it is: tell its operator the request id"


def status_of(error: MipError) -> int:
    """Return the HTTP status of an error."""
    return STATUS.get(error.code, 500)


def error_response(
    error: MipError, *, request_id: str, headers: dict[str, str] | None = None
) -> Response:
    """Answer with an error's code and words, and every bad field.

    What fails inside is told to operators, by the log: its words name files of this machine.
    """
    status = status_of(error)
    headers = dict(headers or {})
    if status == 401:  # noqa: PLR2004 - RFC 9110 section 15.5.2 asks for the scheme
        headers.setdefault("www-authenticate", "Bearer")
    if status in (429, 503):
        headers.setdefault("retry-after", "5")
    if isinstance(error, AlgorithmInactiveError) and error.retry_seconds is not None:
        headers.setdefault("retry-after", str(error.retry_seconds))
    words = str(error)
    if status >= 500 and error.code.startswith(_INSIDE):  # noqa: PLR2004 - the server's own fault
        log.warning(
            "http.failed", extra=logged(code=error.code, reason=words, request_id=request_id)
        )
        words = _AWAY if error.retryable else _DAMAGED
    body = error_body(
        error.code,
        words,
        request_id=request_id,
        fields=getattr(error, "errors", ()),
    )
    return json_response(body, status=status, headers=headers)


def error_body(
    code: str,
    message: str,
    *,
    request_id: str,
    fields: tuple[FieldError, ...] = (),
) -> dict[str, Any]:
    """Return the body that all errors have."""
    error: dict[str, Any] = {"code": code, "message": message}
    if fields:
        error["fields"] = [{"field": each.field, "message": each.message} for each in fields]
    return {"error": error, "request_id": request_id}
