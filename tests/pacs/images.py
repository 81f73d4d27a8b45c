"""Real images of pydicom's, each with UIDs that nothing else has."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pydicom
import pydicom.data
from pydicom.uid import generate_uid

from mip.contracts import UidReference

SAMPLES = Path(pydicom.data.__file__).parent / "test_files"
BY_SYNTAX = {
    "uncompressed": "CT_small.dcm",
    "big-endian": "MR_small_bigendian.dcm",
    "RLE": "MR_small_RLE.dcm",
    "JPEG-baseline": "SC_rgb_dcmtk_+eb+cy+np.dcm",
    "JPEG-LS": "MR_small_jpeg_ls_lossless.dcm",
    "JPEG-2000": "MR_small_jp2klossless.dcm",
}
CT_SERIES = SAMPLES / "dicomdirtests" / "98892001" / "CT5N"


class Image(NamedTuple):
    path: Path
    reference: UidReference


def make_image(source: Path, target: Path) -> Image:
    """Copy a file under new UIDs, its pixels as they are."""
    data = pydicom.dcmread(source)
    data.PatientID = data.get("PatientID") or "patient"
    data.StudyInstanceUID, data.SeriesInstanceUID = generate_uid(), generate_uid()
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    data.save_as(target)
    reference = UidReference(
        study_uid=str(data.StudyInstanceUID),
        series_uid=str(data.SeriesInstanceUID),
        instance_uid=str(data.SOPInstanceUID),
    )
    return Image(target, reference)


def make_series(folder: Path) -> tuple[list[Path], UidReference]:
    """Copy a CT series under new UIDs."""
    study, series = generate_uid(), generate_uid()
    paths = []
    for source in sorted(CT_SERIES.iterdir()):
        data = pydicom.dcmread(source)
        data.StudyInstanceUID, data.SeriesInstanceUID = study, series
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        paths.append(folder / f"{source.name}.dcm")
        data.save_as(paths[-1])
    return paths, UidReference(study_uid=str(study), series_uid=str(series))
