import numpy as np
from numpy.typing import NDArray

def rows(
    mask: NDArray[np.uint8],
    out: NDArray[np.float32],
    spacing: float,
    isa: int,
    threads: int,
) -> None: ...
def lines(
    out: NDArray[np.float32], spacing: float, is_last: bool, isa: int, threads: int
) -> None: ...
