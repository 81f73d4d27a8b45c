#!/usr/bin/env python3
"""Draw what each kernel does: an image before and after, in docs/pictures/NAME.webp.

    scripts/draw_kernels.py [NAME ...]

The images are real DICOM that pydicom brings with it, and the synthetic abdomen where a volume is
needed. Decoding, kernels and coding give the same bits everywhere, so that a picture changes only
where a kernel or this file does; the letters above it are another matter, and not compared.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pydicom
from PIL import Image, ImageDraw, ImageFont

from mip import kernels
from mip.algorithms.phantoms import abdomen, abdomen_spacing_mm
from mip.dicom import decode_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "pictures"
DICOM = Path(pydicom.__file__).parent / "data" / "test_files"

SIDE = 256  # pixels of a panel
GAP = 8  # between the two
LABEL = 22  # rows above them, which hold the text

MR, CT, HEAD = "MR of an abdomen", "CT of a chest", "CT of a head"
COLORS = ((230, 70, 70), (70, 170, 240), (90, 200, 90), (240, 180, 50), (190, 110, 230))


class Picture(NamedTuple):
    """One kernel on one image: two panels, grey or RGB, of any sizes, and what is above them."""

    source: str
    call: str
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]

    @property
    def name(self) -> str:
        """The kernel, with which the call begins."""
        return self.call.partition("(")[0]


def main(names: list[str]) -> int:
    """Draw the pictures named, or all, and write those that differ from what is there."""
    TARGET.mkdir(exist_ok=True)
    for picture in pictures():
        path = TARGET / f"{picture.name}.webp"
        if (not names or picture.name in names) and not is_drawn(picture, path):
            drawn(picture).save(path, lossless=True, quality=60, method=4)
            print(path.relative_to(ROOT))
    return 0


def pictures() -> Iterator[Picture]:
    """Yield the picture of every kernel."""
    for room in (intensity, linear, denoising, rank, regions, masks, geometry):
        yield from room()


def drawn(picture: Picture) -> Image.Image:
    """Return a picture: two labels, and below them two panels."""
    sheet = Image.new("RGB", (2 * SIDE + GAP, LABEL + SIDE), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    columns = (0, picture.source, picture.before), (SIDE + GAP, picture.call, picture.after)
    for left, text, panel in columns:
        pen.text((left, 3), text, fill="black", font=font)
        sheet.paste(Image.fromarray(square(panel)), (left, LABEL))
    return sheet


def is_drawn(picture: Picture, path: Path) -> bool:
    """Tell whether a file holds a picture, whatever its letters look like."""
    if not path.exists():
        return False
    with Image.open(path) as there:
        found = np.asarray(there.convert("RGB"))[LABEL:]
    return bool(np.array_equal(found, np.asarray(drawn(picture))[LABEL:]))


def square(panel: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return RGB of the side of a panel: pixels repeated, and grey around what is not square."""
    times = SIDE // max(panel.shape[:2])
    large = panel.repeat(times, axis=0).repeat(times, axis=1)
    if large.ndim == 2:  # noqa: PLR2004 - grey
        large = np.stack([large] * 3, axis=-1)
    rows, columns = large.shape[:2]
    top, left = (SIDE - rows) // 2, (SIDE - columns) // 2
    framed = np.full((SIDE, SIDE, 3), 128, np.uint8)
    framed[top : top + rows, left : left + columns] = large
    return framed


@cache
def stored(name: str) -> NDArray[Any]:
    """Return the pixels of a DICOM file, rescaled: the first frame, grey as int16, colour as is."""
    image = decode_image(DICOM / f"{name}.dcm").image
    return image.stored[0] if image.is_color else image.pixels[0].astype(np.int16)


def mr(rows: slice = slice(22, 278), columns: slice = slice(114, 370)) -> NDArray[np.int16]:
    """Return a part of a slice of an abdomen, T1 with contrast agent; the middle by default."""
    return np.ascontiguousarray(stored("examples_overlay")[rows, columns])


