"""How a filter that streams through slices cuts its work."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_CHUNK = 64  # slices of a task; each task filters 2 * radius more


class Tasks(NamedTuple):
    """How the work is cut: boxes of slices and rows, and the most rows of one."""

    boxes: NDArray[np.intp]
    tile_rows: int


def cut(depth: int, rows: int, *, span: int, tile_rows: int, threads: int) -> Tasks:
    """Cut a volume into tiles of rows, and into chunks of slices where tiles are too few."""
    tile_rows = min(rows, tile_rows)
    tiles = ceil(rows / tile_rows)
    wanted = 1 if threads == 1 or tiles >= 2 * threads else ceil(2 * threads / tiles)
    chunk = max(ceil(depth / wanted), min(depth, max(LEAST_CHUNK, 2 * span)))
    boxes = [
        (z, min(z + chunk, depth), y, min(y + tile_rows, rows))
        for z in range(0, depth, chunk)
        for y in range(0, rows, tile_rows)
    ]
    return Tasks(np.array(boxes, dtype=np.intp), tile_rows)
