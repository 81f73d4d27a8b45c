from typing import Any

import numpy as np
from numpy.typing import NDArray

def nl_means(
    source: NDArray[Any],
    out: NDArray[np.float32],
    inside: tuple[NDArray[np.intp], ...],
    outside: float,
    patch: tuple[int, int, int],
    search: tuple[int, int, int],
    gain: float,
    boxes: NDArray[np.intp],
    isa: int,
    threads: int,
) -> None: ...
