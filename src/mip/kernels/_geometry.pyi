from typing import Any

import numpy as np
from numpy.typing import NDArray

def resample(
    source: NDArray[Any],
    out: NDArray[Any],
    index: tuple[NDArray[np.int32], ...],
    weight: tuple[NDArray[np.float32], ...],
    order: int,
    tasks: NDArray[np.intp],
    isa: int,
    threads: int,
) -> None: ...
def affine(
    source: NDArray[Any],
    out: NDArray[Any],
    pull: NDArray[np.float64],
    order: int,
    outside: float,
    isa: int,
    threads: int,
) -> None: ...
