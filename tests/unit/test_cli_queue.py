"""``mip submit``, ``jobs``, ``dlq`` and ``worker`` over one data folder."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from datetime import datetime
from functools import partial
from pathlib import Path

import anyio
import pydicom.data
import pytest
from click.testing import CliRunner

from mip.cli import main
from mip.cli.advice import Exit
from mip.cli.asking import confirm
from mip.cli.console import Console
from mip.cli.datafolder import DataFolder
from mip.cli.deployment import opened
from mip.cli.desk import LocalDesk
from mip.cli.invocation import CommandError
from mip.cli.jobs import event_words
from mip.cli.watching import Watcher
from mip.contracts import (
    AlgorithmSpec,
    AttemptFailed,
    ErrorInfo,
    JobRequest,
    PathReference,
    request_queue,
)
from mip.outbox import REQUEST_QUEUE_OPTIONS
from mip.settings import CommandSettings
from mip.state import Ending
from mip.transport import Message, SetAside

SAMPLES = Path(pydicom.data.__file__).parent / "test_files"
MIP = Path(sys.executable).parent / "mip"
SPEC = AlgorithmSpec(id="window", version="1.0.0")


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder with the jobs ``a``, ``b`` (ended well) and ``c`` (dead) in it."""
    monkeypatch.setenv("MIP_DATA", str(tmp_path / "data"))
    anyio.run(fill, tmp_path / "data")
    return tmp_path / "data"


async def fill(root: Path) -> None:
    queue = request_queue(SPEC.id)
    async with opened(DataFolder.open(root)) as deployment:
        await deployment.transport.create_queue(queue, REQUEST_QUEUE_OPTIONS)
        await deployment.outbox.create_results_queue()
        for name in ("a", "b", "c"):
            image = PathReference(study_id="-", series_id="-", image_id=f"{name}.dcm")
            request = JobRequest(client_id="me", job_id=name, pacs=image)
            record = (await deployment.jobs.submit(request, SPEC)).record
            if name == "b":
                finish = await deployment.records.finish(
                    record.job, Ending(outcome="succeeded", meta={"pixels": 7})
                )
                await deployment.outbox.announce(finish.result)
            if name == "c":
                error = ErrorInfo(code="dicom.malformed", message="expected a header")
                await deployment.records.finish(record.job, Ending(outcome="failed", error=error))
        deliveries = await deployment.transport.receive(queue, max_messages=10)
        await deployment.transport.settle(
            queue, dead_letters=[SetAside(deliveries[2].receipt, "dicom.malformed")]
        )


def mip(*arguments: str, **options):
    return CliRunner().invoke(main, list(arguments), **options)


def shown(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def letters():
    return shown(mip("dlq", "list", "--json"))["dead_letters"]


def test_jobs_are_listed_newest_first(data):
    assert [job["job_id"] for job in shown(mip("jobs", "list", "--json"))["jobs"]] == [
        "c",
        "b",
        "a",
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--state", "failed"], ["c"]),
        (["--client", "me", "--before", "c"], ["b", "a"]),
        (["--client", "nobody"], []),
        (["--limit", "1"], ["c"]),
    ],
)
def test_list_of_jobs_can_be_narrowed(data, options, expected):
    jobs = shown(mip("jobs", "list", "--json", *options))["jobs"]
    assert [job["job_id"] for job in jobs] == expected


def test_list_for_people_is_a_table(data):
    lines = mip("jobs", "list").stdout.splitlines()
    assert lines[0].split()[:4] == ["job", "client", "algorithm", "state"]
    assert lines[1].split()[-1] == "dicom.malformed"
    assert mip("jobs", "list", "--client", "nobody").stdout == ""


def test_page_before_a_job_needs_its_client(data):
    result = mip("jobs", "list", "--before", "c")
    assert result.exit_code == Exit.USAGE
    assert "--client" in result.stderr


def test_job_is_shown_with_what_happened_to_it(data):
    told = shown(mip("jobs", "show", "b", "--client", "me", "--json"))
    assert told["jobs"][0]["meta"] == {"pixels": 7}
    assert [event["type"] for event in told["events"]] == ["queued", "finished"]
    text = mip("jobs", "show", "b", "--client", "me").stdout
    assert "pixels: 7" in text
    assert "finished outcome=succeeded seq=1" in text


