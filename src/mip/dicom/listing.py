"""What others are told of an object without its pixels: an entry in a listing, or all elements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from pydicom.datadict import tag_for_keyword

from ..errors import DicomError
from .json_model import to_json
from .layout import pixel_format
from .limits import MIB, ReadLimits
from .reader import EXPLICIT_VR_LITTLE_ENDIAN, read_elements

if TYPE_CHECKING:
    from pathlib import Path

    from .reader import DicomFile

Level: TypeAlias = Literal["study", "series", "instance"]

LISTING_LIMITS: Final = ReadLimits(header_bytes=16 * MIB, elements=200_000)
"""Tighter than those of decoding: listings are read in threads, which nobody can kill."""

_LISTED: Final[dict[Level, tuple[str, ...]]] = {
    "study": ("StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName",
              "StudyDescription", "PatientName", "PatientID", "PatientBirthDate", "PatientSex",
              "StudyInstanceUID", "StudyID"),
    "series": ("Modality", "SeriesDescription", "SeriesInstanceUID", "SeriesNumber",
               "SeriesDate", "SeriesTime", "PerformedProcedureStepStartDate",
               "PerformedProcedureStepStartTime"),
    "instance": ("SOPClassUID", "SOPInstanceUID", "InstanceNumber", "Rows", "Columns",
                 "BitsAllocated", "NumberOfFrames"),
}  # fmt: skip
_PALETTE: Final = (
    "RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor", "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData", "BluePaletteColorLookupTableData",
    "SegmentedRedPaletteColorLookupTableData", "SegmentedGreenPaletteColorLookupTableData",
    "SegmentedBluePaletteColorLookupTableData",
)  # fmt: skip
_CHARACTER_SETS: Final = "SpecificCharacterSet"


@dataclass(frozen=True, kw_only=True)
class InstanceListing:
    """What a listing tells of an instance; ``attributes`` is DICOM JSON and names the patient."""

    study_uid: str | None
    series_uid: str | None
    instance_uid: str | None
    modality: str
    attributes: dict[str, Any]


def listed_tags(level: Level) -> tuple[str, ...]:
    """Return the tags, of eight hexadecimal digits, that a listing of a level has."""
    return tuple(f"{_tag(keyword):08X}" for keyword in (_CHARACTER_SETS, *_LISTED[level]))


def read_listing(path: Path, *, limits: ReadLimits = LISTING_LIMITS) -> InstanceListing:
    """Read what listings of studies, series and instances tell (PS3.18 section 10.6.3.3).

    Raises
    ------
    MipError
        As :func:`read_header`.
    """
    elements = read_elements(path, limits=limits).elements
    keywords = {each for level in _LISTED.values() for each in level}
    return InstanceListing(
        study_uid=elements.uid("StudyInstanceUID"),
        series_uid=elements.uid("SeriesInstanceUID"),
        instance_uid=elements.uid("SOPInstanceUID"),
        modality=elements.text("Modality"),
        attributes=to_json(elements, only=map(_tag, (_CHARACTER_SETS, *keywords))),
    )


def read_metadata(
    path: Path, *, as_unpacked: bool = False, limits: ReadLimits = LISTING_LIMITS
) -> dict[str, Any]:
    """Read all elements before the pixel data as DICOM JSON.

    Parameters
    ----------
    path : Path
        A DICOM file.
    as_unpacked : bool
        Describe the pixels as :func:`unpack` gives them (RGB, whole bytes), not as they are
        stored.
    limits : ReadLimits, optional
        Checked before memory is taken.

    Raises
    ------
    MipError
        As :func:`read_header`.
    """
    file = read_elements(path, limits=limits)
    if as_unpacked:
        _describe_unpacked(file, limits)
    return to_json(file.elements)


def _describe_unpacked(file: DicomFile, limits: ReadLimits) -> None:
    try:
        declared = pixel_format(file, limits=limits)
    except DicomError:
        return  # no image, or one that does not decode: nothing to tell of its pixels
    elements = file.elements
    elements.put("AvailableTransferSyntaxUID", EXPLICIT_VR_LITTLE_ENDIAN)
    if declared.is_float:
        return
    is_color = declared.samples > 1 or declared.photometric == "PALETTE COLOR"
    allocated = 8 if is_color else max(declared.bits_allocated, 8)
    stored = allocated if is_color or declared.bits_allocated == 1 else declared.bits_stored
    elements.put("BitsAllocated", allocated)
    elements.put("BitsStored", stored)
    elements.put("HighBit", stored - 1)
    if is_color:
        elements.put("SamplesPerPixel", 3)
        elements.put("PhotometricInterpretation", "RGB")
        elements.put("PlanarConfiguration", 0)
        elements.put("PixelRepresentation", 0)
        elements.drop(*_PALETTE)


def _tag(keyword: str) -> int:
    tag = tag_for_keyword(keyword)
    assert tag is not None, keyword  # noqa: S101 - the keywords above are of the standard
    return tag
