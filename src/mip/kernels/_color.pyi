from typing import Any

import numpy as np
from numpy.typing import NDArray

def luminance(rgb: NDArray[Any], out: NDArray[Any], isa: int, threads: int) -> None: ...
def overlay(
    source: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    rgb: NDArray[np.uint8],
    weighted_r: int,
    weighted_g: int,
    weighted_b: int,
    alpha: int,
    isa: int,
    threads: int,
) -> None: ...
