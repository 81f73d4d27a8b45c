"""The commands at a server: the same as on a data folder, by calls over HTTP."""

from __future__ import annotations

import json
import socket
import stat
import threading
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest
from click.testing import CliRunner

from mip.cli import main, submit
from mip.cli.advice import Exit
from mip.cli.remote import Login, Logins
from mip.cli.remote.operations import RemoteAlgorithms
from mip.contracts import ErrorInfo, Output, StoredObject, request_queue
from mip.control import HealthReport, Provisioned
from mip.errors import ProvisioningFailedError
from mip.server.app import create_app
from mip.server.services import Services, opened
from mip.server.web import Listener, address_of, listen
from mip.state import Ending
from mip.transport import SetAside
from tests.server.house import ADMIN_KEY, NoWorkers, config, no_workers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from anyio.from_thread import BlockingPortal
    from click.testing import Result

    from mip.contracts import AlgorithmRecord

SCHEMA = {"type": "object", "properties": {"threshold": {"type": "number", "maximum": 1}}}


class Site:
    """A server without workers, and what a worker would do there."""

    def __init__(self, portal: BlockingPortal, services: Services, address: str) -> None:
        self.services = services
        self.address = address
        self._portal = portal

    def finish(self, client_id: str, job_id: str, **ending: Any) -> None:
        async def end() -> None:
            record = await self.services.jobs.show(client_id, job_id)
            wanted = Ending(**{"outcome": "succeeded", **ending})
            finish = await self.services.stores.jobs.finish(record.job, wanted)
            await self.services.outbox.announce(finish.result)

        self._portal.call(end)

    def set_aside(self, name: str) -> None:
        """Make a dead letter of the first job on an algorithm's queue."""

        async def put() -> None:
            queue = request_queue(name)
            (delivery,) = await self.services.transport.receive(queue)
            letter = SetAside(delivery.receipt, "dicom.malformed")
            await self.services.transport.settle(queue, dead_letters=[letter])

        self._portal.call(put)


@asynccontextmanager
async def _served(root: Path) -> AsyncIterator[tuple[Services, str]]:
    async with opened(config(root), provisioner=no_workers) as services:
        listener = listen("127.0.0.1", 0)
        web = Listener(create_app(services))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(web.serve, sockets=[listener]))
            try:
                yield services, address_of(listener, is_tls=False)
            finally:
                web.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    """A server on which ``noop`` takes jobs."""
    root = tmp_path_factory.mktemp("site")
    with (
        anyio.from_thread.start_blocking_portal() as portal,
        portal.wrap_async_context_manager(_served(root)) as (services, address),
    ):
        made = Site(portal, services, address)
        file = root / "schema.json"
        file.write_text(json.dumps(SCHEMA))
        done = mip(
            *("algorithm", "register", "noop", "--image-uri", "noop", "--parameters", str(file)),
            *("--wait", "--server", address),
            env={"MIP_ADMIN_KEY": ADMIN_KEY},
        )
        assert done.exit_code == 0, done.output
        yield made


