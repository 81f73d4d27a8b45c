"""What is started for a record, what is done about workers that end, and what logs tell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mip.errors import ProvisioningFailedError
from mip.server.provisioner import Site, logs
from mip.server.provisioner.containers import container_launch, container_name, run_arguments
from mip.server.provisioner.crashes import (
    LONGEST_PAUSE_SECONDS,
    QUICK_SECONDS,
    TROUBLE_AFTER,
    Ends,
    after_end,
    in_words,
    pause_after,
    trouble_of,
)
from mip.server.provisioner.launch import (
    Launch,
    process_launch,
    process_settings,
    reference_of,
    size_of,
)
from mip.server.provisioner.logs import bound, last_words
from mip.server.secrets import open_secrets
from mip.settings import inherited_by_workers
from tests.unit.control_house import make_record

if TYPE_CHECKING:
    from mip.contracts import AlgorithmRecord

SITE = Site(
    root=Path("/data"),
    transport_url="sqlite:/data/queue.db",
    state_url="sqlite:/data/state.db",
    objects_url="folder:/data/results",
    pacs_url="folder:/images",
    pacs_key="key-of-the-pacs",
)
INSTALLED = ["processing-1", "window"]
ECR = "1234.dkr.ecr.eu-west-1.amazonaws.com/processing_1:latest"


# What runs


@pytest.mark.parametrize(
    ("image_uri", "changes", "expected"),
    [
        ("python:my.module:name", {}, "python:my.module:name"),
        ("file:/code/a.py", {}, "file:/code/a.py"),
        ("file:/code/a.py:name", {}, "file:/code/a.py:name"),
        (ECR, {"algorithm_id": "processing-1"}, "processing-1"),
        ("window", {"algorithm_id": "window"}, "window"),
        (ECR, {"algorithm_id": "another"}, None),
        (ECR, {"algorithm_id": "processing-1", "runtime": "foreign"}, None),
    ],
)
def test_code_is_named_by_its_image_or_by_its_id(
    image_uri: str, changes: dict[str, Any], expected: str | None
) -> None:
    assert reference_of(make_record(image_uri=image_uri, **changes), INSTALLED) == expected


def test_a_file_is_the_same_from_any_folder() -> None:
    reference = reference_of(make_record(image_uri="file:code/a.py"), [])
    assert reference == f"file:{Path.cwd()}/code/a.py"


@pytest.mark.parametrize(
    ("cpu", "memory", "expected"),
    [
        (256, 512, ("1", "512")),
        (1024, 2048, ("1", "2048")),
        (2048, 6144, ("2", "3072")),
        (4096, 8192, ("4", "2048")),
    ],
)
def test_cpu_and_memory_are_jobs_at_once_and_their_shares(
    cpu: int, memory: int, expected: tuple[str, str]
) -> None:
    size = size_of(make_record(cpu=cpu, memory=memory), {})
    assert (size["MIP_CONCURRENCY"], size["MIP_MEMORY_MIB"]) == expected
    assert size["OMP_NUM_THREADS"] == "1"
    assert size_of(make_record(), {"OMP_NUM_THREADS": "4"})["OMP_NUM_THREADS"] == "4"


def launch(record: AlgorithmRecord, *, digest: str = "d", release: str = "1", **env: str) -> Launch:
    settings = process_settings(record, SITE, reference="window", inherited=env)
    return process_launch(record, settings, code_digest=digest, release=release, inherited=env)


def test_what_the_platform_gives_wins_over_the_record_and_that_over_the_server() -> None:
    record = make_record(env={"MIP_CONCURRENCY": "3", "EXTRA_DEBUG": "1"}, cpu=2048, memory=4096)
    environment = launch(
        record, MIP_CONCURRENCY="9", MIP_LOG="json", MIP_SLOT="/other", QUEUE_URL="other", HOME="/h"
    ).environment
    assert environment["MIP_CONCURRENCY"] == "3"
    assert environment["EXTRA_DEBUG"] == "1"
    assert environment["MIP_LOG"] == "json"
    assert environment["HOME"] == "/h"
    assert environment["QUEUE_URL"].startswith("sqlite:/data/queue.db#mip-threshold-filter-")
    assert environment["RESULT_QUEUE"] == "sqlite:/data/queue.db#ResultsQueue.fifo"
    assert environment["MIP_SLOT"] == ""
    assert environment["PACS_API_KEY"] == "key-of-the-pacs"


def test_a_key_that_the_site_does_not_tell_is_the_servers() -> None:
    site = replace(SITE, pacs_key="")
    inherited = {"PACS_API_KEY": "from the environment"}
    settings = process_settings(make_record(), site, reference="window", inherited=inherited)
    assert settings.pacs_api_key == "from the environment"
    started = container_launch(make_record(), site, program="docker", inherited=inherited)
    assert started.environment["PACS_API_KEY"] == "from the environment"
    assert "PACS_API_KEY" in started.arguments


def test_a_wrong_variable_of_a_record_is_named() -> None:
    with pytest.raises(ProvisioningFailedError, match="env of threshold-filter: MIP_CONCURRENCY"):
        launch(make_record(env={"MIP_CONCURRENCY": "many"}))


def test_a_stamp_differs_with_anything_that_a_worker_is_started_with() -> None:
    stamps = [
        launch(make_record()).stamp,
        launch(make_record(cpu=2048, memory=4096)).stamp,
        launch(make_record(env={"A": "1"})).stamp,
        launch(make_record(), digest="e").stamp,
        launch(make_record(), release="2").stamp,
        launch(make_record(), MIP_LOG="json").stamp,
    ]
    assert len(set(stamps)) == len(stamps)
    same = launch(make_record(description="x", desired_count=5), HOME="/elsewhere")
    assert same.stamp == stamps[0]


def test_workers_inherit_nothing_that_is_for_the_server_alone(monkeypatch) -> None:
    monkeypatch.setenv("MIP_ADMIN_KEY", "k")
    monkeypatch.setenv("MIP_LOG", "json")
    monkeypatch.setenv("OTHER", "1")
    inherited = inherited_by_workers()
    assert "MIP_ADMIN_KEY" not in inherited
    assert (inherited["MIP_LOG"], inherited["OTHER"]) == ("json", "1")


# Containers


def test_a_container_is_run_with_the_environment_of_the_platform() -> None:
    record = make_record(
        image_uri=ECR,
        cpu=2048,
        memory=4096,
        env={"OMP_NUM_THREADS": "2"},
        command=("/app/run", "x"),
    )
    assert run_arguments(record, SITE) == (
        "--cpus=2",
        "--memory=4096m",
        *("--env", "ALGO_ID", "--env", "OMP_NUM_THREADS", "--env", "OUTPUT_BUCKET"),
        *("--env", "PACS_API_BASE", "--env", "PACS_API_KEY", "--env", "QUEUE_URL"),
        *("--env", "RESULT_QUEUE"),
        *("--volume", "/data:/data", "--volume", "/images:/images:ro"),
        *("--tmpfs", "/data/secrets:ro"),
        *(ECR, "/app/run", "x"),
    )
    started = container_launch(record, SITE, program="/bin/docker", inherited={"HOME": "/h"})
    assert started.arguments[:2] == ("/bin/docker", "threshold-filter")
    assert started.environment["PACS_API_KEY"] == "key-of-the-pacs"
    assert "key-of-the-pacs" not in " ".join(started.arguments), "all users can read a command line"
    other = container_launch(
        make_record(image_uri=ECR), SITE, program="/bin/docker", inherited={"HOME": "/h"}
    )
    assert other.stamp != started.stamp


def test_a_container_does_not_see_what_the_server_signs_with(tmp_path: Path) -> None:
    open_secrets(tmp_path, "")
    [kept] = tmp_path.iterdir()
    arguments = run_arguments(make_record(image_uri=ECR), replace(SITE, root=tmp_path))
    assert arguments[arguments.index("--tmpfs") + 1] == f"{kept}:ro"


def test_an_image_that_would_be_an_option_is_refused() -> None:
    with pytest.raises(ProvisioningFailedError, match="got an option"):
        container_launch(
            make_record(image_uri="--privileged"), SITE, program="docker", inherited={}
        )


def test_a_container_is_named_by_its_slot_and_data_folder() -> None:
    first = container_name("window", Path("/a/slots/window/0.lock"))
    assert first.startswith("mip-window-0-")
    assert first != container_name("window", Path("/b/slots/window/0.lock"))


# Ends


def test_quick_ends_in_a_row_are_counted_and_a_long_life_begins_anew() -> None:
    ends = Ends()
    for _ in range(3):
        ends = after_end(ends, code=-9, lived_seconds=1.0)
    assert (ends.quick, ends.how) == (3, "SIGKILL, perhaps out of memory")
    assert after_end(ends, code=1, lived_seconds=QUICK_SECONDS).quick == 1


def test_only_a_worker_that_cannot_start_is_given_up() -> None:
    assert after_end(Ends(), code=2, lived_seconds=1.0).is_final
    for code in (0, 1, 3, -9, None):
        assert not after_end(Ends(quick=99), code=code, lived_seconds=1.0).is_final


@given(st.integers(0, 10_000), st.floats(0.0, 1.0))
def test_pauses_grow_to_a_bound(quick: int, jitter: float) -> None:
    pause = pause_after(Ends(quick=quick), jitter=jitter)
    assert 0.0 <= pause <= LONGEST_PAUSE_SECONDS
    assert pause <= pause_after(Ends(quick=quick + 2), jitter=jitter) or quick == 0
    assert (pause == 0.0) is (quick == 0)


def test_several_quick_ends_are_told_and_few_are_not() -> None:
    assert trouble_of(Ends(quick=TROUBLE_AFTER - 1), slot=0) == ""
    told = trouble_of(Ends(quick=TROUBLE_AFTER, how="exit code 1"), slot=2)
    assert told.startswith("worker 2 ended 5 times in a row")
    assert "exit code 1" in told


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (None, "nobody saw how"),
        (0, "exit code 0"),
        (-15, "SIGTERM"),
        (-9, "SIGKILL, perhaps out of memory"),
        (-200, "signal 200"),
    ],
)
def test_an_end_is_told_in_words(code: int | None, words: str) -> None:
    assert in_words(code) == words


# Logs


def test_only_what_the_worker_itself_says_is_told_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "a-0.log"
    log.write_text("mip worker: an older start\n")
    after = log.stat().st_size
    assert last_words(log, after=after) == ""
    with log.open("a") as file:
        file.write("Doe^John was here\nmip worker: expected ALGO_ID\nDoe^John again\n")
    assert last_words(log, after=after) == "expected ALGO_ID"
    assert last_words(log, after=10_000_000) == ""


def test_last_words_are_bounded(tmp_path: Path) -> None:
    log = tmp_path / "a-0.log"
    log.write_bytes(b"x" * 100_000 + b"\nmip worker: " + b"\xff" * 5000 + b"\n")
    assert len(last_words(log, after=0)) == 600


def test_a_log_is_bounded_while_somebody_writes_to_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 10)
    log = tmp_path / "a-0.log"
    bound(log)
    with log.open("ab", buffering=0) as writer:
        writer.write(b"0123456789")
        bound(log)
        assert log.read_bytes() == b"0123456789"
        writer.write(b"+")
        bound(log)
        writer.write(b"new")
    assert log.read_bytes() == b"new"
    assert (tmp_path / "a-0.log.1").read_bytes() == b"0123456789+"
