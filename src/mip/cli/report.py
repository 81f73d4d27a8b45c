"""How one job ended, as ``run``, ``demo``, ``submit`` and ``jobs`` print it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from ..contracts import ErrorInfo, ImageReference, JsonValue, UidReference
from ..state import JobState
from .console import Painted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..contracts import Result
    from ..state import JobRecord
    from .console import Part, Style

_MEASURED_LENGTH = 300
"""So much of the measurements is in a line of text; ``--json`` has all."""

NO_ID = "-"
"""Stands for a study or series that a person at a prompt did not name."""


class OutputFile(msgspec.Struct, frozen=True, kw_only=True):
    """One derived object as a file."""

    role: str
    sop_instance_uid: str
    path: str
    sha256: str


class DicomFile(msgspec.Struct, frozen=True, kw_only=True):
    """Where the first output is."""

    path: str
    sop_instance_uid: str


class JobReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One element of ``jobs`` in ``--json``."""

    job_id: str
    parent: str | None = None
    client_id: str = ""
    seq: int | None = None
    algorithm: str
    status: JobState
    input: str = ""
    dicom: DicomFile | None = None
    outputs: tuple[OutputFile, ...] = ()
    meta: dict[str, JsonValue] = {}
    timings: dict[str, float] = {}
    error: ErrorInfo | None = None
    is_resumed: bool = False


def first_output(outputs: Sequence[OutputFile]) -> DicomFile | None:
    """Return where the first output is, if there is one."""
    if not outputs:
        return None
    return DicomFile(path=outputs[0].path, sop_instance_uid=outputs[0].sop_instance_uid)


def report_of(record: JobRecord) -> JobReport:
    """Report a job on record: its result once it has ended, its state until then."""
    if record.result is not None:
        report = report_of_result(record.result, image=image_words(record.job.pacs))
        return replace(report, parent=record.job.parent)
    return JobReport(
        job_id=record.job.job_id,
        parent=record.job.parent,
        client_id=record.job.client_id,
        algorithm=record.job.algo_id,
        status=record.state,
        input=image_words(record.job.pacs),
    )


def report_of_result(result: Result, *, image: str = "") -> JobReport:
    """Report a result; outputs in a folder store are given as files, those of a server as links."""
    outputs = tuple(
        OutputFile(
            role=output.role,
            sop_instance_uid=output.sop_instance_uid,
            path=output.url or object_path(output.bucket, output.key),
            sha256=output.sha256,
        )
        for output in result.outputs
    )
    return JobReport(
        job_id=result.job_id,
        client_id=result.client_id,
        seq=result.seq,
        algorithm=result.algo_id,
        status=result.status,
        input=image,
        dicom=first_output(outputs),
        outputs=outputs,
        meta=result.meta,
        timings=result.timings,
        error=result.error,
    )


def image_words(reference: ImageReference) -> str:
    """Name an image or series as the request did."""
    if isinstance(reference, UidReference):
        return reference.instance_uid or f"series {reference.series_uid}"
    ids = (reference.study_id, reference.series_id, reference.image_id)
    return "/".join(part for part in ids if part and part != NO_ID)


def object_path(bucket: str, key: str) -> str:
    """Return the file that is an object of a folder store; its name elsewhere."""
    kind, _, root = bucket.partition(":")
    return f"{root}/{key}" if kind == "folder" else f"{bucket}/{key}"


def table(rows: Iterable[Sequence[str]], *, header: Sequence[str]) -> list[str]:
    """Align rows under a header, two spaces between columns."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def outcome_words(report: JobReport) -> tuple[Part, Part]:
    """Say in the parts of one line how a job ended."""
    mark, style = _MARKS[report.status]
    if report.error is not None:
        detail = f"{report.error.code}: {report.error.message}"
    elif report.dicom is not None:
        more = f" (+{len(report.outputs) - 1})" if len(report.outputs) > 1 else ""
        detail = f"{report.dicom.path}{more}  {_measured(report)}"
    else:
        detail = _measured(report)
    words = f"{report.status}, done before" if report.is_resumed else report.status
    return Painted(f"{mark} {words}", style), f"  {report.input}  {detail}"


def _measured(report: JobReport) -> str:
    text = msgspec.json.encode(report.meta).decode() if report.meta else ""
    return text if len(text) <= _MEASURED_LENGTH else f"{text[:_MEASURED_LENGTH]}…"


_MARKS: dict[JobState, tuple[str, Style]] = {
    "queued": ("·", "dim"),
    "running": ("→", "plain"),
    "succeeded": ("✓", "good"),
    "failed": ("✗", "bad"),
    "cancelled": ("–", "dim"),
}
