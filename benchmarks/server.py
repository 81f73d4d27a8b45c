"""The server beside the same service as a user would write it with FastAPI, arq and Redis.

``python -m benchmarks.server`` starts each contender in turn, as processes of their own on loopback
with one worker process, has the same load generator speak to it, and repeats that for several
rounds:

* latency: a job posted when nothing else is under way, from the first byte of the ``POST`` to its
  result on the WebSocket; p50 and p99. A no-op algorithm on one 512 x 512 CT;
* posts: ``POST /process`` per second over several connections at once, with the worker at work;
* jobs: from the first of these to the last result on the WebSocket.

Needs ``redis-server`` (``apt-get install redis-server``) and the dependency group ``bench``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.overhead import machine, prepare
from mip.settings import child_environment

KEY = "benchmark"
CODE = Path(__file__).parents[1] / "tests" / "faults" / "algorithms" / "noop.py"
IMAGE = {"study_id": "s", "series_id": "s", "image_id": "ct.dcm", "scope": "image"}
WARM_UP = 20
START_SECONDS = 60.0
JOB_SECONDS = 30.0
OURS = "mip serve"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a contender listens, and how a client shows who it is."""

    port: int
    client_id: str
    token: str = ""

    def post(self, job: str, index: int) -> bytes:
        """Return a job as the bytes of an HTTP request."""
        body = {
            "job_id": job,
            "client_id": self.client_id,
            "pacs": IMAGE,
            "parameters": {"index": index},
        }
        content = json.dumps(body).encode()
        head = (
            "POST /process/noop HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {self.token}\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content

    def socket(self) -> connect:
        """Open the client's WebSocket."""
        url = f"ws://127.0.0.1:{self.port}/?client_id={self.client_id}&token={self.token}"
        return connect(url, proxy=None, compression=None)


class Connection:
    """A kept connection, and no more of HTTP than this needs: the generator must be cheap."""

    def __init__(self, stream: anyio.abc.SocketStream) -> None:
        self._stream = stream

    @classmethod
    @asynccontextmanager
    async def open(cls, port: int) -> AsyncIterator[Connection]:
        """Connect for the block."""
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            yield cls(stream)

    async def send(self, request: bytes) -> None:
        """Make a call; its answer has to be 202."""
        await self._stream.send(request)
        answer = await self._stream.receive()
        while b"\r\n\r\n" not in answer:
            answer += await self._stream.receive()
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 202 "):
            raise RuntimeError(f"expected 202, got {answer.decode()}")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += await self._stream.receive()


async def result(channel: ClientConnection) -> str:
    """Return the job of the next result."""
    with anyio.fail_after(JOB_SECONDS):
        while True:
            frame = json.loads(await channel.recv())
            if "job_id" in frame:
                if frame["status"] != "succeeded":
                    raise RuntimeError(f"expected a success, got {frame}")
                return str(frame["job_id"])


async def latencies(place: Place, count: int) -> list[float]:
    """Return the milliseconds of jobs one after the other."""
    times = []
    async with place.socket() as channel, Connection.open(place.port) as connection:
        for index in range(count):
            begun = time.perf_counter()
            await connection.send(place.post(f"one-{index}", index))
            await result(channel)
            times.append(1000 * (time.perf_counter() - begun))
    return sorted(times[WARM_UP:])


async def load(place: Place, jobs: int, connections: int) -> dict[str, float]:
    """Post jobs over several connections, and wait for their results."""
    posted = 0.0
    numbers = iter(range(jobs))

    async def post() -> None:
        nonlocal posted
        async with Connection.open(place.port) as connection:
            for number in numbers:
                await connection.send(place.post(f"many-{number}", 1_000_000 + number))
        posted = time.perf_counter()

    async with place.socket() as channel:
        begun = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for _ in range(connections):
                tasks.start_soon(post)
            done = {await result(channel) for _ in range(jobs)}
        ended = time.perf_counter()
    if len(done) != jobs:
        raise RuntimeError(f"expected {jobs} results, got {len(done)}")
    return {
        "posts_per_second": jobs / (posted - begun),
        "jobs_per_second": jobs / (ended - begun),
    }


async def measure(place: Place, options: argparse.Namespace) -> dict[str, float]:
    """Measure one contender that runs."""
    times = await latencies(place, WARM_UP + options.latency_jobs)
    return {
        "p50_ms": statistics.median(times),
        "p99_ms": times[int(0.99 * len(times))],
        **await load(place, options.jobs, options.connections),
    }


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(command: list[str], log: Path, **environment: str) -> Iterator[None]:
    """Run a program for the block."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, env=child_environment(environment), stdout=file, stderr=file
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def answering(port: int) -> httpx.Client:
    """Return a client of a server that was started just now; connecting is tried for a while."""
    transport = httpx.HTTPTransport(retries=7)  # with growing pauses, half a minute in all
    return httpx.Client(
        transport=transport,
        base_url=f"http://127.0.0.1:{port}",
        headers={"x-admin-key": KEY},
        timeout=START_SECONDS,
    )


@contextmanager
def ours(root: Path) -> Iterator[Place]:
    """Run ``mip serve`` with one worker process."""
    port = free_port()
    images = prepare(root / "site").pacs
    program = str(Path(sys.executable).parent / "mip")
    command = [program, "serve", str(images), "--data", str(root / "data"), "--port", str(port)]
    with running([*command, "--no-algorithms"], root / "log", MIP_ADMIN_KEY=KEY):
        with answering(port) as http:
            wanted = {"algo_id": "noop", "image_uri": f"file:{CODE}"}
            http.post("/admin/algorithms", json=wanted).raise_for_status()
            deadline = time.monotonic() + START_SECONDS
            while http.get("/admin/algorithms/noop").json()["status"] != "ACTIVE":
                if time.monotonic() > deadline:
                    raise TimeoutError("expected an active algorithm; see " + str(root / "log"))
                time.sleep(0.1)
            issued = httpx.post(f"http://127.0.0.1:{port}/provision").json()
        yield Place(port=port, client_id=issued["client_id"], token=issued["token"])


@contextmanager
def peer(root: Path, *, redis: list[str], poll_seconds: float) -> Iterator[Place]:
    """Run FastAPI, one arq worker and a Redis of their own."""
    port, redis_port = free_port(), free_port()
    results = root / "results"
    results.mkdir(parents=True)
    environment = {
        "PEER_REDIS_PORT": str(redis_port),
        "PEER_IMAGES": str(prepare(root / "site").pacs),
        "PEER_RESULTS": str(results),
        "PEER_POLL_SECONDS": str(poll_seconds),
    }
    store = ["redis-server", "--port", str(redis_port), "--dir", str(root), *redis]
    app = ["-m", "uvicorn", "benchmarks.server_peer:app", "--port", str(port)]
    with contextlib.ExitStack() as stack:
        log = root / "log"
        stack.enter_context(running([*store, "--bind", "127.0.0.1"], log))
        stack.enter_context(running([sys.executable, *app], log, **environment))
        worker = [sys.executable, "-m", "benchmarks.server_peer"]
        stack.enter_context(running(worker, log, **environment))
        with answering(port) as http:
            http.get("/openapi.json").raise_for_status()
        yield Place(port=port, client_id="client-1")


def contenders(poll_seconds: float) -> dict[str, Any]:
    """Return what runs in each round, by name."""
    synced = ["--appendonly", "yes", "--appendfsync", "always"]
    return {
        OURS: ours,
        "FastAPI + arq": lambda root: peer(root, redis=[], poll_seconds=poll_seconds),
        "FastAPI + arq, Redis syncs each write": lambda root: peer(
            root, redis=synced, poll_seconds=poll_seconds
        ),
    }


def compare(options: argparse.Namespace) -> dict[str, list[dict[str, float]]]:
    """Run all contenders in alternation; return the figures of each round."""
    rows: dict[str, list[dict[str, float]]] = {}
    for _ in range(options.rounds):
        for name, start in contenders(options.poll_seconds).items():
            with (
                tempfile.TemporaryDirectory(prefix="mip-bench-", dir=options.dir) as root,
                start(Path(root)) as place,
            ):
                rows.setdefault(name, []).append(anyio.run(measure, place, options))
    return rows


def summary(rows: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Return medians, and the median of the ratios to ours within each round."""
    table: dict[str, dict[str, float]] = {}
    for name, rounds in rows.items():
        table[name] = {}
        for figure in rounds[0]:
            ratios = [
                mine[figure] / theirs[figure]
                for mine, theirs in zip(rows[OURS], rounds, strict=True)
            ]
            table[name][figure] = round(statistics.median(row[figure] for row in rounds), 1)
            table[name][f"{figure}, ours to it"] = round(statistics.median(ratios), 2)
    return table


def main() -> int:
    """Print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency-jobs", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=1000, help="of the load")
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--poll-seconds", type=float, default=0.01, help="of arq; its own is 0.5")
    parser.add_argument("--dir", default=None, help="where to put the data: a local disk")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if shutil.which("redis-server") is None:
        parser.error("expected redis-server: apt-get install redis-server")
    begun = os.getloadavg()[0]
    table = summary(compare(options))
    loads = {"load_before": begun, "load_after": os.getloadavg()[0]}
    if options.json:
        print(json.dumps({"machine": machine(), **loads, "figures": table}))
        return 0
    print(machine(), loads)
    for name, figures in table.items():
        print(name)
        for figure, value in figures.items():
            print(f"  {figure:<36}{value:>12,.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
