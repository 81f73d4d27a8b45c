"""``mip demo``: what it promises, seen from outside."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pydicom
import pytest

from mip.cli.demo_plan import CLIENTS, PLAN
from tests.server.process import processes_of, until, workers_of

MIP = Path(sys.executable).parent / "mip"


@pytest.fixture(scope="module")
def demos(tmp_path_factory) -> list[dict]:
    """What two demonstrations in fresh folders print."""
    shown = []
    for name in ("one", "two"):
        folder = tmp_path_factory.mktemp(name)
        done = subprocess.run(
            [MIP, "demo", "--data", folder / "data", "--json"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        shown.append(json.loads(done.stdout))
    return shown


def test_every_job_succeeds_and_its_first_output_is_a_file(demos):
    jobs = demos[0]["jobs"]
    assert [job["status"] for job in jobs] == ["succeeded"] * len(PLAN)
    assert all(Path(job["dicom"]["path"]).is_file() for job in jobs)
    assert all(job["timings"] for job in jobs)


def test_every_output_is_dicom_of_the_announced_content(demos):
    outputs = [output for job in demos[0]["jobs"] for output in job["outputs"]]
    for output in outputs:
        content = Path(output["path"]).read_bytes()
        assert sha256(content).hexdigest() == output["sha256"]
        assert pydicom.dcmread(output["path"]).SOPInstanceUID == output["sop_instance_uid"]
    assert demos[0]["checked"] == {"files": len(outputs), "validator": "dciodvfy", "problems": []}


def test_algorithms_of_the_plan_and_kinds_of_output_are_shown(demos):
    jobs = demos[0]["jobs"]
    assert {job["algorithm"] for job in jobs} == {
        "window",
        "threshold-filter",
        "luminance",
        "segment-threshold",
    }
    assert {output["role"] for job in jobs for output in job["outputs"]} >= {"image", "mask"}


def test_results_of_each_client_are_numbered_without_gaps(demos):
    clients = {job["client_id"] for job in demos[0]["jobs"]}
    assert len(clients) == len(CLIENTS)
    for client in clients:
        numbers = sorted(job["seq"] for job in demos[0]["jobs"] if job["client_id"] == client)
        assert numbers == list(range(1, len(numbers) + 1))


def test_slices_with_one_ordering_key_end_in_order(demos):
    numbers = [job["seq"] for job in demos[0]["jobs"] if "abdomen" in job["job_id"]]
    assert numbers == sorted(numbers)


def test_fresh_folders_give_the_same_objects_byte_for_byte(demos):
    def content(shown: dict) -> list[tuple[str, str]]:
        return [
            (output["sop_instance_uid"], output["sha256"])
            for job in shown["jobs"]
            for output in job["outputs"]
        ]

    assert content(demos[0]) == content(demos[1])


def test_demonstration_that_is_stopped_leaves_no_process(tmp_path):
    data = tmp_path / "data"
    with subprocess.Popen(
        [MIP, "demo", "--data", data], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            until(lambda: bool(workers_of(data)))
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=90)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert processes_of(data) == {}


def test_second_demonstration_in_a_folder_adds_to_it(demos):
    data = Path(demos[0]["jobs"][0]["dicom"]["path"]).parents[3]
    done = subprocess.run(
        [MIP, "demo", "--data", data, "--json"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = demos[0]["jobs"], json.loads(done.stdout)["jobs"]
    assert {job["client_id"] for job in second}.isdisjoint(job["client_id"] for job in first)
    assert [job["outputs"] for job in second] == [job["outputs"] for job in first]


def test_server_that_cannot_start_is_shown_and_nothing_is_left(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "results").write_text("a file where the folder of results should be")
    done = subprocess.run(
        [MIP, "demo", "--data", data, "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "cli.server_ended"
    assert "logs" in error["next"]
    assert processes_of(data) == {}
