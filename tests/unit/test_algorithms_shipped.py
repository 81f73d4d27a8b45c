"""The algorithms that ship: what they make of an image, and what they refuse."""

from __future__ import annotations

from importlib.metadata import entry_points

import numpy as np
import pytest
from scipy import ndimage

from mip import Discard, Geometry, Image, Mask, Measurements, Window
from mip.algorithms.luminance import luminance
from mip.algorithms.segment_threshold import segment_threshold
from mip.algorithms.threshold_filter import threshold_filter
from mip.algorithms.window import window
from mip.imaging import Lut
from mip.worker import load_algorithm

RAMP = np.arange(0, 1200, 10, dtype=np.int16).reshape(1, 10, 12)


def hounsfield(stored=RAMP, **kinds):
    """CT as it is stored: HU plus 1024."""
    return Image(stored=stored, slope=1.0, intercept=-1024.0, units="HU", **kinds)


def rgb(*, dtype=np.uint8, frames=1):
    high = np.iinfo(dtype).max
    values = np.random.default_rng(4).integers(0, high, (frames, 6, 7, 3), dtype, endpoint=True)
    values[:, 0, 0], values[:, 0, 1] = 0, high
    return Image(stored=values)


SHIPPED = {
    "liver-segmentation",
    "luminance",
    "processing_1",
    "processing_2",
    "processing_3",
    "processing_6",
    "segment-threshold",
    "threshold-filter",
    "window",
}


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_algorithm_that_ships_is_found_by_its_name(name):
    assert load_algorithm(name).spec.id == name


def test_nothing_ships_that_is_not_tested_here():
    ours = {p.name for p in entry_points(group="mip.algorithms") if p.module.startswith("mip.")}
    assert ours == SHIPPED


