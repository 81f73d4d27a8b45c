"""Pictures in a terminal: two pixels to a character cell, colour above colour.

``▀`` paints the upper half of a cell in the text colour and the lower half in the background's,
so a cell that is twice as high as wide holds two square pixels. Without colour, a ramp of
characters stands for the brightness of both.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..contracts import JsonValue

THUMBNAIL: Final = f"python:{__package__}.thumbnail:thumbnail"
"""The algorithm that makes pictures; it runs in a child process and is never imported here."""

MAX_SIDE: Final = 256
RGB: Final = 3
_RAMP: Final = " .:-=+*#%@"
_RESET: Final = "\x1b[0m"
_GAP: Final = "  "
_MAX_CELLS: Final = 64


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A small picture for display: ``pixels`` row by row, ``samples`` bytes (1 or 3) each."""

    rows: int
    columns: int
    samples: int
    pixels: bytes

    def __post_init__(self) -> None:
        if len(self.pixels) != self.rows * self.columns * self.samples:
            raise ValueError(
                f"expected {self.rows} x {self.columns} x {self.samples} bytes, "
                f"got {len(self.pixels)}"
            )

    def color(self, row: int, column: int) -> tuple[int, int, int]:
        """Return red, green and blue of one pixel; black below the last row."""
        if row >= self.rows:
            return (0, 0, 0)
        start = (row * self.columns + column) * self.samples
        if self.samples == RGB:
            red, green, blue = self.pixels[start : start + RGB]
            return (red, green, blue)
        return (self.pixels[start],) * 3


def picture_of(meta: Mapping[str, JsonValue]) -> Picture:
    """Read back what :data:`THUMBNAIL` measured.

    Raises
    ------
    ValueError, KeyError
        It is something else.
    """
    return Picture(
        rows=int(str(meta["rows"])),
        columns=int(str(meta["columns"])),
        samples=int(str(meta["samples"])),
        pixels=base64.b64decode(str(meta["pixels"])),
    )


def picture_columns(terminal_columns: int, *, pictures: int) -> int:
    """Return how many columns each of some pictures side by side may take."""
    share = (terminal_columns - len(_GAP) * (pictures - 1)) // pictures
    return max(8, min(_MAX_CELLS, share))


def draw(picture: Picture, *, is_color: bool) -> list[str]:
    """Return the lines of text that show a picture."""
    line = _color_line if is_color else _plain_line
    return [line(picture, row) for row in range(0, picture.rows, 2)]


def side_by_side(pictures: Sequence[tuple[str, Picture]], *, is_color: bool) -> list[str]:
    """Return the lines that show captioned pictures beside one another."""
    blocks = [draw(picture, is_color=is_color) for _, picture in pictures]
    widths = [picture.columns for _, picture in pictures]
    captions = [
        caption[:width].ljust(width) for (caption, _), width in zip(pictures, widths, strict=True)
    ]
    lines = [_GAP.join(captions).rstrip()]
    for parts in zip_longest(*blocks):
        cells = [
            " " * width if part is None else part for part, width in zip(parts, widths, strict=True)
        ]
        lines.append(_GAP.join(cells))
    return lines


def _color_line(picture: Picture, row: int) -> str:
    cells = []
    last = None
    for column in range(picture.columns):
        colors = (picture.color(row, column), picture.color(row + 1, column))
        if colors != last:  # a run of equal cells needs its colours once
            (r, g, b), (x, y, z) = colors
            cells.append(f"\x1b[38;2;{r};{g};{b};48;2;{x};{y};{z}m")
            last = colors
        cells.append("▀")
    return "".join(cells) + _RESET


def _plain_line(picture: Picture, row: int) -> str:
    cells = []
    for column in range(picture.columns):
        both = (*picture.color(row, column), *picture.color(row + 1, column))
        cells.append(_RAMP[sum(both) * len(_RAMP) // (6 * 256)])
    return "".join(cells)
