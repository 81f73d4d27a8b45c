"""A mask as a segmentation object (PS3.3 A.51).

highdicom knows the functional groups and dimensions of a segmentation; it gets the geometry of
the sources and nothing of the patient. Its clock and random UIDs are replaced, and patient and
study are carried over byte for byte, as in every other derived object.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom import dcmread, dcmwrite

from ...errors import InvalidOutputError, MalformedDicomError
from ...imaging import Image
from ..elements import Element, Elements
from ..limits import DEFAULT_LIMITS
from ..parser import EXPLICIT_LITTLE, Parser
from ..writer import encode_file
from .common import (
    MANUFACTURER,
    SEGMENTATION,
    carried,
    code,
    put_identity,
    put_provenance,
    put_required,
    source_reference,
    without_private,
)
from .labels import put_labels
from .secondary import derive_secondary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pydicom import Dataset

    from ...imaging import Mask
    from ..source import Source, SourceInstance
    from .common import Derivation

SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"

_NO_DATE, _NO_TIME = "19000101", "000000"
_DATES = (("ContentDate", "ContentTime"), ("AcquisitionDate", "AcquisitionTime"),
          ("SeriesDate", "SeriesTime"), ("StudyDate", "StudyTime"))  # fmt: skip
_GEOMETRY = (
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality",
    "FrameOfReferenceUID", "PositionReferenceIndicator", "ImageOrientationPatient",
    "ImagePositionPatient", "PixelSpacing", "SliceThickness", "SpacingBetweenSlices",
    "NumberOfFrames", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
    "DimensionOrganizationSequence", "DimensionIndexSequence", "ImageType",
)  # fmt: skip
_FROM_HIGHDICOM = (
    "ImageType", "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "LossyImageCompression",
    "NumberOfFrames", "SegmentationType", "SegmentSequence", "ContentLabel", "ContentDescription",
    "ContentCreatorName", "SegmentsOverlap", "DimensionOrganizationSequence",
    "DimensionIndexSequence", "DimensionOrganizationType", "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence", "ReferencedSeriesSequence", "FrameOfReferenceUID",
    "PositionReferenceIndicator", "Manufacturer", "ManufacturerModelName", "DeviceSerialNumber",
    "SoftwareVersions", "Modality",
)  # fmt: skip
_META_START = 132  # after the preamble and its mark
_DIMENSION_ORGANIZATION_UID = 0x00209164

# Segments that people name, as SNOMED CT has them: (category, type)
_ANATOMY = ("123037004", "SCT", "Anatomical Structure")
_TISSUE = ("85756007", "SCT", "Tissue")
_KNOWN = {
    "body": "38266002",
    "bone": "272673000",
    "brain": "12738006",
    "heart": "80891009",
    "kidney": "64033007",
    "liver": "10200004",
    "lung": "39607008",
    "spleen": "78961009",
}


def derive_mask(
    derivation: Derivation, mask: Mask, *, role: str, number: int
) -> list[tuple[Elements, NDArray[np.generic]]]:
    """Make a segmentation; a secondary capture where the source has no place in space.

    Raises
    ------
    InvalidOutputError
        The mask is not of the source's size, or a segment's name cannot stand beside its texts.
    """
    source = derivation.source
    expected = source.image.stored.shape[:3]
    if mask.labels.shape != expected:
        raise InvalidOutputError(
            f"expected a mask of {_words(expected)}, as its source has, got"
            f" {_words(mask.labels.shape)}"
        )
    if not _has_place(source):
        picture = _as_picture(mask)
        return derive_secondary(derivation, picture, role=role, number=number)
    return [_derive_segmentation(derivation, mask, role=role, number=number)]


def _has_place(source: Source) -> bool:
    """Tell whether every frame has a position in a frame of reference."""
    geometry = source.image.geometry
    is_named = all(
        instance.elements.uid(keyword)
        for instance in source.instances
        for keyword in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
    )
    first = source.instances[0]
    is_flat = first.pixel_format.frames == 1
    groups = first.elements.sequence("PerFrameFunctionalGroupsSequence")
    has_groups = len(groups) == first.pixel_format.frames
    has_thickness = has_groups or first.elements.has("SliceThickness")
    return (
        is_named
        and (is_flat or has_groups)
        and (has_thickness or geometry.slice_spacing_mm is not None)
        and geometry.positions_mm is not None
        and geometry.pixel_spacing_mm is not None
        and geometry.frame_of_reference_uid is not None
        and (geometry.orientation is not None or has_groups)
    )


def _as_picture(mask: Mask) -> Image:
    """Spread labels over the greys, so that they are seen apart."""
    step = 255 // len(mask.segments)
    return Image(stored=mask.labels.astype(np.uint8) * np.uint8(step))


def _derive_segmentation(
    derivation: Derivation, mask: Mask, *, role: str, number: int
) -> tuple[Elements, NDArray[np.generic]]:
    source = derivation.source
    first = source.instances[0].elements
    made, pixels = _made_by_highdicom(derivation, mask, role=role)
    elements = carried(first)
    elements.drop("LossyImageCompressionRatio", "LossyImageCompressionMethod", "BurnedInAnnotation",
                  "PatientOrientation", "ImageLaterality", "AcquisitionNumber", "AcquisitionDate",
                  "AcquisitionTime")  # fmt: skip
    for keyword in _FROM_HIGHDICOM:
        elements.copy_from(made, keyword)
    put_identity(
        elements, derivation, role=role, number=number, sop_class_uid=SEGMENTATION_STORAGE, index=0
    )
    references = (source_reference(instance, is_aligned=True) for instance in source.instances)
    put_provenance(elements, derivation, [item for item in references if item])
    elements.put_items("DerivationCodeSequence", code(*SEGMENTATION))
    elements.drop("Laterality")  # said per frame, if at all
    _put_content_time(elements, first)
    put_labels(elements, mask.segments)
    return elements, pixels


def _made_by_highdicom(
    derivation: Derivation, mask: Mask, *, role: str
) -> tuple[Elements, NDArray[np.generic]]:
    # Importing highdicom takes half a second that jobs without a mask need not pay.
    from highdicom.seg import Segmentation  # noqa: PLC0415

    source, provenance = derivation.source, derivation.provenance
    is_multi_frame = source.instances[0].pixel_format.frames > 1
    spacing = source.image.geometry.slice_spacing_mm
    labels = mask.labels.astype(np.uint8)
    if is_multi_frame:
        labels = labels[np.argsort([place.frame for place in source.frames])]
    with _mapped():
        segmentation = Segmentation(
            source_images=[_bare(instance, spacing) for instance in source.instances],
            pixel_array=labels,
            segmentation_type="BINARY",
            segment_descriptions=list(_segments(derivation, mask)),
            series_instance_uid=derivation.series_uid(role, SEGMENTATION_STORAGE),
            series_number=1,
            sop_instance_uid=derivation.uid("instance", role),
            instance_number=1,
            manufacturer=MANUFACTURER,
            manufacturer_model_name=provenance.algorithm_id,
            software_versions=provenance.version,
            device_serial_number=provenance.digest[:64] or "0",
            content_label="SEGMENTATION",
            content_description=provenance.algorithm_id,
            content_creator_name=MANUFACTURER,
        )
        buffer = BytesIO()
        dcmwrite(buffer, segmentation, enforce_file_format=True)
    return _parsed(buffer.getvalue(), derivation.uid("dimensions", role))


@contextmanager
def _mapped() -> Iterator[None]:
    """Keep warnings, log lines and messages, which quote values of the source, from going on."""
    log = logging.getLogger("highdicom")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise MalformedDicomError(
            f"the source's geometry does not allow a segmentation ({type(error).__name__})"
        ) from error
    finally:
        log.setLevel(level)


def _bare(instance: SourceInstance, spacing_mm: float | None) -> Dataset:
    """Give highdicom a source without a patient: geometry and references alone."""
    elements = Elements()
    for keyword in _GEOMETRY:
        elements.copy_from(instance.elements, keyword)
    elements = without_private(elements)
    put_required(elements)
    if not elements.has("SliceThickness") and spacing_mm is not None:
        elements.put("SliceThickness", float(spacing_mm))
    declared = instance.pixel_format
    elements.put("Rows", declared.rows)
    elements.put("Columns", declared.columns)
    return dcmread(BytesIO(encode_file(elements)))


def _segments(derivation: Derivation, mask: Mask) -> Iterator[Any]:
    from highdicom import AlgorithmIdentificationSequence  # noqa: PLC0415 - as above
    from highdicom.seg import SegmentDescription  # noqa: PLC0415
    from pydicom.sr.coding import Code  # noqa: PLC0415

    provenance = derivation.provenance
    algorithm = AlgorithmIdentificationSequence(
        name=provenance.algorithm_id,
        family=Code("unspecified", "99MIP", "Unspecified algorithm family"),
        version=provenance.version,
        source=MANUFACTURER,
    )
    for number, label in enumerate(mask.segments, start=1):
        known = _KNOWN.get(label.lower())
        meaning = label.lower().capitalize()
        yield SegmentDescription(
            segment_number=number,
            segment_label=f"{number}",  # put in its character set when the object is whole
            segmented_property_category=Code(*(_ANATOMY if known else _TISSUE)),
            segmented_property_type=Code(known, "SCT", meaning) if known else Code(*_TISSUE),
            algorithm_type="AUTOMATIC",
            algorithm_identification=algorithm,
        )


def _parsed(data: bytes, dimensions_uid: str) -> tuple[Elements, NDArray[np.generic]]:
    """Read what highdicom wrote; replace the one UID of it that is random and stays."""
    parser = Parser(data, size=len(data), limits=DEFAULT_LIMITS)
    _, start = parser.parse_group(_META_START, group=0x0002)
    elements = parser.parse(start, encoding=EXPLICIT_LITTLE)
    if parser.pixels is None or parser.pixels.length is None:
        raise InvalidOutputError("expected a segmentation with pixels")
    pixels = np.frombuffer(data, np.uint8, parser.pixels.length, parser.pixels.start)
    return _with_dimensions(elements, dimensions_uid), pixels


def _with_dimensions(elements: Elements, uid: str) -> Elements:
    changed = Elements()
    for tag, element in elements.items():
        if tag == _DIMENSION_ORGANIZATION_UID:
            changed[tag] = Element("UI", uid.encode())
        elif isinstance(element.value, tuple):
            items = tuple(_with_dimensions(item, uid) for item in element.value)
            changed[tag] = element._replace(value=items)
        else:
            changed[tag] = element
    return changed


def _put_content_time(elements: Elements, source: Elements) -> None:
    """Set when the content was made, which a segmentation must say: at the source's time."""
    for date, time in _DATES:
        if source.has(date):
            elements.put("ContentDate", source.text(date))
            elements.put("ContentTime", source.text(time) or _NO_TIME)
            return
    elements.put("ContentDate", _NO_DATE)
    elements.put("ContentTime", _NO_TIME)


def _words(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
