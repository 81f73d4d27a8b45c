"""Our kernels against the best of their peers, in one interleaved run.

    OMP_WAIT_POLICY=passive OMP_NUM_THREADS=2 python -m benchmarks.kernels
        [--full] [--json] [--rounds N] [CASE ...]

Each case is checked before it is timed. Everyone allocates its own result. Times are the least of
the rounds: CPU time of the process on one thread; wall time where two are there to use, of which
ours and OpenCV's leave the second alone when there is little to do; a peer that has threads is told
how many. The ratio and the goal are those of the fastest peer. Where the goal of any peer is missed
there is a `<`, and the last lines say which these are. `limit` is how near a kernel comes to what
the memory allows: the time in which a numpy copy on as many threads, in the same run, moves the
bytes that must be read and written at least, over the time that the kernel took.
The wait policy is what workers set: waiting threads sleep.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from mip import kernels
from mip.algorithms.phantoms import abdomen

from . import denoise, geometry, linear, pointwise, rank, regions
from .case import Data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .case import Case, Peer

THREADS = (1, 2)
CLOCKS = {1: time.process_time, 2: time.perf_counter}  # CPU time is not shared with other work


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
    return [
        name
        for name, run in case.peers.items()
        if not case.agreements.get(name, case.agree)(ours, run(1))
    ]


def measure(case: Case, *, threads: int, rounds: int) -> list[Timing]:
    """Time everyone in turn, round by round; ours comes first in the list."""
    cv2.setNumThreads(threads)
    clock = CLOCKS[threads]
    asked = threads if threads == 1 else None  # the machine's, or one where the work is little
    contestants: dict[str, Peer] = {"ours": lambda _: case.ours(asked), **case.peers}
    best = dict.fromkeys(contestants, float("inf"))
    for _ in range(rounds):
        for name, run in contestants.items():
            begin = clock()
            run(threads)
            best[name] = min(best[name], clock() - begin)
    return [Timing(name, seconds) for name, seconds in best.items()]


def copy_bandwidth(threads: int) -> float:
    """Bytes read and written per second by so many threads."""
    source = np.ones(32 << 20, np.uint8)
    target = np.empty_like(source)
    parts = list(zip(np.array_split(target, threads), np.array_split(source, threads), strict=True))
    best = float("inf")
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(8):
            begin = CLOCKS[threads]()
            list(pool.map(lambda part: np.copyto(*part), parts))
            best = min(best, CLOCKS[threads]() - begin)
    return 2 * source.nbytes / best


def run_case(case: Case, *, rounds: int, bandwidth: dict[int, float]) -> dict[str, Any]:
    row: dict[str, Any] = {"case": case.name, "wrong": wrong_peers(case)}
    for index, threads in enumerate(THREADS):
        ours, *peers = measure(case, threads=threads, rounds=rounds)
        best = min(peers, key=lambda peer: peer.seconds)
        goals = {peer.name: case.goals.get(peer.name, case.goal)[index] for peer in peers}
        ratios = {peer.name: peer.seconds / ours.seconds for peer in peers}
        row[f"{threads}t"] = {
            "ms": ours.seconds * 1e3,
            "peer": best.name,
            "peer_ms": best.seconds * 1e3,
            "ratio": ratios[best.name],
            "goal": goals[best.name],
            "missed": [
                f"{ratios[name]:.2f} < {goal:g} of {name}"
                for name, goal in goals.items()
                if ratios[name] < goal
            ],
            "limit": case.bytes_moved / bandwidth[threads] / ours.seconds,
            "peers_ms": {peer.name: peer.seconds * 1e3 for peer in peers},
        }
    return row


def missed(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each number of threads: the goals that were missed, beside the ratios."""
    for threads in THREADS:
        timed = [(row["case"], row[f"{threads}t"]) for row in rows]
        names = [f"{name} ({', '.join(t['missed'])})" for name, t in timed if t["missed"]]
        yield f"{threads}t: {len(names)} of {len(rows)} goals missed: {', '.join(names) or 'none'}"


def show(row: dict[str, Any]) -> str:
    parts = [f"{row['case']:28}"]
    for threads in THREADS:
        timed = row[f"{threads}t"]
        verdict = "<" if timed["missed"] else " "
        parts.append(
            f"{timed['ms']:9.2f} {timed['peer_ms']:9.2f} {timed['peer']:11} "
            f"{timed['ratio']:6.2f} {verdict}{timed['goal']:<5g} {timed['limit']:5.0%}"
        )
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
    told = kernels.info()
    if told.openmp and told.threads != max(THREADS):
        parser.error(f"two threads are measured, not {told.threads}: set OMP_NUM_THREADS=2")
    bandwidth = {threads: copy_bandwidth(threads) for threads in THREADS}
    rows = []
    header = "".join(f"{n}t: ours ms   best ms peer         ratio  goal  limit " for n in THREADS)
    if not arguments.json:
        copies = ", ".join(f"{n}t {rate / 1e9:.1f} GB/s" for n, rate in bandwidth.items())
        print(machine(), f"copy: {copies}", f"{'':28} {header}", sep="\n")
    for case in cases(is_full=arguments.full):
        if arguments.case and not any(part in case.name for part in arguments.case):
            continue
        rows.append(run_case(case, rounds=arguments.rounds, bandwidth=bandwidth))
        if not arguments.json:
            print(show(rows[-1]), flush=True)
    if arguments.json:
        print(json.dumps({"machine": machine(), "bandwidth": bandwidth, "cases": rows}, indent=1))
    else:
        print(*missed(rows), sep="\n")
    return 1 if any(row["wrong"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
