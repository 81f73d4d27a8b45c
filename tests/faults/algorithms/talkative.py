"""Quotes patient data wherever it can: in exceptions and their causes."""

from __future__ import annotations

import mip


@mip.algorithm(id="talkative", version="1.0.0")
def talkative(image: mip.Image, *, index: int = 0) -> mip.Image:
    """Quote the header in full; every third job succeeds."""
    header = str(dict(image.header))
    if index % 3 == 0:
        raise ValueError(header)
    if index % 3 == 1:
        raise KeyError(image, header) from RuntimeError(header)
    return image
