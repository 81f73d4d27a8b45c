from typing import Any

import numpy as np
from numpy.typing import NDArray

def bilateral(
    source: NDArray[Any],
    out: NDArray[np.float32],
    inside: tuple[NDArray[np.intp], ...],
    outside: float,
    shifts: NDArray[np.int32],
    exponents: NDArray[np.float32],
    gain: float,
    boxes: NDArray[np.intp],
    isa: int,
    threads: int,
) -> None: ...
