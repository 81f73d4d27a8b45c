from typing import Any

import numpy as np
from numpy.typing import NDArray

def gaussian(
    source: NDArray[Any],
    out: NDArray[np.float32],
    weights: tuple[NDArray[np.float32], ...],
    inside: tuple[NDArray[np.intp], ...],
    outside: float,
    ring: int,
    tasks: NDArray[np.intp],
    tile_rows: int,
    is_unsharp: bool,
    amount: float,
    isa: int,
    threads: int,
) -> None: ...
