"""The shipped algorithms for livers and chests, against the same steps of scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from mip import Discard, Geometry, Image
from mip.algorithms.liver_segmentation import liver_segmentation
from mip.algorithms.phantoms import abdomen, abdomen_spacing_mm
from mip.algorithms.processing_1 import processing_1
from mip.algorithms.processing_2 import processing_2
from mip.algorithms.processing_3 import processing_3
from mip.algorithms.processing_6 import processing_6
from mip.worker import load_algorithm

ALL = (liver_segmentation, processing_1, processing_2, processing_3, processing_6)
LIVERS: dict[Any, dict[str, Any]] = {
    liver_segmentation: {},
    processing_1: {"min_area_px": 9000},
    processing_6: {"min_area_px": 9000, "thr": 80.0},
}
EIGHT = np.ones((3, 3), bool)
FOUR = ndimage.generate_binary_structure(2, 1)


@pytest.fixture(scope="module")
def slices():
    """Three slices of an abdomen, its liver largest in the middle."""
    spacing = abdomen_spacing_mm()[1:]
    return Image(
        stored=(abdomen(slices=3) + 1024).astype(np.uint16),
        intercept=-1024.0,
        units="HU",
        geometry=Geometry(pixel_spacing_mm=spacing),
    )


@pytest.fixture(scope="module")
def middle(slices):
    return Image(stored=slices.stored[1:2], intercept=-1024.0, units="HU", geometry=slices.geometry)


def liver_truth():
    """Where the phantom's liver is painted in its middle slice, what covers it left out."""
    y, x = np.mgrid[:512, :512] * (360 / 512) - 180 + 360 / 1024
    return (5 / 75) ** 2 + ((y + 25) / 52) ** 2 + ((x + 66) / 52) ** 2 < 1


def chest(*, inverted=False):
    """A bright body in dark air with two dark lungs, a hole in one of them, and a dark speck."""
    y, x = np.mgrid[:200, :240]
    frame = np.where((np.abs(y - 100) < 90) & (np.abs(x - 120) < 100), 900, 50)
    lungs = ((y - 100) / 60) ** 2 + ((np.abs(x - 120) - 45) / 30) ** 2 < 1
    frame[lungs] = 200
    frame[(y - 100) ** 2 + (x - 75) ** 2 < 5**2] = 900
    frame[(y - 30) ** 2 + (x - 120) ** 2 < 6**2] = 200
    noise = np.random.default_rng(3).normal(0, 10, frame.shape)
    stored = (frame + noise + 100).round().astype(np.uint16)[np.newaxis]
    return Image(stored=1200 - stored if inverted else stored, is_inverted=inverted), lungs


def disk(radius):
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return x * x + y * y <= radius * radius


def closed(mask, footprint, times=1):
    return ndimage.binary_erosion(
        ndimage.binary_dilation(mask, footprint, times), footprint, times, border_value=1
    )


def opened(mask, footprint, times=1):
    return ndimage.binary_dilation(
        ndimage.binary_erosion(mask, footprint, times, border_value=1), footprint, times
    )


def largest_of(mask):
    labels, _ = ndimage.label(mask, EIGHT)
    return labels == np.bincount(labels.ravel())[1:].argmax() + 1


def test_processing_1_takes_the_steps_that_scipy_would(middle):
    _, mask, measured = processing_1(middle, **LIVERS[processing_1])
    hu = middle.pixels[0].astype(np.float64)
    levels = np.floor(np.clip((hu - 30) / 120, 0, 1) * 255 + 0.5)
    smooth = np.floor(ndimage.gaussian_filter(levels, 1.5) + 0.5)
    whole = ndimage.binary_fill_holes(closed(smooth > 110, disk(3)))
    want = largest_of(opened(whole, disk(4)))
    assert (mask.labels[0] != want).sum() <= 4  # pixels whose level ends on a half
    assert measured.values["area_px"] == np.count_nonzero(mask.labels)


def test_processing_6_takes_the_steps_that_scipy_would(middle):
    _, mask, _ = processing_6(middle, **LIVERS[processing_6])
    calm = ndimage.median_filter(middle.stored[0], 11).astype(int) - 1024
    whole = ndimage.binary_fill_holes(closed(calm > 80, disk(4), 2))
    apart = opened(whole, FOUR, 2)
    want = largest_of(ndimage.binary_fill_holes(closed(apart, FOUR, 9)))
    np.testing.assert_array_equal(mask.labels[0], want)


def test_growing_far_enough_is_the_component_of_the_seed(middle):
    _, mask, measured = liver_segmentation(middle, iterations=1000)
    hu = middle.pixels[0].astype(np.float64)
    levels = np.floor(np.clip((hu - 30) / 120, 0, 1) * 255 + 0.5)
    labels, count = ndimage.label(ndimage.gaussian_filter(levels, 1.5) > 127.5, EIGHT)
    want = ndimage.binary_fill_holes(labels == labels[256, int(0.35 * 512)])
    assert (mask.labels[0] != want).sum() <= 4
    assert measured.values["components"] == count


