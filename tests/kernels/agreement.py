"""What it means that results agree."""

from __future__ import annotations

import numpy as np


def assert_same_bits(got, want, told=""):
    """Require one shape, one dtype and the same bits of every number, zeros too.

    Which NaN a NaN is, is left out: it follows from the order of an instruction's operands.
    """
    got, want = np.asarray(got), np.asarray(want)
    assert (got.shape, got.dtype) == (want.shape, want.dtype), told
    differ = bits(got) != bits(want)
    if differ.any():
        where = np.unravel_index(np.flatnonzero(differ)[0], got.shape)
        at = tuple(int(n) for n in where)
        message = f"{told}: {differ.sum()} differ, at {at} {got[at]!r} from {want[at]!r}"
        raise AssertionError(message)


def assert_within(got, want, tolerance):
    """Require NaN and infinities where they are wanted, and all else within ``tolerance``."""
    is_number = np.isfinite(want)
    np.testing.assert_array_equal(got[~is_number], want[~is_number])
    assert np.isfinite(got[is_number]).all()
    assert np.abs(got[is_number] - want[is_number]).max(initial=0) <= tolerance


def by_rank(image, run, *outside):
    """Return what ``run`` makes of an image's ranks, as values again: NaN is the greatest.

    ``run`` takes the ranks, as int32, and that of each value in ``outside``. Ranks that it makes up
    are infinities.
    """
    values, ranks = np.unique(np.append(image, np.array(outside, image.dtype)), return_inverse=True)
    others = ranks[image.size :].tolist()
    made = run(ranks[: image.size].reshape(image.shape).astype(np.int32), *others)
    found = values[np.clip(made, 0, len(values) - 1)]
    if image.dtype.kind == "f":
        found[made < 0], found[made >= len(values)] = -np.inf, np.inf
    return found


def nan_for_infinity(array):
    """Return an array in which infinities are NaN, for what promises no more of them."""
    return np.where(np.isinf(array), np.nan, array)


def greatest(image, *others):
    """Return the greatest magnitude of the numbers of an image, and of others."""
    magnitudes = np.abs(np.append(image.astype(np.float64), others))
    return magnitudes[np.isfinite(magnitudes)].max(initial=0)


def bits(array):
    """Return each value as an integer of its bits, and one NaN for all, as a flat array."""
    flat = np.array(array).reshape(-1)  # a copy, in C order
    if flat.dtype.kind == "f":
        flat[np.isnan(flat)] = np.nan
    return flat.view(f"u{flat.itemsize}")
