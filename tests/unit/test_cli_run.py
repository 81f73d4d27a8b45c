"""``mip run`` on real files, with real child processes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import pydicom
import pydicom.data
import pytest
from click.testing import CliRunner

from mip.cli import main
from mip.cli.advice import Exit
from mip.cli.manifest import Manifest

SAMPLES = Path(pydicom.data.__file__).parent / "test_files"
MIP = Path(sys.executable).parent / "mip"

BRIGHTEST = '''
import mip

@mip.algorithm(id="brightest", version="1.0.0")
def brightest(image: mip.Image, *, share: float = 0.1) -> tuple[mip.Mask, mip.Measurements]:
    """Mark the brightest share of an image."""
    low, high = float(image.pixels.min()), float(image.pixels.max())
    mask = image.pixels > high - share * (high - low)
    return mip.Mask(labels=mask), mip.Measurements(values={"pixels": int(mask.sum())})
'''
AWKWARD = """
import time
import mip

@mip.algorithm(id="awkward", version="1.0.0")
def awkward(image: mip.Image, *, does: str = "nothing", seconds: float = 0.0) -> mip.Measurements:
    time.sleep(seconds)
    if does == "raise":
        raise ValueError("Doe^Jane")
    if does == "discard":
        raise mip.Discard("no liver in it")
    if does == "put off":
        raise mip.RetryAfter(5, "busy")
    return mip.Measurements(values={"does": does})
"""
DEPTH = """
import mip

