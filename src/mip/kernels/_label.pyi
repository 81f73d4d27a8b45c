import numpy as np
from numpy.typing import NDArray

def unite(
    words: NDArray[np.uint64],
    first: NDArray[np.uint32],
    parents: NDArray[np.uint32],
    image: NDArray[np.uint8] | None,
    columns: int,
    height: int,
    neighbours: NDArray[np.int32],
    isa: int,
    threads: int,
) -> int: ...
def paint(
    words: NDArray[np.uint64],
    first: NDArray[np.uint32],
    numbers: NDArray[np.uint32],
    is_clear: bool,
    out: NDArray[np.uint32],
    isa: int,
    threads: int,
) -> None: ...
def select(
    words: NDArray[np.uint64],
    first: NDArray[np.uint32],
    numbers: NDArray[np.uint32],
    marks: NDArray[np.uint8],
    inside: bool,
    out: NDArray[np.uint8],
    isa: int,
    threads: int,
) -> None: ...
def areas(
    words: NDArray[np.uint64],
    first: NDArray[np.uint32],
    numbers: NDArray[np.uint32],
    columns: int,
    out: NDArray[np.uint64],
) -> None: ...
def outer(
    words: NDArray[np.uint64],
    first: NDArray[np.uint32],
    numbers: NDArray[np.uint32],
    columns: int,
    is_outer: NDArray[np.uint8],
    out: NDArray[np.uint8],
) -> None: ...
