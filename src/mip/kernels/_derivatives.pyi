from typing import Any

import numpy as np
from numpy.typing import NDArray

def stencil(
    source: NDArray[Any],
    out: NDArray[np.float32],
    kind: int,
    is_volume: bool,
    z: NDArray[np.intp],
    y: NDArray[np.intp],
    x: NDArray[np.intp],
    outside: float,
    weights: NDArray[np.float32],
    isa: int,
    threads: int,
) -> None: ...
def gradient(
    source: NDArray[Any],
    out: NDArray[np.float32],
    weights: NDArray[np.float32],
    isa: int,
    threads: int,
) -> None: ...
