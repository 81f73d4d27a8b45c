"""Connected components against scipy and cc3d."""

from __future__ import annotations

import cc3d
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mip.kernels import label, largest_component, region_grow, threshold
from tests.kernels.strategies import images, masks, wild_images

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


def numbered_by_value(image, connectivity):
    """Reference: the components of each value by scipy, numbered in raster order of all."""
    joined = np.zeros(image.shape, np.int64)
    for value in np.unique(image[image != 0]):
        labels, _ = ndimage.label(image == value, STRUCTURES[connectivity])
        joined = np.where(labels > 0, labels + joined.max(), joined)
    names, first = np.unique(joined[joined > 0], return_index=True)
    numbers = np.zeros(joined.max() + 1, np.int64)
    numbers[names[np.argsort(first)]] = np.arange(1, len(names) + 1)
    return numbers[joined], len(names)


@settings(max_examples=120, deadline=None)
@given(image=images(dtypes=(np.uint8, np.int16, np.uint16), least=1), data=st.data())
def test_labels_by_value_are_those_of_each_value(everywhere, image, data):
    connectivity = data.draw(connectivities(image))
    few = image // image.dtype.type(data.draw(st.sampled_from([1, 2, 100])))
    few[few > few.min() + 6] = 0  # few enough values that equal ones touch
    labels, count = everywhere(label, few, connectivity=connectivity, by_value=True)
    want, want_count = numbered_by_value(few, connectivity)
    assert count == want_count
    np.testing.assert_array_equal(labels, want)


def blobs(shape):
    """Smooth noise in four values: runs longer and shorter than the 64 pixels of a word."""
    smooth = ndimage.gaussian_filter(np.random.default_rng(10).normal(size=shape), (1, 1, 9))
    return np.digitize(smooth, np.quantile(smooth, [0.4, 0.7, 0.9]))


@pytest.mark.parametrize("columns", [192, 200, 513])
@pytest.mark.parametrize("connectivity", [6, 18, 26])
def test_labels_of_long_runs_are_those_of_scipy(everywhere, columns, connectivity):
    image = blobs((5, 17, columns))
    labels, _ = everywhere(label, image > 1, connectivity=connectivity)
    want, _ = ndimage.label(image > 1, STRUCTURES[connectivity])
    np.testing.assert_array_equal(labels, want)
    for dtype in (np.uint8, np.int16):
        values = image.astype(dtype)
        labels, _ = everywhere(label, values, connectivity=connectivity, by_value=True)
        want, _ = numbered_by_value(values, connectivity)
        np.testing.assert_array_equal(labels, want)


@pytest.mark.parametrize("columns", [5, 64, 200])
def test_labels_take_the_place_of_what_out_held(everywhere, columns):
    mask = np.random.default_rng(11).random((30, columns)) < 0.3
    fresh, _ = label(mask, connectivity=8)

    def over_sevens(*, threads):
        return label(mask, connectivity=8, out=np.full(mask.shape, 7, np.uint32), threads=threads)

    labels, _ = everywhere(over_sevens)
    np.testing.assert_array_equal(labels, fresh)


@pytest.mark.parametrize("connectivity", [6, 18, 26])
def test_labels_by_value_are_those_of_cc3d_up_to_numbering(everywhere, connectivity):
    image = np.random.default_rng(8).integers(0, 4, (9, 40, 130), np.uint16)
    labels, count = everywhere(label, image, connectivity=connectivity, by_value=True)
    want, want_count = cc3d.connected_components(image, connectivity=connectivity, return_N=True)
    pairs = np.unique(np.stack([labels.ravel(), want.ravel()]), axis=1)
    assert count == want_count
    assert pairs.shape[1] == count + 1


def test_values_of_a_mask_by_value_are_true_alone():
    mask = np.random.default_rng(9).random((20, 80)) < 0.5
    by_value, count = label(mask, connectivity=8, by_value=True)
    plain, plain_count = label(mask, connectivity=8)
    assert count == plain_count
    np.testing.assert_array_equal(by_value, plain)


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


@settings(max_examples=100, deadline=None)
@given(image=images(least=1) | wild_images(least=1), data=st.data())
def test_growth_keeps_the_components_with_a_seed(everywhere, image, data):
    connectivity = data.draw(connectivities(image))
    numbers = image[~np.isnan(image)].tolist() or [0.0]
    low, high = data.draw(st.sampled_from(numbers)) + np.array([0.0, 300.5])
    index = st.tuples(*(st.integers(0, size - 1) for size in image.shape))
    seeds = data.draw(st.lists(index, max_size=4))
    labels, _ = ndimage.label((image >= low) & (image <= high), STRUCTURES[connectivity])
    grown = {labels[seed] for seed in seeds} - {0}
    got = everywhere(region_grow, image, seeds, low, high, connectivity=connectivity)
    assert got.dtype == np.bool_
    np.testing.assert_array_equal(got, np.isin(labels, list(grown)))


def test_both_bounds_of_a_growth_belong_to_it():
    image = np.array([[9, 10, 11, 12, 13]], np.int16)
    grown = region_grow(image, (0, 2), 10, 12, connectivity=4)
    np.testing.assert_array_equal(grown, [[False, True, True, True, False]])
    above = threshold(image, 10, 12)  # whose lower bound is open
    np.testing.assert_array_equal(above, [[False, False, True, True, False]])


@pytest.mark.parametrize(("low", "high"), [(0.2, 0.8), (300, 400), (-9, -1), (5, 4)])
def test_a_range_without_values_grows_nothing(low, high):
    image = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert not region_grow(image, [(0, 0), (0, 5)], low, high, connectivity=8).any()


def test_growth_without_bounds_takes_all_but_nan():
    image = np.array([[1, np.inf, -np.inf, np.nan, 5]], np.float32)
    grown = region_grow(image, [0, 0], -np.inf, np.inf, connectivity=4)
    np.testing.assert_array_equal(grown, [[True, True, True, False, False]])


@pytest.mark.parametrize("seeds", [(0, 5), (-1, 0), [(0, 0), (3, 0)]])
def test_seeds_outside_are_refused(seeds):
    with pytest.raises(ValueError, match="seeds must lie inside"):
        region_grow(np.zeros((3, 5), np.uint8), seeds, 0, 1, connectivity=4)


@pytest.mark.parametrize("seeds", [(0, 0, 0), 3, np.zeros((1, 1, 2), int)])
def test_seeds_of_another_rank_are_refused(seeds):
    with pytest.raises(ValueError, match="seeds must have the shape"):
        region_grow(np.zeros((3, 5), np.uint8), seeds, 0, 1, connectivity=4)


def test_seeds_between_pixels_are_refused():
    with pytest.raises(TypeError, match="seeds must be indices"):
        region_grow(np.zeros((3, 5), np.uint8), (0.5, 1.0), 0, 1, connectivity=4)


def test_bounds_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="low must be a number in double precision, not nan"):
        region_grow(np.zeros((3, 5), np.uint8), (0, 1), float("nan"), 1, connectivity=4)
