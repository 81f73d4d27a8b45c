"""The images of ``mip demo``: real ones that come with pydicom, and a synthetic series.

The real ones were chosen so that ``dciodvfy`` finds no Error in what is derived from them; they
cover CT, MR, ultrasound and colour, and every family of compression that the decoders read.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ..errors import SettingsError, StorageError


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One real image: what it shows, its file in pydicom, and where it goes in the PACS."""

    what: str
    source: str
    study: str
    series: str
    image: str

    @property
    def path(self) -> Path:
        """Its path below the PACS folder."""
        return Path(self.study, self.series, f"{self.image}.dcm")

    def slice_path(self, number: int) -> Path:
        """Return the path of one slice of a series whose images are numbered."""
        return Path(self.study, self.series, f"{self.image.format(number)}.dcm")


CT: Final = Sample(what="CT", source="CT_small.dcm", study="chest", series="ct", image="slice-1")
CT_J2K: Final = Sample(
    what="CT 512², JPEG 2000",
    source="J2K_pixelrep_mismatch.dcm",
    study="head",
    series="ct-j2k",
    image="slice-1",
)
MR: Final = Sample(what="MR", source="MR_small.dcm", study="spine", series="mr", image="slice-1")
MR_RLE: Final = Sample(
    what="MR, RLE", source="MR_small_RLE.dcm", study="spine", series="mr-rle", image="slice-1"
)
MR_JPEG_LS: Final = Sample(
    what="MR, JPEG-LS",
    source="MR_small_jpeg_ls_lossless.dcm",
    study="spine",
    series="mr-jpegls",
    image="slice-1",
)
RGB_RLE: Final = Sample(
    what="RGB, RLE", source="SC_rgb_rle.dcm", study="colour", series="rgb", image="picture-1"
)
US_FRAMES: Final = Sample(
    what="ultrasound, 30 frames, JPEG",
    source="examples_ybr_color.dcm",
    study="heart",
    series="us",
    image="loop-1",
)
ABDOMEN: Final = Sample(
    what="synthetic CT 512²", source="", study="abdomen", series="ct", image="ct-{:04}"
)
ABDOMEN_SIZE: Final = 12
ABDOMEN_SLICES: Final = (5, 6, 7, 8)
"""Slices that are processed, counted from 1; the liver is largest in the middle."""

SAMPLES: Final = (CT, CT_J2K, MR, MR_RLE, MR_JPEG_LS, RGB_RLE, US_FRAMES)


def write_images(pacs: Path) -> None:
    """Write all images of the demonstration into a PACS folder; the same bytes each time.

    Raises
    ------
    SettingsError
        The installed pydicom has come without its test files.
    StorageError
        The folder cannot be written.
    """
    try:
        _copy_samples(pacs)
        _write_abdomen(pacs / ABDOMEN.study / ABDOMEN.series)
    except OSError as error:
        raise StorageError(f"images cannot be written to {pacs}: {error.strerror}") from error


def _write_abdomen(folder: Path) -> None:
    # Numpy and the writer take time to load: not for --help.
    from ..algorithms.phantoms import abdomen, abdomen_spacing_mm  # noqa: PLC0415
    from ..dicom.synthetic import SyntheticSeries, write_series  # noqa: PLC0415

    series = SyntheticSeries(
        name=ABDOMEN.series, study=ABDOMEN.study, spacing_mm=abdomen_spacing_mm()
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_series(folder, abdomen(slices=ABDOMEN_SIZE), series=series)


def _copy_samples(pacs: Path) -> None:
    folder = _sample_folder()
    for sample in SAMPLES:
        target = pacs / sample.path
        target.parent.mkdir(parents=True, exist_ok=True)
        source = folder / sample.source
        if not source.is_file():
            raise SettingsError(
                f"expected {sample.source} in the installed pydicom; install pydicom from PyPI"
            )
        shutil.copyfile(source, target)


def _sample_folder() -> Path:
    # Found without importing pydicom: only the floors that read DICOM do that.
    spec = find_spec("pydicom")
    if spec is None or spec.origin is None:
        raise SettingsError("expected pydicom to be installed; reinstall mip-imaging")
    return Path(spec.origin).parent / "data" / "test_files"
