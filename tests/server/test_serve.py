"""``mip serve`` as a process: how it starts, what it refuses, how it ends, what it adopts."""

from __future__ import annotations

import json
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from mip.cli import main
from mip.cli.advice import Exit
from mip.settings import child_environment

from .process import ADMIN, MIP, end, processes_of, serving, until, workers_of

if TYPE_CHECKING:
    import httpx

CERTIFICATE = Path(__file__).parent / "localhost.pem"
SERVICE_RESTART = 1012  # of the registry of RFC 6455


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server without algorithms."""
    data = tmp_path_factory.mktemp("served") / "data"
    with serving(data, "--no-algorithms") as server:
        yield server


def mip_serve(*arguments: str) -> tuple[int, dict[str, str], str]:
    """Run a ``mip serve`` that ends by itself; return its exit code, error and words."""
    done = subprocess.run(
        [MIP, "serve", *arguments, "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)["error"], done.stderr


def test_it_tells_programs_where_it_listens(served):
    assert served.told["pid"] == served.process.pid
    assert Path(served.told["data"]).is_dir()
    assert "admin_key" not in served.told
    answer = served.http.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "healthy")
    assert "server" not in answer.headers


def test_the_page_runs_its_own_script_only(served):
    answer = served.http.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert "Not for diagnostic use" in answer.text
    assert len(answer.content) < 6144


def test_a_second_server_on_its_folder_is_refused(served):
    data = served.told["data"]
    code, error, _ = mip_serve("--data", data, "--port", "0")
    assert (code, error["code"]) == (Exit.USAGE, "cli.folder_taken")
    assert served.address in error["message"]
    assert str(served.process.pid) in error["message"]
    assert served.http.get("/health").status_code == 200


def test_a_port_in_use_is_told_in_words(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, error, _ = mip_serve("--data", str(tmp_path / "data"), "--port", port)
    assert (code, error["code"]) == (Exit.UNREACHABLE, "cli.address_in_use")
    assert port in error["message"]


def test_an_address_of_another_machine_is_told_in_words(tmp_path):
    code, error, _ = mip_serve("--data", str(tmp_path / "data"), "--host", "192.0.2.1")
    assert (code, error["code"]) == (Exit.UNREACHABLE, "cli.address_not_usable")


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["--algorithm", "nonsense"], Exit.NOT_FOUND),
        (["--algorithm", "window", "--no-algorithms"], Exit.USAGE),
        (["--tls-key", str(CERTIFICATE)], Exit.USAGE),
        (["--tls-cert", __file__], Exit.USAGE),
        (["scans", "--pacs", "folder:scans"], Exit.USAGE),
        (["--port", "65536"], Exit.USAGE),
        (["--host", ""], Exit.USAGE),
        (["no-such-folder"], Exit.USAGE),
        (["--pacs", "nonsense:"], Exit.USAGE),
    ],
)
def test_what_cannot_be_served_is_refused_before_anything_is_started(
    tmp_path, arguments, exit_code
):
    data = tmp_path / "data"
    options = ["--data", str(data)]
    if "--port" not in arguments:
        options += ["--port", "0"]
    result = CliRunner().invoke(main, ["serve", *arguments, *options])
    assert result.exit_code == exit_code, result.output
    assert "Traceback" not in result.output
    assert workers_of(data) == set()


def test_a_data_folder_is_made_for_its_owner_and_not_for_a_server_that_is_refused(tmp_path):
    data = tmp_path / "data"
    refused = CliRunner().invoke(main, ["serve", str(tmp_path / "absent"), "--data", str(data)])
    assert refused.exit_code == Exit.USAGE
    assert not data.exists()
    with serving(data, "--no-algorithms"):
        assert data.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("missing", ["uvicorn", "starlette", "websockets"])
def test_without_its_extra_it_says_how_to_get_it(tmp_path, missing):
    program = (
        f"import sys; sys.modules[{missing!r}] = None; from mip.cli import main;"
        f"main(['serve', '--data', {str(tmp_path / 'data')!r}, '--port', '0'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == Exit.USAGE, done.stderr
    assert "pip install 'mip-imaging[server]'" in done.stderr


def test_the_operators_key_is_made_once_and_shown_once(tmp_path):
    data = tmp_path / "data"
    with serving(data, "--no-algorithms", MIP_ADMIN_KEY="") as server:
        header = {"x-admin-key": server.told["admin_key"]}
        assert server.http.get("/admin/algorithms", headers=header).status_code == 200
        assert server.told["admin_key"] in (tmp_path / "data.log").read_text()
    with serving(data, "--no-algorithms", MIP_ADMIN_KEY="") as server:
        assert "admin_key" not in server.told
        assert server.http.get("/admin/algorithms", headers=header).status_code == 200
        assert server.http.get("/admin/algorithms", headers=ADMIN).status_code == 401


def test_it_speaks_tls(tmp_path):
    trust = ssl.create_default_context(cafile=CERTIFICATE)
    options = ["--no-algorithms", "--tls-cert", str(CERTIFICATE)]
    with serving(tmp_path / "data", *options, verify=trust) as server:
        assert server.address.startswith("https://")
        assert server.http.get("/health").status_code == 200


def test_told_to_stop_it_tells_those_who_listen_to_come_back(tmp_path):
    with serving(tmp_path / "data", "--no-algorithms") as server:
        client = server.http.post("/provision").json()
        address = f"ws{server.address.removeprefix('http')}/?token={client['token']}"
        with connect(address, proxy=None) as listener:
            server.process.terminate()
            with pytest.raises(ConnectionClosedError) as closed:
                listener.recv(timeout=30)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == SERVICE_RESTART
        assert server.process.wait(60) == Exit.OK


def test_told_to_stop_it_ends_its_workers_and_itself(tmp_path):
    data = tmp_path / "data"
    with serving(data, "--algorithm", "window") as server:
        until(lambda: bool(workers_of(data)))
        assert server.stop() == Exit.OK
        assert processes_of(data) == {}


def test_ctrl_c_while_it_starts_is_heeded(tmp_path):
    data = tmp_path / "data"
    command = [MIP, "serve", "--data", data, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            until((data / "server.lock").exists)
            process.send_signal(signal.SIGINT)
            _, words = process.communicate(timeout=60)
        finally:
            end(process)
    assert process.returncode == Exit.OK
    assert "Traceback" not in words
    assert processes_of(data) == {}


def test_a_killed_server_s_workers_are_adopted(tmp_path):
    data = tmp_path / "data"
    with serving(data, "--algorithm", "window") as server:
        server.until_active("window")
        workers = workers_of(data)
        assert len(workers) == 1
        server.process.kill()
    assert workers_of(data) == workers
    with serving(data, "--algorithm", "window") as server:
        server.until_active("window")
        assert workers_of(data) == workers
        assert server.stop() == Exit.OK
    assert processes_of(data) == {}


def test_what_an_operator_deleted_is_not_registered_again(tmp_path):
    data = tmp_path / "data"
    with serving(data, "--algorithm", "window") as server:
        server.until_active("window")
        server.http.delete("/algorithms/window?hard=true", headers=ADMIN).raise_for_status()
        until(lambda: status_of(server.http, "window") == "DELETED")
    with serving(data, "--algorithm", "window") as server:
        assert status_of(server.http, "window") == "DELETED"


def status_of(http: httpx.Client, name: str) -> str:
    return str(http.get(f"/admin/algorithms/{name}", headers=ADMIN).json()["status"])


def test_environment_of_the_server_is_checked_before_it_starts(tmp_path):
    done = subprocess.run(
        [MIP, "serve", "--data", tmp_path / "data"],
        env=child_environment({"MIP_CLIENTS": "everybody", "MIP_MAX_BODY_KIB": "-1"}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == Exit.USAGE
    assert "MIP_CLIENTS" in done.stderr
    assert "MIP_MAX_BODY_KIB" in done.stderr
