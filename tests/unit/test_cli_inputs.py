"""Which files are inputs, and which algorithm and parameters are meant."""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from pathlib import Path

import pydicom
import pydicom.data
import pytest

from mip.cli.inputs import content_digests, display, find_inputs
from mip.cli.reference import algorithm_reference, read_parameters
from mip.contracts import AlgorithmSpec, Scope
from mip.errors import InstanceNotFoundError, InvalidParametersError, NotDicomError, PacsError

SAMPLES = Path(pydicom.data.__file__).parent / "test_files"
SPEC = AlgorithmSpec(
    id="threshold-filter",
    version="1.0.0",
    parameters={
        "type": "object",
        "properties": {
            "threshold": {"type": "number", "default": 0.5, "maximum": 1},
            "iterations": {"type": "integer", "default": 3},
        },
        "required": [],
    },
)


@pytest.fixture
def scans(tmp_path):
    folder = tmp_path / "scans"
    (folder / "deep").mkdir(parents=True)
    shutil.copy(SAMPLES / "CT_small.dcm", folder / "ct.dcm")
    shutil.copy(SAMPLES / "MR_small.dcm", folder / "deep" / "mr")
    shutil.copy(SAMPLES / "reportsi.dcm", folder / "report.dcm")
    (folder / "notes.txt").write_text("not DICOM")
    (folder / ".hidden").write_bytes((folder / "ct.dcm").read_bytes())
    return folder


def find(*paths, scope="image", exclude: Path = Path("mip-out")):
    return find_inputs(paths, scope=scope, exclude=exclude)


def names(found) -> list[str]:
    return [path.name for item in found.inputs for path in item.paths]


def test_folder_gives_its_images_to_the_bottom_in_a_stable_order(scans):
    found = find(scans)
    assert names(found) == ["ct.dcm", "mr"]
    assert left_out(found) == {"notes.txt": "not DICOM", "report.dcm": "not an image"}


def left_out(found) -> dict[str, str]:
    return {Path(each.input).name: each.reason for each in found.left_out}


@pytest.mark.parametrize("scope", ["image", "series"])
@pytest.mark.parametrize("length", [132, 200, 336, 344, 1000])
def test_image_cut_short_is_an_input_that_will_fail_whatever_is_left_of_it(scans, length, scope):
    (scans / "IM1").write_bytes((SAMPLES / "CT_small.dcm").read_bytes()[:length])
    found = find(scans, scope=scope)
    assert "IM1" in names(found)
    assert "IM1" not in left_out(found)


def test_image_cut_between_two_elements_before_its_size_is_an_input(scans):
    dataset = pydicom.dcmread(SAMPLES / "CT_small.dcm")
    del dataset[0x0028_0000:]
    dataset.save_as(scans / "IM1")
    assert "IM1" in names(find(scans))


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"some text"])
def test_what_calls_itself_dcm_is_an_input_that_will_fail(scans, content):
    (scans / "cut.DCM").write_bytes(content)
    found = find(scans)
    assert "cut.DCM" in names(found)
    assert "cut.DCM" not in left_out(found)


def test_directory_of_a_medium_is_left_out(scans):
    shutil.copy(SAMPLES / "dicomdirtests" / "DICOMDIR", scans)
    assert left_out(find(scans))["DICOMDIR"] == "not an image"


def test_file_that_is_named_is_an_input_whatever_it_is(scans):
    assert names(find(scans / "notes.txt", scans / ".hidden")) == [".hidden", "notes.txt"]


def test_image_named_twice_is_one_input(scans):
    assert names(find(scans / "ct.dcm", scans, scans / "deep" / ".." / "ct.dcm")) == [
        "ct.dcm",
        "mr",
    ]


def test_outputs_of_a_run_are_not_inputs_of_the_next(scans):
    shutil.copytree(scans / "deep", scans / "out")
    assert names(find(scans, exclude=scans / "out")) == ["ct.dcm", "mr"]


def test_damaged_image_in_a_folder_is_an_input_that_will_fail(scans):
    whole = (SAMPLES / "CT_small.dcm").read_bytes()
    (scans / "cut.dcm").write_bytes(whole[:1000])
    assert "cut.dcm" in names(find(scans))
    assert "cut.dcm" in names(find(scans, scope="series"))