@pytest.fixture
def home(tmp_path, monkeypatch, site):
    """A user who names the server by the environment, and has no login there."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("MIP_SERVER", site.address)
    monkeypatch.setenv("MIP_ADMIN_KEY", "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def operator(home, monkeypatch):
    monkeypatch.setenv("MIP_ADMIN_KEY", ADMIN_KEY)
    return home


def mip(*arguments: str, **options: Any) -> Result:
    result = CliRunner().invoke(main, list(arguments), **options)
    assert "Traceback" not in result.output
    return result


def shown(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def error_of(result: Result) -> str:
    return str(json.loads(result.stdout)["error"]["code"])


def submitted(*options: str) -> dict[str, Any]:
    """Submit a job; return its report."""
    (job,) = shown(mip("submit", "noop", "--image", "i.dcm", "--json", *options))["jobs"]
    return dict(job)


def test_the_first_submission_logs_in_and_later_ones_are_the_same_client(home):
    first, second = submitted(), submitted()
    assert first["client_id"] == second["client_id"]
    assert first["status"] == "queued"
    (login,) = (home / "config" / "mip" / "logins").iterdir()
    assert stat.S_IMODE(login.stat().st_mode) == 0o600
    assert not (home / "mip-data").exists()


def test_a_data_folder_that_is_named_with_the_server_keeps_the_login(home, site):
    submitted("--server", site.address, "--data", str(home / "data"))
    assert list((home / "data" / "logins").iterdir())
    assert not (home / "config").exists()


def test_a_data_folder_that_is_named_alone_is_not_the_server(home):
    result = mip("jobs", "list", "--data", str(home / "none"))
    assert result.exit_code == Exit.NOT_FOUND


def test_the_older_name_of_the_variable_is_heeded(home, site, monkeypatch):
    monkeypatch.setenv("MIP_SERVER", "")
    monkeypatch.setenv("API_BASE", f"{site.address}/")
    assert submitted()["status"] == "queued"


def test_jobs_are_shown_as_on_a_data_folder(home, site):
    job = submitted("-p", "threshold=0.5")
    name, client = job["job_id"], job["client_id"]
    (listed,) = shown(mip("jobs", "list", "--json"))["jobs"]
    assert listed == job
    site.finish(client, name, meta={"pixels": 7})
    told = shown(mip("jobs", "show", name, "--json"))
    assert told["jobs"][0]["meta"] == {"pixels": 7}
    assert [event["type"] for event in told["events"]] == ["queued", "finished"]
    assert "pixels: 7" in mip("jobs", "show", name).stdout
    assert name in mip("jobs", "list").stdout


def test_outputs_are_links(home, site):
    job = submitted()
    output = Output(
        role="mask", sop_instance_uid="1.2", bucket="folder:x", key="noop/1.dcm", sha256="0" * 64
    )
    stored = StoredObject(bucket="folder:x", key="noop/1.dcm")
    assert stored.url is None
    site.finish(job["client_id"], job["job_id"], outputs=(output,))
    (told,) = shown(mip("jobs", "show", job["job_id"], "--json"))["jobs"]
    assert told["outputs"][0]["path"].startswith(f"{site.address}/objects/noop/1.dcm?")


def test_jobs_of_others_are_not_shown(home, site):
    job = submitted("--data", str(home / "other"), "--server", site.address)
    submitted()
    assert mip("jobs", "show", job["job_id"]).exit_code == Exit.NOT_FOUND
    names = [each["job_id"] for each in shown(mip("jobs", "list", "--json"))["jobs"]]
    assert job["job_id"] not in names
    result = mip("jobs", "show", job["job_id"], "--client", job["client_id"], "--json")
    assert (result.exit_code, error_of(result)) == (Exit.AUTH, "control.unauthenticated")


def test_operators_see_the_jobs_of_all(operator):
    job = submitted()
    (first,) = shown(mip("jobs", "list", "--limit", "1", "--json"))["jobs"]
    assert first == job
    older = ["--client", job["client_id"], "--before", job["job_id"]]
    assert shown(mip("jobs", "list", "--json", *older))["jobs"] == []


def test_a_job_is_cancelled_and_retried(home):
    name = submitted()["job_id"]
    assert mip("jobs", "retry", name).exit_code == Exit.USAGE
    assert "is cancelled" in mip("jobs", "cancel", name).stdout
    again = mip("jobs", "retry", name).stdout.strip()
    (job,) = shown(mip("jobs", "show", again, "--json"))["jobs"]
    assert (job["parent"], job["status"]) == (name, "queued")


def test_watch_prints_results_in_order_and_ends_as_they_did(home, site):
    jobs = [submitted(), submitted()]
    error = ErrorInfo(code="dicom.malformed", message="expected a header")
    site.finish(jobs[1]["client_id"], jobs[1]["job_id"], outcome="failed", error=error)
    late = threading.Timer(0.3, site.finish, [jobs[0]["client_id"], jobs[0]["job_id"]])
    late.start()
    result = mip("jobs", "watch", *(job["job_id"] for job in jobs), "--json")
    late.join()
    lines = [json.loads(line)["job"] for line in result.stdout.splitlines()]
    assert [line["job_id"] for line in lines] == [jobs[1]["job_id"], jobs[0]["job_id"]]
    assert [line["seq"] for line in lines] == [1, 2]
    assert result.exit_code == Exit.SOME_FAILED


def test_watch_reads_results_by_calls_where_there_is_no_websocket(home, site, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "websockets.asyncio.client", None)
    job = submitted()
    site.finish(job["client_id"], job["job_id"])
    assert mip("jobs", "watch", job["job_id"]).exit_code == 0


def test_submission_waits_for_its_end(home, site):
    client = submitted()["client_id"]
    late = threading.Timer(1.0, site.finish, [client, "waited"], {"meta": {"pixels": 7}})
    late.start()
    result = mip("submit", "noop", "--image", "i.dcm", "--job-id", "waited", "--wait")
    late.join()
    assert result.exit_code == 0, result.output
    assert '{"pixels":7}' in result.stdout


def test_a_wait_tells_that_the_algorithm_is_not_well(home, site, monkeypatch):
    client = submitted()["client_id"]
    looks: list[str] = []

    async def health(self: RemoteAlgorithms) -> HealthReport:
        looks.append("look")
        if len(looks) == 2:
            await anyio.to_thread.run_sync(site.finish, client, "ailing")
        problems = ("noop is ERROR; its record says why", "other is ERROR; its record says why")
        return HealthReport(status="degraded", timestamp="", problems=problems)

    monkeypatch.setattr(RemoteAlgorithms, "health", health)
    for name in ("_PATIENCE_SECONDS", "_LOOK_SECONDS"):
        monkeypatch.setattr(submit, name, 0.01)
    result = mip("submit", "noop", "--image", "i.dcm", "--job-id", "ailing", "--wait")
    assert result.exit_code == 0, result.output
    assert result.stderr.count("noop is ERROR; its record says why") == 1
    assert "other" not in result.stderr


def test_same_job_twice_is_one_and_another_under_its_id_is_refused(home):
    first = submitted("--job-id", "j", "-p", "threshold=0.5")
    assert submitted("--job-id", "j", "-p", "threshold=0.5") == first
    other = ["submit", "noop", "--image", "other.dcm", "--job-id", "j", "--json"]
    result = mip(*other)
    assert (result.exit_code, error_of(result)) == (Exit.USAGE, "state.job_conflict")


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["noop"], Exit.USAGE),
        (["noop", "--image", "i", "-p", "threshold=2"], Exit.USAGE),
        (["noop", "--image", "i", "-p", "colour=red"], Exit.USAGE),
        (["nothing-of-this-name", "--image", "i"], Exit.NOT_FOUND),
        (["../admin", "--image", "i"], Exit.NOT_FOUND),
        (["noop?x=1", "--image", "i"], Exit.NOT_FOUND),
        (["noop@9.9.9", "--image", "i"], Exit.NOT_FOUND),
        (["noop", "--image", "../../etc/passwd\0"], Exit.USAGE),
        (["noop", "--image", "i", "--client", "somebody"], Exit.AUTH),
        (["noop", "--image", "i", "--job-id", "a b"], Exit.USAGE),
    ],
)
def test_what_cannot_be_submitted_is_refused_in_words(home, arguments, exit_code):
    result = mip("submit", *arguments)
    assert result.exit_code == exit_code, result.output
    assert result.stderr.startswith("error: ")


def test_dead_letters_are_listed_shown_redriven_and_purged(operator, site):
    assert mip("algorithm", "register", "letters", "letters", "--wait").exit_code == 0
    (ours,) = shown(mip("submit", "letters", "--image", "i.dcm", "--json"))["jobs"]
    site.set_aside("letters")
    (letter,) = shown(mip("dlq", "list", "letters", "--json"))["dead_letters"]
    assert (letter["job_id"], letter["reason"]) == (ours["job_id"], "dicom.malformed")
    assert letter in shown(mip("dlq", "list", "--json"))["dead_letters"]
    assert "deliveries: 1" in mip("dlq", "show", "letters", letter["id"]).stdout
    assert mip("dlq", "show", "letters", "zzz").exit_code == Exit.NOT_FOUND
    assert "would be" in mip("dlq", "redrive", "letters", "--dry-run").stdout
    assert "is on its queue again" in mip("dlq", "redrive", "letters").stdout
    site.set_aside("letters")
    assert mip("dlq", "purge", "letters").exit_code == Exit.USAGE
    assert shown(mip("dlq", "purge", "letters", "--yes", "--json"))["dropped"] == 1
    assert shown(mip("dlq", "list", "letters", "--json"))["dead_letters"] == []


def test_an_algorithm_from_registered_to_deleted(operator):
    assert "ACTIVE" in mip("algorithm", "register", "full-life", "x", "--wait").stdout
    again = mip("algorithm", "register", "full-life", "x", "--json")
    assert (again.exit_code, error_of(again)) == (Exit.USAGE, "control.already_registered")
    told = shown(
        mip("algorithm", "update", "full-life", "--cpu", "4096", "--env", "A=b=c", "--json")
    )
    assert told["algorithms"][0]["env"] == {"A": "b=c"}
    assert told["algorithms"][0]["memory"] == 8192
    assert any("memory" in note for note in told["notes"])
    assert "SCALED_DOWN" in mip("algorithm", "scale", "full-life", "0", "--wait").stdout
    result = mip("submit", "full-life", "--image", "i", "--json")
    assert (result.exit_code, error_of(result)) == (Exit.NOT_FOUND, "control.algorithm_inactive")
    (record,) = shown(mip("algorithm", "show", "full_life", "--json"))["algorithms"]
    assert (record["status"], record["name"]) == ("SCALED_DOWN", "full-life")
    assert "cpu: 4096" in mip("algorithm", "show", "full-life").stdout
    assert mip("algorithm", "delete", "full-life", "--hard").exit_code == Exit.USAGE
    hard = mip("algorithm", "delete", "full-life", "--hard", "--yes", "--wait")
    assert "DELETED" in hard.stdout
    assert "full-life" not in mip("algorithm", "list").stdout
    assert "full-life" in mip("algorithm", "list", "--deleted").stdout


def test_waiting_for_a_change_tells_that_it_cannot_be_made(operator, monkeypatch):
    assert mip("algorithm", "register", "goes-wrong", "x", "--wait").exit_code == 0

    async def fail(self: NoWorkers, record: AlgorithmRecord) -> Provisioned:
        raise ProvisioningFailedError("it does not load")

    async def trouble(self: NoWorkers, record: AlgorithmRecord) -> Provisioned:
        return Provisioned(is_settled=False, trouble="worker 0 has ended 5 times")

    for ensure, words in ((trouble, "ACTIVE: worker 0"), (fail, "ERROR: it does not load")):
        monkeypatch.setattr(NoWorkers, "ensure", ensure)
        told = mip("algorithm", "update", "goes-wrong", "--env", "X=2", "--wait")
        assert (told.exit_code, words in told.stdout) == (Exit.ALL_FAILED, True), told.output


def test_what_keeps_everything_is_not_said_to_be_final(operator):
    told = mip("algorithm", "delete", "noop")
    assert "scale noop to zero, and keep it?" in told.stderr
    assert "undone" not in told.stderr
    assert "cannot be undone" in mip("algorithm", "delete", "noop", "--hard").stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["register", "some-name"],
        ["register", "some-name", "x", "--image-uri", "y"],
        ["register", "a b", "x"],
        ["register", "some-name", "x", "--cpu", "3"],
        ["register", "some-name", "x", "--env", "QUEUE_URL=mine"],
        ["register", "some-name", "x", "--env", "no-value"],
        ["register", "some-name", "x", "--parameters", __file__],
        ["update", "noop"],
        ["update", "noop", "--status", "dancing"],
        ["scale", "noop", "-1"],
        ["scale", "noop", "many"],
        ["delete", "noop", "--force", "--yes"],
        ["delete", "noop"],
    ],
)
def test_what_cannot_be_registered_or_changed_is_refused_in_words(operator, arguments):
    result = mip("algorithm", *arguments)
    assert result.exit_code == Exit.USAGE, result.output
    assert result.stderr.startswith("error: ")


def test_algorithm_that_is_not_there_is_not_found(operator):
    assert mip("algorithm", "show", "nothing-of-this-name").exit_code == Exit.NOT_FOUND
    assert mip("algorithm", "show", "../queues").exit_code == Exit.NOT_FOUND


def test_what_operators_do_needs_their_key(home, monkeypatch):
    result = mip("algorithm", "list", "--json")
    assert (result.exit_code, error_of(result)) == (Exit.AUTH, "cli.no_admin_key")
    monkeypatch.setenv("MIP_ADMIN_KEY", "wrong")
    result = mip("algorithm", "list", "--json")
    assert (result.exit_code, error_of(result)) == (Exit.AUTH, "control.unauthenticated")
    monkeypatch.setenv("MIP_ADMIN_KEY", "ключ")
    assert mip("algorithm", "list").exit_code == Exit.USAGE


def test_what_is_done_at_a_server_needs_one(home, monkeypatch):
    monkeypatch.setenv("MIP_SERVER", "")
    result = mip("algorithm", "list")
    assert result.exit_code == Exit.USAGE
    assert "--server" in result.stderr


def test_nobody_who_is_not_logged_in_has_jobs(home):
    for command in (["jobs", "list"], ["jobs", "watch"], ["jobs", "cancel", "x"]):
        result = mip(*command, "--json")
        assert (result.exit_code, error_of(result)) == (Exit.AUTH, "cli.no_login")


def test_health_is_told_of_a_server_and_of_a_data_folder(home, site):
    result = mip("health", "--json")
    report = json.loads(result.stdout)["health"]
    assert report["status"] == "degraded"
    assert result.exit_code == Exit.SOME_FAILED
    assert "noop" in mip("health").stdout
    mip("submit", "window", "--image", "i.dcm", "--data", str(home / "data"))
    local = mip("health", "--data", str(home / "data"))
    assert local.exit_code == Exit.SOME_FAILED, local.output
    assert "jobs: 1 queued" in local.stdout
    assert "window has jobs queued (1) and no worker" in local.stdout


def test_a_token_past_half_its_time_is_renewed_and_an_ended_one_is_a_new_client(home, site):
    first = submitted()["client_id"]
    logins = Logins(home / "config" / "mip" / "logins")
    login = logins.of(site.address)
    assert login is not None

    def age(**fields: Any) -> None:
        values = {name: getattr(login, name) for name in Login.__struct_fields__}
        logins.keep(Login(**{**values, **fields}))

    age(renew_at=0.0)
    assert submitted()["client_id"] == first
    renewed = logins.of(site.address)
    assert renewed is not None
    assert renewed.renew_at > 0
    age(expires_at=0.0)
    assert submitted()["client_id"] != first


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8080",
        "ftp://localhost",
        "http://",
        "http://user:secret@localhost",
        "http://localhost:99999",
        "http://localhost/?a=b",
        "http://local host",
        "http://localhost\n",
        "http://[::1",
    ],
)
def test_what_is_no_address_is_refused(home, url):
    assert mip("jobs", "list", "--server", url).exit_code == Exit.USAGE


def test_wrong_address_in_the_environment_is_refused(home, monkeypatch):
    monkeypatch.setenv("MIP_SERVER", "nonsense")
    assert mip("jobs", "list").exit_code == Exit.USAGE


def test_server_that_does_not_answer_is_unreachable(home):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        result = mip("health", "--server", f"http://127.0.0.1:{port}", "--json")
    assert (result.exit_code, error_of(result)) == (Exit.UNREACHABLE, "cli.server_unreachable")


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """A server that answers everything alike."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - as http.server calls them

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as there
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"status": "dancing", "timestamp": "t"}'),
        (200, b"[" * 100_000),
        (200, b"\xff"),
        (500, b"{}"),
        (404, b'{"message": "Not Found"}'),
        (502, b"Bad Gateway"),
        (307, b""),
    ],
)
def test_what_is_no_server_of_ours_is_told(home, status, body):
    with answering(status, body, location="http://127.0.0.1:9/") as address:
        result = mip("health", "--server", address, "--json")
    assert (result.exit_code, error_of(result)) == (Exit.UNREACHABLE, "cli.not_a_server")


