"""The example of the README: what the brightest pixels of an image are."""

import mip


@mip.algorithm(id="brightest", version="1.0.0")
def brightest(image: mip.Image, *, share: float = 0.1) -> tuple[mip.Mask, mip.Measurements]:
    """Mark the brightest share of an image's range."""
    low, high = float(image.pixels.min()), float(image.pixels.max())
    marked = image.pixels > high - share * (high - low)
    return mip.Mask(labels=marked), mip.Measurements(values={"pixels": int(marked.sum())})