def test_growing_goes_one_pixel_a_step():
    image = Image(stored=np.full((1, 40, 50), 100, np.int16), units="HU")
    _, mask, _ = liver_segmentation(image, iterations=3, seed_x=0.5, seed_y=0.5)
    rows, columns = np.nonzero(mask.labels[0])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (17, 23, 22, 28)
    assert mask.labels.sum() == 49


@pytest.mark.parametrize(("seed", "found"), [(0.0, False), (1.0, True)])
def test_a_seed_may_lie_on_the_border(seed, found):
    frame = np.full((1, 40, 50), -100, np.int16)
    frame[0, 30:, 30:] = 100
    _, mask, measured = liver_segmentation(
        Image(stored=frame, units="HU"), seed_x=seed, seed_y=seed
    )
    assert mask.labels.any() == found
    assert ("message" in measured.values) != found


@pytest.mark.parametrize("segment", LIVERS)
def test_the_liver_of_the_phantom_is_found(segment, middle):
    _, mask, measured = segment(middle, **LIVERS[segment])
    truth = liver_truth()
    both = np.count_nonzero(mask.labels[0] & truth)
    assert 2 * both / (truth.sum() + mask.labels.sum()) > 0.8
    area = measured.values["area_px"]
    assert measured.values["area_mm2"] == round(area * (360 / 512) ** 2, 3)
    assert measured.values["label"] >= 1


@pytest.mark.parametrize("segment", LIVERS)
def test_each_slice_is_segmented_by_itself(segment, slices, middle):
    _, together, measured = segment(slices, **LIVERS[segment])
    _, alone, of_one = segment(middle, **LIVERS[segment])
    np.testing.assert_array_equal(together.labels[1], alone.labels[0])
    frames = measured.values["frames"]
    assert frames[1] == of_one.values
    assert measured.values["area_px"] == sum(frame["area_px"] for frame in frames)
    assert measured.values["components"] == sum(frame["components"] for frame in frames)


@pytest.mark.parametrize("segment", LIVERS)
def test_air_holds_no_liver(segment):
    air = Image(stored=np.full((1, 128, 128), -1000, np.int16), units="HU")
    picture, mask, measured = segment(air)
    assert not mask.labels.any()
    assert measured.values == {"components": 0, "message": "liver not found"}
    assert (picture.stored[..., 0] == picture.stored[..., 1]).all()


@pytest.mark.parametrize("segment", [processing_1, processing_6])
def test_slices_without_a_liver_say_so_each_and_together(segment):
    air = Image(stored=np.full((2, 128, 128), -1000, np.int16), units="HU")
    none = {"components": 0, "message": "liver not found"}
    assert segment(air)[2].values == none | {"frames": [none, none]}


@pytest.mark.parametrize("segment", [processing_1, processing_6])
def test_a_liver_on_the_right_is_found_mirrored(segment, middle):
    flipped = Image(stored=middle.stored[..., ::-1], intercept=-1024.0, units="HU")
    _, mask, _ = segment(flipped, side="right", **LIVERS[segment])
    _, want, _ = segment(middle, **LIVERS[segment])
    np.testing.assert_array_equal(mask.labels, want.labels[..., ::-1])


def disc_at(row, column, *, radius=20):
    """A disc of 200 HU in a square of 100 pixels of -100 HU."""
    y, x = np.mgrid[:100, :100]
    frame = np.where((y - row) ** 2 + (x - column) ** 2 <= radius**2, 200, -100)
    return Image(stored=frame[np.newaxis].astype(np.int16), units="HU")


@pytest.mark.parametrize("segment", [processing_1, processing_6])
@pytest.mark.parametrize(
    ("row", "column", "side", "found"),
    [
        (50, 55, "left", True),
        (50, 56, "left", False),
        (50, 44, "right", True),
        (50, 43, "right", False),
        (70, 50, "left", True),
        (71, 50, "left", False),
    ],
)
def test_the_centroid_must_lie_where_a_liver_does(segment, row, column, side, found):
    _, mask, measured = segment(disc_at(row, column), side=side, min_area_px=100)
    assert mask.labels.any() == found
    assert measured.values["components"] == 1


@pytest.mark.parametrize("segment", [processing_1, processing_6])
def test_an_area_of_just_the_least_is_a_liver(segment):
    area = segment(disc_at(50, 50), min_area_px=1)[2].values["area_px"]
    assert segment(disc_at(50, 50), min_area_px=area)[1].labels.any()
    assert not segment(disc_at(50, 50), min_area_px=area + 1)[1].labels.any()


def test_max_cx_moves_the_limit():
    assert not processing_1(disc_at(50, 60), min_area_px=100)[1].labels.any()
    assert processing_1(disc_at(50, 60), min_area_px=100, max_cx=0.6)[1].labels.any()