def test_event_with_an_error_is_told_by_its_code():
    error = ErrorInfo(code="algorithm.failed", message="it raised ValueError")
    event = AttemptFailed(at="2026-01-01T00:00:00Z", worker="w", attempt=2, error=error)
    expected = "2026-01-01T00:00:00Z failed worker=w attempt=2 error=algorithm.failed"
    assert event_words(event) == expected


@pytest.mark.parametrize("command", ["show", "cancel", "watch", "retry"])
def test_job_that_is_not_there_is_not_found(data, command):
    assert mip("jobs", command, "zzz", "--client", "me").exit_code == Exit.NOT_FOUND


def test_watch_ends_when_the_jobs_have_and_as_they_did(data):
    result = mip("jobs", "watch", "b", "c", "--client", "me", "--json")
    lines = [json.loads(line)["job"] for line in result.stdout.splitlines()]
    assert [(line["seq"], line["job_id"]) for line in lines] == [(1, "b"), (2, "c")]
    assert result.exit_code == Exit.SOME_FAILED


@pytest.mark.parametrize(("after", "printed"), [(1, ["c"]), (2, []), (10**20, [])])
def test_watch_ends_by_jobs_whose_results_it_leaves_out(data, after, printed):
    result = mip("jobs", "watch", "b", "c", "--client", "me", "--json", "--after", str(after))
    assert [json.loads(line)["job"]["job_id"] for line in result.stdout.splitlines()] == printed
    assert result.exit_code == Exit.SOME_FAILED


async def test_watch_ends_by_a_job_that_ends_below_the_number_it_begins_after(data, capsys):
    watcher = Watcher(Console(CommandSettings()), client="me", names={"a"}, after=1000)
    async with opened(DataFolder.open(data)) as deployment, anyio.create_task_group() as tasks:
        tasks.start_soon(watcher.run, LocalDesk(deployment))
        record = await deployment.jobs.show("me", "a")
        await deployment.records.finish(record.job, Ending(outcome="succeeded"))
    assert watcher.counts == {"succeeded": 1}
    assert capsys.readouterr().out == ""


def watching(data: Path, *names: str) -> subprocess.Popen[bytes]:
    command = [str(MIP), "jobs", "watch", *names, "--client", "me", "--data", str(data)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize(("names", "exit_code"), [((), Exit.OK), (("a", "b"), Exit.INTERRUPTED)])
def test_watch_ends_when_its_reader_has_gone(data, names, exit_code):
    with watching(data, *names) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"1 b ")
            process.stdout.close()
            assert process.wait(timeout=20) == exit_code
        finally:
            process.kill()


def test_watch_that_prints_nothing_ends_when_its_reader_has_gone(data):
    with watching(data, "a") as process:
        try:
            assert process.stdout is not None
            process.stdout.close()
            assert process.wait(timeout=20) == Exit.INTERRUPTED
        finally:
            process.kill()


def test_queued_job_is_cancelled_for_good(data):
    (job,) = shown(mip("jobs", "cancel", "a", "--client", "me", "--json"))["jobs"]
    assert job["status"] == "cancelled"
    assert "is cancelled" in mip("jobs", "cancel", "a", "--client", "me").stdout


@pytest.mark.parametrize(("job", "state"), [("b", "succeeded"), ("c", "failed")])
def test_job_that_had_ended_is_not_cancelled_and_a_script_can_tell(data, job, state):
    result = mip("jobs", "cancel", job, "--client", "me")
    assert result.exit_code == Exit.ALL_FAILED
    assert result.stdout == f"{job} has {state} before; nothing was cancelled\n"


def test_ended_job_is_retried_as_a_new_one_that_names_it(data):
    again = mip("jobs", "retry", "b", "--client", "me")
    assert again.exit_code == 0
    name = again.stdout.strip()
    (job,) = shown(mip("jobs", "show", name, "--client", "me", "--json"))["jobs"]
    assert (job["parent"], job["status"]) == ("b", "queued")
    assert "  parent: b" in mip("jobs", "show", name, "--client", "me").stdout.splitlines()
    twice = mip("jobs", "retry", "b", "--client", "me", "--json")
    assert [job["job_id"] for job in shown(twice)["jobs"]] == [name]
    assert "retried before" in twice.stderr
    mip("jobs", "cancel", name, "--client", "me")
    (job,) = shown(mip("jobs", "show", name, "--client", "me", "--json"))["jobs"]
    assert (job["parent"], job["status"]) == ("b", "cancelled")


