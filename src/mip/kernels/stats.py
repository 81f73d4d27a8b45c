"""What the regions of a label image are like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arrays, _dispatch, _stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

LABEL_DTYPES = tuple(np.dtype(t) for t in (np.bool_, np.uint8, np.uint16, np.uint32))
MANY_LABELS = 1 << 16  # beyond, labels must not be more than pixels: there is an entry for each
REGION = np.dtype(
    [
        ("area", np.uint64),
        ("place", np.uint64, 3),
        ("least", np.uint32, 3),
        ("end", np.uint32, 3),
        ("minimum", np.float64),
        ("maximum", np.float64),
        ("sum", np.float64),
        ("whole_sum", np.int64),
    ]
)  # mip_region of c/stats.h

# Parts of the image that are summed by themselves. They follow from the labels alone, and never
# from the threads: the order of a float sum decides its bits.
PARTS = 16
PARTED_BELOW = 1 << 14  # labels; more of them would take more memory for each part than they save


@dataclass(frozen=True, kw_only=True, eq=False)
class RegionStats:
    """What each region of a label image is like; entry ``n`` of each array is that of label ``n``.

    Entry 0 is the background. A label that no pixel has takes no area, an empty bounding box, and
    NaN for all else.

    Attributes
    ----------
    area : ndarray of int64, shape (labels,)
        Pixels.
    centroid : ndarray of float64, shape (labels, axes)
        Mean index along each axis.
    bounding_box : ndarray of int64, shape (labels, axes, 2)
        First index and one past the last, along each axis.
    minimum, maximum, mean : ndarray of float64, shape (labels,), or None without an image
        Of the image's values. NaN in it makes the mean NaN, and is passed over by the others.
    """

    area: NDArray[np.int64]
    centroid: NDArray[np.float64]
    bounding_box: NDArray[np.int64]
    minimum: NDArray[np.float64] | None
    maximum: NDArray[np.float64] | None
    mean: NDArray[np.float64] | None

    def slices(self, label: int) -> tuple[slice, ...]:
        """Return the bounding box of a label as an index of the image."""
        return tuple(slice(int(begin), int(end)) for begin, end in self.bounding_box[label])


def region_stats(
    labels: NDArray[Any], image: NDArray[Any] | None = None, *, threads: int | None = None
) -> RegionStats:
    """Measure area, centroid, bounding box and values of each region, in one pass.

    Parameters
    ----------
    labels : ndarray of bool, uint8, uint16 or uint32, shape ([slices,] rows, columns)
        As :func:`label` makes them; copied only when not C-contiguous.
    image : ndarray of uint8, int16, uint16 or float32, shape of ``labels``, optional
        Whose values are measured.
    threads : int, optional
        OpenMP threads; by default those of the machine, one for a small image.

    Returns
    -------
    RegionStats
        With an entry for every label from 0 to the greatest.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described, or the greatest label is above 65536 and above the number
        of pixels.

    Notes
    -----
    scikit-image's regionprops_table and scipy.ndimage. Sums of integers are exact; those of a
    float32 image are in double. Bit-identical for every ISA, thread count and layout.
    """
    source = _arrays.as_image(labels, name="labels", dtypes=LABEL_DTYPES)
    pixels = None if image is None else _arrays.as_image(image)
    if pixels is not None and pixels.shape != source.shape:
        raise ValueError(f"image must have the shape of labels, {source.shape}, not {pixels.shape}")
    _arrays.check_sides(source.shape, "labels")
    count = _dispatch.thread_count(threads, work=source.size, tasks=PARTS)
    last = int(source.max(initial=0))
    if last > max(MANY_LABELS, source.size):
        raise ValueError(f"labels must count from 1 and not reach {last}: label the image first")
    parts = np.zeros((PARTS if last < PARTED_BELOW else 1, last + 1), REGION)
    if source.size:
        rows = source.reshape(-1, source.shape[-1]).view(f"u{source.itemsize}")
        _stats.measure(
            rows,
            np.zeros((1, 1), np.uint8) if pixels is None else pixels.reshape(rows.shape),
            pixels is not None,
            source.shape[-2],
            parts.view(np.uint8),
            _dispatch.isa_index(),
            count,
        )
    return _told(parts[0], source.ndim, None if pixels is None else pixels.dtype)


def _told(regions: NDArray[Any], ndim: int, dtype: np.dtype[Any] | None) -> RegionStats:
    area = regions["area"].astype(np.int64)
    there = area > 0
    pixels = np.where(there, area, np.nan)
    box = np.stack([regions["least"], regions["end"]], axis=-1).astype(np.int64)[:, -ndim:]
    box[~there] = 0
    minimum = maximum = mean = None
    if dtype is not None:
        has_values = there & (regions["minimum"] <= regions["maximum"])
        minimum = np.where(has_values, regions["minimum"], np.nan)
        maximum = np.where(has_values, regions["maximum"], np.nan)
        mean = regions["sum" if dtype.kind == "f" else "whole_sum"] / pixels
    return RegionStats(
        area=area,
        centroid=regions["place"][:, -ndim:] / pixels[:, np.newaxis],
        bounding_box=box,
        minimum=minimum,
        maximum=maximum,
        mean=mean,
    )
