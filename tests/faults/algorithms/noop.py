"""An algorithm that changes nothing; ``index`` makes each job's result its own object."""

from __future__ import annotations

import mip


@mip.algorithm(id="noop", version="1.0.0")
def noop(image: mip.Image, *, index: int = 0) -> mip.Image:
    """Return the image as it came."""
    return image