def test_job_that_has_not_ended_is_not_retried(data):
    result = mip("jobs", "retry", "a", "--client", "me", "--json")
    assert result.exit_code == Exit.USAGE
    assert json.loads(result.stdout)["error"]["code"] == "control.job_not_ended"


def test_dead_letters_of_all_algorithms_are_listed_with_their_reason(data):
    (letter,) = letters()
    assert (letter["job_id"], letter["client_id"], letter["algo_id"]) == ("c", "me", "window")
    assert letter["reason"] == "dicom.malformed"
    assert datetime.fromisoformat(letter["dead_at"]).tzinfo is not None
    assert "dicom.malformed" in mip("dlq", "list", "window").stdout


def test_dead_letters_of_code_in_a_file_are_named_by_the_file_too(data, tmp_path):
    code = tmp_path / "other.py"
    code.write_text(
        "import mip\n\n@mip.algorithm(id='window', version='9')\n"
        "def other(image: mip.Image) -> dict:\n    return {}\n"
    )
    assert "dicom.malformed" in mip("dlq", "list", str(code)).stdout
    assert "runs again as job c~" in mip("dlq", "redrive", str(code)).stdout


def test_dead_letter_is_shown_by_its_id(data):
    (letter,) = letters()
    assert "deliveries: 1" in mip("dlq", "show", "window", letter["id"]).stdout
    assert shown(mip("dlq", "show", "window", letter["id"], "--json"))["dead_letters"] == [letter]


@pytest.mark.parametrize("command", ["show", "redrive", "purge"])
def test_dead_letter_that_is_not_there_is_not_found(data, command):
    result = mip("dlq", command, "window", "zzz")
    assert result.exit_code == Exit.NOT_FOUND
    assert "mip dlq list window" in result.stderr


def test_job_that_failed_is_redriven_as_a_new_job(data):
    assert shown(mip("dlq", "redrive", "window", "--dry-run", "--json"))["redriven"] == []
    assert len(letters()) == 1
    (redriven,) = shown(mip("dlq", "redrive", "window", "--json"))["redriven"]
    assert redriven["job_id"].startswith("c~")
    assert letters() == []
    queued = shown(mip("jobs", "list", "--state", "queued", "--json"))["jobs"]
    assert redriven["job_id"] in [job["job_id"] for job in queued]


def test_redrive_tells_what_became_of_each(data):
    assert "would be redriven" in mip("dlq", "redrive", "window", "--dry-run").stdout
    assert "runs again as job c~" in mip("dlq", "redrive", "window").stdout


def test_purge_asks_for_yes_where_there_is_no_terminal(data):
    result = mip("dlq", "purge", "window")
    assert result.exit_code == Exit.USAGE
    assert "--yes" in result.stderr
    assert len(letters()) == 1


def test_purge_without_standard_input_has_nobody_to_ask(monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(CommandError, match="no terminal"):
        confirm("forget?", yes=False)


def test_purge_asks_at_a_terminal(data, monkeypatch):
    monkeypatch.setattr("mip.cli.asking._is_terminal", lambda: True)
    assert mip("dlq", "purge", "window", input="n\n").exit_code == Exit.INTERRUPTED
    assert len(letters()) == 1
    assert mip("dlq", "purge", "window", input="y\n").exit_code == 0
    assert letters() == []


def test_command_that_was_stopped_prints_one_object_too(data, monkeypatch):
    monkeypatch.setattr("mip.cli.asking._is_terminal", lambda: True)
    result = mip("dlq", "purge", "window", "--json", input="n\n")
    assert result.exit_code == Exit.INTERRUPTED
    assert json.loads(result.stdout)["error"]["code"] == "cli.interrupted"


def test_error_of_a_watch_is_one_line(data):
    assert mip("jobs", "watch", "zzz", "--json").stdout.count("\n") == 1


def test_purge_forgets_what_it_was_told_to(data):
    assert "would be forgotten" in mip("dlq", "purge", "window", "--dry-run").stdout
    told = shown(mip("dlq", "purge", "window", "--yes", "--json"))
    assert told["dropped"] == 1
    assert letters() == []
    assert shown(mip("dlq", "purge", "window", "--json"))["dropped"] == 0


def test_dead_letter_that_nobody_can_read_is_still_listed(data):
    async def spoil() -> None:
        queue = request_queue(SPEC.id)
        async with opened(DataFolder.open(data)) as deployment:
            message = Message(body=b"\xff", group_id="g", dedup_id="d")
            await deployment.transport.publish(queue, [message])
            (delivery,) = await deployment.transport.receive(queue)
            await deployment.transport.settle(
                queue, dead_letters=[SetAside(delivery.receipt, "contract.invalid")]
            )

    anyio.run(spoil)
    assert "?" in mip("dlq", "list", "window").stdout
    assert "cannot be read" in mip("dlq", "redrive", "window").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["jobs", "list"],
        ["jobs", "show", "x"],
        ["dlq", "list"],
        ["dlq", "purge", "window", "--yes"],
    ],
)
def test_folder_without_records_is_not_made_by_looking(tmp_path, arguments):
    result = mip(*arguments, "--data", str(tmp_path / "none"))
    assert result.exit_code == Exit.NOT_FOUND
    assert not (tmp_path / "none").exists()


