"""Kill a server and its workers at random while clients work; then count what each client got.

``python -m tests.faults.serve_kill9 --jobs 2000 --clients 20`` is the full run; the test suite runs
a small one. Clients speak HTTP by httpx and WebSocket by ``websockets``, and know of the server
what its documentation says: the same ``job_id`` may be sent again, and results are resumed after
the last ``seq``.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import httpx
from pydicom.data import get_testdata_file
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from mip.clock import SystemClock
from mip.contracts import RESULTS_QUEUE, request_queue
from mip.settings import child_environment
from mip.state import open_job_store
from mip.transport import open_transport
from tests.server.process import ADMIN, END_SECONDS, KEY, MIP, end, processes_of, workers_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ALGORITHM = "noop"
CODE = Path(__file__).parent / "algorithms" / f"{ALGORITHM}.py"
QUEUE = request_queue(ALGORITHM)
IMAGE = {"study_id": "s", "series_id": "s", "image_id": "ct.dcm", "scope": "image"}
RETRY_SECONDS = 0.1
AT_ONCE = 4
"""Jobs that one client submits at a time."""
STARTING_SHARE = 0.2
"""Of the servers, which are killed before they may have answered a call; and of the kills of
workers, which wait for no job to be done since the last."""
SERVER_LIFE = 3.0
"""How many times as long as the time between two kills of workers a server lives."""


@dataclass
class Report:
    """What a run showed."""

    jobs: int
    clients: int
    server_kills: int = 0
    worker_kills: int = 0
    seconds: float = 0.0
    answers: dict[str, int] = field(default_factory=dict)
    calls_broken_off: int = 0
    connections: int = 0
    results: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    clients_in_order: int = 0
    clients_with_all: int = 0
    objects: int = 0
    objects_named: int = 0
    dead_letters: int = 0
    left_on_queues: int = 0
    unannounced: int = 0
    exit_code: int | None = None
    processes_left: int = 0

    @property
    def is_perfect(self) -> bool:
        """True when each client has each of its results once, in order, and nothing is left."""
        return (
            self.results == self.objects == self.objects_named == self.jobs
            and self.statuses == {"succeeded": self.jobs}
            and set(self.answers) <= {"202"}
            and self.clients_in_order == self.clients_with_all == self.clients
            and not self.dead_letters
            and not self.left_on_queues
            and not self.unannounced
            and self.exit_code == 0
            and not self.processes_left
        )


class House:
    """A data folder with one image, and the server on it, which may be killed and started."""

    def __init__(self, root: Path) -> None:
        self.data = root / "data"
        self.was_killed = anyio.Event()
        self._pacs = root / "pacs"
        self._log = root / "server.log"
        self._pacs.mkdir(parents=True)
        shutil.copyfile(str(get_testdata_file("CT_small.dcm")), self._pacs / "ct.dcm")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        command = [str(MIP), "serve", str(self._pacs), "--data", str(self.data)]
        command += ["--port", str(self._port), "--no-algorithms", "--json"]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                command,
                env=child_environment({"MIP_ADMIN_KEY": KEY, "MIP_PROVISIONS_PER_MINUTE": "0"}),
                stdout=log,
                stderr=log,
                text=True,
            )

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Send SIGTERM; return the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(END_SECONDS)

    def clear(self) -> None:
        """End what a run that failed has left."""
        if self._process is not None:
            end(self._process)
        for pid in processes_of(self.data):
            _kill(pid)

    def objects(self) -> set[str]:
        return {str(path.relative_to(self._results)) for path in self._results.glob("*/*.dcm")}

    @property
    def _results(self) -> Path:
        return self.data / "results"

    def log(self) -> str:
        """Return the end of what the server and its workers wrote."""
        logs = [self._log, *sorted((self.data / "logs").glob("*.log"))]
        return "\n".join(f"{path.name}:\n{path.read_text()[-4000:]}" for path in logs)


class Client:
    """Submits its jobs and receives its results, whatever happens to the server meanwhile."""

    def __init__(self, house: House, http: httpx.AsyncClient, report: Report) -> None:
        self._house = house
        self._http = http
        self._report = report
        self._client_id = ""
        self._token = ""
        self.received: list[dict[str, Any]] = []

    async def run(self, indices: list[int]) -> None:
        """Get an identity, then submit and receive at the same time until all has come.

        The last job is kept back until the server was killed once, so that no run is without.
        """
        issued = (await self.call("POST", "/provision")).json()
        self._client_id, self._token = issued["client_id"], issued["token"]
        places = anyio.Semaphore(AT_ONCE)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._receive, len(indices))
            for index in indices:
                if index == indices[-1]:
                    await self._house.was_killed.wait()
                await places.acquire()
                tasks.start_soon(self._submit, index, places)

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Make a call until there is an answer."""
        while True:
            try:
                return await self._http.request(method, path, **options)
            except httpx.TransportError:
                self._report.calls_broken_off += 1
                await anyio.sleep(RETRY_SECONDS)

    async def _submit(self, index: int, places: anyio.Semaphore) -> None:
        body = {"job_id": f"job-{index}", "pacs": IMAGE, "parameters": {"index": index}}
        headers = {"authorization": f"Bearer {self._token}"}
        answer = await self.call("POST", f"/process/{ALGORITHM}", json=body, headers=headers)
        status = str(answer.status_code)
        self._report.answers[status] = self._report.answers.get(status, 0) + 1
        places.release()

    async def _receive(self, count: int) -> None:
        while len(self.received) < count:
            try:
                await self._listen(count)
            except (OSError, WebSocketException):
                await anyio.sleep(RETRY_SECONDS)

    async def _listen(self, count: int) -> None:
        after = self.received[-1]["seq"] if self.received else 0
        address = self._house.url.replace("http", "ws", 1)
        query = f"client_id={self._client_id}&token={self._token}&after={after}"
        async with connect(f"{address}/?{query}", proxy=None, compression=None) as channel:
            self._report.connections += 1
            while len(self.received) < count:
                frame = json.loads(await channel.recv())
                if "type" not in frame:
                    self.received.append(frame)


