"""Gives another image each time, under the same id, version and parameters."""

from __future__ import annotations

import secrets

import mip


@mip.algorithm(id="dice", version="1.0.0")
def dice(image: mip.Image, *, index: int = 0) -> mip.Image:
    """Make the image brighter by a number that nobody seeded."""
    return image.replace(image.pixels + secrets.randbelow(2**20))