def test_damaged_records_end_in_words(tmp_path):
    (tmp_path / "state.db").write_bytes(b"not a database" * 100)
    result = mip("jobs", "list", "--data", str(tmp_path))
    assert result.exit_code == Exit.UNREACHABLE
    assert "Traceback" not in result.output


def test_submission_is_recorded_and_queued_before_the_command_ends(data):
    (job,) = shown(mip("submit", "window", "--image", "x/y.dcm", "--job-id", "j", "--json"))["jobs"]
    assert (job["job_id"], job["status"], job["input"]) == ("j", "queued", "x/y.dcm")
    again = mip("submit", "window", "--image", "x/y.dcm", "--job-id", "j")
    assert again.exit_code == 0
    assert "submitted before" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["--image", "x.dcm", "--job-id", "a", "--client", "me"], Exit.USAGE, "job id"),
        ([], Exit.USAGE, "expected an image"),
        (["--image", "x.dcm", "--study-uid", "1.2"], Exit.USAGE, "expected an image"),
        (["--series", "ct"], Exit.USAGE, "expected one image"),
        (["--image", "../x.dcm"], Exit.USAGE, "pacs.image_id"),
        (["--study-uid", "1.2", "--series-uid", "x", "--instance-uid", "1"], Exit.USAGE, "series"),
        (["--image", "x.dcm", "-p", "center=here", "-p", "sigma=1"], Exit.USAGE, "sigma"),
        (["--image", "x.dcm", "--client", "a b"], Exit.USAGE, "client_id"),
        (["--image", "x.dcm", "--order", "a b"], Exit.USAGE, "ordering_key"),
    ],
)
def test_wrong_submission_is_refused_in_words(data, arguments, exit_code, words):
    result = mip("submit", "window", *arguments)
    assert result.exit_code == exit_code, result.output
    assert words in result.stderr
    assert len(shown(mip("jobs", "list", "--json"))["jobs"]) == 3


def test_image_can_be_named_by_its_uids(data):
    uids = ["--study-uid", "1.2", "--series-uid", "1.2.3", "--instance-uid", "1.2.3.4"]
    (job,) = shown(mip("submit", "window", *uids, "--json"))["jobs"]
    assert job["input"] == "1.2.3.4"


