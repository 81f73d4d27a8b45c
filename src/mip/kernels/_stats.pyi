from typing import Any

import numpy as np
from numpy.typing import NDArray

REGION_BYTES: int

def measure(
    labels: NDArray[Any],
    image: NDArray[Any],
    has_image: bool,
    height: int,
    parts: NDArray[np.uint8],
    isa: int,
    threads: int,
) -> None: ...
