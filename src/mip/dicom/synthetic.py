"""Synthetic DICOM from arrays: CT that a validator accepts, of a patient who does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .elements import Elements
from .uids import hashed_uid
from .writer import write_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .geometry import Orientation

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"

_OFFSET = 1024
_DATE, _TIME = "20240101", "120000"
_AXIAL: Orientation = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class SyntheticSeries:
    """What the images of one synthetic CT series have in common.

    Attributes
    ----------
    name : str
        UIDs follow from it: two series of one name are the same series.
    study : str
        Likewise, for the study.
    spacing_mm : (slices, rows, columns)
        Distance between neighbouring pixels, in array order.
    origin_mm : (x, y, z) or None
        Centre of the first pixel of the first slice; None centres the image in x and y.
    orientation : 6 floats
        Direction cosines of a row, then of a column.
    shear_mm : (x, y, z)
        Added to the position from slice to slice: a tilted gantry.
    window : (center, width)
        In Hounsfield units.
    """

    name: str = "phantom"
    study: str = "study"
    description: str = "Synthetic phantom"
    body_part: str = "ABDOMEN"
    spacing_mm: tuple[float, float, float] = (2.5, 0.75, 0.75)
    origin_mm: tuple[float, float, float] | None = None
    orientation: Orientation = _AXIAL
    shear_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    window: tuple[float, float] = (40.0, 400.0)


DEFAULT_SERIES = SyntheticSeries()


def write_image(
    path: Path,
    pixels: NDArray[np.generic],
    *,
    series: SyntheticSeries = DEFAULT_SERIES,
    index: int = 0,
) -> str:
    """Write one CT image; return its SOP instance UID.

    Parameters
    ----------
    path : Path
        Written over when it is there; the same arguments give the same bytes.
    pixels : ndarray of integers, shape (rows, columns)
        Hounsfield units, -33 792 to 31 743.
    series : SyntheticSeries, optional
        Its series and geometry.
    index : int
        Which slice this is, from 0: its number and its position.

    Raises
    ------
    ValueError
        Not a grey image of integers, or values out of range.
    """
    if pixels.ndim != 2 or pixels.dtype.kind not in "iu":  # noqa: PLR2004 - one grey frame
        raise ValueError(
            f"expected integers of shape (rows, columns), got {pixels.dtype} {pixels.shape}"
        )
    numbers: NDArray[Any] = pixels
    stored = numbers.astype(np.int64) + _OFFSET
    limits = np.iinfo(np.int16)
    if stored.size and (stored.min() < limits.min or stored.max() > limits.max):
        raise ValueError(f"expected values that fit in 16 bits once {_OFFSET} is added")
    elements = _elements(series, index, rows=pixels.shape[0], columns=pixels.shape[1])
    write_file(path, elements, stored.astype("<i2").tobytes())
    return elements.text("SOPInstanceUID")


def write_series(
    folder: Path, volume: NDArray[np.generic], *, series: SyntheticSeries = DEFAULT_SERIES
) -> list[Path]:
    """Write a volume as one CT image per slice, ``{series}-0001.dcm`` and on.

    Parameters
    ----------
    volume : ndarray of integers, shape (slices, rows, columns)
        Hounsfield units.

    Returns
    -------
    list of Path
        In the order of the slices.

    Raises
    ------
    ValueError
        As :func:`write_image`.
    """
    paths = []
    for index, pixels in enumerate(volume):
        path = folder / f"{series.name}-{index + 1:04}.dcm"
        write_image(path, pixels, series=series, index=index)
        paths.append(path)
    return paths


def _elements(series: SyntheticSeries, index: int, *, rows: int, columns: int) -> Elements:
    elements = Elements()
    _put_patient_and_study(elements, series)
    _put_series(elements, series)
    _put_image(elements, series, index)
    _put_plane(elements, series, index, rows=rows, columns=columns)
    _put_pixel_layout(elements, series, rows=rows, columns=columns)
    return elements


def _put_patient_and_study(elements: Elements, series: SyntheticSeries) -> None:
    elements.put("SpecificCharacterSet", "ISO_IR 100")
    elements.put("PatientName", "Synthetic^Phantom")
    elements.put("PatientID", "SYNTHETIC")
    elements.put("PatientBirthDate")
    elements.put("PatientSex", "O")
    elements.put("StudyInstanceUID", hashed_uid("synthetic", "study", series.study))
    elements.put("StudyDate", _DATE)
    elements.put("StudyTime", _TIME)
    elements.put("StudyID", "1")
    elements.put("AccessionNumber")
    elements.put("ReferringPhysicianName")


def _put_series(elements: Elements, series: SyntheticSeries) -> None:
    elements.put("SeriesInstanceUID", _uid(series, "series"))
    elements.put("Modality", "CT")
    elements.put("SeriesNumber", 1)
    elements.put("SeriesDate", _DATE)
    elements.put("SeriesTime", _TIME)
    elements.put("SeriesDescription", series.description)
    elements.put("BodyPartExamined", series.body_part)
    elements.put("PatientPosition", "HFS")
    elements.put("Manufacturer", "mip")
    elements.put("ManufacturerModelName", "synthetic")
    elements.put("FrameOfReferenceUID", _uid(series, "frame of reference"))
    elements.put("PositionReferenceIndicator")


def _put_image(elements: Elements, series: SyntheticSeries, index: int) -> None:
    elements.put("SOPClassUID", CT_IMAGE_STORAGE)
    elements.put("SOPInstanceUID", _uid(series, "instance", index))
    elements.put("InstanceNumber", index + 1)
    elements.put("ImageType", "ORIGINAL", "PRIMARY", "AXIAL")
    elements.put("AcquisitionNumber", 1)
    elements.put("AcquisitionDate", _DATE)
    elements.put("AcquisitionTime", _TIME)
    elements.put("ContentDate", _DATE)
    elements.put("ContentTime", _TIME)
    elements.put("KVP", 120)
    elements.put("BurnedInAnnotation", "NO")


def _put_plane(
    elements: Elements, series: SyntheticSeries, index: int, *, rows: int, columns: int
) -> None:
    between, row_spacing, column_spacing = series.spacing_mm
    row, column = np.array(series.orientation[:3]), np.array(series.orientation[3:])
    origin = series.origin_mm or (
        -(columns - 1) / 2 * column_spacing,
        -(rows - 1) / 2 * row_spacing,
        0.0,
    )
    step = np.cross(row, column) * between + np.array(series.shear_mm)
    position = np.array(origin) + index * step
    elements.put("ImagePositionPatient", *(float(value) for value in position))
    elements.put("ImageOrientationPatient", *map(float, series.orientation))
    elements.put("PixelSpacing", float(row_spacing), float(column_spacing))
    elements.put("SliceThickness", float(between))


def _put_pixel_layout(
    elements: Elements, series: SyntheticSeries, *, rows: int, columns: int
) -> None:
    elements.put("SamplesPerPixel", 1)
    elements.put("PhotometricInterpretation", "MONOCHROME2")
    elements.put("Rows", rows)
    elements.put("Columns", columns)
    elements.put("BitsAllocated", 16)
    elements.put("BitsStored", 16)
    elements.put("HighBit", 15)
    elements.put("PixelRepresentation", 1)
    elements.put("RescaleIntercept", -_OFFSET)
    elements.put("RescaleSlope", 1)
    elements.put("RescaleType", "HU")
    elements.put("WindowCenter", float(series.window[0]))
    elements.put("WindowWidth", float(series.window[1]))


def _uid(series: SyntheticSeries, kind: str, index: int = 0) -> str:
    return hashed_uid("synthetic", series.study, series.name, kind, index)
