"""How one job ended, as ``run``, ``demo``, ``submit`` and ``jobs`` print it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ..contracts import ErrorInfo, JsonValue, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .console import Console, Style


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
    algorithm: str
    status: Outcome
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


def table(rows: Iterable[Sequence[str]], *, header: Sequence[str]) -> list[str]:
    """Align rows under a header, two spaces between columns."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def outcome_line(console: Console, report: JobReport) -> str:
    """Say in one line how a job ended."""
    mark, style = _MARKS[report.status]
    if report.error is not None:
        detail = f"{report.error.code}: {report.error.message}"
    elif report.dicom is not None:
        more = f" (+{len(report.outputs) - 1})" if len(report.outputs) > 1 else ""
        detail = f"{report.dicom.path}{more}"
    else:
        detail = msgspec.json.encode(report.meta).decode()
    words = f"{report.status}, done before" if report.is_resumed else report.status
    return f"{console.paint(f'{mark} {words}', style)}  {report.input}  {detail}"


_MARKS: dict[Outcome, tuple[str, Style]] = {
    "succeeded": ("✓", "good"),
    "failed": ("✗", "bad"),
    "cancelled": ("–", "dim"),
}