def test_pipe_in_a_folder_is_left_alone(scans):
    os.mkfifo(scans / "pipe.dcm")
    (scans / "zero").symlink_to("/dev/zero")
    found = find(scans)
    assert names(found) == ["ct.dcm", "mr"]
    assert left_out(found)["pipe.dcm"] == left_out(found)["zero"] == "not a regular file"


def test_link_that_leads_nowhere_is_left_alone(scans):
    (scans / "broken").symlink_to(scans / "absent")
    (scans / "itself").symlink_to(scans / "itself")
    (scans / "loop").symlink_to(scans, target_is_directory=True)
    found = find(scans)
    assert names(found) == ["ct.dcm", "mr"]
    assert left_out(found)["broken"] == left_out(found)["itself"] == "a link that leads nowhere"
    assert left_out(found)["loop"] == "a link to a folder, which is not followed"


def test_folder_that_cannot_be_read_is_named(scans, monkeypatch):
    def forbid(path):
        if Path(path).name == "deep":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    real = os.scandir
    monkeypatch.setattr("os.scandir", forbid)
    found = find(scans)
    assert left_out(found)["deep"] == "the folder cannot be read"
    assert names(found) == ["ct.dcm"]


def test_name_of_any_bytes_can_be_shown():
    assert display(os.fsdecode(b"a\xff/\xc3\xa9.dcm")) == "a\\xff/é.dcm"


def test_files_of_one_series_are_one_input():
    folder = SAMPLES / "dicomdirtests" / "98892001"
    found = find(folder, scope="series")
    assert sorted(len(item.paths) for item in found.inputs) == [2, 5]
    assert len({item.label for item in found.inputs}) == len(found.inputs)
    assert all(item.scope == "series" for item in found.inputs)


def test_not_an_image_named_for_a_series_is_an_input_that_will_fail(scans):
    assert names(find(scans / "report.dcm", scans / "notes.txt", scope="series")) == [
        "notes.txt",
        "report.dcm",
    ]


def test_digests_of_a_series_do_not_depend_on_its_order(scans):
    paths = [scans / "ct.dcm", scans / "deep" / "mr"]
    assert content_digests(paths) == content_digests(reversed(paths))
    assert sha256((scans / "ct.dcm").read_bytes()).hexdigest() in content_digests(paths)


def test_file_that_went_away_is_not_found(tmp_path):
    with pytest.raises(InstanceNotFoundError, match="gone"):
        content_digests([tmp_path / "absent"])


def test_file_that_cannot_be_read_is_a_pacs_error(tmp_path):
    with pytest.raises(PacsError, match="cannot be read"):
        content_digests([tmp_path / ("x" * 300)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("window", "window"),
        ("window@1.0.0", "window@1.0.0"),
        ("python:package.module:name", "python:package.module:name"),
        ("mine.py", "file:{cwd}/mine.py"),
        ("mine.py:one", "file:{cwd}/mine.py:one"),
        ("file:sub/mine.py:one", "file:{cwd}/sub/mine.py:one"),
        ("/abs/mine.py", "file:/abs/mine.py"),
        ("exists", "file:{cwd}/exists"),
    ],
)
def test_algorithm_is_named_so_that_every_process_finds_it(text, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exists").touch()
    assert algorithm_reference(text) == expected.format(cwd=tmp_path)


def test_parameters_are_read_as_the_schema_says():
    assert read_parameters(SPEC, ["threshold=1"]) == {"threshold": 1.0, "iterations": 3}


def test_every_bad_parameter_is_named_at_once():
    texts = ["threshold=2", "iterations=x", "colour=red", "nonsense", "threshold=1", "=3"]
    with pytest.raises(InvalidParametersError) as caught:
        read_parameters(SPEC, texts)
    assert [error.field for error in caught.value.errors] == [
        "nonsense",
        "parameters.threshold",
        "=3",
        "parameters.colour",
        "parameters.threshold",
        "parameters.iterations",
    ]


def test_parameter_given_twice_is_refused_also_when_both_are_good():
    with pytest.raises(InvalidParametersError, match="given twice"):
        read_parameters(SPEC, ["iterations=1", "iterations=2"])


@pytest.mark.parametrize("scope", ["image", "series"])
def test_a_pipe_that_was_named_is_refused_without_being_opened(
    tmp_path: Path, scope: Scope
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (item,) = find_inputs([pipe], scope=scope, exclude=tmp_path / "out").inputs
    with pytest.raises(NotDicomError, match="regular file"):
        content_digests(item.paths)
