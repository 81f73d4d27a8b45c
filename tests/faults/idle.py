"""Measure what an idle worker costs: CPU and wake-ups of it and its children.

``python -m tests.faults.idle --seconds 10`` prints them, with exit code 0 below 1 % of a core.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import anyio

from tests.faults.site import Site, submit_all, terminate, wait_finished

TICK_SECONDS = 1.0 / os.sysconf("SC_CLK_TCK")
MOST_PERCENT = 1.0


@dataclass
class Usage:
    """Totals of some processes, over all their threads."""

    cpu_seconds: float
    switches: int

    @classmethod
    def of(cls, pids: list[int]) -> Usage:
        """Read CPU time, and how often a thread woke up and went to sleep again."""
        cpu = switches = 0.0
        for pid in pids:
            for task in Path(f"/proc/{pid}/task").iterdir():
                fields = (task / "stat").read_text().rpartition(")")[2].split()
                cpu += (int(fields[11]) + int(fields[12])) * TICK_SECONDS
                for line in (task / "status").read_text().splitlines():
                    if line.startswith("voluntary_ctxt_switches:"):
                        switches += int(line.split()[1])
        return cls(cpu, int(switches))


@dataclass
class Idle:
    """What a worker cost while it had nothing to do."""

    seconds: float
    cpu_percent: float
    switches_per_second: float
    child_switches_per_second: float


async def run(site: Site, *, seconds: float) -> Idle:
    """Have a worker do one job, so that everything is warm, then leave it alone."""
    async with site.open() as services:
        worker = site.start_worker()
        try:
            await submit_all(site, services, [site.request("warm-up", index=1)])
            await wait_finished(services, 1, seconds=60.0)
            await anyio.sleep(1.0)  # what the job leaves to be done is done
            children = [pid for pid in site.processes() if pid != worker.pid]
            begun, before, child_before = time.monotonic(), *_both(worker.pid, children)
            await anyio.sleep(seconds)
            after, child_after = _both(worker.pid, children)
            took = time.monotonic() - begun
        finally:
            await anyio.to_thread.run_sync(terminate, worker)
    cpu = after.cpu_seconds - before.cpu_seconds + child_after.cpu_seconds
    return Idle(
        seconds=round(took, 1),
        cpu_percent=round(100 * (cpu - child_before.cpu_seconds) / took, 2),
        switches_per_second=round((after.switches - before.switches) / took, 1),
        child_switches_per_second=round((child_after.switches - child_before.switches) / took, 1),
    )


def _both(worker: int, children: list[int]) -> tuple[Usage, Usage]:
    return Usage.of([worker]), Usage.of(children)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mip-idle-") as root:
        site = Site(Path(root) / "site").prepare()
        idle = anyio.run(lambda: run(site, seconds=options.seconds))
    print(json.dumps(idle.__dict__))
    return 0 if idle.cpu_percent < MOST_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main())
