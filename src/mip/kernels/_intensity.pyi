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
def rescale(
    source: NDArray[Any],
    out: NDArray[np.float32],
    slope: float,
    intercept: float,
    isa: int,
    threads: int,
) -> None: ...
def threshold(
    source: NDArray[Any],
    out: NDArray[np.uint8],
    low: float,
    high: float,
    isa: int,
    threads: int,
) -> None: ...
def lookup(
    source: NDArray[Any],
    out: NDArray[Any],
    entries: NDArray[Any],
    first: int,
    isa: int,
    threads: int,
) -> None: ...
