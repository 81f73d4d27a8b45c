"""The lines that let a run be resumed."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from mip.cli.manifest import MANIFEST_NAME, Manifest, is_whole, job_key
from mip.cli.report import JobReport, OutputFile, first_output
from mip.contracts import AlgorithmSpec, ErrorInfo
from mip.errors import StorageError

SPEC = AlgorithmSpec(id="window", version="1.0.0", digest="d")


def report(folder, name: str = "a.dcm", *, status="succeeded") -> JobReport:
    path = folder / name
    path.write_bytes(b"x")
    sha256 = hashlib.sha256(b"x").hexdigest()
    outputs = (OutputFile(role="image", sop_instance_uid="2.25.1", path=str(path), sha256=sha256),)
    error = None if status == "succeeded" else ErrorInfo(code="algorithm.failed", message="m")
    return JobReport(
        job_id="j",
        algorithm="window",
        status=status,
        outputs=outputs,
        dicom=first_output(outputs),
        error=error,
    )


def key(**changes) -> str:
    facts = {"contents": ["a", "b"], "scope": "image", "spec": SPEC, "parameters": {"x": 1}}
    return job_key(**{**facts, **changes})


def test_equal_work_has_an_equal_key():
    assert key() == key(parameters={"x": 1.0})


@pytest.mark.parametrize(
    "change",
    [
        {"contents": ["a"]},
        {"scope": "series"},
        {"spec": msgspec.structs.replace(SPEC, id="other")},
        {"spec": msgspec.structs.replace(SPEC, version="1.0.1")},
        {"spec": msgspec.structs.replace(SPEC, digest="e")},
        {"parameters": {"x": 2}},
    ],
)
def test_other_work_has_another_key(change):
    assert key(**change) != key()


def test_what_succeeded_is_found_again(tmp_path):
    Manifest(tmp_path).append("k", report(tmp_path))
    assert Manifest(tmp_path).succeeded() == {"k": report(tmp_path)}


def test_what_failed_is_done_again(tmp_path):
    Manifest(tmp_path).append("k", report(tmp_path, status="failed"))
    assert Manifest(tmp_path).succeeded() == {}


def test_what_lost_an_output_or_has_another_is_not_whole(tmp_path):
    job = report(tmp_path)
    assert is_whole(job)
    (tmp_path / "a.dcm").write_bytes(b"x and more")
    assert not is_whole(job)
    (tmp_path / "a.dcm").unlink()
    assert not is_whole(job)


def test_folder_can_be_moved(tmp_path):
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    Manifest(before).append("k", report(before))
    before.rename(after)
    assert Manifest(after).succeeded() == {"k": report(after)}


def test_line_cut_off_by_a_crash_costs_only_itself(tmp_path):
    Manifest(tmp_path).append("k", report(tmp_path))
    path = tmp_path / MANIFEST_NAME
    whole = path.read_bytes()
    for length in range(1, len(whole)):
        path.write_bytes(whole + whole[:length])
        Manifest(tmp_path).append("l", report(tmp_path, "l.dcm"))
        assert set(Manifest(tmp_path).succeeded()) == {"k", "l"}


@pytest.mark.parametrize("line", [b"\xff\xfe", b"[]", b'{"schema": 2, "key": "k", "job": {}}', b""])
def test_line_of_another_kind_is_ignored(tmp_path, line):
    (tmp_path / MANIFEST_NAME).write_bytes(line + b"\n")
    assert Manifest(tmp_path).succeeded() == {}


def test_no_manifest_means_nothing_is_done(tmp_path):
    assert Manifest(tmp_path / "absent").succeeded() == {}


def test_unreadable_manifest_is_a_storage_error(tmp_path):
    (tmp_path / MANIFEST_NAME).mkdir()
    with pytest.raises(StorageError):
        Manifest(tmp_path).succeeded()
    with pytest.raises(StorageError):
        Manifest(tmp_path).append("k", report(tmp_path))
