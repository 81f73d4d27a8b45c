from typing import Any

import numpy as np
from numpy.typing import NDArray

def mask(
    image: NDArray[np.uint8],
    is_background: bool,
    words: NDArray[np.uint64],
    counts: NDArray[np.uint32],
    isa: int,
    threads: int,
) -> None: ...
def within(
    image: NDArray[Any],
    least: float,
    most: float,
    words: NDArray[np.uint64],
    counts: NDArray[np.uint32],
    isa: int,
    threads: int,
) -> None: ...
def by_value(
    image: NDArray[Any],
    words: NDArray[np.uint64],
    counts: NDArray[np.uint32],
    isa: int,
    threads: int,
) -> None: ...
