"""Shipped algorithms against the same steps written with OpenCV, scipy and scikit-image.

    OMP_WAIT_POLICY=passive python -m benchmarks.algorithms [--rounds N] [--json]

One slice, 512 x 512, of a synthetic abdomen, from stored values to mask, overlay and area. Each
step of a peer is the one call that a library has for it, and nothing else: medians and holes are
scipy's, small holes and components scikit-image's, the Gaussian OpenCV's. Closing and opening all
three have: one peer takes OpenCV's, which are by far the fastest, the other scipy's.

Masks are compared first. Wall times are on two threads, and CPU times of all threads together,
which tell more on a machine that others use; both are milliseconds, the least of all calls.
Everyone has his turn in each round, and calls until it is over, as a worker goes from slice to
slice.

The masks of processing_6 are equal. Those of processing_1 may differ in a few pixels of the
outline: OpenCV's 8-bit Gaussian has weights of 8 bits and ends at 3.3 standard deviations instead
of 4, so that a level just at the threshold may be one off.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
from scipy import ndimage
from skimage import measure, morphology

from mip.algorithms.phantoms import abdomen
from mip.algorithms.processing_1 import processing_1
from mip.algorithms.processing_6 import processing_6
from mip.imaging import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MIN_AREA_PX = 9000  # the phantom's liver has 17 000
THR = 80.0  # HU; the phantom's liver has 105
INTERCEPT = -1024.0
THREADS = 2
TURN_SECONDS = 0.1  # at least one call
DISK = {k: morphology.disk(k // 2) for k in (7, 9)}  # type: ignore[no-untyped-call]
CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))

Pictured = tuple["NDArray[Any]", "NDArray[Any]"]  # the mask, and the overlay
Peers = dict[str, Callable[[], Pictured]]
Times = dict[str, float]
Morphology = Callable[..., "NDArray[Any]"]  # of a mask and a footprint, so many iterations


class Contest(NamedTuple):
    """One algorithm, its peers, how many pixels of the mask may differ, and the goal."""

    name: str
    ours: Callable[[], Pictured]
    peers: Peers
    pixels: int
    goal: float


class Library(NamedTuple):
    """Closing and opening of one library."""

    close: Morphology
    open: Morphology


def by_opencv(operation: int) -> Morphology:
    def run(mask: NDArray[Any], footprint: NDArray[Any], iterations: int = 1) -> NDArray[Any]:
        return cv2.morphologyEx(mask, operation, footprint, iterations=iterations)

    return run


OPENCV = Library(by_opencv(cv2.MORPH_CLOSE), by_opencv(cv2.MORPH_OPEN))
SCIPY = Library(ndimage.binary_closing, ndimage.binary_opening)
LIBRARIES = {"OpenCV": OPENCV, "scipy": SCIPY}


def contests() -> list[Contest]:
    """Return what is compared."""
    stored = (abdomen(slices=1) - int(INTERCEPT)).clip(0).astype(np.uint16)
    image = Image(stored=stored, intercept=INTERCEPT, units="HU")
    frame = stored[0]

    def first() -> Pictured:
        shown, mask, _ = processing_1(image, min_area_px=MIN_AREA_PX)
        return mask.labels[0], shown.stored[0]

    def sixth() -> Pictured:
        shown, mask, _ = processing_6(image, min_area_px=MIN_AREA_PX, thr=THR)
        return mask.labels[0], shown.stored[0]

    def by_libraries(steps: Callable[[NDArray[Any], Library], Pictured]) -> Peers:
        return {name: partial(steps, frame, library) for name, library in LIBRARIES.items()}

    return [
        Contest("processing_1", first, by_libraries(processing_1_by_libraries), 40, 20.0),
        Contest("processing_6", sixth, by_libraries(processing_6_by_libraries), 0, 40.0),
    ]


def processing_1_by_libraries(stored: NDArray[Any], morph: Library) -> Pictured:
    hu = stored.astype(np.float32) + np.float32(INTERCEPT)
    levels = np.rint((np.clip(hu, 30, 150) - 30) / 120 * 255).astype(np.uint8)
    smooth = cv2.GaussianBlur(levels, (0, 0), 1.5, borderType=cv2.BORDER_REFLECT)
    mask = morph.close((smooth > 110).astype(np.uint8), DISK[7])
    mask = ndimage.binary_fill_holes(mask).astype(np.uint8)
    mask = morph.open(mask, DISK[9])
    whole = morphology.remove_small_holes(mask.astype(bool), max_size=4999, connectivity=1)
    return chosen(whole, hu)


def processing_6_by_libraries(stored: NDArray[Any], morph: Library) -> Pictured:
    hu = (stored.astype(np.int32) + int(INTERCEPT)).astype(np.int16)
    mask = (ndimage.median_filter(hu, size=11) > THR).astype(np.uint8)
    mask = morph.close(mask, DISK[9], iterations=2)
    mask = ndimage.binary_fill_holes(mask).astype(np.uint8)
    mask = morph.open(mask, CROSS, iterations=2)
    mask = morph.close(mask.astype(np.uint8), CROSS, iterations=9)
    return chosen(ndimage.binary_fill_holes(mask), hu.astype(np.float32))


def chosen(mask: NDArray[Any], hu: NDArray[Any]) -> Pictured:
    """Return the largest component on the left, and the slice under it, full range."""
    labels = measure.label(mask, connectivity=2)  # type: ignore[no-untyped-call]
    rows, columns = mask.shape
    found = [
        region
        for region in measure.regionprops(labels)  # type: ignore[no-untyped-call]
        if region.area >= MIN_AREA_PX
        and region.centroid[1] <= 0.55 * columns
        and region.centroid[0] <= 0.70 * rows
    ]
    best = max(found, key=lambda region: region.area, default=None)
    liver = labels == best.label if best is not None else np.zeros(mask.shape, bool)
    grey = np.rint((hu - hu.min()) / (hu.max() - hu.min()) * 255).astype(np.uint8)
    shown = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
    tint = np.full_like(shown, (255, 0, 255))
    cv2.copyTo(cv2.addWeighted(shown, 0.6, tint, 0.4, 0), liver.view(np.uint8), shown)
    return liver, shown


def run(contest: Contest, *, rounds: int) -> dict[str, Any]:
    mask, picture = contest.ours()
    differ = 0
    is_equal = bool(mask.any())
    for peer in contest.peers.values():
        other, other_picture = peer()
        both = (mask != 0) == other
        off = np.abs(picture.astype(int) - other_picture)[both].max()
        differ = max(differ, int(np.count_nonzero(~both)))
        is_equal &= differ <= contest.pixels and off <= 1
    wall, cpu = timed({"ours": contest.ours, **contest.peers}, rounds=rounds)
    return {
        "algorithm": contest.name,
        "wall_ms": wall,
        "cpu_ms": cpu,
        "goal": contest.goal,
        "area_px": int(np.count_nonzero(mask)),
        "pixels_that_differ": differ,
        "is_equal": is_equal,
    }


def timed(calls: Peers, *, rounds: int) -> tuple[Times, Times]:
    """Return wall and CPU time of each, the least of all its calls."""
    wall, cpu = (dict.fromkeys(calls, float("inf")) for _ in range(2))
    for _ in range(rounds):
        for name, call in calls.items():
            turn = time.perf_counter() + TURN_SECONDS
            while (begin := time.perf_counter()) < turn:
                begin_cpu = time.process_time()
                call()
                end, end_cpu = time.perf_counter(), time.process_time()
                wall[name] = min(wall[name], (end - begin) * 1e3)
                cpu[name] = min(cpu[name], (end_cpu - begin_cpu) * 1e3)
    return wall, cpu


def told(row: dict[str, Any]) -> Iterator[str]:
    """Yield the lines on one algorithm: ours, and each peer with how much longer it takes."""
    wall, cpu = row["wall_ms"], row["cpu_ms"]
    verdict = "" if row["is_equal"] else ": NOT EQUAL"
    yield (
        f"{row['algorithm']}: {row['pixels_that_differ']} of {row['area_px']} pixels "
        f"differ{verdict}; goal {row['goal']:g}x"
    )
    for name in wall:
        yield (
            f"  {name:8} {wall[name]:8.2f} ms {wall[name] / wall['ours']:6.1f}x, "
            f"CPU {cpu[name]:8.2f} ms {cpu[name] / cpu['ours']:6.1f}x"
        )


def main() -> int:
    """Compare and time; return 1 when a mask or an overlay is not that of the peer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    cv2.setNumThreads(THREADS)
    rows = [run(contest, rounds=arguments.rounds) for contest in contests()]
    if arguments.json:
        print(json.dumps({"load": os.getloadavg()[0], "algorithms": rows}, indent=1))
    else:
        print(f"load {os.getloadavg()[0]:.1f}")
        print(*(line for row in rows for line in told(row)), sep="\n")
    return 0 if all(row["is_equal"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
