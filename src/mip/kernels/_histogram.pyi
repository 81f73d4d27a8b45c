from typing import Any

import numpy as np
from numpy.typing import NDArray

def count_values(source: NDArray[Any], counts: NDArray[np.uint32]) -> None: ...
def count_bins(
    source: NDArray[np.float32],
    edges: NDArray[np.float32],
    scale: float,
    counts: NDArray[np.uint32],
) -> None: ...
