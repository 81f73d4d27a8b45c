from typing import Any

import numpy as np
from numpy.typing import NDArray

def vesselness(
    source: NDArray[Any],
    out: NDArray[np.float32] | None,
    is_volume: bool,
    weights: tuple[NDArray[np.float32], ...],
    inside: tuple[NDArray[np.intp], ...],
    origin: float,
    outside: float,
    ring: int,
    tasks: NDArray[np.intp],
    tile_rows: int,
    plate: float,
    blob: float,
    structure: float,
    is_first: bool,
    norms: NDArray[np.float32],
    isa: int,
    threads: int,
) -> None: ...
