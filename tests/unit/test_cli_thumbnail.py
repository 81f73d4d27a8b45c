"""Pictures of images, as a child process makes them for the terminal."""

from __future__ import annotations

import numpy as np
import pytest

from mip.cli.picture import picture_of
from mip.cli.thumbnail import thumbnail
from mip.imaging import Geometry, Image, Window


def ramp(rows: int = 64, columns: int = 64, **changes) -> Image:
    stored = np.linspace(0, 1000, rows * columns).reshape(1, rows, columns).astype(np.int16)
    return Image(stored=stored, **changes)


def shrunk(image: Image, **parameters):
    returned = thumbnail.run(image, parameters)
    assert returned.items == ()
    return picture_of(returned.meta)


def test_picture_fits_and_keeps_its_proportions():
    picture = shrunk(ramp(100, 50), rows=40, columns=40)
    assert (picture.rows, picture.columns) == (40, 20)


def test_picture_is_as_wide_as_it_is_in_the_patient():
    geometry = Geometry(pixel_spacing_mm=(1.0, 2.0))
    picture = shrunk(ramp(64, 64, geometry=geometry), rows=40, columns=40)
    assert (picture.rows, picture.columns) == (20, 40)


def test_small_image_is_made_larger():
    picture = shrunk(ramp(4, 4), rows=16, columns=16)
    assert (picture.rows, picture.columns) == (16, 16)


def test_darkest_and_brightest_take_the_whole_range_without_a_window():
    picture = shrunk(ramp(64, 64), rows=64, columns=64)
    assert (min(picture.pixels), max(picture.pixels)) == (0, 255)


def test_window_of_the_source_is_used():
    picture = shrunk(ramp(windows=(Window(center=-100, width=10),)), rows=8, columns=8)
    assert set(picture.pixels) == {255}


def test_narrow_window_is_used_where_its_function_allows_it():
    narrow = Window(center=-100, width=0.5, function="linear_exact")
    useless = Window(center=2000, width=0.5)
    picture = shrunk(ramp(windows=(useless, narrow)), rows=8, columns=8)
    assert set(picture.pixels) == {255}


def test_monochrome1_is_shown_inverted():
    plain, inverted = shrunk(ramp()), shrunk(ramp(is_inverted=True))
    assert plain.pixels[0] < plain.pixels[-1]
    assert inverted.pixels[0] > inverted.pixels[-1]


def test_colour_stays_colour():
    stored = np.zeros((1, 8, 8, 3), np.uint8)
    stored[..., 0] = 200
    picture = shrunk(Image(stored=stored), rows=4, columns=4)
    assert (picture.samples, picture.color(0, 0)) == (3, (200, 0, 0))


def test_frame_in_the_middle_is_shown():
    stored = np.zeros((3, 8, 8), np.uint8)
    stored[1, :4] = 255
    picture = shrunk(Image(stored=stored), rows=8, columns=8)
    assert picture.color(0, 0) == (255, 255, 255)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_image_without_a_range_is_still_a_picture(value):
    stored = np.full((1, 8, 8), value, np.float32)
    assert len(set(shrunk(Image(stored=stored), rows=4, columns=4).pixels)) == 1


@pytest.mark.parametrize("meta", [{}, {"rows": 1, "columns": 1, "samples": 1, "pixels": ""}])
def test_anything_else_is_no_picture(meta):
    with pytest.raises((KeyError, ValueError)):
        picture_of(meta)
