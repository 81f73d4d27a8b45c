from typing import Any

import numpy as np
from numpy.typing import NDArray

def project_rows(
    source: NDArray[Any], out: NDArray[np.uint8], how: int, isa: int, threads: int
) -> None: ...
def project_stacks(
    source: NDArray[Any], out: NDArray[np.uint8], how: int, isa: int, threads: int
) -> None: ...
