"""``mip pacs`` over folders, a configuration and a real PACS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pydicom
import pytest
from click.testing import CliRunner

from mip.cli import main
from mip.cli.advice import Exit
from mip.testing.pacs import CONTENT, OTHER_SERIES, OTHER_STUDY, SERIES, STUDY, dicom_bytes
from tests.pacs.images import SAMPLES, make_image, make_series
from tests.pacs.orthanc import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pacs.orthanc import Orthanc


def mip(*arguments: object, **environment: str):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env=environment)


def shown(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    for path, uids in CONTENT.items():
        file = tmp_path / "scans" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(dicom_bytes(*uids))
    return tmp_path / "scans"


def test_series_and_instances_are_listed(scans: Path) -> None:
    listed = mip("pacs", "ls", "--pacs", scans)
    assert listed.exit_code == 0
    assert listed.stdout.count("CT") == 3
    alone = mip("pacs", "ls", OTHER_STUDY, MIP_PACS=f"folder:{scans}")
    assert STUDY + "." not in alone.stdout.replace(OTHER_STUDY, "")
    assert mip("pacs", "ls", STUDY, SERIES, "--pacs", scans).stdout.splitlines() == [
        f"{SERIES}.{number}" for number in (1, 2, 3)
    ]


def test_a_series_is_listed_by_whatever_ids_fetch_it(scans: Path) -> None:
    (scans / "other").mkdir()
    (scans / STUDY / SERIES).rename(scans / "other" / "series")
    assert mip("pacs", "ls", "other", "series", "--pacs", scans).stdout.splitlines() == [
        f"{SERIES}.{number}" for number in (1, 2, 3)
    ]


@pytest.mark.parametrize("ids", [("1.2.3",), ("absent",), (STUDY, "1.2.3"), ("absent", "series")])
def test_what_is_named_and_not_there_is_not_found(scans: Path, ids: tuple[str, ...]) -> None:
    done = mip("pacs", "ls", *ids, "--pacs", scans)
    assert done.exit_code == Exit.NOT_FOUND
    assert done.stdout == ""


def test_a_listing_as_json_is_one_object(scans: Path) -> None:
    series = shown(mip("pacs", "ls", "--pacs", scans, "--json"))["series"]
    assert [each["instances"] for each in series] == [3, 1, 1]
    instances = shown(mip("pacs", "ls", STUDY, SERIES, "--pacs", scans, "--json"))["instances"]
    assert [each["instance_uid"] for each in instances] == [f"{SERIES}.{n}" for n in (1, 2, 3)]


def test_nothing_listed_is_said_and_no_failure(tmp_path: Path) -> None:
    listed = mip("pacs", "ls", "--pacs", tmp_path)
    assert (listed.exit_code, listed.stdout, listed.stderr) == (0, "", "none\n")


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        ((STUDY, SERIES), [f"{SERIES}.{number}.dcm" for number in (1, 2, 3)]),
        ((STUDY, SERIES, f"{SERIES}.2"), [f"{SERIES}.2.dcm"]),
        (("liver1/dataset", "D55-01", "300/IM-0135.dcm"), [f"{OTHER_STUDY}.1.1.dcm"]),
    ],
)
def test_what_is_fetched_lies_there_by_its_uid(
    scans: Path, tmp_path: Path, ids: tuple[str, ...], names: list[str]
) -> None:
    out = tmp_path / "out"
    for status in ("stored", "exists"):
        files = shown(mip("pacs", "get", *ids, "-o", out, "--pacs", scans, "--json"))["files"]
        assert [each["status"] for each in files] == [status] * len(names)
        assert sorted(path.name for path in out.iterdir()) == names


def test_an_image_that_is_not_there_is_not_found(scans: Path, tmp_path: Path) -> None:
    done = mip("pacs", "get", STUDY, OTHER_SERIES, "1.2.3", "-o", tmp_path, "--pacs", scans)
    assert done.exit_code == Exit.NOT_FOUND
    assert "next:" in done.stderr


def test_a_broken_file_among_others_is_one_failure(scans: Path, tmp_path: Path) -> None:
    (scans / STUDY / SERIES / "bad.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 40)
    (scans / "other").mkdir()
    (scans / STUDY / SERIES).rename(scans / "other" / "series")
    done = mip("pacs", "get", "other", "series", "-o", tmp_path / "out", "--pacs", scans, "--json")
    assert done.exit_code == Exit.SOME_FAILED
    files = json.loads(done.stdout)["files"]
    assert [each["status"] for each in files] == ["stored"] * 3 + ["failed"]


def test_files_are_sent_into_a_folder_and_refused_one_by_one(scans: Path, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "text").write_text("text")
    good = sorted((scans / STUDY / SERIES).iterdir())
    archive = tmp_path / "archive"
    sent = mip("pacs", "send", *good, tmp_path / "text", "--pacs", archive, "--json")
    assert sent.exit_code == Exit.SOME_FAILED
    assert [each["status"] for each in json.loads(sent.stdout)["sent"]] == [
        *["stored"] * 3,
        "refused",
    ]
    again = mip("pacs", "send", *good, "--pacs", archive)
    assert again.exit_code == 0
    assert again.stdout.count("exists ") == 3
    assert len(list(archive.rglob("*.dcm"))) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("ls",),
        ("ls", "--pacs", "/absent/folder"),
        ("ls", "--pacs", ""),
        ("ls", "--pacs", "x" * 5000),
        ("get", "1.2", "1.3", "-o", "", "--pacs", "."),
        ("ls", "--pacs", "dicomweb:ftp://x"),
        ("ls", "--pacs", "http://user:pass@127.0.0.1:9"),
        ("ls", "--pacs", ".", "--server", "x"),
        ("get", "1.2", "1.3", "--pacs", "."),
        ("send", "--pacs", "."),
        ("send", "/absent", "--pacs", "."),
        ("send", __file__, "--pacs", "http://127.0.0.1:9/api"),
    ],
)
def test_what_cannot_be_meant_is_a_matter_of_usage(arguments: tuple[str, ...]) -> None:
    done = mip("pacs", *arguments)
    assert done.exit_code == Exit.USAGE, done.output
    assert "next:" in done.stderr
    assert "pass@" not in done.output


def test_one_of_several_is_named(scans: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    config = tmp_path / "pacs.toml"
    config.write_text(
        f'default = "a"\n[servers.a]\nurl = "folder:{tmp_path / "empty"}"\n'
        f'[servers.b]\nurl = "folder:{scans}"\n'
    )
    assert shown(mip("pacs", "ls", "--pacs", config, "--json"))["series"] == []
    named = mip("pacs", "ls", "--pacs", f"config:{config}", "--server", "b", "--json")
    assert len(shown(named)["series"]) == 3
    assert mip("pacs", "ls", "--pacs", config, "--server", "c").exit_code == Exit.NOT_FOUND


def test_a_pacs_that_is_away_is_unreachable() -> None:
    done = mip("pacs", "ls", "--pacs", "dicomweb:http://127.0.0.1:9/dicom-web")
    assert done.exit_code == Exit.UNREACHABLE


def test_a_series_goes_to_a_real_pacs_and_back(orthanc: Orthanc, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    paths, reference = make_series(tmp_path / "in")
    where = {"MIP_PACS": orthanc.url, "PACS_API_KEY": KEY}
    for _ in range(2):
        sent = shown(mip("pacs", "send", *paths, "--json", **where))["sent"]
        assert {each["status"] for each in sent} == {"stored"}
    listed = mip("pacs", "ls", reference.study_uid, **where)
    assert listed.stdout.splitlines()[-1].split() == [
        reference.study_uid,
        reference.series_uid,
        "CT",
        "5",
    ]
    got = mip("pacs", "get", reference.study_uid, reference.series_uid, "-o", tmp_path, **where)
    assert got.exit_code == 0, got.output
    fetched = {pydicom.dcmread(path).SOPInstanceUID for path in tmp_path.glob("*.dcm")}
    assert fetched == {pydicom.dcmread(path).SOPInstanceUID for path in paths}


def test_a_wrong_password_is_not_allowed_and_not_shown(orthanc: Orthanc, tmp_path: Path) -> None:
    image = make_image(SAMPLES / "CT_small.dcm", tmp_path / "ct.dcm")
    where = {"MIP_PACS": orthanc.url, "PACS_API_KEY": "mip:geheim"}
    for arguments in (("ls",), ("send", image.path)):
        done = mip("pacs", *arguments, "--json", **where)
        assert done.exit_code == Exit.AUTH
        assert json.loads(done.stdout)["error"]["code"] == "pacs.unauthorized"
        assert "geheim" not in done.output
