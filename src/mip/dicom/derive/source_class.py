"""A 16-bit grey result as an object of the class that it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .common import put_identity, put_provenance, source_reference, without_private
from .rescale import put_derived, put_frame_groups, put_rescale, put_windows
from .values import IDENTITY, SIGNED, UNSIGNED, Rescale, StoredPixels, store, store_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...imaging import Image
    from ..elements import Elements
    from ..source import Source
    from .common import Derivation


class _Rule(NamedTuple):
    """What a class allows: any rescale, one without offset (PET), or none at all."""

    is_rescale_allowed: bool = True
    is_offset_allowed: bool = True

    def allows(self, rescale: Rescale) -> bool:
        """Tell whether an object of this class may say so."""
        return self.is_rescale_allowed and (self.is_offset_allowed or rescale.intercept == 0)


_ANY = _Rule()
_RULES = {
    "1.2.840.10008.5.1.4.1.1.2": _ANY,  # CT
    "1.2.840.10008.5.1.4.1.1.4": _ANY,  # MR
    "1.2.840.10008.5.1.4.1.1.1": _ANY,  # CR
    "1.2.840.10008.5.1.4.1.1.128": _Rule(is_offset_allowed=False),  # PET
    "1.2.840.10008.5.1.4.1.1.1.1": _Rule(is_rescale_allowed=False),  # DX for presentation
    "1.2.840.10008.5.1.4.1.1.1.1.1": _Rule(is_rescale_allowed=False),  # DX for processing
    "1.2.840.10008.5.1.4.1.1.1.2": _Rule(is_rescale_allowed=False),  # MG for presentation
    "1.2.840.10008.5.1.4.1.1.1.2.1": _Rule(is_rescale_allowed=False),  # MG for processing
    "1.2.840.10008.5.1.4.1.1.1.3": _Rule(is_rescale_allowed=False),  # IO for presentation
    "1.2.840.10008.5.1.4.1.1.1.3.1": _Rule(is_rescale_allowed=False),  # IO for processing
    "1.2.840.10008.5.1.4.1.1.2.1": _ANY,  # Enhanced CT
    "1.2.840.10008.5.1.4.1.1.4.1": _ANY,  # Enhanced MR
    "1.2.840.10008.5.1.4.1.1.2.2": _ANY,  # Legacy Converted Enhanced CT
    "1.2.840.10008.5.1.4.1.1.4.4": _ANY,  # Legacy Converted Enhanced MR
}

_COLOR_KEYWORDS = (
    "PlanarConfiguration", "ICCProfile", "ColorSpace",
    "RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor", "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData", "BluePaletteColorLookupTableData",
    "PaletteColorLookupTableUID",
)  # fmt: skip
_PADDING_KEYWORDS = ("PixelPaddingValue", "PixelPaddingRangeLimit")


def has_source_class(source: Source, image: Image) -> bool:
    """Tell whether a result can be an object of its source's class, frame for frame."""
    first = source.instances[0].elements
    rule = _RULES.get(first.text("SOPClassUID"))
    shape = (len(source.frames), source.image.rows, source.image.columns)
    if rule is None or image.is_color or image.stored.shape != shape:
        return False
    if source.image.is_color or source.instances[0].pixel_format.is_float:
        return False
    return (
        rule.is_rescale_allowed
        or store_whole(_values(image, list(range(image.frames)))) is not None
    )


def derive_source_class(
    derivation: Derivation, image: Image, *, role: str, number: int
) -> list[tuple[Elements, NDArray[np.generic]]]:
    """Make one object per source instance; each keeps what the source says of its slice.

    Returns
    -------
    list of (elements, pixels)
        In the order of the sources.
    """
    objects = []
    for index, _ in enumerate(derivation.source.instances):
        frames = _frames_of(derivation.source, index)
        objects.append(
            _derive_instance(
                derivation, image, frames=frames, role=role, number=number, index=index
            )
        )
    return objects


def _frames_of(source: Source, instance: int) -> list[int]:
    """List the frames of the image that an instance has, in the order of the instance."""
    own = [
        (place.frame, index)
        for index, place in enumerate(source.frames)
        if place.instance == instance
    ]
    return [index for _, index in sorted(own)]


