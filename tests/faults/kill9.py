"""Kill workers at random while they work; then count results, objects and dead letters.

``python -m tests.faults.kill9 --jobs 2000 --workers 3`` is the full run; the test suite runs a
small one.
"""

from __future__ import annotations

import argparse
import collections
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from tests.faults.site import CLIENT, Services, Site, submit_all, terminate

if TYPE_CHECKING:
    import subprocess

    from mip.contracts import Result

STARTING_SHARE = 0.2
"""Of the kills, which wait for no result since the last."""


@dataclass
class Report:
    """What a run showed."""

    jobs: int
    kills: int = 0
    seconds: float = 0.0
    results: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    seqs_without_gap: bool = False
    objects: int = 0
    dead_letters: int = 0
    left_on_queue: int = 0
    unannounced: int = 0
    processes_left: int = 0

    @property
    def is_perfect(self) -> bool:
        """True when each job has one result and one object, and nothing is left over."""
        return (
            self.results == self.objects == self.jobs
            and self.statuses == {"succeeded": self.jobs}
            and self.seqs_without_gap
            and not self.dead_letters
            and not self.left_on_queue
            and not self.unannounced
            and not self.processes_left
        )


async def run(
    site: Site, *, jobs: int, workers: int, kill_every: float, limit: float, seed: int
) -> Report:
    """Submit jobs, kill and restart workers until all are done, and report."""
    rng = random.Random(seed)
    report = Report(jobs=jobs)
    begun = time.monotonic()
    async with site.open() as services:
        await submit_all(site, services, (site.request(f"job-{n}", index=n) for n in range(jobs)))
        crew = [site.start_worker() for _ in range(workers)]
        try:
            with anyio.move_on_after(limit):
                done = 0
                while (done := await _results(services, done)) < jobs:
                    await anyio.sleep(kill_every * rng.uniform(0.6, 1.4))
                    if rng.random() > STARTING_SHARE:
                        await _until_more(services, done)
                    _kill_one(site, crew, rng)
                    report.kills += 1
                await _wait_settled(services, site)
        finally:
            for worker in crew:
                await anyio.to_thread.run_sync(terminate, worker)
        await services.outbox.sweep(older_than_seconds=0.0)
        await _count(site, services, report)
    report.seconds = round(time.monotonic() - begun, 1)
    report.processes_left = len(site.processes())
    return report


def _kill_one(site: Site, crew: list[subprocess.Popen[bytes]], rng: random.Random) -> None:
    index = rng.randrange(len(crew))
    crew[index].send_signal(signal.SIGKILL)
    crew[index].wait()
    crew[index] = site.start_worker()


async def _results(services: Services, known: int) -> int:
    """Return how many results there are, of which so many are known."""
    while page := await services.jobs.results_after(CLIENT, known):
        known += len(page)
    return known


async def _until_more(services: Services, than: int) -> None:
    """Wait for another result, however slow the machine is.

    Workers that are all killed while they start show little, and get nothing done.
    """
    while not await services.jobs.results_after(CLIENT, than, limit=1):  # noqa: ASYNC110 - they make it
        await anyio.sleep(0.1)


async def _wait_settled(services: Services, site: Site) -> None:
    """Wait until the messages of finished jobs, leased by killed workers, have come back."""
    while True:
        depth = await services.transport.depth(site.queue)
        if not depth.waiting + depth.in_flight + depth.delayed:
            return
        await anyio.sleep(0.2)


async def _count(site: Site, services: Services, report: Report) -> None:
    results: list[Result] = []
    while page := await services.jobs.results_after(CLIENT, len(results)):
        results += page
    report.results = len({result.job_id for result in results})
    report.statuses = dict(collections.Counter(result.status for result in results))
    report.seqs_without_gap = [item.seq for item in results] == list(range(1, len(results) + 1))
    report.objects = len(site.objects())
    report.dead_letters = len(await services.transport.dead_letters(site.queue, limit=1000))
    depth = await services.transport.depth(site.queue)
    report.left_on_queue = depth.waiting + depth.in_flight + depth.delayed
    report.unannounced = len(await services.jobs.unannounced(before=time.time() + 1, limit=1000))


def main() -> int:
    """Run from the command line; exit code 0 when the run was perfect."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--kill-every", type=float, default=1.0, metavar="SECONDS")
    parser.add_argument("--limit", type=float, default=900.0, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the data folder")
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="mip-kill9-"))
    try:
        report = anyio.run(
            lambda: run(
                Site(root).prepare(),
                jobs=options.jobs,
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
    print(json.dumps({**report.__dict__, "is_perfect": report.is_perfect}))
    return 0 if report.is_perfect else 1


if __name__ == "__main__":
    sys.exit(main())
