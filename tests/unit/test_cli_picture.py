"""Pictures and progress in a terminal."""

from __future__ import annotations

import io
import re

import pytest

from mip.cli.console import Console
from mip.cli.picture import Picture, draw, picture_columns, side_by_side
from mip.cli.progress import Progress, bar, duration, progress_text
from mip.settings import CommandSettings
from mip.testing import FakeClock

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def grey(rows: int, columns: int, value: int = 0) -> Picture:
    return Picture(rows=rows, columns=columns, samples=1, pixels=bytes([value]) * rows * columns)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_cell_holds_the_pixel_above_and_the_pixel_below():
    picture = Picture(rows=2, columns=1, samples=3, pixels=bytes([1, 2, 3, 4, 5, 6]))
    assert draw(picture, is_color=True) == ["\x1b[38;2;1;2;3;48;2;4;5;6m▀\x1b[0m"]


def test_row_below_an_odd_last_one_is_black():
    assert draw(grey(1, 1, 9), is_color=True) == ["\x1b[38;2;9;9;9;48;2;0;0;0m▀\x1b[0m"]


def test_colours_of_equal_neighbours_are_written_once():
    (line,) = draw(grey(2, 50), is_color=True)
    assert line.count("\x1b[38") == 1
    assert len(ESCAPE.sub("", line)) == 50


def test_without_colour_brightness_is_a_character():
    assert draw(grey(2, 3, 0), is_color=False) == ["   "]
    assert draw(grey(2, 3, 255), is_color=False) == ["@@@"]


def test_pictures_of_unequal_height_stay_beside_each_other():
    lines = side_by_side([("before", grey(4, 8)), ("after", grey(2, 8))], is_color=True)
    assert lines[0] == "before    after"
    assert [len(ESCAPE.sub("", line)) for line in lines[1:]] == [18, 18]


def test_long_caption_is_cut_to_its_picture():
    assert side_by_side([("a long caption", grey(2, 6))], is_color=False)[0] == "a long"


@pytest.mark.parametrize(("terminal", "expected"), [(80, 39), (300, 64), (5, 8)])
def test_pictures_share_the_width_of_the_terminal(terminal, expected):
    assert picture_columns(terminal, pictures=2) == expected


def test_pixels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="expected 2 x 2 x 1 bytes, got 3"):
        Picture(rows=2, columns=2, samples=1, pixels=b"abc")


@pytest.mark.parametrize(
    ("done", "total", "elapsed", "expected"),
    [
        (0, 40, 0.0, "0/40 0%"),
        (12, 40, 3.0, "12/40 30% 4.0/s eta 7.0s"),
        (40, 40, 10.0, "40/40 100% 4.0/s eta 0.0s"),
        (0, 0, 1.0, "0/0 100%"),
    ],
)
def test_progress_says_how_far_how_fast_and_how_long(done, total, elapsed, expected):
    assert progress_text(done, total, elapsed_seconds=elapsed) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.4, "0.4s"), (10, "10s"), (59.6, "1m00s"), (200, "3m20s"), (7500, "2h05m")],
)
def test_duration_is_written_for_people(seconds, expected):
    assert duration(seconds) == expected


def test_bar_is_as_full_as_the_work_is_done():
    assert bar(0, 4).count("█") == 0
    assert bar(2, 4).count("█") == len(bar(2, 4)) / 2
    assert "░" not in bar(0, 0)


def test_progress_off_a_terminal_is_a_line_now_and_then(capsys):
    clock = FakeClock()
    progress = Progress(Console(CommandSettings()), total=100, clock=clock)
    for _ in range(15):
        clock.advance(0.5)
        progress.advance()
    progress.clear()
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["10/100 10% 2.0/s eta 45s"]


def test_progress_on_a_terminal_is_one_line_that_goes_away(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    clock = FakeClock()
    progress = Progress(Console(CommandSettings()), total=10, clock=clock)
    for _ in range(10):
        clock.advance(0.06)
        progress.advance()
    progress.clear()
    text = terminal.getvalue()
    assert "\n" not in text
    assert text.count("/10 ") == 5
    assert text.endswith("\r\x1b[K")
