"""Connected components against scipy and cc3d."""

from __future__ import annotations

import cc3d
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mip.kernels import label, largest_component
from tests.kernels.strategies import masks

STRUCTURES = {
    4: ndimage.generate_binary_structure(2, 1),
    8: ndimage.generate_binary_structure(2, 2),
    6: ndimage.generate_binary_structure(3, 1),
    18: ndimage.generate_binary_structure(3, 2),
    26: ndimage.generate_binary_structure(3, 3),
}


def connectivities(mask):
    return st.sampled_from((4, 8) if mask.ndim == 2 else (6, 18, 26))


@settings(max_examples=120, deadline=None)
@given(mask=masks(), data=st.data())
def test_labels_are_those_of_scipy(everywhere, mask, data):
    connectivity = data.draw(connectivities(mask))
    labels, count = everywhere(label, mask, connectivity=connectivity)
    want, want_count = ndimage.label(mask, STRUCTURES[connectivity])
    assert count == want_count
    assert labels.dtype == np.uint32
    np.testing.assert_array_equal(labels, want)


@pytest.mark.parametrize("connectivity", [6, 18, 26])
def test_labels_are_those_of_cc3d_up_to_numbering(everywhere, connectivity):
    mask = np.random.default_rng(3).random((9, 40, 130)) < 0.3
    labels, count = everywhere(label, mask, connectivity=connectivity)
    want, want_count = cc3d.connected_components(
        mask.astype(np.uint8), connectivity=connectivity, return_N=True
    )
    pairs = np.unique(np.stack([labels.ravel(), want.ravel()]), axis=1)
    assert count == want_count
    assert pairs.shape[1] == count + 1


@settings(max_examples=80, deadline=None)
@given(mask=masks(), data=st.data())
def test_largest_component_is_the_first_with_the_most_pixels(everywhere, mask, data):
    connectivity = data.draw(connectivities(mask))
    labels, count = label(mask, connectivity=connectivity)
    areas = np.bincount(labels.ravel(), minlength=1)[1:]
    want = labels == areas.argmax() + 1 if count else np.zeros(mask.shape, bool)
    got, got_count = everywhere(largest_component, mask, connectivity=connectivity)
    assert got_count == count
    assert got.dtype == np.bool_
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("columns", [1, 2, 63, 64, 65, 127, 128, 129, 200])
@pytest.mark.parametrize("phase", [0, 1])
def test_rows_with_as_many_edges_as_pixels_fit(everywhere, columns, phase):
    mask = np.indices((7, columns)).sum(axis=0) % 2 == phase  # a chessboard
    alone, count = everywhere(label, mask, connectivity=4)
    assert count == mask.sum()
    np.testing.assert_array_equal(np.sort(alone[mask]), np.arange(1, count + 1))
    _, joined = everywhere(label, mask, connectivity=8)
    assert joined == (1 if columns > 1 else count)


def test_a_spiral_is_one_component(everywhere):
    mask = np.zeros((65, 65), bool)
    for n in range(0, 32, 2):
        mask[n, n : 65 - n] = mask[64 - n, n : 65 - n] = True
        mask[n : 65 - n, n] = mask[n : 65 - n, 64 - n] = True
        mask[n + 1, n] = False
        mask[n + 2, n + 1] = True
    labels, count = everywhere(label, mask, connectivity=4)
    want, want_count = ndimage.label(mask, STRUCTURES[4])
    assert count == want_count
    np.testing.assert_array_equal(labels, want)


@pytest.mark.parametrize(("shape", "connectivity"), [((4, 4), 6), ((4, 4), 26), ((2, 2, 2), 8)])
def test_connectivity_of_another_rank_is_refused(shape, connectivity):
    with pytest.raises(ValueError, match="connectivity of a mask"):
        label(np.zeros(shape, bool), connectivity=connectivity)
