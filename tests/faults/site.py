"""A data folder with a PACS, queues, records and results, and real workers on it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from pydicom.data import get_testdata_file

from mip.clock import SystemClock
from mip.contracts import RESULTS_QUEUE, AlgorithmSpec, JobRequest, PathReference, request_queue
from mip.outbox import REQUEST_QUEUE_OPTIONS, Outbox
from mip.settings import WorkerSettings
from mip.state import open_job_store
from mip.transport import open_transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from mip.contracts import JsonValue
    from mip.state import JobStore
    from mip.transport import Transport

ALGORITHMS = Path(__file__).parent / "algorithms"
CLIENT = "client-1"


@dataclass(frozen=True)
class Services:
    """The queues and records of a site, opened in this process."""

    transport: Transport
    jobs: JobStore
    outbox: Outbox


@dataclass(frozen=True)
class Site:
    """Where everything of one run lies; workers are started with ``start_worker``."""

    root: Path
    algorithm: str = "noop"

    def prepare(self) -> Site:
        """Make the PACS folder, with one CT image in it."""
        self.pacs.mkdir(parents=True)
        source = get_testdata_file("CT_small.dcm")
        (self.pacs / "ct.dcm").write_bytes(Path(str(source)).read_bytes())
        return self

    @property
    def pacs(self) -> Path:
        return self.root / "pacs"

    @property
    def results(self) -> Path:
        return self.root / "results"

    @property
    def queue(self) -> str:
        return request_queue(self.algorithm)

    def settings(self, **changes: object) -> WorkerSettings:
        values: dict[str, object] = {
            "queue_url": f"sqlite:{self.root / 'queue.db'}#{self.queue}",
            "output_bucket": f"folder:{self.results}",
            "algo_id": self.algorithm,
            "pacs_api_base": f"folder:{self.pacs}",
            "mip_state": f"sqlite:{self.root / 'state.db'}",
            "mip_algorithm": f"file:{ALGORITHMS / (self.algorithm + '.py')}",
            "mip_concurrency": 1,
            "mip_lease_seconds": 3.0,
            "mip_drain_seconds": 10.0,
            "omp_num_threads": 1,
            **changes,
        }
        return WorkerSettings(**values)  # type: ignore[arg-type] # checked by the struct

    def start_worker(self, **changes: object) -> subprocess.Popen[bytes]:
        """Start ``python -m mip.worker`` in a process of its own."""
        with (self.root / "workers.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "mip.worker"],
                env={**os.environ, **self.settings(**changes).environment()},
                stdout=log,
                stderr=log,
            )

    def log(self) -> str:
        """Return what all workers have logged."""
        path = self.root / "workers.log"
        return path.read_text() if path.exists() else ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Services]:
        """Open queues and records in this process."""
        clock = SystemClock()
        transport = open_transport(f"sqlite:{self.root / 'queue.db'}", clock=clock)
        jobs = await open_job_store(f"sqlite:{self.root / 'state.db'}", clock=clock)
        outbox = Outbox(transport, jobs, clock=clock)
        try:
            await transport.create_queue(self.queue, REQUEST_QUEUE_OPTIONS)
            await outbox.create_results_queue()
            yield Services(transport, jobs, outbox)
        finally:
            await jobs.aclose()
            await transport.aclose()

    def request(
        self,
        name: str,
        *,
        image: str = "ct.dcm",
        ordering_key: str | None = None,
        **parameters: JsonValue,
    ) -> JobRequest:
        return JobRequest(
            job_id=name,
            client_id=CLIENT,
            pacs=PathReference(study_id="s", series_id="s", image_id=image),
            parameters=dict(parameters),
            ordering_key=ordering_key,
        )

    def spec(self, *names: str) -> AlgorithmSpec:
        """Return the algorithm as registered; ``name:string`` is a string, others are integers."""
        properties: dict[str, JsonValue] = {}
        for name, _, kind in (name.partition(":") for name in names):
            properties[name] = {"type": kind or "integer"}
        return AlgorithmSpec(
            id=self.algorithm,
            version="1.0.0",
            parameters={"type": "object", "properties": properties},
        )

    def objects(self) -> list[Path]:
        """Return every stored object."""
        return sorted(self.results.glob(f"{self.algorithm}/*.dcm"))

    def processes(self) -> list[int]:
        """Return the processes that were started for this site and still live."""
        mark = str(self.root).encode()
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                environ = (entry / "environ").read_bytes()
            except OSError:
                continue
            if mark in environ:
                found.append(int(entry.name))
        return found

    def clear(self) -> None:
        """Kill what a test that failed has left running."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@dataclass
class MemoryWatch:
    """The most memory that any process of a site had at a time, by process id, in bytes."""

    site: Site
    peaks: dict[int, int] = field(default_factory=dict)

    def look(self) -> None:
        """Note what the kernel says of each process; its own mark of the most so far."""
        for pid in self.site.processes():
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith("VmHWM:"):
                        self.peaks[pid] = int(line.split()[1]) * 1024

    async def run(self) -> None:
        """Look now and then until cancelled."""
        while True:
            self.look()
            await anyio.sleep(0.2)


async def submit_all(
    site: Site, services: Services, requests: Iterable[JobRequest], *names: str
) -> None:
    """Submit many jobs at once, so that their writes share commits."""
    spec = site.spec(*(names or ("index",)))
    limit = anyio.CapacityLimiter(200)

    async def submit(request: JobRequest) -> None:
        async with limit:
            await services.outbox.submit(request, spec)

    async with anyio.create_task_group() as tasks:
        for request in requests:
            tasks.start_soon(submit, request)


async def wait_finished(services: Services, count: int, *, seconds: float) -> None:
    """Wait until a client has ``count`` results, by the results queue, with a time limit."""
    with anyio.fail_after(seconds):
        seen = 0
        while seen < count:
            results = await services.jobs.results_after(CLIENT, seen)
            seen += len(results)
            if not results:
                await _await_announcement(services)


async def until(condition: Callable[[], bool], *, seconds: float = 30.0) -> None:
    """Wait for something that another process does and announces nowhere."""
    with anyio.fail_after(seconds):
        while not condition():  # noqa: ASYNC110 - another process cannot set our event
            await anyio.sleep(0.02)


async def _await_announcement(services: Services) -> None:
    deliveries = await services.transport.receive(
        RESULTS_QUEUE, max_messages=100, wait_seconds=0.5, lease_seconds=30.0
    )
    await services.transport.settle(RESULTS_QUEUE, acks=[item.receipt for item in deliveries])


def terminate(worker: subprocess.Popen[bytes], *, seconds: float = 20.0) -> int:
    """Ask a worker to stop; return its exit code."""
    worker.send_signal(signal.SIGTERM)
    return worker.wait(timeout=seconds)
