"""What the demonstration checks of its results, and that it notices."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

import msgspec
import pydicom.data
import pytest

from mip.cli.checks import check_files
from mip.cli.demo_client import Numbers
from mip.cli.invocation import CommandError
from mip.cli.report import OutputFile
from mip.contracts import Result
from mip.dicom import read_header

SAMPLES = Path(pydicom.data.__file__).parent / "test_files"


@pytest.fixture
def output(tmp_path):
    path = tmp_path / "CT_small.dcm"
    shutil.copy(SAMPLES / path.name, path)
    return OutputFile(
        role="image",
        sop_instance_uid=str(read_header(path).instance_uid),
        path=str(path),
        sha256=sha256(path.read_bytes()).hexdigest(),
    )


def test_file_as_announced_has_no_problem(output):
    checked = check_files([output])
    assert (checked.files, checked.validator, checked.problems) == (1, "dciodvfy", ())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sha256": "0" * 64}, "another SHA-256"),
        ({"sop_instance_uid": "1.2"}, "another SOP instance UID"),
        ({"path": "/absent"}, "absent"),
    ],
)
def test_file_that_is_not_as_announced_is_noticed(output, changes, words):
    (problem,) = check_files([msgspec.structs.replace(output, **changes)]).problems
    assert words in problem


def test_error_that_the_validator_finds_is_noticed(output):
    source = SAMPLES / "MR_small_padded.dcm"
    shutil.copy(source, output.path)
    changes = {
        "sha256": sha256(source.read_bytes()).hexdigest(),
        "sop_instance_uid": str(read_header(source).instance_uid),
    }
    (problem,) = check_files([msgspec.structs.replace(output, **changes)]).problems
    assert "Error - PixelData has incorrect value length" in problem


def test_without_a_validator_the_rest_is_still_checked(output, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check_files([output]).validator == ""
    (problem,) = check_files([msgspec.structs.replace(output, sha256="0")]).problems
    assert "SHA-256" in problem


def result(seq: int) -> Result:
    return Result(job_id=str(seq), algo_id="a", client_id="me", seq=seq, status="succeeded")


def test_results_without_a_gap_are_taken():
    numbers = Numbers("me")
    for seq in (1, 2):
        numbers.take(result(seq))
    assert numbers.last == 2


@pytest.mark.parametrize("seq", [3, 1])
def test_a_gap_or_a_repetition_in_a_client_s_results_is_noticed(seq):
    numbers = Numbers("me")
    numbers.take(result(1))
    with pytest.raises(CommandError, match=f"result 2 of me is missing, {seq} came"):
        numbers.take(result(seq))
