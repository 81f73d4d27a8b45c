"""Our kernels against the best of their peers, in one interleaved run.

    OMP_WAIT_POLICY=passive python -m benchmarks.kernels [--full] [--json] [--rounds N] [CASE ...]

Each case is checked before it is timed. Everyone allocates its own result. Times are the least of
the rounds: CPU time of the process on one thread, wall time on two. `limit` is the share of this
machine's memory bandwidth (a numpy copy, in the same run) that the bytes read and written make.
The environment variable is what workers set: waiting threads sleep.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from mip import kernels
from mip.algorithms.phantoms import abdomen

from . import denoise, geometry, linear, pointwise, rank, regions
from .case import Data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .case import Case, Run

THREADS = (1, 2)


class Timing(NamedTuple):
    """Seconds of one contestant on one number of threads."""

    name: str
    seconds: float


def cases(*, is_full: bool) -> Iterator[Case]:
    """Yield the cases of every room."""
    rng = np.random.default_rng(1)
    data = Data(
        plane=rng.integers(0, 4096, (2048, 2048), np.uint16),
        volume=abdomen(slices=200 if is_full else 40),
        is_full=is_full,
    )
    for room in (pointwise, linear, rank, denoise, geometry, regions):
        yield from room.cases(data)


def wrong_peers(case: Case) -> list[str]:
    """Names of the peers that our result does not agree with."""
    ours = case.ours(1)
    return [name for name, run in case.peers.items() if not case.agree(ours, run())]


def measure(case: Case, *, threads: int, rounds: int) -> list[Timing]:
    """Time everyone in turn, round by round; ours comes first in the list."""
    cv2.setNumThreads(threads)
    clock = time.process_time if threads == 1 else time.perf_counter
    contestants: dict[str, Run] = {"ours": lambda: case.ours(threads), **case.peers}
    best = dict.fromkeys(contestants, float("inf"))
    for _ in range(rounds):
        for name, run in contestants.items():
            begin = clock()
            run()
            best[name] = min(best[name], clock() - begin)
    return [Timing(name, seconds) for name, seconds in best.items()]


def copy_bandwidth() -> float:
    """Bytes read and written per second by one thread."""
    source = np.ones(32 << 20, np.uint8)
    target = np.empty_like(source)
    best = float("inf")
    for _ in range(8):
        begin = time.process_time()
        np.copyto(target, source)
        best = min(best, time.process_time() - begin)
    return 2 * source.nbytes / best


def run_case(case: Case, *, rounds: int, bandwidth: float) -> dict[str, Any]:
    row: dict[str, Any] = {"case": case.name, "wrong": wrong_peers(case)}
    for threads, goal in zip(THREADS, case.goal, strict=True):
        ours, *peers = measure(case, threads=threads, rounds=rounds)
        best = min(peers, key=lambda peer: peer.seconds)
        row[f"{threads}t"] = {
            "ms": ours.seconds * 1e3,
            "peer": best.name,
            "peer_ms": best.seconds * 1e3,
            "ratio": best.seconds / ours.seconds,
            "goal": goal,
            "peers_ms": {peer.name: peer.seconds * 1e3 for peer in peers},
        }
    row["limit"] = case.bytes_moved / bandwidth / (row["1t"]["ms"] / 1e3)
    return row


def show(row: dict[str, Any]) -> str:
    parts = [f"{row['case']:28}"]
    for threads in THREADS:
        timed = row[f"{threads}t"]
        verdict = " " if timed["ratio"] >= timed["goal"] else "<"
        parts.append(
            f"{timed['ms']:9.2f} {timed['peer_ms']:9.2f} {timed['peer']:11} "
            f"{timed['ratio']:6.2f} {verdict}{timed['goal']:<5g}"
        )
    parts.append(f"{row['limit']:6.0%}")
    if row["wrong"]:
        parts.append("DISAGREES WITH " + ", ".join(row["wrong"]))
    return " ".join(parts)


def machine() -> dict[str, Any]:
    told = kernels.info()
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "cv2": cv2.__version__,
        "isa": told.isa,
        "openmp": told.openmp,
        "cpus": os.cpu_count(),
        "load": os.getloadavg()[0],
    }


def main() -> int:
    """Run the cases; return 1 when a result disagrees with a peer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("case", nargs="*", help="run only cases whose names hold one of these")
    parser.add_argument("--full", action="store_true", help="200 slices, and more sigmas")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    bandwidth = copy_bandwidth()
    rows = []
    header = "".join(f"{n}t: ours ms   best ms peer         ratio  goal  " for n in THREADS)
    if not arguments.json:
        print(machine(), f"copy {bandwidth / 1e9:.1f} GB/s", f"{'':28} {header} limit", sep="\n")
    for case in cases(is_full=arguments.full):
        if arguments.case and not any(part in case.name for part in arguments.case):
            continue
        rows.append(run_case(case, rounds=arguments.rounds, bandwidth=bandwidth))
        if not arguments.json:
            print(show(rows[-1]), flush=True)
    if arguments.json:
        print(json.dumps({"machine": machine(), "bandwidth": bandwidth, "cases": rows}, indent=1))
    return 1 if any(row["wrong"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
