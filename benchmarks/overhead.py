"""What the platform costs per job: a no-op algorithm on one 512 x 512 CT, through everything.

``python -m benchmarks.overhead`` runs a real worker on ``sqlite:`` queues and measures

* latency: jobs submitted one after the other to an idle worker, from the call of ``submit`` to the
  result read back from the record, woken by the results queue; p50 and p99;
* throughput: a backlog of jobs, from the first result to the last, and the CPU time that the
  worker and its children take per job meanwhile, which a busy machine changes less than the rate;
* the bare transport beside litequeue, persist-queue and huey: ``benchmarks/transport.py``.

Every job decodes its image, writes a derived DICOM object durably and finishes its record.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import numpy as np

from benchmarks import transport
from mip.contracts import RESULTS_QUEUE
from mip.dicom.synthetic import write_image
from tests.faults.site import CLIENT, Services, Site, submit_all, terminate

if TYPE_CHECKING:
    from collections.abc import Iterable

WARM_UP = 20


def prepare(root: Path) -> Site:
    """Make a site whose one image is a synthetic 512 x 512 CT."""
    site = Site(root).prepare()
    rng = np.random.default_rng(1)
    write_image(site.pacs / "ct.dcm", rng.integers(-1000, 1500, size=(512, 512), dtype=np.int16))
    return site


async def one(services: Services, site: Site, index: int) -> float:
    """Submit a job, wait for its result, return the seconds between."""
    begun = time.perf_counter()
    await services.outbox.submit(site.request(f"job-{index}", index=index), site.spec("index"))
    seconds = 0.0
    while not seconds:
        deliveries = await services.transport.receive(
            RESULTS_QUEUE, max_messages=10, wait_seconds=5.0, lease_seconds=30.0
        )
        if await services.jobs.results_after(CLIENT, index):
            seconds = time.perf_counter() - begun
        receipts = [item.receipt for item in deliveries]
        await services.transport.settle(RESULTS_QUEUE, acks=receipts)
    return seconds


async def latency(site: Site, *, jobs: int) -> dict[str, float]:
    """Measure jobs one at a time."""
    async with site.open() as services:
        worker = site.start_worker(mip_concurrency=1)
        try:
            times = [await one(services, site, index) for index in range(WARM_UP + jobs)]
        finally:
            await anyio.to_thread.run_sync(terminate, worker)
        records = await services.jobs.jobs(limit=jobs)
    milliseconds = sorted(1000 * seconds for seconds in times[WARM_UP:])
    stages: dict[str, list[float]] = {}
    for record in records:
        for stage, value in (record.result.timings if record.result else {}).items():
            stages.setdefault(stage, []).append(value)
    return {
        "p50_ms": statistics.median(milliseconds),
        "p99_ms": milliseconds[int(0.99 * len(milliseconds))],
        **{f"of which {name} p50_ms": statistics.median(item) for name, item in stages.items()},
    }


async def throughput(site: Site, *, jobs: int, workers: int, concurrency: int) -> dict[str, float]:
    """Measure a backlog: seconds between its first tenth, when all workers run, and its last."""
    async with site.open() as services:
        begun = time.perf_counter()
        requests = (site.request(f"job-{index}", index=index) for index in range(jobs))
        await submit_all(site, services, requests)
        submitted = time.perf_counter() - begun
        crew = [site.start_worker(mip_concurrency=concurrency) for _ in range(workers)]
        try:
            done = await reach(services, jobs // 10)
            first, cpu = time.perf_counter(), cpu_seconds(site)
            await reach(services, jobs)
            elapsed, cpu = time.perf_counter() - first, cpu_seconds(site) - cpu
        finally:
            for worker in crew:
                await anyio.to_thread.run_sync(terminate, worker)
    return {
        "jobs_per_second": (jobs - done) / elapsed,
        "cpu_ms_per_job": 1000 * cpu / (jobs - done),
        "submits_per_second": jobs / submitted,
    }


def cpu_seconds(site: Site) -> float:
    """Return the CPU time that the living processes of a site have had."""
    ticks = 0
    for pid in site.processes():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])  # utime and stime: proc(5), from the third on
    return ticks / os.sysconf("SC_CLK_TCK")


async def reach(services: Services, count: int) -> int:
    """Wait for at least ``count`` results, looking rarely so as not to disturb; tell how many."""
    with anyio.fail_after(300.0):
        while not (found := await services.jobs.results_after(CLIENT, count - 1)):  # noqa: ASYNC110 - another process finishes them
            await anyio.sleep(0.05)
    return count - 1 + len(found)


def machine() -> str:
    """Name the processor, the number of cores in use and the Python."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return f"{model}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"


def medians(rounds: Iterable[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure over the rounds."""
    rows = list(rounds)
    return {name: round(statistics.median(row[name] for row in rows), 3) for name in rows[0]}


def run(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Run both measures in alternation, several rounds of them; return medians."""
    rows: dict[str, list[dict[str, float]]] = {"latency": [], "throughput": []}
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="mip-bench-", dir=options.dir) as root:
            site = prepare(Path(root) / "latency")
            rows["latency"].append(anyio.run(_latency, site, options))
            site = prepare(Path(root) / "throughput")
            rows["throughput"].append(anyio.run(_throughput, site, options))
    return {name: medians(figures) for name, figures in rows.items()}


async def _latency(site: Site, options: argparse.Namespace) -> dict[str, float]:
    return await latency(site, jobs=options.latency_jobs)


async def _throughput(site: Site, options: argparse.Namespace) -> dict[str, float]:
    return await throughput(
        site, jobs=options.jobs, workers=options.workers, concurrency=options.concurrency
    )


def main() -> int:
    """Print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2000, help="jobs of the backlog")
    parser.add_argument("--messages", type=int, default=2000, help="messages per transport")
    parser.add_argument("--latency-jobs", type=int, default=300)
    parser.add_argument("--workers", type=int, default=1, help="worker processes on the backlog")
    parser.add_argument("--concurrency", type=int, default=2, help="children of each of them")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dir", default=None, help="where to put the data: a local disk")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = run(options)
    bare = transport.measure(options.messages, options.rounds)
    if options.json:
        figures = {"machine": machine(), "rounds": options.rounds, **report, "transport": bare}
        print(json.dumps(figures))
        return 0
    print(machine())
    for part, figures in report.items():
        for name, value in figures.items():
            print(f"{part:<12}{name:<28}{value:>12,.2f}")
    transport.show(bare)
    return 0


if __name__ == "__main__":
    sys.exit(main())