@pytest.mark.parametrize(
    ("status", "exit_code"),
    [(401, Exit.AUTH), (403, Exit.AUTH), (404, Exit.NOT_FOUND), (422, Exit.USAGE)],
)
def test_errors_keep_their_words_and_tell_terminals_nothing(operator, status, exit_code):
    body = json.dumps({"error": {"code": "a.b", "message": "no \x1b[2J way"}, "request_id": "r"})
    with answering(status, body.encode()) as address:
        result = mip("algorithm", "list", "--server", address, "--json")
    assert (result.exit_code, error_of(result)) == (exit_code, "a.b")
    assert "no ?[2J way" in result.stderr


@pytest.mark.parametrize("body", [b"{}", b'{"client_id": "c", "token": "t", "expires_at": "x"}'])
def test_a_server_that_gives_no_token_is_none_of_ours(home, body):
    with answering(200, body) as address:
        result = mip("submit", "noop", "--image", "i", "--server", address, "--json")
    assert error_of(result) == "cli.not_a_server"
    assert not (home / "config" / "mip" / "logins").exists()


@pytest.mark.parametrize("content", ["", "{}", "nonsense", '{"server": "another"}'])
def test_a_login_that_cannot_be_read_is_none(tmp_path, content):
    logins = Logins(tmp_path)
    proof = "t"
    login = Login(server="http://a", client_id="c", token=proof, expires_at=1.0, renew_at=0.5)
    logins.keep(login)
    assert logins.of("http://a") == login
    (file,) = tmp_path.iterdir()
    file.write_text(content)
    assert logins.of("http://a") is None


def test_all_jobs_are_listed_whatever_the_server_makes_a_page_of(operator, site, monkeypatch):
    client, options = "many", ("--client", "many")
    for number in range(5):
        mip("submit", "noop", "--image", "i.dcm", "--job-id", f"j{number}", *options)
    monkeypatch.setattr("mip.server.routes.jobs.PAGE", 2)
    monkeypatch.setattr("mip.server.routes.jobs.MAX_PAGE_BYTES", 1)
    for limit, expected in ((1000, 5), (5, 5), (3, 3), (2, 2)):
        listed = shown(mip("jobs", "list", *options, "--limit", str(limit), "--json"))["jobs"]
        assert [each["job_id"] for each in listed] == [f"j{4 - n}" for n in range(expected)]
        assert {each["client_id"] for each in listed} == {client}
