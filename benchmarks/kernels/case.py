"""What a case is, and what results must agree on before anyone is timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

Peer = Callable[[int], Any]  # by the number of threads, of which one that has no more makes nothing
Goal = tuple[float, float]  # ratios on one thread and on two


@dataclass(frozen=True, kw_only=True)
class Data:
    """The images of a run.

    Attributes
    ----------
    plane : ndarray of uint16, shape (2048, 2048)
        Noise of 12 bits.
    volume : ndarray of int16, shape (40 or 200, 512, 512)
        An abdomen in Hounsfield units.
    is_full : bool
        More sizes and parameters, and 200 slices.
    """

    plane: NDArray[Any]
    volume: NDArray[Any]
    is_full: bool

    @property
    def small(self) -> NDArray[Any]:
        """The middle slice of the volume, 512 x 512."""
        return np.ascontiguousarray(self.volume[len(self.volume) // 2])


@dataclass(frozen=True, kw_only=True)
class Case:
    """A kernel on an image, its peers, what they must agree on, and the goals.

    Attributes
    ----------
    ours : callable
        By ``threads=``.
    peers : dict of callables by the number of threads
        Each makes its own result. OpenCV's threads are set for it.
    agree : callable
        Whether ours agrees with a peer's.
    goal : pair of float
        How many times as fast as each peer ours should be.
    agreements, goals : dict
        Of the peers, by their names, for which ``agree`` and ``goal`` were not meant.
    """

    name: str
    ours: Callable[[int | None], Any]
    peers: dict[str, Peer]
    agree: Callable[[Any, Any], bool]
    bytes_moved: int
    goal: Goal = (1.0, 1.0)
    agreements: dict[str, Callable[[Any, Any], bool]] = field(default_factory=dict)
    goals: dict[str, Goal] = field(default_factory=dict)


def levels(ours: Any, other: Any) -> bool:
    """Within one display level."""
    return bool(np.abs(ours.astype(np.float32) - np.asarray(other, np.float32)).max() <= 1)


def equal(ours: Any, other: Any) -> bool:
    """Agree in every element."""
    return bool(np.array_equal(ours, other))


def nearly_equal(ours: Any, other: Any) -> bool:
    """Agree in all but a thousandth of the elements."""
    return float((ours != other).mean()) <= 1e-3


def alike(ours: Any, other: Any) -> bool:
    """Correlate above 0.99: two ways to the same measure."""
    return bool(np.corrcoef(np.ravel(ours), np.ravel(other))[0, 1] > 0.99)


def near(ours: Any, other: Any) -> bool:
    """Have no true pixel that is further than one from a true one of the other's."""
    around = np.ones((3,) * ours.ndim)
    return not (
        (ours & ~ndimage.binary_dilation(other, around)).any()
        or (other & ~ndimage.binary_dilation(ours, around)).any()
    )


def close(ours: Any, other: Any) -> bool:
    """Within 4e-6 of the greatest magnitude: float32 on both sides."""
    return bool(np.abs(ours - other).max() <= 4e-6 * np.abs(other).max())


def same_partition(ours: Any, other: Any) -> bool:
    """Agree up to the numbers of the components."""
    labels, count = ours
    pairs = np.unique(labels.astype(np.int64) * (int(other.max()) + 1) + other)
    with_background = count + int((labels == 0).any())
    return len(pairs) == with_background and int(other.max()) == int(count)