def test_worker_takes_jobs_from_submit_and_stops_when_told(tmp_path):
    scans, root = tmp_path / "scans", tmp_path / "data"
    scans.mkdir()
    shutil.copy(SAMPLES / "CT_small.dcm", scans)
    run = partial(subprocess.run, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    log = (tmp_path / "log").open("w")
    with (
        log,
        subprocess.Popen(
            [MIP, "worker", "window", "--data", root, "--pacs", scans, "-j", "1", "--log", "json"],
            stderr=log,
        ) as worker,
    ):
        try:
            good = run(
                [
                    MIP,
                    "submit",
                    "window",
                    "--data",
                    root,
                    "--image",
                    "CT_small.dcm",
                    "--wait",
                    "--json",
                ],
                check=False,
            )
            bad = run(
                [
                    MIP,
                    "submit",
                    "window",
                    "--data",
                    root,
                    "--image",
                    "absent.dcm",
                    "--wait",
                    "--json",
                ],
                check=False,
            )
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(timeout=20) == 0
        finally:
            worker.kill()
    (job,) = json.loads(good.stdout)["jobs"]
    assert (good.returncode, job["status"]) == (0, "succeeded"), good.stderr
    assert pydicom.dcmread(job["dicom"]["path"]).SOPInstanceUID == job["dicom"]["sop_instance_uid"]
    (job,) = json.loads(bad.stdout)["jobs"]
    assert (bad.returncode, job["error"]["code"]) == (1, "pacs.instance_not_found")
    messages = [json.loads(line)["message"] for line in (tmp_path / "log").read_text().splitlines()]
    assert "worker.started" in messages
    assert messages[-1] == "worker.stopped"


@pytest.fixture
def started(monkeypatch):
    """The settings of each worker that ``mip worker`` would have run."""
    settings = []

    def run_worker(each):
        settings.append(each)
        return Exit.OK

    monkeypatch.setattr("mip.cli.worker.run_worker", run_worker)
    return settings


def test_worker_of_what_is_not_installed_makes_nothing(tmp_path, started):
    done = mip("worker", "nosuch", "--data", str(tmp_path / "data"))
    assert done.exit_code == Exit.NOT_FOUND
    assert "known are" in done.stderr
    assert not (tmp_path / "data").exists()
    assert started == []


def test_worker_takes_its_limits_from_the_environment(tmp_path, monkeypatch, started):
    limits = {"MIP_MEMORY_MIB": "512", "MIP_MAX_CRASHES": "2", "MIP_DECODE_TIMEOUT_SECONDS": "7"}
    others = {"MIP_CONCURRENCY": "3", "MIP_LOG": "json"}
    for name, value in {**limits, **others}.items():
        monkeypatch.setenv(name, value)
    assert mip("worker", "window", "--data", str(tmp_path)).exit_code == Exit.OK
    (settings,) = started
    assert settings.mip_memory_mib == 512
    assert settings.mip_max_crashes == 2
    assert settings.mip_decode_timeout_seconds == 7
    assert (settings.mip_concurrency, settings.mip_log) == (3, "json")


def test_worker_takes_an_option_and_the_data_folder_before_the_environment(
    tmp_path, monkeypatch, started
):
    names = ("QUEUE_URL", "OUTPUT_BUCKET", "PACS_API_BASE", "MIP_STATE", "ALGO_ID", "MIP_ALGORITHM")
    for name in (*names, "RESULT_QUEUE"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("MIP_CONCURRENCY", "3")
    monkeypatch.setenv("MIP_LOG", "json")
    options = ["--data", str(tmp_path), "-j", "1", "--log", "console"]
    assert mip("worker", "window", *options).exit_code == Exit.OK
    (settings,) = started
    assert "elsewhere" not in settings.environment().values()
    assert (settings.mip_concurrency, settings.mip_log) == (1, "console")


def test_worker_with_a_wrong_limit_does_not_start(tmp_path, monkeypatch, started):
    monkeypatch.setenv("MIP_MEMORY_MIB", "much")
    result = mip("worker", "window", "--data", str(tmp_path))
    assert result.exit_code == Exit.USAGE
    assert "MIP_MEMORY_MIB" in result.stderr
    assert started == []


def test_worker_of_an_unknown_algorithm_does_not_start(tmp_path):
    result = mip("worker", "no-such.py", "--data", str(tmp_path))
    assert result.exit_code == Exit.NOT_FOUND


def waiting_for_nobody(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a submission that waits without a worker until it says so, then press Ctrl-C."""
    arguments = ["--image", "x.dcm", "--job-id", "j", "--data", str(data), "--wait", *options]
    with subprocess.Popen(
        [str(MIP), "submit", "window", *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            told = process.stderr.readline() + process.stderr.readline()
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=20)
        finally:
            process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, told + stderr)


def test_submit_that_waits_in_vain_says_what_is_needed(data):
    done = waiting_for_nobody(data)
    job, needed, *_ = done.stderr.splitlines()
    assert job == "waiting for job j"
    assert "the job is queued, behind others or for want of a worker" in needed
    assert done.returncode == Exit.INTERRUPTED
    assert "Traceback" not in done.stderr


def test_submit_that_is_stopped_says_how_to_go_on_watching(data):
    done = waiting_for_nobody(data)
    assert done.stdout == "j\n"
    command = done.stderr.splitlines()[-1]
    assert command == f"mip jobs watch j --client cli --data {data}"


def test_submit_that_is_stopped_still_prints_one_object(data):
    (job,) = json.loads(waiting_for_nobody(data, "--json").stdout)["jobs"]
    assert (job["job_id"], job["status"]) == ("j", "queued")
