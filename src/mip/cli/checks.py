"""Look at result files as a sceptic: readable, of the content that was announced, valid."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ..dicom import read_header
from ..errors import MipError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .report import OutputFile

_VALIDATOR: Final = "dciodvfy"
_VALIDATOR_SECONDS: Final = 30.0


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What the checks of some files found; ``validator`` is empty when there is none."""

    files: int
    validator: str
    problems: tuple[str, ...]


def check_files(outputs: Sequence[OutputFile]) -> Checked:
    """Check that each file is there, is what was announced, reads as DICOM and validates.

    ``dciodvfy`` of dicom3tools is used where it is installed, beside Python or on the path.
    """
    validator = _find_validator()
    problems: list[str] = []
    for output in outputs:
        problems += _problems(output, validator)
    return Checked(
        files=len(outputs), validator=_VALIDATOR if validator else "", problems=tuple(problems)
    )


def _problems(output: OutputFile, validator: str | None) -> list[str]:
    path = Path(output.path)
    try:
        content = path.read_bytes()
        header = read_header(path)
    except (OSError, MipError) as error:
        return [f"{path.name}: {error}"]
    problems = []
    if hashlib.sha256(content).hexdigest() != output.sha256:
        problems.append(f"{path.name}: another SHA-256 than announced")
    if header.instance_uid != output.sop_instance_uid:
        problems.append(f"{path.name}: another SOP instance UID than announced")
    if validator is not None:
        problems += [f"{path.name}: {line}" for line in _validation_errors(validator, path)]
    return problems


def _find_validator() -> str | None:
    beside = Path(sys.executable).parent / _VALIDATOR
    return str(beside) if beside.is_file() else shutil.which(_VALIDATOR)


def _validation_errors(validator: str, path: Path) -> list[str]:
    done = subprocess.run(  # noqa: S603 - a fixed program on a file of ours
        [validator, str(path)],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_VALIDATOR_SECONDS,
        check=False,
    )
    lines = (done.stdout + done.stderr).splitlines()
    return [line for line in lines if line.startswith("Error")]
