"""Calls of older clients and scripts as they were written, with another host and key.

They are run by a shell and curl, so quotes, content types and defaults are those of the scripts.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pydicom.data
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from .process import KEY, Served, serving, until

SAMPLES = Path(pydicom.data.__file__).parent / "test_files"
ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("older") / "pacs"
    series = folder / "liver1" / "dataset"
    series.mkdir(parents=True)
    shutil.copy(SAMPLES / "CT_small.dcm", series / "D55-01.dcm")
    return folder


@pytest.fixture(scope="module")
def server(images):
    """A server that takes clients at their word, without algorithms."""
    data = images.parent / "data"
    with serving(data, str(images), "--no-algorithms", MIP_CLIENTS="open") as served:
        yield served


def shell(server: Served, script: str) -> tuple[int, Any]:
    """Run a call of a script; return the status and the answer."""
    variables = f"API_BASE={server.address}; ADMIN_KEY={KEY}; ECR={ECR};"
    done = subprocess.run(
        ["/bin/sh", "-c", f"{variables} {script} --silent --noproxy '*' -w '\\n%{{http_code}}'"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body)


def show(server: Served, name: str) -> dict[str, Any]:
    status, record = shell(
        server, f'curl "$API_BASE/admin/algorithms/{name}" -H "x-admin-key: $ADMIN_KEY"'
    )
    assert status == 200
    return dict(record)


REGISTER = """curl -X POST "$API_BASE/admin/algorithms" \
  -H "Content-Type: application/json" \
  -H "x-admin-key: $ADMIN_KEY" \
  -d '{
    "algo_id": "processing_11",
    "image_uri": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mip-processing_11:latest",
    "cpu": 1024,
    "memory": 2048,
    "desired_count": 1,
    "command": ["/app/worker.sh"],
    "env": {"OMP_NUM_THREADS": "4", "EXTRA_DEBUG": "1"},
    "algorithm_type": "openmp"
  }'"""


def test_an_algorithm_whose_image_cannot_run_here_says_so(server):
    status, answer = shell(server, REGISTER)
    assert status == 202
    assert (answer["algorithm_id"], answer["name"]) == ("processing-11", "processing-11")
    assert shell(server, REGISTER)[0] == 409
    until(lambda: show(server, "processing_11")["status"] == "ERROR")
    assert "docker" in show(server, "processing_11")["last_error"]
    status, answer = shell(server, 'curl "$API_BASE/algorithms" -H "x-admin-key: $ADMIN_KEY"')
    assert status == 200
    assert "processing-11" in [each["name"] for each in answer["algorithms"]]


def test_an_algorithm_that_is_installed_runs_whatever_its_image(server, images):
    status, _ = shell(
        server,
        """curl -X POST "$API_BASE/algorithms" -H "x-admin-key: $ADMIN_KEY" \
        -d "{\\"name\\": \\"threshold_filter\\", \\"cpu\\": 1024, \\"memory\\": 2048,
             \\"image_uri\\": \\"$ECR/threshold_filter:latest\\"}" """,
    )
    assert status == 202
    server.until_active("threshold_filter")
    address = f"ws{server.address.removeprefix('http')}/prod?client_id=client-456"
    with connect(address, proxy=None) as listener:
        jobs = [
            (  # dialect A, ids that are paths, the content type of forms that curl sends by default
                "a",
                """{"job_id": "a", "client_id": "client-456", "pacs": {"study_id": "liver1",
                "series_id": "dataset", "image_id": "D55-01.dcm", "scope": "image"},
                "parameters": {"threshold": 0.7}}""",
            ),
            (  # dialect B
                "b",
                f"""{{"job_id": "b", "client_id": "client-456", "pacs": {uids(images)}}}""",
            ),
            (  # the oldest: whom to call back in place of a client
                "c",
                """{"job_id": "c", "callback": {"client_id": "client-456"},
                "pacs": {"study_id": "liver1/dataset", "series_id": "dataset",
                "image_id": "liver1/dataset/D55-01", "scope": "image"}}""",
            ),
        ]
        for name, body in jobs:
            script = f"""curl -X POST "$API_BASE/process/threshold_filter" -d '{body}'"""
            status, answer = shell(server, script)
            assert (status, answer["job_id"], answer["message"]) == (202, name, "Enqueued")
        results = [json.loads(listener.recv(timeout=60)) for _ in jobs]
    by_job = {result["job_id"]: result for result in results}
    assert [result["seq"] for result in results] == [1, 2, 3]
    assert [by_job[name]["status"] for name in "ab"] == ["succeeded"] * 2, by_job
    assert by_job["a"]["dicom"]["url"].startswith(server.address)
    assert set(by_job) == {"a", "b", "c"}


def uids(images: Path) -> str:
    found = pydicom.dcmread(images / "liver1" / "dataset" / "D55-01.dcm", stop_before_pixels=True)
    return json.dumps(
        {
            "study_uid": found.StudyInstanceUID,
            "series_uid": found.SeriesInstanceUID,
            "instance_uid": found.SOPInstanceUID,
        }
    )


def test_an_algorithm_is_changed_scaled_to_zero_and_removed(server):
    status, _ = shell(
        server,
        """curl -X POST "$API_BASE/admin/algorithms" -H "x-admin-key: $ADMIN_KEY" \
        -d '{"algo_id": "segment_threshold", "image_uri": "123.amazonaws.com/segment:v1"}'""",
    )
    assert status == 202
    server.until_active("segment_threshold")
    status, answer = shell(
        server,
        """curl -X PATCH "$API_BASE/admin/algorithms/segment_threshold" \
        -H "Content-Type: application/json" -H "x-admin-key: $ADMIN_KEY" \
        -d '{"cpu": 2048, "memory": 4096}'""",
    )
    assert (status, answer["cpu"], answer["memory"]) == (200, 2048, 4096)
    delete = (
        'curl -X DELETE "$API_BASE/admin/algorithms/segment_threshold" -H "x-admin-key: $ADMIN_KEY"'
    )
    status, answer = shell(server, delete)
    assert status == 200
    assert answer["notes"]
    until(lambda: show(server, "segment_threshold")["status"] == "SCALED_DOWN")
    status, _ = shell(server, delete.replace('segment_threshold"', 'segment_threshold?hard=true"'))
    assert status == 200
    until(lambda: show(server, "segment_threshold")["status"] == "DELETED")


def test_a_wrong_key_is_refused(server):
    assert shell(server, REGISTER.replace("$ADMIN_KEY", "wrong"))[0] == 401
    assert shell(server, 'curl "$API_BASE/admin/algorithms"')[0] == 401


def test_a_job_for_nobody_is_refused(server):
    script = """curl -X POST "$API_BASE/process/none_such" -d '{"job_id": "x"}'"""
    assert shell(server, script)[0] in {401, 422}


def test_clients_are_not_taken_at_their_word_by_default(tmp_path):
    with serving(tmp_path / "data", "--no-algorithms") as closed:
        script = """curl -X POST "$API_BASE/process/window" -d '{"client_id": "c",
        "pacs": {"study_id": "s", "series_id": "s", "image_id": "i", "scope": "image"}}'"""
        assert shell(closed, script)[0] == 401
        address = f"ws{closed.address.removeprefix('http')}/prod?client_id=c"
        with pytest.raises(InvalidStatus), connect(address, proxy=None):
            pass