@mip.algorithm(id="depth", version="1.0.0", scope="series")
def depth(volume: mip.Volume) -> mip.Measurements:
    return mip.Measurements(values={"slices": volume.frames, "spacing": volume.spacing_mm[0]})
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to work in, with algorithms, two good images and a damaged one."""
    for name, code in (("brightest", BRIGHTEST), ("awkward", AWKWARD), ("depth", DEPTH)):
        (tmp_path / f"{name}.py").write_text(code)
    (tmp_path / "scans").mkdir()
    for name in ("CT_small.dcm", "MR_small.dcm"):
        shutil.copy(SAMPLES / name, tmp_path / "scans" / name)
    damaged = (SAMPLES / "CT_small.dcm").read_bytes()[:5000]
    (tmp_path / "scans" / "damaged.dcm").write_bytes(damaged)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def mip(*arguments: str, **environment: str):
    return CliRunner().invoke(main, ["run", *arguments], env=environment)


def jobs_of(result):
    shown = json.loads(result.stdout)
    assert shown["schema"] == 1
    return shown["jobs"]


def test_every_input_has_an_outcome_and_a_failed_one_does_not_stop_the_rest(here):
    result = mip("brightest.py", "scans", "-j", "1", "--json")
    jobs = jobs_of(result)
    assert result.exit_code == Exit.SOME_FAILED
    assert [job["input"] for job in jobs] == [
        "scans/CT_small.dcm",
        "scans/MR_small.dcm",
        "scans/damaged.dcm",
    ]
    assert [job["status"] for job in jobs] == ["succeeded", "succeeded", "failed"]
    assert jobs[2]["error"]["code"].startswith("dicom.")
    assert len({job["job_id"] for job in jobs}) == 3
    assert {"decode", "run", "derive"} <= set(jobs[0]["timings"])
    assert jobs[0]["meta"]["pixels"] > 0


def test_what_is_left_out_is_named_up_to_a_bound_in_text_and_in_full_in_json(here):
    (here / "scans" / "nowhere").symlink_to(here / "absent")
    for number in range(11):
        (here / "scans" / f"note-{number:02}.txt").write_text("not DICOM")
    result = mip("brightest.py", "scans", "--json")
    left_out = json.loads(result.stdout)["left_out"]
    assert left_out[0] == {"input": "scans/note-00.txt", "reason": "not DICOM"}
    assert left_out[11] == {"input": "scans/nowhere", "reason": "a link that leads nowhere"}
    assert len(left_out) == 12
    assert "left out scans/note-09.txt: not DICOM\n" in result.stderr
    assert "left out 2 more; --json names all\n" in result.stderr
    assert "note-10" not in result.stderr


@pytest.mark.parametrize(
    ("length", "code"),
    [(100, "dicom.not_dicom"), (132, "dicom.not_an_image"), (250, "dicom.malformed")],
)
def test_image_cut_short_in_a_folder_fails_and_does_not_vanish(here, length, code):
    whole = (here / "scans" / "CT_small.dcm").read_bytes()
    (here / "scans" / "damaged.dcm").write_bytes(whole[:length])
    result = mip("brightest.py", "scans", "--json")
    assert result.exit_code == Exit.SOME_FAILED
    assert jobs_of(result)[2]["error"]["code"] == code


def test_text_shows_measurements_beside_the_object(here):
    line = mip("brightest.py", "scans/CT_small.dcm").stdout
    assert re.search(r'\.dcm  \{"pixels":\d+\}$', line.strip())


def test_pipe_is_no_dicom_file_and_no_failure_of_a_pacs(here):
    os.mkfifo(here / "pipe.dcm")
    (job,) = jobs_of(mip("brightest.py", "pipe.dcm", "--json"))
    assert job["error"]["code"] == "dicom.not_dicom"


def test_output_is_a_dicom_file_named_by_algorithm_and_uid(here):
    (job,) = jobs_of(mip("brightest.py", "scans/CT_small.dcm", "--json"))
    path = Path(job["dicom"]["path"])
    uid = job["dicom"]["sop_instance_uid"]
    assert path == here / "mip-out" / "brightest" / f"{uid}.dcm"
    assert pydicom.dcmread(path).SOPInstanceUID == uid
    assert job["outputs"][0]["sha256"] == sha256(path.read_bytes()).hexdigest()
    assert job["outputs"][0]["role"] == "mask"


def test_file_name_of_any_bytes_is_an_input(here):
    odd = here / os.fsdecode(b"scans/\xff.dcm")
    shutil.copy(SAMPLES / "CT_small.dcm", odd)
    (job,) = jobs_of(mip("brightest.py", str(odd), "--json"))
    assert (job["status"], job["input"]) == ("succeeded", f"{here}/scans/\\xff.dcm")


def test_same_run_twice_gives_the_same_files(here):
    first = jobs_of(mip("brightest.py", "scans/CT_small.dcm", "--json", "-o", "one"))
    second = jobs_of(mip("brightest.py", "scans/CT_small.dcm", "--json", "-o", "two"))
    assert first[0]["outputs"][0]["sha256"] == second[0]["outputs"][0]["sha256"]
    assert first[0]["dicom"]["sop_instance_uid"] == second[0]["dicom"]["sop_instance_uid"]


def test_resume_leaves_out_what_is_done(here):
    mip("brightest.py", "scans/CT_small.dcm")
    jobs = jobs_of(mip("brightest.py", "scans", "--resume", "--json", "-j", "1"))
    assert [job.get("is_resumed", False) for job in jobs] == [True, False, False]
    assert jobs[0]["dicom"]["path"].endswith(".dcm")
    lines = (here / "mip-out" / "manifest.jsonl").read_text().splitlines()
    assert len(lines) == 2


def test_resume_does_again_what_was_lost_and_says_what_was_changed(here):
    (done,) = jobs_of(mip("brightest.py", "scans/CT_small.dcm", "--json"))
    output = Path(done["outputs"][0]["path"])
    whole = output.read_bytes()
    output.unlink()
    (again,) = jobs_of(mip("brightest.py", "scans/CT_small.dcm", "--resume", "--json"))
    assert not again.get("is_resumed")
    assert output.read_bytes() == whole
    output.write_bytes(whole + b"more")
    changed = mip("brightest.py", "scans/CT_small.dcm", "--resume", "--json")
    (failed,) = json.loads(changed.stdout)["jobs"]
    assert failed["error"]["code"] == "storage.conflict"


def test_files_are_not_touched_in_the_thread_of_the_event_loop(here, monkeypatch):
    seen = []

    def noted(call):
        def wrapper(*args, **options):
            seen.append((call.__name__, threading.current_thread() is threading.main_thread()))
            return call(*args, **options)

        return wrapper

    monkeypatch.setattr(Manifest, "succeeded", noted(Manifest.succeeded))
    monkeypatch.setattr("mip.cli.batch.tempfile.mkdtemp", noted(tempfile.mkdtemp))
    monkeypatch.setattr("mip.cli.batch.shutil.rmtree", noted(shutil.rmtree))
    jobs_of(mip("brightest.py", "scans/CT_small.dcm", "--resume", "--json"))
    assert set(seen) == {("succeeded", False), ("mkdtemp", False), ("rmtree", False)}


def test_resume_does_again_what_was_asked_for_otherwise(here):
    mip("brightest.py", "scans/CT_small.dcm")
    (job,) = jobs_of(
        mip("brightest.py", "scans/CT_small.dcm", "--resume", "--json", "-p", "share=0.2")
    )
    assert not job.get("is_resumed")


def test_every_bad_parameter_is_named_before_any_work(here):
    result = mip("brightest.py", "scans", "-p", "share=big", "-p", "colour=red", "-p", "x")
    assert result.exit_code == Exit.USAGE
    assert all(word in result.stderr for word in ("parameters.share", "parameters.colour", "x: "))
    assert not (here / "mip-out").exists()


def test_series_becomes_one_volume(here):
    series = SAMPLES / "dicomdirtests" / "98892001" / "CT5N"
    (job,) = jobs_of(mip("depth.py", str(series), "--json"))
    assert job["status"] == "succeeded", job
    assert job["meta"] == {"slices": 5, "spacing": 2.5}
    assert "dicom" not in job


def test_scope_that_the_algorithm_has_not_is_a_usage_error(here):
    result = mip("brightest.py", "scans", "--scope", "series")
    assert result.exit_code == Exit.USAGE
    assert "one image at a time" in result.stderr


def test_exception_of_the_author_is_told_without_its_text(here):
    result = mip("awkward.py", "scans/CT_small.dcm", "-p", "does=raise", "--json")
    (job,) = jobs_of(result)
    assert result.exit_code == Exit.ALL_FAILED
    assert job["error"]["code"] == "algorithm.failed"
    assert "ValueError" in job["error"]["message"]
    assert "Doe" not in result.output


def test_debug_shows_the_author_the_traceback(here):
    result = CliRunner().invoke(
        main, ["--debug", "run", "awkward.py", "scans/CT_small.dcm", "-p", "does=raise"]
    )
    assert "Traceback" in result.stderr
    assert "Doe^Jane" in result.stderr


@pytest.mark.parametrize(
    ("does", "code"), [("discard", "algorithm.discarded"), ("put off", "algorithm.put_off")]
)
def test_instruction_of_the_algorithm_is_an_outcome(here, does, code):
    result = mip("awkward.py", "scans/CT_small.dcm", "-p", f"does={does}", "--json")
    assert jobs_of(result)[0]["error"]["code"] == code


def test_algorithm_that_takes_too_long_is_an_outcome(here):
    result = mip(
        "awkward.py", "scans/CT_small.dcm", "-p", "seconds=60", "--timeout", "0.2", "--json"
    )
    assert jobs_of(result)[0]["error"]["code"] == "algorithm.timeout"


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["no-such", "scans"], Exit.NOT_FOUND, "no-such"),
        (["no_such.py", "scans"], Exit.NOT_FOUND, "no file"),
        (["brightest.py", "absent.dcm", "gone"], Exit.NOT_FOUND, "absent.dcm, gone"),
        (["brightest.py", "brightest.py"], Exit.ALL_FAILED, "dicom.not_dicom"),
        (["broken.py", "scans"], Exit.USAGE, "SyntaxError"),
        (["brightest.py"], Exit.USAGE, "INPUTS"),
        (["brightest.py", "scans", "-j", "0"], Exit.USAGE, "-j"),
        (["brightest.py", "empty"], Exit.NOT_FOUND, "found none"),
        (
            ["brightest.py", "scans/CT_small.dcm", "-o", "notes"],
            Exit.UNREACHABLE,
            "stands where a folder",
        ),
    ],
)
def test_hostile_input_ends_in_words_and_an_exit_code(here, arguments, exit_code, words):
    (here / "broken.py").write_text("def (")
    (here / "empty").mkdir()
    (here / "notes").write_text("a file where a folder should be")
    result = mip(*arguments)
    assert result.exit_code == exit_code, result.output
    assert words in result.output
    assert "Traceback" not in result.output
    assert "next: " in result.stderr or exit_code == Exit.ALL_FAILED


def test_preview_shows_before_and_after_on_standard_error(here):
    result = mip("brightest.py", "scans/CT_small.dcm", "--preview", NO_COLOR="1", COLUMNS="80")
    assert result.exit_code == 0, result.output
    assert re.search(r"^before +after$", result.stderr, re.MULTILINE)
    assert "\x1b[" not in result.output
    assert len(result.stdout.splitlines()) == 1


def test_preview_of_colour_is_in_colour(here):
    result = mip("brightest.py", "scans/CT_small.dcm", "--preview", FORCE_COLOR="1")
    assert "▀" in result.stderr
    assert "\x1b[38;2;" in result.stderr


@pytest.fixture
def start(here):
    """Start ``mip run`` as a process of its own; killed when the test ends."""
    with ExitStack() as stack:

        def started(*arguments: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [MIP, "run", *arguments],
                cwd=here,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield started


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)


WAITING = """
import pathlib, time
import mip

