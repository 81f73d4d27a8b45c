"""Our kernels against the best of numpy, OpenCV, scipy, cc3d and pydicom, in one interleaved run.

    OMP_WAIT_POLICY=passive python benchmarks/kernels.py [--full] [--json] [--rounds N] [CASE ...]

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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import cc3d
import cv2
import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_voi_lut
from scipy import ndimage

from mip import kernels
from mip.algorithms.phantoms import abdomen

if TYPE_CHECKING:
    from numpy.typing import NDArray

Run = Callable[[], Any]
Connectivity = Literal[6, 26]
THREADS = (1, 2)
CENTER, WIDTH = 40.0, 400.0
SCALE, SHIFT = 255 / (WIDTH - 1), 127.5 - (CENTER - 0.5) * 255 / (WIDTH - 1)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One kernel on one image: ours by threads, its peers, what they must agree on, the goal."""

    name: str
    ours: Callable[[int], Any]
    peers: dict[str, Run]
    agree: Callable[[Any, Any], bool]
    bytes_moved: int
    goal: tuple[float, float] = (1.0, 1.0)


class Timing(NamedTuple):
    """Seconds of one contestant on one number of threads."""

    name: str
    seconds: float


def levels(ours: Any, other: Any) -> bool:
    """Within one display level."""
    return bool(np.abs(ours.astype(np.float32) - np.asarray(other, np.float32)).max() <= 1)


def equal(ours: Any, other: Any) -> bool:
    """Agree in every element."""
    return bool(np.array_equal(ours, other))


def close(ours: Any, other: Any) -> bool:
    """Within 4e-6 of the greatest magnitude: float32 on both sides."""
    return bool(np.abs(ours - other).max() <= 4e-6 * np.abs(other).max())


def same_partition(ours: Any, other: Any) -> bool:
    """Agree up to the numbers of the components."""
    labels, count = ours
    pairs = np.unique(labels.astype(np.int64) * (int(other.max()) + 1) + other)
    with_background = count + int((labels == 0).any())
    return len(pairs) == with_background and int(other.max()) == int(count)


def window_case(name: str, image: NDArray[Any], goal: tuple[float, float]) -> Case:
    ds = Dataset()
    ds.WindowCenter, ds.WindowWidth = CENTER, WIDTH
    ds.PhotometricInterpretation, ds.BitsStored = "MONOCHROME2", 16
    ds.PixelRepresentation = int(image.dtype.kind == "i")
    least = float(np.iinfo(image.dtype).min)

    def by_numpy() -> Any:
        y = image.astype(np.float32)
        y *= np.float32(SCALE)
        y += np.float32(SHIFT + 0.5)
        return np.clip(y, 0, 255, out=y).astype(np.uint8)

    def by_pydicom() -> Any:
        return ((apply_voi_lut(image, ds) - least) / 65535 * 255 + 0.5).astype(np.uint8)

    def by_cv2() -> Any:
        flat = image.reshape(-1, image.shape[-1])
        return cv2.addWeighted(flat, SCALE, flat, 0, SHIFT, dtype=cv2.CV_8U).reshape(image.shape)

    return Case(
        name=name,
        ours=lambda threads: kernels.window(image, CENTER, WIDTH, threads=threads),
        peers={"numpy": by_numpy, "cv2": by_cv2, "pydicom": by_pydicom},
        agree=levels,
        bytes_moved=image.nbytes + image.size,
        goal=goal,
    )


def pointwise_cases(plane: NDArray[Any], volume: NDArray[Any]) -> Iterator[Case]:
    rgb = np.stack([plane.astype(np.uint8)] * 3, axis=-1)
    rgb[..., 1] ^= 0x55
    mask = plane > np.median(plane)
    grey = plane.astype(np.uint8)
    lut = (np.arange(4096) >> 4).astype(np.uint8)
    flat = volume.reshape(-1, volume.shape[-1])
    magenta = np.array([255, 0, 255], np.float32)
    yield Case(
        name="rescale volume",
        ours=lambda threads: kernels.rescale(volume, 1.5, -1024.0, threads=threads),
        peers={
            "numpy": lambda: volume.astype(np.float32) * np.float32(1.5) + np.float32(-1024),
            "cv2": lambda: cv2.addWeighted(flat, 1.5, flat, 0, -1024.0, dtype=cv2.CV_32F),
        },
        agree=lambda ours, other: close(ours.reshape(flat.shape), other.reshape(flat.shape)),
        bytes_moved=volume.nbytes * 3,
        goal=(1.2, 1.5),
    )
    yield Case(
        name="threshold volume",
        ours=lambda threads: kernels.threshold(volume, 100, threads=threads),
        peers={
            "numpy": lambda: volume > 100,
            # OpenCV's stub knows no scalars
            "cv2": lambda: cv2.compare(flat, 100.0, cv2.CMP_GT),  # type: ignore[call-overload]
        },
        agree=lambda ours, other: equal(ours.reshape(flat.shape), other.reshape(flat.shape) != 0),
        bytes_moved=volume.nbytes + volume.size,
        goal=(0.95, 0.95),
    )
    yield Case(
        name="apply_lut 2048²",
        ours=lambda threads: kernels.apply_lut(plane, lut, threads=threads),
        peers={"numpy": lambda: np.take(lut, plane, mode="clip")},
        agree=equal,
        bytes_moved=plane.nbytes + plane.size,
    )
    yield Case(
        name="to_luminance 2048²",
        ours=lambda threads: kernels.to_luminance(rgb, threads=threads),
        peers={"cv2": lambda: cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)},
        agree=equal,
        bytes_moved=rgb.nbytes + plane.size,
        goal=(0.95, 0.95),
    )

    def overlay_by_numpy() -> Any:
        shown = np.stack([grey] * 3, axis=-1)
        shown[mask] = (shown[mask] * np.float32(0.6) + magenta * np.float32(0.4) + 0.5).astype(
            np.uint8
        )
        return shown

    def overlay_by_cv2() -> Any:
        shown = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
        tint = np.full_like(shown, (255, 0, 255))
        cv2.copyTo(cv2.addWeighted(shown, 0.6, tint, 0.4, 0), mask.view(np.uint8), shown)
        return shown

    yield Case(
        name="overlay 2048²",
        ours=lambda threads: kernels.overlay(
            grey, mask, color=(255, 0, 255), alpha=0.4, threads=threads
        ),
        peers={"numpy": overlay_by_numpy, "cv2": overlay_by_cv2},
        agree=levels,
        bytes_moved=plane.size * 5,
    )