async def run(
    root: Path,
    *,
    jobs: int,
    clients: int,
    workers: int,
    kill_every: float,
    limit: float,
    seed: int,
) -> Report:
    """Let clients work while the server and its workers are killed; report what came of it."""
    report = Report(jobs=jobs, clients=clients)
    house = House(root)
    rng = random.Random(seed)
    begun = time.monotonic()
    house.start()
    try:
        async with httpx.AsyncClient(base_url=house.url, trust_env=False, timeout=30) as http:
            crowd = [Client(house, http, report) for _ in range(clients)]
            with anyio.move_on_after(limit):
                await _register(crowd[0], workers)
                async with anyio.create_task_group() as killing:
                    killing.start_soon(_kill_servers, house, report, SERVER_LIFE * kill_every, rng)
                    killing.start_soon(_kill_workers, house, report, kill_every, rng)
                    await _work(crowd, jobs)
                    killing.cancel_scope.cancel()
                await _until_settled(house)
        report.exit_code = await anyio.to_thread.run_sync(house.stop)
        report.processes_left = len(processes_of(house.data))
        await _count(house, crowd, report)
    finally:
        await anyio.to_thread.run_sync(house.clear)
    report.seconds = round(time.monotonic() - begun, 1)
    if not report.is_perfect:
        print(house.log(), file=sys.stderr)
    return report


async def _register(client: Client, workers: int) -> None:
    """Register the algorithm, and wait until it takes jobs."""
    body = {
        "algo_id": ALGORITHM,
        "image_uri": f"file:{CODE}",
        "desired_count": workers,
        "env": {"MIP_LEASE_SECONDS": "3"},
    }
    answer = await client.call("POST", "/admin/algorithms", json=body, headers=ADMIN)
    answer.raise_for_status()
    path = f"/admin/algorithms/{ALGORITHM}"
    while (await client.call("GET", path, headers=ADMIN)).json()["status"] != "ACTIVE":  # noqa: ASYNC110 - the server tells nobody
        await anyio.sleep(RETRY_SECONDS)


async def _work(crowd: list[Client], jobs: int) -> None:
    async with anyio.create_task_group() as tasks:
        for number, client in enumerate(crowd):
            tasks.start_soon(client.run, list(range(number, jobs, len(crowd))))