def kidney() -> NDArray[np.int16]:
    """Return what is worth a closer look, 128 x 128."""
    return mr(slice(120, 248), slice(70, 198))


def head() -> NDArray[np.int16]:
    """Return every other pixel of a slice of a head, in HU."""
    return np.ascontiguousarray(stored("J2K_pixelrep_mismatch")[::2, ::2])


def chest() -> NDArray[np.int16]:
    """Return a slice through a vertebra, 128 x 128, in HU."""
    return stored("CT_small")


def normal(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return nearly normal noise: sums of four bytes of a generator whose stream is fixed."""
    total = np.random.PCG64(1).random_raw(shape).view(np.uint8).reshape(*shape, 8)[..., :4]
    scaled: NDArray[np.float64] = (total.sum(axis=-1) - 510.0) / 147.8
    return scaled


def shown(image: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Return display levels of a range of values."""
    return kernels.window(image, (low + high) / 2, high - low, function="linear_exact")


def as_grey(mask: NDArray[Any]) -> NDArray[np.uint8]:
    """Return a mask in black and white."""
    return mask.astype(np.uint8) * np.uint8(255)


def coloured(labels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return labels in colours, and the background in black."""
    table = np.array([(0, 0, 0), *(COLORS * (int(labels.max()) // len(COLORS) + 1))], np.uint8)
    return table[labels]


def intensity() -> Iterator[Picture]:
    """Yield kernels that look at one pixel at a time, or at how many there are of each."""
    raw, ct = (chest() + np.int16(1024)).astype(np.uint16), head()
    hu = kernels.rescale(raw, 1, -1024)
    yield Picture(f"{CT}, stored values as HU", "rescale(image, 1, -1024)", soft(raw), soft(hu))
    wide, grey, near = shown(ct, -1000, 1800), shown(mr(), 0, 1000), shown(kidney(), 0, 900)
    yield Picture(f"{HEAD}, all values", "window(image, 40, 90)", wide, kernels.window(ct, 40, 90))
    root = np.rint(255 * (np.arange(1000) / 999) ** 0.5).astype(np.uint8)
    yield Picture(MR, "apply_lut(image, square_root)", grey, kernels.apply_lut(mr(), root))
    yield Picture(HEAD, "threshold(image, 250)", wide, as_grey(kernels.threshold(ct, 250)))
    counts = kernels.histogram(mr(), bins=SIDE // 2, bounds=(0, 1000))
    yield Picture(MR, "histogram(image, bins=128, …)", grey, bars(counts))
    level = int(kernels.otsu(kidney()))
    yield Picture(
        MR, f"otsu(image): above {level}", near, as_grey(kernels.threshold(kidney(), level))
    )
    equal = kernels.clahe(mr().astype(np.uint16), clip_limit=600, tiles=(4, 4))
    yield Picture(MR, "clahe(image, clip_limit=600, …)", grey, shown(equal, 0, 65535))
    rgb = np.ascontiguousarray(stored("examples_rgb_color")[60:188, 100:228])
    yield Picture("ultrasound in colour", "to_luminance(rgb)", rgb, kernels.to_luminance(rgb))
    bright = kernels.threshold(kernels.gaussian(mr(), 2), 520)
    pink = kernels.overlay(grey, bright, color=(255, 0, 140), alpha=0.5)
    yield Picture(MR, "overlay(image, mask, alpha=0.5, …)", grey, pink)


def soft(image: NDArray[Any]) -> Grey:
    """Return display levels of soft tissue in HU."""
    return shown(image, -160, 340)


def bars(counts: NDArray[np.int64]) -> Grey:
    """Return a histogram as bars, by the root of the counts."""
    heights = np.sqrt(counts / counts.max()) * len(counts)
    return as_grey(np.arange(len(counts), 0, -1)[:, np.newaxis] <= heights)


def linear() -> Iterator[Picture]:
    """Yield convolutions, and what is made of them."""
    far, close = mr(), kidney()
    grey, near = shown(far, 0, 1000), shown(close, 0, 900)
    smooth, sharp = kernels.gaussian(far, 3), kernels.unsharp_mask(close, 2, 2)
    yield Picture(MR, "gaussian(image, 3)", grey, shown(smooth, 0, 1000))
    yield Picture(MR, "unsharp_mask(image, 2, 2)", near, shown(sharp, 0, 900))
    yield Picture(MR, "sobel(image)", grey, shown(kernels.sobel(far), 0, 2000))
    yield Picture(MR, "laplacian(image)", near, shown(kernels.laplacian(close), -150, 150))
    steep = kernels.gradient_magnitude(close)
    yield Picture(MR, "gradient_magnitude(image)", near, shown(steep, 0, 130))
    edges = kernels.canny(far, 1.5, 150, 500)
    yield Picture(MR, "canny(image, 1.5, 150, 500)", grey, as_grey(edges))
    vessels = kernels.hessian_vesselness(far, (1.5, 3), gamma=150)
    yield Picture(MR, "hessian_vesselness(image, (1.5, 3), …)", grey, shown(vessels, 0, 0.4))


def denoising() -> Iterator[Picture]:
    """Yield what takes out noise and keeps edges."""
    noise = (kidney() + 60 * normal(kidney().shape)).astype(np.float32)
    near, source = shown(noise, 0, 900), f"{MR}, noise added"
    by_value = kernels.bilateral(noise, sigma_spatial=2.5, sigma_range=180)
    yield Picture(source, "bilateral(image, sigma_range=180, …)", near, shown(by_value, 0, 900))
    alike = kernels.nl_means(noise, h=60)
    yield Picture(source, "nl_means(image, h=60)", near, shown(alike, 0, 900))
    flown = kernels.anisotropic_diffusion(noise, iterations=15, kappa=120)
    yield Picture(source, "anisotropic_diffusion(image, …)", near, shown(flown, 0, 900))


def rank() -> Iterator[Picture]:
    """Yield medians, morphology and its footprints."""
    far, close = mr(), kidney()
    chance = normal(close.shape)
    specks = np.where(chance > 1.7, 1000, np.where(chance < -1.7, 0, close)).astype(np.int16)  # noqa: PLR2004 - one in ten
    clean = kernels.median(specks, 3)
    yield Picture(
        f"{MR}, specks added", "median(image, 3)", shown(specks, 0, 900), shown(clean, 0, 900)
    )
    for kernel in (kernels.erode, kernels.dilate, kernels.opening, kernels.closing):
        call = f"{kernel.__name__}(image, disk(3))"
        changed = kernel(far, kernels.disk(3))
        yield Picture(MR, call, shown(far, 0, 1000), shown(changed, 0, 1000))
    for call, flat in (
        ("box(7)", kernels.box(7)),
        ("cross(2)", kernels.cross(2)),
        ("disk(5)", kernels.disk(5)),
    ):
        spread = kernels.dilate(close, flat)
        yield Picture(
            "a footprint", f"{call}: dilate(image, {call})", framed(flat), shown(spread, 0, 900)
        )
    ball, ct = kernels.ball(4), volume()
    middle = kernels.dilate(ct, ball)[len(ct) // 2]
    depths = kernels.project(ball.astype(np.uint8), 0, "mean")
    yield Picture(
        "a footprint, by its depth", "ball(4): dilate(ct, ball(4))", framed(depths), soft(middle)
    )


def framed(footprint: NDArray[Any]) -> Grey:
    """Return a footprint among pixels that it does not hold."""
    room = np.zeros((16, 16), np.float32)
    top, left = ((16 - size) // 2 for size in footprint.shape)
    room[top : top + footprint.shape[0], left : left + footprint.shape[1]] = footprint
    return shown(room, 0, 1)


def volume() -> NDArray[np.int16]:
    """Return a synthetic abdomen whose voxels are cubes."""
    spacing = abdomen_spacing_mm(size=128)
    return kernels.resample(abdomen(slices=64, size=128), spacing, spacing[-1])


def regions() -> Iterator[Picture]:
    """Yield connected components and what is made of them."""
    far, smooth = mr(), kernels.gaussian(mr(), 1)
    bright, grey = kernels.threshold(smooth, 480), shown(far, 0, 1000)
    labels, count = kernels.label(bright, connectivity=8)
    source = f"{MR}, a threshold"
    yield Picture(
        source, f"label(mask, connectivity=8): {count}", as_grey(bright), coloured(labels)
    )
    largest, _ = kernels.largest_component(bright, connectivity=8)
    yield Picture(source, "largest_component(mask, …)", as_grey(bright), as_grey(largest))
    large = kernels.remove_small_objects(bright, 150, connectivity=8)
    labels, _ = kernels.label(large, connectivity=8)
    yield Picture(f"{MR}, labels", "region_stats(labels)", coloured(labels), measured(labels))
    grown = kernels.region_grow(smooth, (180, 40), 400, 1200, connectivity=4)
    red = kernels.overlay(grey, grown, color=COLORS[0], alpha=0.6)
    yield Picture(MR, "region_grow(image, seed, 400, 1200, …)", grey, red)
    liver = np.ascontiguousarray(stored("liver_1frame")[::2, ::2]) != 0
    rings = shown((kernels.distance_transform(liver) % 6).astype(np.float32), 0, 6)
    yield Picture("segmentation of a liver", "distance_transform(mask) % 6", as_grey(liver), rings)


def measured(labels: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Return regions with their boxes and a dot at each centroid."""
    stats = kernels.region_stats(labels)
    picture = coloured(labels) // 2
    for label in range(1, len(stats.area)):
        box = picture[stats.slices(label)]
        box[[0, -1]] = box[:, [0, -1]] = 255
        y, x = np.rint(stats.centroid[label]).astype(int)
        picture[y - 1 : y + 2, x - 1 : x + 2] = 255
    return picture


def masks() -> Iterator[Picture]:
    """Yield what cleans masks."""
    bones = kernels.threshold(head(), 250)
    bright, near = kernels.threshold(mr(), 420), kernels.threshold(kidney(), 400)
    filled, cleared = kernels.fill_holes(bones), kernels.clear_border(bright)
    objects = kernels.remove_small_objects(bright, 150)
    holes = kernels.remove_small_holes(near, 150)
    source = f"{MR}, a threshold"
    yield Picture(f"{HEAD}, a threshold", "fill_holes(mask)", as_grey(bones), as_grey(filled))
    yield Picture(source, "remove_small_objects(mask, 150)", as_grey(bright), as_grey(objects))
    yield Picture(source, "remove_small_holes(mask, 150)", as_grey(near), as_grey(holes))
    yield Picture(source, "clear_border(mask)", as_grey(bright), as_grey(cleared))


def geometry() -> Iterator[Picture]:
    """Yield images on another grid."""
    small, far, ct = stored("MR_small"), mr(), volume()
    fine = kernels.resample(small, 1.0, 0.25)
    yield Picture(
        "MR, 64 x 64", "resample(image, 1.0, 0.25)", shown(small, 0, 1600), shown(fine, 0, 1600)
    )
    cosine, sine = np.cos(np.pi / 9), np.sin(np.pi / 9)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    middle = np.full(2, (SIDE - 1) / 2)
    turned = kernels.affine(far, turn, offset=middle - turn @ middle)
    yield Picture(MR, "affine(image, rotation, …)", shown(far, 0, 1000), shown(turned, 0, 1000))
    front = kernels.project(ct, 1, "max")
    yield Picture(
        "a slice of a synthetic CT", 'project(ct, 1, "max")', soft(ct[len(ct) // 2]), soft(front)
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
