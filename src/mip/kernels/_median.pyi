from typing import Any

import numpy as np
from numpy.typing import NDArray

def median(
    source: NDArray[Any],
    out: NDArray[Any],
    sizes: tuple[int, ...],
    inside: tuple[NDArray[np.intp], ...],
    outside: NDArray[Any],
    way: int,
    task_rows: int,
    isa: int,
    threads: int,
) -> None: ...
