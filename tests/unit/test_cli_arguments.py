"""What nothing can be meant by is refused in words, as JSON too, before anything is started."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pydicom.data
import pytest
from click.testing import CliRunner

from mip.cli import main
from mip.cli.advice import Exit
from mip.cli.console import Console
from mip.errors import SettingsError
from mip.settings import CommandSettings, worker_settings

SAMPLES = Path(pydicom.data.__file__).parent / "test_files"
MIP = Path(sys.executable).parent / "mip"
NO_TEXT = os.fsdecode(b"o\xff")
LONG = "9" * 20


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "window", ""], "expected a path, got nothing"),
        (["run", "window", "x", "-o", ""], "expected a path, got nothing"),
        (["run", "", "x"], "expected text, got nothing"),
        (["run", NO_TEXT, "x"], "expected text in UTF-8"),
        (["run", "window", "x", "-p", f"{NO_TEXT}=1"], "expected text in UTF-8"),
        (["run", "window", "x", "--timeout", "nan"], "expected a finite number of seconds"),
        (["run", "window", "x", "--timeout", "inf"], "expected a finite number of seconds"),
        (["run", "window", "x", "--timeout", "0"], "not in the range"),
        (["run", "window", "x", "--memory", LONG], "not in the range"),
        (["run", "window", "x", "-j", LONG], "not in the range"),
        (["submit", NO_TEXT, "--image", "x"], "expected text in UTF-8"),
        (["submit", "window", "--image", "x", "--data", NO_TEXT], "expected a path in UTF-8"),
        (["submit", "window", "--image", "x", "--data", ""], "expected a path, got nothing"),
        (["jobs", "list", "--data", NO_TEXT], "expected a path in UTF-8"),
        (["jobs", "list", "--client", "a b"], "expected 1 to 128 printable ASCII"),
        (["jobs", "show", ""], "expected text, got nothing"),
        (["jobs", "show", "a b"], "expected 1 to 128 printable ASCII"),
        (["jobs", "show", "j", "--client", NO_TEXT], "expected text in UTF-8"),
        (["jobs", "watch", NO_TEXT], "expected text in UTF-8"),
        (["jobs", "cancel", "x" * 129], "expected 1 to 128 printable ASCII"),
        (["run", "window", "x" * 300], "File name too long"),
        (["jobs", "list", "--data", "x" * 300], "File name too long"),
        (["dlq", "list", ""], "expected text, got nothing"),
        (["dlq", "show", "window", NO_TEXT], "expected text in UTF-8"),
        (["demo", "--data", ""], "expected a path, got nothing"),
    ],
)
def test_argument_that_means_nothing_is_refused_as_one_object(arguments, words):
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert result.exit_code == Exit.USAGE, result.output
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "cli.usage"
    assert words in error["message"]


def test_folder_of_results_may_have_any_name(tmp_path):
    shutil.copy(SAMPLES / "CT_small.dcm", tmp_path)
    command = [str(MIP), "run", "window", "CT_small.dcm", "-o", NO_TEXT, "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    (job,) = json.loads(done.stdout)["jobs"]
    assert (done.returncode, job["status"]) == (0, "succeeded")
    assert r"/o\udcff/window/" in job["dicom"]["path"]


def test_path_that_is_no_text_is_told_in_json(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["run", "window", NO_TEXT, "--json"])
    assert result.exit_code == Exit.NOT_FOUND
    assert r"o\udcff" in json.loads(result.stdout)["error"]["message"]


def test_json_holds_names_that_are_no_text_wherever_they_are(capsys):
    Console(CommandSettings()).json_line(jobs=[{NO_TEXT: (NO_TEXT, 1)}])
    assert json.loads(capsys.readouterr().out)["jobs"] == [{r"o\udcff": [r"o\udcff", 1]}]


def test_data_folder_of_the_environment_is_looked_at_like_an_option():
    result = CliRunner().invoke(main, ["jobs", "list", "--json"], env={"MIP_DATA": "x" * 300})
    assert result.exit_code == Exit.USAGE
    assert "File name too long" in json.loads(result.stdout)["error"]["message"]


def test_algorithm_of_an_endless_name_is_not_found():
    result = CliRunner().invoke(main, ["submit", "x" * 3000, "--image", "x", "--json"])
    assert result.exit_code == Exit.NOT_FOUND
    assert json.loads(result.stdout)["error"]["code"] == "algorithm.unknown"


def test_current_folder_that_was_deleted_is_told(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    result = CliRunner().invoke(main, ["version", "--json"])
    assert result.exit_code == Exit.NOT_FOUND
    assert json.loads(result.stdout)["error"]["message"] == "the current folder was deleted"


@pytest.mark.parametrize("name", ["MIP_MEMORY_MIB", "MIP_CONCURRENCY"])
def test_setting_that_no_machine_has_is_refused(name):
    with pytest.raises(SettingsError, match=name):
        worker_settings({name: LONG})
