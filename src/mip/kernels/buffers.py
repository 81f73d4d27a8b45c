"""Memory for results that was touched before.

The first touch of fresh memory costs more than most kernels. A pool keeps the memory of arrays that
nobody refers to any more, and makes the next results of it.
"""

from __future__ import annotations

import sys
import weakref
from collections import deque
from math import prod
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arguments

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

PAGE = 4096  # bytes; blocks are whole pages
MOST_WASTE = 2  # a block serves arrays of at least this part of it


class _Owner:
    """What an array of the pool, and so each view of it, refers to while it lives."""

    def __init__(
        self, block: NDArray[np.uint8], shape: tuple[int, ...], dtype: np.dtype[Any]
    ) -> None:
        self.__array_interface__ = {
            "version": 3,
            "data": (block.ctypes.data, False),
            "shape": shape,
            "typestr": dtype.str,
        }


class BufferPool:
    """Arrays to give to kernels as ``out=``, in memory that was touched before where there is any.

    Nothing is given back by hand: memory is used again when neither the array nor any view of it is
    left. An array that lives on is its holder's alone, for as long as he wants.

    Parameters
    ----------
    max_bytes : int
        The most memory kept for later, at least 0. What is in use is not counted, and never
        refused.

    Raises
    ------
    TypeError, ValueError
        ``max_bytes`` is not as described.

    Notes
    -----
    Worth it for arrays that the allocator hands back to the system at once: with glibc, those above
    32 MiB. Safe to use from several threads. An address taken from an array without a reference to
    it, as by ``array.ctypes.data``, does not keep its memory, as with any array.

    Examples
    --------
    >>> import numpy as np
    >>> from mip import kernels
    >>> pool = kernels.BufferPool(64 * 2**20)
    >>> ct = np.zeros((40, 64, 64), np.int16)
    >>> steep = kernels.gradient_magnitude(ct, out=pool.empty(ct.shape, np.float32))
    >>> del steep  # the next array of the pool takes its memory
    >>> pool.idle_bytes
    655360
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = _arguments.whole(max_bytes, "max_bytes", least=0)
        self._lock = Lock()
        self._idle: list[NDArray[np.uint8]] = []  # the longest idle first
        # Filled when arrays end, which may be in the middle of anything: by one append, no lock.
        self._ended: deque[NDArray[np.uint8]] = deque()

    @property
    def idle_bytes(self) -> int:
        """How many bytes are kept for later."""
        with self._lock:
            self._gather()
            return sum(block.nbytes for block in self._idle)

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return a C-contiguous array of arbitrary contents, as ``numpy.empty`` does.

        Parameters
        ----------
        shape : sequence of int
            The sides, each at least 0.
        dtype : dtype of numbers or bool
            In the byte order of the machine or in the other.

        Raises
        ------
        TypeError, ValueError
            An argument is not as described.
        MemoryError
            There is no memory.
        """
        sides = _arguments.wholes(shape, None, "shape", least=0, most=sys.maxsize)
        kind = _dtype(dtype)
        size = prod(sides) * kind.itemsize
        if size > sys.maxsize:
            raise MemoryError(f"no {size} bytes for an array")
        if not size:
            return np.empty(sides, kind)
        block = self._take(size)
        owner = _Owner(block, sides, kind)
        weakref.finalize(owner, self._ended.append, block).atexit = False
        return np.asarray(owner)

    def clear(self) -> None:
        """Let go of all memory that is kept for later."""
        with self._lock:
            self._gather()
            self._idle.clear()

    def _take(self, size: int) -> NDArray[np.uint8]:
        """Return the smallest idle block that serves ``size`` bytes, or a fresh one."""
        with self._lock:
            self._gather()
            fits = [
                (block.nbytes, index)
                for index, block in enumerate(self._idle)
                if size <= block.nbytes <= max(MOST_WASTE * size, PAGE)
            ]
            if fits:
                return self._idle.pop(min(fits)[1])
        return np.empty(-(-size // PAGE) * PAGE, np.uint8)

    def _gather(self) -> None:
        """Take in what has ended, and let go of the longest idle beyond the bound."""
        while self._ended:
            self._idle.append(self._ended.popleft())
        kept = sum(block.nbytes for block in self._idle)
        while kept > self._max_bytes:
            kept -= self._idle.pop(0).nbytes


def _dtype(dtype: DTypeLike) -> np.dtype[Any]:
    try:
        kind = np.dtype(dtype)
    except (TypeError, ValueError):
        raise TypeError(f"dtype must be a numpy dtype, not {_arguments.shown(dtype)}") from None
    if kind.kind not in "biufc":
        raise ValueError(f"dtype must be one of numbers or bool, not {kind}")
    return kind