@mip.algorithm(id="waiting", version="1.0.0")
def waiting(image: mip.Image) -> mip.Measurements:
    pathlib.Path("started").touch()
    while not pathlib.Path("go on").exists():
        time.sleep(0.01)
    return mip.Measurements(values={})
"""


def test_ctrl_c_once_finishes_what_is_in_hand(here, start):
    (here / "waiting.py").write_text(WAITING)
    process = start("waiting.py", "scans", "-j", "1", "--json")
    wait_for(here / "started")
    process.send_signal(signal.SIGINT)
    assert "finishing" in process.stderr.readline() + process.stderr.readline()
    (here / "go on").touch()
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == Exit.INTERRUPTED
    assert [job["status"] for job in json.loads(stdout)["jobs"]] == [
        "succeeded",
        "cancelled",
        "cancelled",
    ]
    assert "Traceback" not in stderr


def test_ctrl_c_twice_stops_at_once(here, start):
    (here / "waiting.py").write_text(WAITING)
    process = start("waiting.py", "scans", "-j", "1", "--json")
    wait_for(here / "started")
    process.send_signal(signal.SIGINT)
    assert "finishing" in process.stderr.readline() + process.stderr.readline()
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == Exit.INTERRUPTED
    assert {job["status"] for job in json.loads(stdout)["jobs"]} == {"cancelled"}
    assert "Traceback" not in stderr


def test_reader_that_goes_away_leaves_no_traceback(start):
    process = start("brightest.py", "scans")
    process.stdout.close()
    stderr = process.stderr.read()
    assert process.wait(timeout=20) == Exit.SOME_FAILED
    assert "Traceback" not in stderr
    assert "BrokenPipe" not in stderr


def test_nothing_of_a_job_is_left_in_the_output_folder(here):
    mip("brightest.py", "scans")
    names = {path.name for path in (here / "mip-out").iterdir()}
    assert names - {".staging~"} == {"brightest", "manifest.jsonl"}
    assert list((here / "mip-out" / ".staging~").glob("*")) == []


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_are_in_nobodys_way(here, closed):
    command = ["sh", "-c", f"{MIP} run brightest.py scans/CT_small.dcm -o out {closed}"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(list((here / "out" / "brightest").glob("*.dcm"))) == 1
