"""What DICOM costs per image: read, decode, derive, write; a 512 x 512 CT, no algorithm.

    python benchmarks/dicom.py [--rounds N]

Times are CPU milliseconds of this process, the least and the median of the rounds, after one round
to warm up. pydicom reads the same file in the same run, for comparison.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pydicom

from mip.dicom import OutputItem, Provenance, decode_image, derive, read_header, warm_up
from mip.dicom.synthetic import write_image
from mip.imaging import Mask

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 512
PROVENANCE = Provenance(algorithm_id="no-op", version="1.0.0", digest="0" * 64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    rounds = parser.parse_args().rounds
    warm_up(masks=True)
    print(f"{platform.machine()}, Python {platform.python_version()}, {rounds} rounds, CPU ms")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        noise = np.random.default_rng(1).integers(-1000, 2000, (SIZE, SIZE)).astype(np.int16)
        path = folder / "ct.dcm"
        write_image(path, noise)
        for label, run in cases(path, folder):
            times = sorted(measure(run) for _ in range(rounds + 1))[:-1]
            print(f"{label:42} least {times[0]:7.3f}   median {statistics.median(times):7.3f}")


def cases(path: Path, folder: Path) -> list[tuple[str, Callable[[], object]]]:
    source = decode_image(path)

    def whole() -> None:
        decoded = decode_image(path)
        value = decoded.image.replace(decoded.image.pixels)
        derive(decoded, [OutputItem("image", value)], provenance=PROVENANCE, folder=folder)

    def mask() -> None:
        value = Mask(labels=source.image.pixels > 0)
        derive(source, [OutputItem("mask", value)], provenance=PROVENANCE, folder=folder)

    return [
        (
            "pydicom: dcmread before the pixels",
            lambda: pydicom.dcmread(path, stop_before_pixels=True),
        ),
        ("read_header", lambda: read_header(path)),
        ("pydicom: dcmread and pixel_array", lambda: pydicom.dcmread(path).pixel_array),
        ("decode_image, with SHA-256", lambda: decode_image(path)),
        ("decode, rescale, derive, write", whole),
        ("derive and write a segmentation", mask),
    ]


def measure(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return (time.process_time() - start) * 1e3


if __name__ == "__main__":
    main()