def test_otsu_finds_a_threshold_of_each_frame():
    faint = Image(stored=np.where(disc_at(50, 50).stored > 0, 70, 40).astype(np.int16), units="HU")
    assert not processing_1(faint, min_area_px=100)[1].labels.any()
    assert processing_1(faint, min_area_px=100, method="otsu")[1].labels.any()


def test_an_even_diameter_counts_as_the_odd_one_above_it(middle):
    kinds = LIVERS[processing_1]
    even, odd = (processing_1(middle, close_k=k, open_k=k, **kinds)[1].labels for k in (8, 9))
    np.testing.assert_array_equal(even, odd)
    kinds = LIVERS[processing_6]
    even, odd = (processing_6(middle, median_k=k, **kinds)[1].labels for k in (10, 11))
    np.testing.assert_array_equal(even, odd)


def test_every_stored_type_has_a_median(middle):
    hu = middle.pixels
    want = processing_6(middle, **LIVERS[processing_6])[1].labels
    for dtype in (np.int32, np.float32):
        image = Image(stored=hu.astype(dtype), units="HU")
        np.testing.assert_array_equal(processing_6(image, **LIVERS[processing_6])[1].labels, want)


@pytest.mark.parametrize("inverted", [False, True])
def test_lungs_are_found_without_the_air_around_and_specks(inverted):
    image, lungs = chest(inverted=inverted)
    _, mask, measured = processing_3(image, min_hole_px=500)
    both = np.count_nonzero(mask.labels[0] & lungs)
    assert 2 * both / (lungs.sum() + mask.labels.sum()) > 0.97
    assert measured.values == {"area_px": int(mask.labels.sum()), "components": 2}
    assert mask.segments == ("Dark fields",)


def test_a_hole_of_the_least_size_stays():
    image, _ = chest()
    filled = processing_3(image, min_hole_px=500)[1].labels
    kept = processing_3(image, min_hole_px=10)[1].labels
    assert filled[0, 100, 75] == 1
    assert kept[0, 100, 75] == 0


def test_bright_fields_are_the_other_side_of_the_threshold():
    image, lungs = chest()
    _, mask, _ = processing_3(image, polarity="bright")
    assert mask.segments == ("Bright fields",)
    assert not mask.labels[0][ndimage.binary_erosion(lungs, iterations=9)].all()
    assert mask.labels[0, 15, 60] == 1


def test_edges_enclose_a_structure():
    image = disc_at(50, 50)
    _, mask, measured = processing_2(image, center=50.0, width=400.0)
    inner, outer = (disc_at(50, 50, radius=r).stored > 0 for r in (15, 26))
    assert mask.labels[inner].all()
    assert not mask.labels[~outer].any()
    assert measured.values == {"area_px": int(mask.labels.sum()), "components": 1}


def test_structures_below_the_least_size_are_left_out():
    image = disc_at(50, 50)
    area = int(processing_2(image, center=50.0, width=400.0)[1].labels.sum())
    kinds: dict[str, Any] = {"center": 50.0, "width": 400.0}
    assert processing_2(image, min_object_px=area, **kinds)[1].labels.any()
    assert not processing_2(image, min_object_px=area + 1, **kinds)[1].labels.any()


@pytest.mark.parametrize("segment", ALL)
def test_magenta_lies_over_the_region_alone(segment):
    picture, mask, _ = segment(chest()[0] if segment is processing_3 else disc_at(50, 50))
    region, shown = mask.labels != 0, picture.stored.astype(int)
    assert picture.is_color
    np.testing.assert_array_equal(shown[~region][:, 0], shown[~region][:, 1])
    assert (shown[region][:, 0] > shown[region][:, 1]).all()


@pytest.mark.parametrize("segment", LIVERS)
def test_what_is_no_ct_is_refused_for_good(segment):
    with pytest.raises(Discard, match="expected CT in HU, got values in US"):
        segment(Image(stored=np.zeros((1, 8, 8), np.uint16)))


def test_a_low_limit_above_the_high_one_is_refused_for_good():
    with pytest.raises(Discard, match="got low=10 and high=5"):
        processing_2(Image(stored=np.zeros((1, 8, 8), np.uint8)), low=10, high=5)


@pytest.mark.parametrize("segment", ALL)
def test_colour_is_refused_for_good(segment):
    with pytest.raises(Discard, match="expected a grey image"):
        segment(Image(stored=np.zeros((1, 8, 8, 3), np.uint8)))


@pytest.mark.parametrize(
    "name",
    [
        "liver-segmentation",
        "liver_segmentation",
        "processing-1",
        "processing_1",
        "processing_2",
        "processing_3",
        "processing_6",
    ],
)
def test_outputs_pass_the_platform_under_either_spelling(name):
    returned = load_algorithm(name).run(disc_at(50, 50))
    assert [item.role for item in returned.items] == ["overlay", "mask"]
    assert "components" in returned.meta
