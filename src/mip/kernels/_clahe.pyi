from typing import Any

import numpy as np
from numpy.typing import NDArray

def equalize(
    source: NDArray[Any],
    out: NDArray[Any],
    inside: tuple[NDArray[np.intp], NDArray[np.intp]],
    tiles: tuple[int, int, int],
    limit: int,
    values: tuple[int, int, int],
    between: NDArray[np.intp],
    shares_y: NDArray[np.float32],
    gaps_x: NDArray[np.intp],
    shares_x: NDArray[np.float32],
    tables: NDArray[np.float32],
    counts: NDArray[np.uint32],
    isa: int,
    threads: int,
) -> None: ...