async def _kill_servers(house: House, report: Report, every: float, rng: random.Random) -> None:
    """Kill each server while it starts, or some time after it first answers; start another."""
    while True:
        if rng.random() > STARTING_SHARE:
            await _until_answering(house)
        await anyio.sleep(every * rng.uniform(0.0, 2.0))
        await anyio.to_thread.run_sync(house.kill)
        house.was_killed.set()
        house.start()
        report.server_kills += 1


async def _until_answering(house: House) -> None:
    async with httpx.AsyncClient(base_url=house.url, trust_env=False, timeout=30) as http:
        while True:
            try:
                await http.get("/health")
            except httpx.TransportError:
                await anyio.sleep(RETRY_SECONDS)
            else:
                return


async def _kill_workers(house: House, report: Report, every: float, rng: random.Random) -> None:
    """Kill a worker now and then: mostly when jobs were done, however slow the machine is.

    Workers that are all killed while they start show little, and get nothing done.
    """
    while True:
        done = len(house.objects())
        await anyio.sleep(every * rng.uniform(0.5, 1.5))
        if rng.random() > STARTING_SHARE:
            while len(house.objects()) == done:  # noqa: ASYNC110 - another process cannot tell us
                await anyio.sleep(RETRY_SECONDS)
        if workers := sorted(workers_of(house.data)):
            _kill(rng.choice(workers))
            report.worker_kills += 1


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is on queues and records."""

    messages: int
    dead_letters: int
    unannounced: int


@asynccontextmanager
async def _looking(house: House) -> AsyncIterator[Any]:
    """Open queues and records beside the server; yields a function that tells what is left."""
    clock = SystemClock()
    transport = open_transport(f"sqlite:{house.data / 'queue.db'}", clock=clock)
    jobs = await open_job_store(f"sqlite:{house.data / 'state.db'}", clock=clock)

    async def look() -> Left:
        messages = 0
        for queue in (QUEUE, RESULTS_QUEUE):
            depth = await transport.depth(queue)
            messages += depth.waiting + depth.in_flight + depth.delayed
        return Left(
            messages=messages,
            dead_letters=len(await transport.dead_letters(QUEUE, limit=1000)),
            unannounced=len(await jobs.unannounced(before=time.time() + 1, limit=1000)),
        )

    try:
        yield look
    finally:
        await jobs.aclose()
        await transport.aclose()


async def _until_settled(house: House) -> None:
    """Wait until messages that killed processes had on loan have come back and are done with."""
    async with _looking(house) as look:
        while (left := await look()).messages or left.unannounced:  # noqa: ASYNC110 - as above
            await anyio.sleep(0.2)


async def _count(house: House, crowd: list[Client], report: Report) -> None:
    results = [result for client in crowd for result in client.received]
    report.results = len(results)
    report.statuses = dict(collections.Counter(result["status"] for result in results))
    for number, client in enumerate(crowd):
        wanted = [f"job-{index}" for index in range(number, report.jobs, len(crowd))]
        seqs = [result["seq"] for result in client.received]
        report.clients_in_order += seqs == list(range(1, len(seqs) + 1))
        had = sorted(result["job_id"] for result in client.received)
        report.clients_with_all += had == sorted(wanted)
    stored = house.objects()
    report.objects = len(stored)
    named = {output["key"] for result in results for output in result.get("outputs", ())}
    report.objects_named = len(named & stored)
    async with _looking(house) as look:
        left = await look()
    report.left_on_queues = left.messages
    report.dead_letters = left.dead_letters
    report.unannounced = left.unannounced


def main() -> int:
    """Run from the command line; exit code 0 when the run was perfect."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--kill-every", type=float, default=1.5, metavar="SECONDS")
    parser.add_argument("--limit", type=float, default=900.0, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the data folder")
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="mip-serve-kill9-"))
    try:
        report = anyio.run(
            lambda: run(
                root,
                jobs=options.jobs,
                clients=options.clients,
                workers=options.workers,
                kill_every=options.kill_every,
                limit=options.limit,
                seed=options.seed,
            )
        )
    finally:
        if options.keep:
            print(root, file=sys.stderr)
        else:
            shutil.rmtree(root, ignore_errors=True)
    print(json.dumps({**asdict(report), "is_perfect": report.is_perfect}))
    return 0 if report.is_perfect else 1


if __name__ == "__main__":
    sys.exit(main())