class TestWindow:
    def test_is_a_picture_of_the_window_asked_for(self):
        shown = window(hounsfield(), center=-500.0, width=400.0).stored
        hu = RAMP.astype(float) - 1024
        want = np.clip(((hu + 500.5) / 399 + 0.5) * 255, 0, 255)
        assert shown.dtype == np.uint8
        assert np.abs(shown.astype(float) - want).max() <= 0.5 + 1e-3

    def test_takes_the_first_usable_window_of_the_source(self):
        image = hounsfield(windows=(Window(center=0, width=0), Window(center=-500, width=400)))
        np.testing.assert_array_equal(
            window(image).stored, window(hounsfield(), center=-500.0, width=400.0).stored
        )

    def test_spreads_the_full_range_of_all_frames_without_a_window(self):
        frames = np.stack([RAMP[0], RAMP[0] + 1000])
        shown = window(hounsfield(frames)).stored
        assert shown.min() == 0
        assert shown.max() == 255
        assert shown[0].max() < shown[1].max()

    def test_prefers_the_display_table_of_the_source(self):
        lut = Lut(first=-1024, values=np.array([0, 4095, 1000], np.uint16), bits=12)
        stored = np.array([[[0, 1, 2, 900]]], np.int16)
        image = hounsfield(stored, voi_luts=(lut,), windows=(Window(center=0, width=400),))
        assert window(image).stored.tolist() == [[[0, 255, 62, 62]]]

    @pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16])
    @pytest.mark.parametrize("intercept", [0, -1024.0, 0.5, 70000, -70000.0])
    def test_a_table_reads_stored_values_as_it_reads_rescaled_ones(self, dtype, intercept):
        stored = np.clip(RAMP, 0, 255).astype(dtype)
        lut = Lut(first=int(intercept) + 30, values=np.arange(100, dtype=np.uint8), bits=7)
        kinds = {"voi_luts": (lut,), "padding": stored == 50, "is_inverted": True}
        rescaled = (stored + np.float32(intercept)).astype(np.float32)
        want = window(Image(stored=rescaled, **kinds)).stored
        got = window(Image(stored=stored, intercept=intercept, **kinds)).stored
        assert len(np.unique(got)) > 5
        np.testing.assert_array_equal(got, want)

    def test_shows_monochrome1_with_low_values_bright(self):
        plain = window(hounsfield(), center=-500.0, width=400.0)
        inverted = window(hounsfield(is_inverted=True), center=-500.0, width=400.0)
        np.testing.assert_array_equal(inverted.stored, 255 - plain.stored)
        assert not inverted.is_inverted

    def test_shows_padding_black(self):
        padding = RAMP < 50
        image = hounsfield(padding=padding, is_inverted=True)
        shown = window(image, center=-500.0, width=400.0).stored
        assert not shown[padding].any()
        assert shown[~padding].any()

    @pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.uint16, np.int32, np.float64])
    def test_serves_every_type_that_dicom_stores(self, dtype):
        stored = (RAMP // 10).astype(dtype)
        shown = window(Image(stored=stored, slope=2.0), center=100.0, width=50.0).stored
        want = window(Image(stored=stored.astype(np.int16), slope=2.0), center=100.0, width=50.0)
        np.testing.assert_array_equal(shown, want.stored)

    def test_serves_a_modality_table(self):
        table = np.arange(1200, dtype=np.uint16)[::-1]
        image = Image(stored=RAMP, modality_lut=Lut(first=0, values=table))
        shown = window(image, center=600.0, width=1000.0).stored
        assert shown[0, 0, 0] == 255
        assert shown[0, -1, -1] == 0

    def test_shows_a_constant_image(self):
        assert window(hounsfield(np.full((1, 3, 3), 7, np.int16))).stored.std() == 0

    @pytest.mark.parametrize("kinds", [{"center": 40.0}, {"width": 40.0}])
    def test_refuses_half_a_window(self, kinds):
        with pytest.raises(Discard, match="both center and width"):
            window(hounsfield(), **kinds)

    def test_refuses_a_linear_window_below_one(self):
        with pytest.raises(Discard, match="at least 1"):
            window(hounsfield(), center=0.0, width=0.5)

    def test_refuses_colour(self):
        with pytest.raises(Discard, match="luminance"):
            window(rgb())

    def test_refuses_an_image_of_padding_alone(self):
        with pytest.raises(Discard, match="no values"):
            window(hounsfield(padding=np.ones(RAMP.shape, bool)))


class TestThresholdFilter:
    def test_marks_what_is_above_a_fraction_of_the_range(self):
        mask = threshold_filter(hounsfield(), threshold=0.25)
        assert isinstance(mask, Mask)
        np.testing.assert_array_equal(mask.labels, RAMP > 0.25 * 1190)

    def test_marks_half_by_default(self):
        np.testing.assert_array_equal(threshold_filter(hounsfield()).labels, RAMP > 595)

    def test_counts_the_range_after_a_negative_slope(self):
        image = Image(stored=RAMP, slope=-1.0)
        np.testing.assert_array_equal(threshold_filter(image, threshold=0.75).labels, RAMP < 297.5)

    def test_leaves_padding_out_of_range_and_mask(self):
        stored = RAMP.copy()
        stored[0, 0, 0] = 30000
        image = hounsfield(stored, padding=stored == 30000)
        mask = threshold_filter(image)
        np.testing.assert_array_equal(mask.labels, (stored > 600) & (stored < 30000))

    def test_leaves_what_is_not_finite_out(self):
        stored = np.array([[[np.nan, np.inf, 0, 1, 2]]], np.float32)
        mask = threshold_filter(Image(stored=stored), threshold=0.4)
        assert mask.labels.tolist() == [[[False, True, False, True, True]]]

    def test_marks_nothing_at_one(self):
        assert not threshold_filter(hounsfield(), threshold=1.0).labels.any()


class TestLuminance:
    def test_weighs_the_channels(self):
        image = rgb(frames=2)
        grey = luminance(image).stored
        want = image.stored @ np.array([0.299, 0.587, 0.114])
        assert grey.shape == image.stored.shape[:3]
        assert np.abs(grey - want).max() <= 0.501

    def test_scales_sixteen_bits_to_eight(self):
        image = rgb(dtype=np.uint16)
        grey = luminance(image).stored
        want = image.stored @ np.array([0.299, 0.587, 0.114]) / 257
        assert grey.dtype == np.uint8
        assert np.abs(grey - want).max() <= 0.51
        assert grey[0, 0, 1] == 255

    def test_refuses_grey(self):
        with pytest.raises(Discard, match="RGB"):
            luminance(hounsfield())

    def test_refuses_colour_of_other_types(self):
        with pytest.raises(Discard, match="8 or 16 bits"):
            luminance(Image(stored=np.zeros((1, 2, 2, 3), np.float32)))


def two_blobs(frames=1):
    """A large and a small bright disc on dark ground, with noise."""
    y, x = np.mgrid[:60, :80]
    frame = np.zeros((60, 80))
    frame[(y - 30) ** 2 + (x - 25) ** 2 < 15**2] = 200
    frame[(y - 20) ** 2 + (x - 65) ** 2 < 6**2] = 220
    noise = np.random.default_rng(9).normal(0, 8, (frames, 60, 80))
    return Image(
        stored=(frame + noise + 100).round().astype(np.int16),
        geometry=Geometry(pixel_spacing_mm=(0.5, 2.0)),
    )


class TestSegmentThreshold:
    def test_finds_the_largest_region_as_scipy_does(self):
        image = two_blobs()
        _, mask, _ = segment_threshold(image, center=200.0, width=200.0)
        levels = window(image, center=200.0, width=200.0).stored[0].astype(float)
        bright = ndimage.gaussian_filter(levels, 1.5) > 127.5
        labels, _ = ndimage.label(bright, np.ones((3, 3)))
        want = labels == np.bincount(labels.ravel())[1:].argmax() + 1
        np.testing.assert_array_equal(mask.labels[0], want)

    def test_measures_area_and_components(self):
        _, mask, measured = segment_threshold(two_blobs(), center=200.0, width=200.0)
        assert isinstance(measured, Measurements)
        area = int(mask.labels.sum())
        assert measured.values == {"area_px": area, "components": 2, "area_mm2": float(area)}

    def test_measures_each_frame_where_there_are_several(self):
        image = two_blobs(frames=3)
        _, mask, measured = segment_threshold(image, center=200.0, width=200.0)
        areas = mask.labels.sum(axis=(1, 2)).tolist()
        assert measured.values["area_px"] == sum(areas)
        assert measured.values["frames"] == [
            {"area_px": area, "components": 2, "area_mm2": float(area)} for area in areas
        ]

    def test_segments_each_frame_by_itself(self):
        image = two_blobs(frames=2)
        _, together, _ = segment_threshold(image, center=200.0, width=200.0)
        _, alone, _ = segment_threshold(Image(stored=image.stored[1:]), center=200.0, width=200.0)
        np.testing.assert_array_equal(together.labels[1], alone.labels[0])

    def test_lays_magenta_over_the_region_alone(self):
        image = two_blobs()
        overlay, mask, _ = segment_threshold(image, center=200.0, width=200.0)
        region, shown = mask.labels[0], overlay.stored[0].astype(int)
        assert overlay.is_color
        np.testing.assert_array_equal(shown[~region, 0], shown[~region, 1])
        assert (shown[region, 0] > shown[region, 1]).all()

    def test_overlays_monochrome1_as_it_is_displayed(self):
        image = two_blobs()
        inverted = Image(stored=image.stored, is_inverted=True)
        overlay, mask, _ = segment_threshold(inverted, center=200.0, width=200.0)
        plain, same, _ = segment_threshold(image, center=200.0, width=200.0)
        outside = same.labels == 0
        np.testing.assert_array_equal(mask.labels, same.labels)
        np.testing.assert_array_equal(overlay.stored[outside], 255 - plain.stored[outside])

    def test_finds_nothing_in_a_dark_image(self):
        _, mask, measured = segment_threshold(hounsfield(), center=5000.0, width=100.0)
        assert not mask.labels.any()
        assert measured.values == {"area_px": 0, "components": 0}

    def test_its_outputs_pass_the_platform(self):
        returned = load_algorithm("segment-threshold").run(two_blobs(frames=2))
        assert [item.role for item in returned.items] == ["overlay", "mask"]
        assert set(returned.meta) == {"area_px", "area_mm2", "components", "frames"}