def plane_gaussian(name: str, image: NDArray[Any], sigma: float) -> Case:
    size = 2 * int(4 * sigma + 0.5) + 1
    as_float = image.astype(np.float32)
    return Case(
        name=name,
        ours=lambda threads: kernels.gaussian(image, sigma, threads=threads),
        peers={
            "cv2": lambda: cv2.GaussianBlur(
                as_float, (size, size), sigma, borderType=cv2.BORDER_REFLECT
            ),
            "scipy": lambda: ndimage.gaussian_filter(image, sigma, output=np.float32),
        },
        agree=close,
        bytes_moved=image.nbytes + 4 * image.size,
        goal=(1.4, 1.4),
    )


def volume_gaussian(name: str, volume: NDArray[Any], sigma: float) -> Case:
    size = 2 * int(4 * sigma + 0.5) + 1
    weights = cv2.getGaussianKernel(size, sigma, cv2.CV_32F)
    one = np.ones(1, np.float32)

    def by_cv2() -> Any:
        """Slices by themselves, then all columns of voxels at once as rows of one plane."""
        slices = np.stack(
            [
                cv2.GaussianBlur(
                    plane.astype(np.float32), (size, size), sigma, borderType=cv2.BORDER_REFLECT
                )
                for plane in volume
            ]
        )
        flat = slices.reshape(len(volume), -1)
        along = cv2.sepFilter2D(flat, cv2.CV_32F, one, weights, borderType=cv2.BORDER_REFLECT)
        return along.reshape(volume.shape)

    return Case(
        name=name,
        ours=lambda threads: kernels.gaussian(volume, sigma, threads=threads),
        peers={
            "cv2 by hand": by_cv2,
            "scipy": lambda: ndimage.gaussian_filter(volume, sigma, output=np.float32),
        },
        agree=close,
        bytes_moved=volume.nbytes + 4 * volume.size,
        goal=(1.6, 1.6),
    )


def label_case(name: str, mask: NDArray[Any], connectivity: Connectivity) -> Case:
    return Case(
        name=f"{name} {connectivity}",
        ours=lambda threads: kernels.label(mask, connectivity=connectivity, threads=threads),
        peers={"cc3d": lambda: cc3d.connected_components(mask, connectivity=connectivity)},
        agree=same_partition,
        bytes_moved=mask.size * 5,
        goal=(2.0, 3.0),
    )


def label_cases(plane: NDArray[Any], volume: NDArray[Any]) -> Iterator[Case]:
    body = kernels.threshold(kernels.gaussian(volume, 1.0), 60)
    connectivities: tuple[Connectivity, ...] = (6, 26)
    for connectivity in connectivities:
        yield label_case("label volume", body, connectivity)
        yield label_case("label noise", kernels.threshold(volume, 110), connectivity)
    flat = kernels.gaussian(plane, 2.0) > float(np.median(plane))
    yield Case(
        name="label 2048² 8",
        ours=lambda threads: kernels.label(flat, connectivity=8, threads=threads),
        peers={
            "cv2": lambda: cv2.connectedComponents(flat.view(np.uint8), connectivity=8)[1],
            "cc3d": lambda: cc3d.connected_components(flat, connectivity=8),
            "scipy": lambda: ndimage.label(flat, np.ones((3, 3)))[0],
        },
        agree=same_partition,
        bytes_moved=flat.size * 5,
        goal=(1.2, 1.2),
    )
    yield Case(
        name="largest_component volume 26",
        ours=lambda threads: kernels.largest_component(body, connectivity=26, threads=threads)[0],
        peers={"cc3d": lambda: cc3d.largest_k(body, k=1, connectivity=26) > 0},
        agree=equal,
        bytes_moved=body.size * 2,
        goal=(2.0, 3.0),
    )


def cases(*, is_full: bool) -> Iterator[Case]:
    rng = np.random.default_rng(1)
    plane = rng.integers(0, 4096, (2048, 2048), np.uint16)
    volume = abdomen(slices=200 if is_full else 40)
    small = np.ascontiguousarray(volume[len(volume) // 2])
    yield window_case("window 512²", small, (2.0, 2.0))
    yield window_case("window 2048²", plane, (2.8, 5.0))
    yield window_case("window volume", volume, (3.0, 5.0))
    yield from pointwise_cases(plane, volume)
    for sigma in (1.0, 4.0) if is_full else (1.0,):
        yield plane_gaussian(f"gaussian 512² σ {sigma:g}", small, sigma)
    yield plane_gaussian("gaussian 2048² σ 2", plane, 2.0)
    for sigma in (1.0, 2.0, 4.0) if is_full else (1.0, 2.0):
        yield volume_gaussian(f"gaussian volume σ {sigma:g}", volume, sigma)
    yield from label_cases(plane, volume)


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
