from typing import Any

import numpy as np
from numpy.typing import NDArray

def extremes(source: NDArray[Any], found: NDArray[np.int32], isa: int) -> None: ...
def equalize(
    source: NDArray[Any],
    out: NDArray[Any],
    inside: tuple[NDArray[np.intp], NDArray[np.intp]],
    tiles: tuple[int, int, int],
    limit: int,
    values: tuple[int, int, int],
    gaps: tuple[NDArray[np.intp], NDArray[np.intp]],
    shares: tuple[NDArray[np.float32], NDArray[np.float32]],
    tables: NDArray[np.uint16],
    isa: int,
    threads: int,
) -> None: ...
