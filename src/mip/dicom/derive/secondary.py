"""Pictures, and whatever the source's class cannot hold, as secondary captures (PS3.3 A.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InvalidOutputError
from .common import MANUFACTURER, carried, put_identity, put_provenance, source_reference
from .rescale import put_rescale, put_windows
from .values import IDENTITY, Rescale, store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ...imaging import Image
    from ..elements import Elements
    from .common import Derivation

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_MULTI_FRAME_BYTE = "1.2.840.10008.5.1.4.1.1.7.2"
_MULTI_FRAME_WORD = "1.2.840.10008.5.1.4.1.1.7.3"
_MULTI_FRAME_COLOR = "1.2.840.10008.5.1.4.1.1.7.4"

_BYTE = 8
_FRAME_TIME_MS = 100.0
_SLICE_LOCATION_VECTOR = 0x00182005
_FRAME_TIME = 0x00181063
# What these make shows the patient and nothing else; of other sources it is not known.
_WITHOUT_BURNED_IN = frozenset({"CT", "MR", "PT", "NM", "CR", "DX", "MG"})


def derive_secondary(
    derivation: Derivation, image: Image, *, role: str, number: int
) -> tuple[Elements, NDArray[np.generic]]:
    """Make one secondary capture of all frames.

    Grey of 8 bits and RGB are pictures for display; other grey keeps its values in 16 bits.

    Raises
    ------
    InvalidOutputError
        Colour that is not of 8 or 16 bits, or values that are not finite.
    """
    pixels, rescale = _pixels(image)
    sop_class = _sop_class(image, pixels)
    source = derivation.source.instances[0].elements
    elements = carried(source)
    put_identity(elements, derivation, role=role, number=number, sop_class_uid=sop_class, index=0)
    put_provenance(elements, derivation, _references(derivation, image))
    elements.put("ImageType", "DERIVED", "SECONDARY")
    _put_capture(elements, derivation)
    _put_layout(elements, pixels)
    if not image.is_color:
        put_windows(elements, image)
    elements.put_absent("PatientOrientation")
    if sop_class == SECONDARY_CAPTURE:
        if not image.is_color:
            put_rescale(elements, rescale, image)
        _put_plane(elements, derivation, image)
    else:
        _put_frames(elements, derivation, image)
    return elements, pixels


def _sop_class(image: Image, pixels: NDArray[np.generic]) -> str:
    if image.frames == 1:
        return SECONDARY_CAPTURE
    if image.is_color:
        return _MULTI_FRAME_COLOR
    return _MULTI_FRAME_BYTE if pixels.dtype.itemsize == 1 else _MULTI_FRAME_WORD


def _pixels(image: Image) -> tuple[NDArray[np.generic], Rescale]:
    """Bring the pixels to 8 or 16 unsigned bits."""
    stored: NDArray[Any] = image.stored
    if image.is_color:
        if stored.dtype.kind != "u":
            raise InvalidOutputError(f"expected colour of unsigned integers, got {stored.dtype}")
        return (stored >> (stored.dtype.itemsize - 1) * _BYTE).astype(np.uint8), IDENTITY
    if stored.dtype == np.uint8 and (image.slope, image.intercept) == IDENTITY:
        return stored, IDENTITY
    kept = store(image.pixels, source=IDENTITY, is_signed=False)
    return kept.stored, kept.rescale


def _references(derivation: Derivation, image: Image) -> Iterator[Elements]:
    """Refer to every source, by frame where it has several."""
    source = derivation.source
    first = source.image
    is_aligned = image.stored.shape[:3] == first.stored.shape[:3]
    for instance in source.instances:
        reference = source_reference(instance, is_aligned=is_aligned)
        if reference is not None:
            yield reference


def _put_capture(elements: Elements, derivation: Derivation) -> None:
    """Say what made the capture (PS3.3 C.8.6.1)."""
    provenance = derivation.provenance
    elements.put("ConversionType", "WSD")
    elements.put("Manufacturer", MANUFACTURER)
    elements.put("SecondaryCaptureDeviceManufacturer", MANUFACTURER)
    elements.put("SecondaryCaptureDeviceManufacturerModelName", provenance.algorithm_id)
    elements.put("SecondaryCaptureDeviceSoftwareVersions", provenance.version)
    if not elements.has("BurnedInAnnotation"):
        is_clean = elements.text("Modality") in _WITHOUT_BURNED_IN
        elements.put("BurnedInAnnotation", "NO" if is_clean else "YES")


def _put_layout(elements: Elements, pixels: NDArray[np.generic]) -> None:
    is_color = pixels.ndim == 4  # noqa: PLR2004 - with a samples axis
    bits = pixels.dtype.itemsize * _BYTE
    elements.put("SamplesPerPixel", 3 if is_color else 1)
    elements.put("PhotometricInterpretation", "RGB" if is_color else "MONOCHROME2")
    if is_color:
        elements.put("PlanarConfiguration", 0)
    elements.put("Rows", pixels.shape[1])
    elements.put("Columns", pixels.shape[2])
    elements.put("BitsAllocated", bits)
    elements.put("BitsStored", bits)
    elements.put("HighBit", bits - 1)
    elements.put("PixelRepresentation", int(pixels.dtype.kind == "i"))


def _put_plane(elements: Elements, derivation: Derivation, image: Image) -> None:
    """Place a single frame in space, where it covers the plane of its source."""
    source = derivation.source.image
    geometry = source.geometry
    if image.stored.shape[:3] != source.stored.shape[:3]:
        return
    if geometry.pixel_spacing_mm:
        elements.put("PixelSpacing", *map(float, geometry.pixel_spacing_mm))
    if (
        geometry.orientation
        and geometry.positions_mm is not None
        and geometry.frame_of_reference_uid
    ):
        first = derivation.source.instances[0].elements
        elements.copy_from(first, "SliceThickness")
        elements.put_absent("SliceThickness")
        elements.put("FrameOfReferenceUID", geometry.frame_of_reference_uid)
        elements.copy_from(first, "PositionReferenceIndicator")
        elements.put_absent("PositionReferenceIndicator")
        elements.put("ImageOrientationPatient", *map(float, geometry.orientation))
        elements.put("ImagePositionPatient", *map(float, geometry.positions_mm[0]))


def _put_frames(elements: Elements, derivation: Derivation, image: Image) -> None:
    """Say what steps from frame to frame (PS3.3 C.8.6.4): place where it is known, else time."""
    elements.put("NumberOfFrames", image.frames)
    locations = _locations(derivation, image)
    if locations:
        elements.put("FrameIncrementPointer", _SLICE_LOCATION_VECTOR)
        elements.put("SliceLocationVector", *locations)
    else:
        source = derivation.source.instances[0].elements
        elements.put("FrameIncrementPointer", _FRAME_TIME)
        elements.put("FrameTime", source.number("FrameTime") or _FRAME_TIME_MS)
    if not image.is_color:
        elements.put("PresentationLUTShape", "IDENTITY")
        if elements.integer("BitsStored") != 1:
            elements.put("RescaleIntercept", 0)
            elements.put("RescaleSlope", 1)
            elements.put("RescaleType", "US")


def _locations(derivation: Derivation, image: Image) -> list[float]:
    """Return the distance of each frame along the normal, when frames are those of the source."""
    source = derivation.source.image
    spacing = source.geometry.slice_spacing_mm
    if spacing is None or image.frames != source.frames:
        return []
    return [index * float(spacing) for index in range(image.frames)]
