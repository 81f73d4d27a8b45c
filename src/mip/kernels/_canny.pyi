import numpy as np
from numpy.typing import NDArray

def canny(
    smooth: NDArray[np.float32],
    out: NDArray[np.uint8],
    low: float,
    high: float,
    isa: int,
    threads: int,
) -> None: ...
