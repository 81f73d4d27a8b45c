import numpy as np
from numpy.typing import NDArray

def diffuse(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    axes: NDArray[np.float32],
    is_quadratic: bool,
    steps: int,
    tasks: NDArray[np.intp],
    tile_rows: int,
    isa: int,
    threads: int,
) -> None: ...
