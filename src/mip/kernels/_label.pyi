from typing import Any

import numpy as np
from numpy.typing import NDArray

def scan(
    mask: NDArray[np.uint8],
    is_background: bool,
    edges: NDArray[np.uint32],
    counts: NDArray[np.uint32],
    isa: int,
    threads: int,
) -> None: ...
def within(
    image: NDArray[Any],
    least: float,
    most: float,
    edges: NDArray[np.uint32],
    counts: NDArray[np.uint32],
    isa: int,
    threads: int,
) -> None: ...
def by_value(
    image: NDArray[Any],
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
    values: NDArray[np.uint16] | None,
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
    out: NDArray[np.uint32],
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
def outer(
    edges: NDArray[np.uint32],
    counts: NDArray[np.uint32],
    first: NDArray[np.uint32],
    numbers: NDArray[np.uint32],
    columns: int,
    is_outer: NDArray[np.uint8],
    out: NDArray[np.uint8],
) -> None: ...
def select(
    edges: NDArray[np.uint32],
    counts: NDArray[np.uint32],
    first: NDArray[np.uint32],
    numbers: NDArray[np.uint32],
    marks: NDArray[np.uint8],
    inside: bool,
    out: NDArray[np.uint8],
    threads: int,
) -> None: ...
