"""The exact bytes of every contract; changing one needs a new version and a CHANGELOG line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from mip.contracts import (
    AlgorithmRecord,
    AlgorithmSpec,
    AttemptFailed,
    AttemptReleased,
    AttemptStarted,
    ErrorInfo,
    Job,
    JobEvent,
    JobFinished,
    JobQueued,
    Output,
    PathReference,
    ResourceStatus,
    Result,
    StoredObject,
    UidReference,
    decode_job,
    decode_result,
    encode_job,
    encode_result,
)

GOLDEN = Path(__file__).parent / "golden"
AT = "2026-01-02T03:04:05.678Z"

JOBS = {
    "job_v1_dialect_a": Job(
        job_id="test-123",
        client_id="client-456",
        pacs=PathReference(study_id="liver1/dataset/D55-01", series_id="s", image_id="i"),
        parameters={"threshold": 0.7, "iterations": 150},
        callback_url="https://client.example.com/results",
        algo_id="threshold-filter",
        version="1.0.0",
        submitted_at=AT,
    ),
    "job_v1_dialect_b": Job(
        job_id="test-124",
        client_id="client-456",
        pacs=UidReference(study_uid="1.2", series_uid="1.2.3", instance_uid="1.2.3.4"),
        algo_id="threshold-filter",
        version="1.0.0",
        submitted_at=AT,
    ),
    "job_v1_series": Job(
        job_id="test-125",
        client_id="client-456",
        pacs=UidReference(study_uid="1.2", series_uid="1.2.3", instance_uids=("1.2.3.4", "1.5")),
        ordering_key="k",
        algo_id="threshold-filter",
        version="1.0.0",
        submitted_at=AT,
    ),
}
JOBS["job_v1_retry"] = replace(
    JOBS["job_v1_dialect_b"], job_id="test-124~0a1b2c3d", parent="test-124"
)
RESULTS = {
    "result_v1_succeeded": Result(
        job_id="test-123",
        algo_id="threshold-filter",
        version="1.0.0",
        client_id="client-456",
        seq=7,
        status="succeeded",
        dicom=StoredObject(bucket="results", key="threshold-filter/2.25.1.dcm"),
        outputs=(
            Output(
                role="mask",
                sop_instance_uid="2.25.1",
                bucket="results",
                key="threshold-filter/2.25.1.dcm",
                sha256="0" * 64,
            ),
        ),
        meta={"area_px": 12},
        timings={"run": 1.5},
    ),
    "result_v1_failed": Result(
        job_id="test-123",
        algo_id="threshold-filter",
        version="1.0.0",
        client_id="client-456",
        seq=8,
        status="failed",
        error=ErrorInfo(code="dicom.malformed", message="the file ends early"),
    ),
}
EVENTS: dict[str, JobEvent] = {
    "event_v1_queued": JobQueued(at=AT),
    "event_v1_started": AttemptStarted(at=AT, worker="w"),
    "event_v1_failed": AttemptFailed(
        at=AT, worker="w", attempt=1, error=ErrorInfo(code="algorithm.failed", message="m")
    ),
    "event_v1_released": AttemptReleased(at=AT, worker="w"),
    "event_v1_finished": JobFinished(at=AT, outcome="succeeded", seq=7),
}
SPEC = AlgorithmSpec(
    id="threshold-filter",
    version="1.0.0",
    description="Keep what is brighter than a threshold.",
    parameters={
        "type": "object",
        "properties": {"threshold": {"type": "number", "minimum": 0, "default": 0.5}},
    },
    digest="0" * 64,
)
RECORDS = {
    "algorithm_record_v2": AlgorithmRecord(
        algorithm_id="threshold-filter",
        version="1.0.0",
        status="ACTIVE",
        image_uri="123456789012.dkr.ecr.eu-west-1.amazonaws.com/mip-threshold-filter:v1.0.0",
        cpu=2048,
        memory=4096,
        desired_count=2,
        command=("/app/worker.sh", "--fast"),
        env={"OMP_NUM_THREADS": "4"},
        algorithm_type="openmp",
        runtime="native",
        scope="image",
        description="Keep what is brighter than a threshold.",
        parameters=SPEC.parameters,
        digest="0" * 64,
        timeout_seconds=30.0,
        memory_bytes=1073741824,
        last_error="",
        resource_status=ResourceStatus(
            queue_url="mip-threshold-filter-requests.fifo",
            dlq_url="mip-threshold-filter-dlq.fifo",
            service="mip-threshold-filter",
        ),
        created_at=AT,
        updated_at=AT,
        revision=3,
    ),
    "algorithm_record_v2_least": AlgorithmRecord(
        algorithm_id="threshold-filter",
        version="1.0.0",
        status="REGISTERED",
        image_uri="python:mip.algorithms:window",
        cpu=1024,
        memory=2048,
        desired_count=1,
        created_at=AT,
        updated_at=AT,
    ),
}


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes().rstrip(b"\n")


@pytest.mark.parametrize("name", JOBS)
def test_a_job_has_these_bytes_and_decodes_from_them(name: str) -> None:
    assert encode_job(JOBS[name]) == golden(name)
    assert decode_job(golden(name)) == JOBS[name]


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_has_these_bytes_and_decodes_from_them(name: str) -> None:
    assert encode_result(RESULTS[name]) == golden(name)
    assert decode_result(golden(name)) == RESULTS[name]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_has_these_bytes_and_decodes_from_them(name: str) -> None:
    assert msgspec.json.encode(EVENTS[name]) == golden(name)
    assert msgspec.json.decode(golden(name), type=JobEvent) == EVENTS[name]


def test_an_algorithm_spec_has_these_bytes_and_decodes_from_them() -> None:
    assert msgspec.json.encode(SPEC) == golden("algorithm_spec_v1")
    assert msgspec.json.decode(golden("algorithm_spec_v1"), type=AlgorithmSpec) == SPEC


@pytest.mark.parametrize("name", RECORDS)
def test_an_algorithm_record_has_these_bytes_and_decodes_from_them(name: str) -> None:
    assert msgspec.json.encode(RECORDS[name]) == golden(name)
    assert msgspec.json.decode(golden(name), type=AlgorithmRecord) == RECORDS[name]


def test_an_algorithm_record_with_fields_of_a_newer_release_is_read() -> None:
    newer = golden("algorithm_record_v2").replace(b"{", b'{"colour":"red",', 1)
    assert msgspec.json.decode(newer, type=AlgorithmRecord) == RECORDS["algorithm_record_v2"]


@pytest.mark.parametrize("form", ["", "_least"])
def test_an_algorithm_record_without_is_settled_is_settled(form: str) -> None:
    older = msgspec.json.decode(golden(f"algorithm_record_v1{form}"), type=AlgorithmRecord)
    assert older == RECORDS[f"algorithm_record_v2{form}"]


def test_every_golden_file_is_used() -> None:
    older = {"algorithm_record_v1", "algorithm_record_v1_least"}
    used = {*JOBS, *RESULTS, *EVENTS, *RECORDS, *older, "algorithm_spec_v1"}
    assert {path.stem for path in GOLDEN.glob("*.json")} == used