def _derive_instance(
    derivation: Derivation,
    image: Image,
    *,
    frames: list[int],
    role: str,
    number: int,
    index: int,
) -> tuple[Elements, NDArray[np.generic]]:
    instance = derivation.source.instances[index]
    source = instance.elements
    elements = without_private(source)
    sop_class = source.text("SOPClassUID")
    put_identity(
        elements, derivation, role=role, number=number, sop_class_uid=sop_class, index=index
    )
    reference = source_reference(instance, is_aligned=True)
    put_provenance(elements, derivation, [reference] if reference else [])
    put_derived(elements, "ImageType")
    pixels = _stored(derivation.source, image, frames, elements)
    padding = None if image.padding is None else _chosen(image.padding, frames)
    stored = _padded(elements, pixels, padding, _source_rescale(derivation.source, source))
    _put_pixels(elements, pixels, image)
    return elements, stored


def _stored(source: Source, image: Image, frames: list[int], elements: Elements) -> StoredPixels:
    """Choose how the values are stored: as they were where the image is still of its source."""
    rule = _RULES[elements.text("SOPClassUID")]
    own = Rescale(image.slope, image.intercept)
    if _keeps_lut(image) or (_is_small(image) and own != IDENTITY and rule.allows(own)):
        return StoredPixels(_chosen(image.stored, frames), own)
    values = _values(image, frames)
    if not rule.is_rescale_allowed:
        whole = store_whole(values)
        if whole is not None:
            return StoredPixels(whole, IDENTITY)
    is_signed = source.instances[0].pixel_format.is_signed
    return store(
        values,
        source=_source_rescale(source, elements),
        kinds=(SIGNED, UNSIGNED) if is_signed else (UNSIGNED, SIGNED),
        is_offset_allowed=rule.is_offset_allowed,
    )


def _is_small(image: Image) -> bool:
    return image.stored.dtype in (SIGNED, UNSIGNED)


def _keeps_lut(image: Image) -> bool:
    """Tell whether stored values still go through the modality LUT of the source."""
    return image.modality_lut is not None and _is_small(image)


def _source_rescale(source: Source, elements: Elements) -> Rescale:
    slope, intercept = elements.number("RescaleSlope"), elements.number("RescaleIntercept")
    if slope:
        return Rescale(slope, intercept or 0.0)
    return Rescale(source.image.slope, source.image.intercept)


def _chosen(values: NDArray[np.generic], frames: list[int]) -> NDArray[np.generic]:
    """Take frames, without a copy where that is all of them in order."""
    return values if frames == list(range(len(values))) else values[frames]


def _values(image: Image, frames: list[int]) -> NDArray[np.generic]:
    """Rescale, unless stored values are the values."""
    if image.modality_lut is not None:
        return _chosen(image.pixels, frames)
    stored = _chosen(image.stored, frames)
    if (image.slope, image.intercept) == IDENTITY:
        return stored
    numbers: NDArray[Any] = stored.astype(np.float64)
    return numbers * image.slope + image.intercept


def _put_pixels(elements: Elements, pixels: StoredPixels, image: Image) -> None:
    """Describe the pixels: depth, sign, rescale, windows."""
    elements.drop(*_COLOR_KEYWORDS)
    elements.put("SamplesPerPixel", 1)
    elements.put("PhotometricInterpretation", "MONOCHROME1" if image.is_inverted else "MONOCHROME2")
    elements.put("BitsAllocated", 16)
    elements.put("BitsStored", 16)
    elements.put("HighBit", 15)
    elements.put("PixelRepresentation", int(pixels.is_signed))
    if elements.sequence("SharedFunctionalGroupsSequence"):
        put_frame_groups(elements, pixels.rescale, image)
        return
    if not _keeps_lut(image):
        put_rescale(elements, pixels.rescale, image)
    put_windows(elements, image)


def _padded(
    elements: Elements,
    pixels: StoredPixels,
    padding: NDArray[Any] | None,
    source: Rescale,
) -> NDArray[np.generic]:
    """Keep padding as padding where the result is stored as the source was; else forget it."""
    stored: NDArray[Any] = pixels.stored
    value = elements.integer("PixelPaddingValue")
    limits = np.iinfo(stored.dtype)
    is_kept = (
        padding is not None
        and value is not None
        and pixels.rescale == source
        and limits.min <= value <= limits.max
    )
    if padding is None or value is None or not is_kept:
        elements.drop(*_PADDING_KEYWORDS)
        return stored
    vr = "SS" if pixels.is_signed else "US"
    elements.drop("PixelPaddingRangeLimit")
    elements.put("PixelPaddingValue", value, vr=vr)
    if (stored[padding] == value).all():
        return stored
    marked = stored.copy()
    marked[padding] = value
    return marked
