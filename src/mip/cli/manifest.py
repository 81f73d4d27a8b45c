"""What ``mip run`` did before: one line of JSON per finished job, so that a run can be resumed.

A line is appended in one write after its outputs are on disk. A crash can leave the last line cut
off; it is skipped when read, and a line end is put before the next. The key of a line is a hash
of the content of its inputs, the algorithm with version and digest, and the parameters: a file
that moved is still done, and one whose content, algorithm or parameters changed is not.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ..contracts import AlgorithmSpec, JsonValue, Scope, digest
from ..errors import MipError, StorageError
from .inputs import content_digest
from .report import JobReport, first_output

if TYPE_CHECKING:
    from collections.abc import Callable

MANIFEST_NAME: Final = "manifest.jsonl"
MANIFEST_SCHEMA: Final = 1


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    schema: int
    key: str
    job: JobReport


def job_key(
    *, contents: list[str], scope: Scope, spec: AlgorithmSpec, parameters: dict[str, JsonValue]
) -> str:
    """Return the key of a job: equal for equal work, 64 hexadecimal digits.

    Parameters
    ----------
    contents : list of str
        SHA-256 of each input file, sorted.
    scope : {"image", "series"}
        How the inputs are read.
    spec : AlgorithmSpec
        The algorithm: its id, version and digest count.
    parameters : dict
        Checked, with defaults filled in.
    """
    return digest(
        {
            "contents": contents,
            "scope": scope,
            "algorithm": [spec.id, spec.version, spec.digest],
            "parameters": parameters,
        }
    )


class Manifest:
    """The lines of one output folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / MANIFEST_NAME

    def succeeded(self) -> dict[str, JobReport]:
        """Return the jobs that are done, by key; whether their files still hold it is asked apart.

        Raises
        ------
        StorageError
            The file is there and cannot be read.
        """
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StorageError(f"cannot read {self._path}: {error.strerror}") from error
        done: dict[str, JobReport] = {}
        for text in lines:
            line = _decode(text)
            if line is None or line.job.status != "succeeded":
                continue
            done[line.key] = _with_paths(line.job, lambda path: str(self._folder / path))
        return done

    def append(self, key: str, job: JobReport) -> None:
        """Add one line.

        Raises
        ------
        StorageError
            The disk is full or the file not writable.
        """
        # Relative to the folder, so that it can be moved with what is in it.
        job = _with_paths(job, lambda path: str(Path(path).relative_to(self._folder)))
        line = msgspec.json.encode(_Line(schema=MANIFEST_SCHEMA, key=key, job=job))
        try:
            with self._path.open("ab+") as file:
                file.write((b"" if _ends_whole(file.fileno()) else b"\n") + line + b"\n")
        except OSError as error:
            raise StorageError(f"cannot write {self._path}: {error.strerror}") from error


def is_whole(job: JobReport) -> bool:
    """Tell whether every output of a job is there with the bytes that were written."""
    try:
        return all(content_digest(Path(output.path)) == output.sha256 for output in job.outputs)
    except MipError:
        return False  # done again, which tells what is wrong with the file


def _with_paths(job: JobReport, change: Callable[[str], str]) -> JobReport:
    outputs = tuple(
        msgspec.structs.replace(output, path=change(output.path)) for output in job.outputs
    )
    return msgspec.structs.replace(job, outputs=outputs, dicom=first_output(outputs))


def _decode(text: bytes) -> _Line | None:
    try:
        line = msgspec.json.decode(text, type=_Line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return line if line.schema == MANIFEST_SCHEMA else None


def _ends_whole(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"
