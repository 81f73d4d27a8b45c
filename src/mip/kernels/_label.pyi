import numpy as np
from numpy.typing import NDArray

def count(mask: NDArray[np.uint8], counts: NDArray[np.uint32], isa: int, threads: int) -> None: ...
def scan(
    mask: NDArray[np.uint8],
    edges: NDArray[np.uint32],
    counts: NDArray[np.uint32],
    isa: int,
    threads: int,
) -> None: ...
def unite(
    edges: NDArray[np.uint32],
    counts: NDArray[np.uint32],
    first: NDArray[np.uint32],
    parents: NDArray[np.uint32],
    neighbours: NDArray[np.int32],
    columns: int,
    height: int,
    threads: int,
) -> int: ...
def paint(
    edges: NDArray[np.uint32],
    counts: NDArray[np.uint32],
    first: NDArray[np.uint32],
    numbers: NDArray[np.uint32],
    threads: int,
) -> None: ...
def areas(
    edges: NDArray[np.uint32],
    counts: NDArray[np.uint32],
    first: NDArray[np.uint32],
    numbers: NDArray[np.uint32],
    columns: int,
    out: NDArray[np.uint64],
) -> None: ...
def select(
    edges: NDArray[np.uint32],
    counts: NDArray[np.uint32],
    first: NDArray[np.uint32],
    numbers: NDArray[np.uint32],
    chosen: int,
    out: NDArray[np.uint8],
    threads: int,
) -> None: ...
