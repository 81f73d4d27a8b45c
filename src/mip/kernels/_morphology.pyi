from typing import Any

import numpy as np
from numpy.typing import NDArray

def morphology(
    source: NDArray[Any],
    out: NDArray[Any],
    operation: int,
    size: tuple[int, ...],
    before: tuple[int, ...],
    lengths: NDArray[np.intp],
    taps: NDArray[np.intp],
    is_box: bool,
    neutral: NDArray[Any],
    tasks: NDArray[np.intp],
    tile_rows: int,
    isa: int,
    threads: int,
) -> None: ...
def box_planes(
    source: NDArray[Any],
    out: NDArray[Any],
    steps: tuple[tuple[int, ...], ...],
    strips: int,
    isa: int,
    threads: int,
) -> None: ...
