from typing import Any

import numpy as np
from numpy.typing import NDArray

def window(
    source: NDArray[Any],
    out: NDArray[np.uint8],
    origin: float,
    scale: float,
    offset: float,
    is_sigmoid: bool,
    padding_low: float,
    padding_high: float,
    is_inverted: bool,
    isa: int,
    threads: int,
) -> None: ...
