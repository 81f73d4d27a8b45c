"""Pictures, and whatever the source's class cannot hold, as secondary captures (PS3.3 A.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...errors import InvalidOutputError
from .common import MANUFACTURER, carried, put_identity, put_provenance, source_reference
from .rescale import put_rescale, put_windows
from .values import IDENTITY, UNSIGNED, Rescale, store

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
) -> list[tuple[Elements, NDArray[np.generic]]]:
    """Make one secondary capture of all frames, or one of each.

    Grey of 8 bits and RGB are pictures for display. Other grey keeps its values in 16 bits; where
    that takes a rescale, each frame is an object of its own, since a multi-frame secondary capture
    can have none (PS3.3 C.8.6.3).

    Raises
    ------
    InvalidOutputError
        Colour that is not of unsigned integers, or values that are not finite.
    """
    pixels, rescale = _pixels(image)
    if image.frames == 1 or rescale == IDENTITY:
        whole = _Capture(derivation, image, pixels, rescale, frame=None)
        return [(_elements(whole, role=role, number=number), pixels)]
    captures = [
        _Capture(derivation, image, pixels[index : index + 1], rescale, frame=index)
        for index in range(image.frames)
    ]
    return [(_elements(item, role=role, number=number), item.pixels) for item in captures]


class _Capture(NamedTuple):
    """What one object shows: all frames, or a single one of several."""

    derivation: Derivation
    image: Image
    pixels: NDArray[np.generic]
    rescale: Rescale
    frame: int | None

    @property
    def is_aligned(self) -> bool:
        """True when frames lie where those of the source do."""
        source = self.derivation.source.image
        return self.image.stored.shape[:3] == source.stored.shape[:3]


def _elements(capture: _Capture, *, role: str, number: int) -> Elements:
    derivation, image, pixels = capture.derivation, capture.image, capture.pixels
    sop_class = _sop_class(image, pixels)
    elements = carried(derivation.source.instances[0].elements)
    if capture.frame is not None:
        elements.drop("InstanceNumber")
    put_identity(
        elements,
        derivation,
        role=role,
        number=number,
        sop_class_uid=sop_class,
        index=capture.frame or 0,
    )
    put_provenance(elements, derivation, _references(capture))
    elements.put("ImageType", "DERIVED", "SECONDARY")
    _put_capture(elements, derivation)
    _put_layout(elements, pixels)
    elements.put_absent("PatientOrientation")
    if not image.is_color:
        put_windows(elements, image)
    if sop_class == SECONDARY_CAPTURE:
        if not image.is_color:
            put_rescale(elements, capture.rescale, image)
        _put_plane(elements, capture)
    else:
        _put_frames(elements, capture)
    return elements


def _sop_class(image: Image, pixels: NDArray[np.generic]) -> str:
    if pixels.shape[0] == 1:
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
    has_rescale = (image.slope, image.intercept) != IDENTITY or image.modality_lut is not None
    if stored.dtype == np.uint8 and not has_rescale:
        return stored, IDENTITY
    kept = store(image.pixels, source=IDENTITY, kinds=(UNSIGNED,))
    return kept.stored, kept.rescale


def _references(capture: _Capture) -> Iterator[Elements]:
    """Refer to every source; a single frame of several, to the frame that it lies on."""
    source = capture.derivation.source
    instances = source.instances
    frames: tuple[int, ...] = ()
    if capture.frame is not None and capture.is_aligned:
        place = source.frames[capture.frame]
        instances = (instances[place.instance],)
        frames = (place.frame + 1,) if instances[0].pixel_format.frames > 1 else ()
    for instance in instances:
        reference = source_reference(instance, *frames, is_aligned=capture.is_aligned)
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


def _put_plane(elements: Elements, capture: _Capture) -> None:
    """Place a single frame in space, where it covers the plane of its source."""
    source = capture.derivation.source
    geometry = source.image.geometry
    if not capture.is_aligned:
        return
    if geometry.pixel_spacing_mm:
        elements.put("PixelSpacing", *map(float, geometry.pixel_spacing_mm))
    orientation, positions = geometry.orientation, geometry.positions_mm
    if orientation is None or positions is None or geometry.frame_of_reference_uid is None:
        return
    first = source.instances[0].elements
    elements.copy_from(first, "SliceThickness")
    elements.put_absent("SliceThickness")
    elements.put("FrameOfReferenceUID", geometry.frame_of_reference_uid)
    elements.copy_from(first, "PositionReferenceIndicator")
    elements.put_absent("PositionReferenceIndicator")
    elements.put("ImageOrientationPatient", *map(float, orientation))
    elements.put("ImagePositionPatient", *map(float, positions[capture.frame or 0]))


def _put_frames(elements: Elements, capture: _Capture) -> None:
    """Say what steps from frame to frame (PS3.3 C.8.6.4): place where it is known, else time."""
    image = capture.image
    source = capture.derivation.source
    elements.put("NumberOfFrames", image.frames)
    spacing = source.image.geometry.slice_spacing_mm
    if spacing is not None and image.frames == source.image.frames:
        elements.put("FrameIncrementPointer", _SLICE_LOCATION_VECTOR)
        elements.put("SliceLocationVector", *(index * spacing for index in range(image.frames)))
    else:
        frame_time = source.instances[0].elements.number("FrameTime")
        elements.put("FrameIncrementPointer", _FRAME_TIME)
        elements.put("FrameTime", frame_time or _FRAME_TIME_MS)
    if not image.is_color:
        elements.put("PresentationLUTShape", "IDENTITY")
        elements.put("RescaleIntercept", 0)
        elements.put("RescaleSlope", 1)
        elements.put("RescaleType", "US")
