"""From files to images: one object as it is, a series as a volume sorted by position."""

from __future__ import annotations

from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import ImageTooLargeError, InconsistentSeriesError, MalformedDicomError
from ..imaging import Geometry, Image, Volume
from .color import to_rgb
from .frames import FrameHeader, frame_headers
from .geometry import Stack, stack_slices
from .layout import PixelFormat, check_budget, pixel_format
from .limits import DEFAULT_LIMITS, ReadLimits
from .luts import modality_lut, padding_of, voi_luts
from .pixels import decode_pixels
from .reader import DicomFile, read_elements, read_file
from .source import Source, SourceFrame, SourceInstance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from .elements import Elements

_TECHNICAL = (
    "Modality",
    "Manufacturer",
    "ManufacturerModelName",
    "BodyPartExamined",
    "Laterality",
    "ImageLaterality",
    "ViewPosition",
    "PatientPosition",
    "ImageType",
    "SliceThickness",
    "SpacingBetweenSlices",
    "KVP",
    "Exposure",
    "ExposureTime",
    "XRayTubeCurrent",
    "ConvolutionKernel",
    "GantryDetectorTilt",
    "MagneticFieldStrength",
    "ScanningSequence",
    "SequenceVariant",
    "RepetitionTime",
    "EchoTime",
    "InversionTime",
    "FlipAngle",
    "ImagerPixelSpacing",
    "FrameTime",
    "PhotometricInterpretation",
    "LossyImageCompression",
    "BurnedInAnnotation",
    "QualityControlImage",
)


def decode_image(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> Source:
    """Decode one object, of one or more frames, in the order of the file.

    Parameters
    ----------
    path : Path
        A DICOM file.
    limits : ReadLimits, optional
        Checked before memory is taken.

    Raises
    ------
    NotDicomError, MalformedDicomError, NotAnImageError, ImageTooLargeError
        The file is at fault, in its header.
    UnsupportedTransferSyntaxError, DecodeFailedError
        Its pixel data are.
    InstanceNotFoundError, PacsError
        There is no such file, or it cannot be read.
    """
    file = read_file(path, limits=limits)
    declared = pixel_format(file, limits=limits)
    headers = frame_headers(file.elements, frames=declared.frames)
    values = _values(file, declared)
    image = _image(file.elements, values, headers, kind=Image, geometry=_geometry(file, headers))
    return Source(
        image=image,
        instances=(_instance(file, declared),),
        frames=tuple(SourceFrame(0, index) for index in range(declared.frames)),
    )


def decode_series(paths: Sequence[Path], *, limits: ReadLimits = DEFAULT_LIMITS) -> Source:
    """Decode a series as one volume, its slices sorted along their normal.

    A single multi-frame object is a series, too. Instances without any position are stacked by
    instance number, and the volume then has no spacing.

    Parameters
    ----------
    paths : sequence of Path
        One file per instance, in any order.

    Raises
    ------
    InconsistentSeriesError
        The slices do not make one regular grid; says what and where.
    MipError
        As :func:`decode_image`.
    """
    if not paths:
        raise InconsistentSeriesError("expected at least one instance, got none")
    if len(paths) > limits.instances:
        raise ImageTooLargeError(f"expected at most {limits.instances} instances, got {len(paths)}")
    if len(paths) == 1:
        return _as_volume(decode_image(paths[0], limits=limits))
    files = [read_elements(path, limits=limits) for path in paths]
    formats = [pixel_format(file, limits=limits) for file in files]
    _check_alike(files, formats)
    check_budget(formats[0], limits=limits, instances=len(files))
    headers = [frame_headers(file.elements, frames=1)[0] for file in files]
    stack = _stack(headers, [file.elements for file in files])
    return _decode_stack([paths[index] for index in stack.order], formats[0], stack, limits=limits)


def _decode_stack(
    paths: Sequence[Path], declared: PixelFormat, stack: Stack, *, limits: ReadLimits
) -> Source:
    """Decode sorted instances into one array that is allocated once."""
    slices = (_slice(path, declared, limits=limits) for path in paths)
    start = next(slices)
    volume = np.empty((len(paths), *start.values.shape), start.values.dtype)
    instances, headers = [], []
    for index, item in enumerate(chain([start], slices)):
        volume[index] = item.values
        instances.append(item.instance)
        headers.append(item.header)
    first = instances[0].elements
    image = _image(
        first, volume, headers, kind=Volume, geometry=_volume_geometry(first, headers, stack)
    )
    return Source(
        image=image,
        instances=tuple(instances),
        frames=tuple(SourceFrame(index, 0) for index in range(len(instances))),
    )


class _Slice(NamedTuple):
    instance: SourceInstance
    header: FrameHeader
    values: NDArray[np.generic]


def _slice(path: Path, declared: PixelFormat, *, limits: ReadLimits) -> _Slice:
    """Decode one slice of a series whose headers were read before."""
    file = read_file(path, limits=limits)
    if pixel_format(file, limits=limits) != declared:
        raise MalformedDicomError("a file of the series changed while it was read")
    (header,) = frame_headers(file.elements, frames=1)
    return _Slice(_instance(file, declared), header, _values(file, declared)[0])


def _as_volume(source: Source) -> Source:
    """Make a volume of one object: its frames sorted where they have positions."""
    image, instance = source.image, source.instances[0]
    headers = frame_headers(instance.elements, frames=image.frames)
    stack = (
        _stack(headers, [])
        if any(header.position for header in headers)
        else Stack(order=tuple(range(image.frames)), spacing_mm=None)
    )
    order = list(stack.order)
    is_sorted = order == sorted(order)
    stored = image.stored if is_sorted else image.stored[order]
    padding = image.padding if image.padding is None or is_sorted else image.padding[order]
    volume = Volume(
        stored=stored,
        geometry=_volume_geometry(instance.elements, [headers[i] for i in order], stack),
        slope=image.slope,
        intercept=image.intercept,
        modality_lut=image.modality_lut,
        units=image.units,
        padding=padding,
        is_inverted=image.is_inverted,
        windows=image.windows,
        voi_luts=image.voi_luts,
        header=image.header,
    )
    return Source(
        image=volume,
        instances=source.instances,
        frames=tuple(source.frames[index] for index in order),
    )


def _values(file: DicomFile, declared: PixelFormat) -> NDArray[np.generic]:
    values, photometric = decode_pixels(file, declared)
    return to_rgb(values, photometric, file.elements, bits=declared.bits_stored)


def _image(
    elements: Elements,
    values: NDArray[np.generic],
    headers: Sequence[FrameHeader],
    *,
    kind: type[Image],
    geometry: Geometry,
) -> Image:
    is_color = values.ndim == 4  # noqa: PLR2004 - with a samples axis
    padding = None if is_color else padding_of(values, elements)
    table = None if is_color else modality_lut(elements)
    slope, intercept = headers[0].slope, headers[0].intercept
    if is_color or table:
        slope, intercept = 1.0, 0.0
    elif any((header.slope, header.intercept) != (slope, intercept) for header in headers):
        values, slope, intercept = _rescaled(values, headers), 1.0, 0.0
    return kind(
        stored=values,
        geometry=geometry,
        slope=slope,
        intercept=intercept,
        modality_lut=table[0] if table else None,
        units=table[1] if table else headers[0].units,
        padding=padding,
        is_inverted=elements.text("PhotometricInterpretation") == "MONOCHROME1",
        windows=() if is_color else headers[0].windows,
        voi_luts=() if is_color else voi_luts(elements),
        header=MappingProxyType(_technical(elements)),
    )


def _rescaled(values: NDArray[np.generic], headers: Sequence[FrameHeader]) -> NDArray[np.float32]:
    """Rescale frame by frame, where each frame has a slope of its own."""
    result = np.empty(values.shape, np.float32)
    for index, header in enumerate(headers):
        np.multiply(values[index], header.slope, out=result[index], casting="unsafe")
        result[index] += np.float32(header.intercept)
    return result


def _instance(file: DicomFile, declared: PixelFormat) -> SourceInstance:
    return SourceInstance(
        elements=file.elements,
        pixel_format=declared,
        transfer_syntax_uid=file.transfer_syntax_uid,
        sha256=file.sha256,
    )


def _geometry(file: DicomFile, headers: Sequence[FrameHeader]) -> Geometry:
    """Say where the frames lie, in the order of the file; a regular stack has a spacing."""
    stack = None
    positions = _positions(headers)
    if positions is not None and len(headers) > 1:
        try:
            stack = _stack(headers, [])
        except InconsistentSeriesError:
            stack = None  # frames of one object need not make a volume
    return _placed(file.elements, headers, None if stack is None else stack.spacing_mm)


def _volume_geometry(elements: Elements, headers: Sequence[FrameHeader], stack: Stack) -> Geometry:
    spacing = stack.spacing_mm
    if spacing is None and headers[0].position is not None:
        spacing = elements.number("SpacingBetweenSlices") or elements.number("SliceThickness")
    return _placed(elements, headers, spacing)


def _placed(elements: Elements, headers: Sequence[FrameHeader], spacing: float | None) -> Geometry:
    orientations = {header.orientation for header in headers}
    return Geometry(
        pixel_spacing_mm=headers[0].pixel_spacing,
        orientation=headers[0].orientation if len(orientations) == 1 else None,
        positions_mm=_positions(headers),
        slice_spacing_mm=spacing,
        frame_of_reference_uid=elements.uid("FrameOfReferenceUID"),
    )


def _positions(headers: Sequence[FrameHeader]) -> NDArray[np.float64] | None:
    positions = [header.position for header in headers]
    return None if None in positions else np.array(positions, np.float64)


def _stack(headers: Sequence[FrameHeader], elements: Sequence[Elements]) -> Stack:
    positions = _positions(headers)
    orientations = [header.orientation for header in headers if header.orientation is not None]
    if positions is not None and len(orientations) == len(headers):
        return stack_slices(positions, orientations)
    if any(header.position is not None for header in headers) or not elements:
        raise InconsistentSeriesError(
            "expected a position and an orientation for every slice; some have none"
        )
    keys = [(item.integer("InstanceNumber") or 0, item.text("SOPInstanceUID")) for item in elements]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return Stack(order=tuple(order), spacing_mm=None)


def _check_alike(files: Sequence[DicomFile], formats: Sequence[PixelFormat]) -> None:
    """Refuse instances that cannot lie in one array."""
    first = formats[0]
    if first.frames > 1:
        raise InconsistentSeriesError(
            f"expected single-frame instances, got {first.frames} frames; process multi-frame"
            " instances one by one"
        )
    for index, other in enumerate(formats[1:], start=2):
        if (other.rows, other.columns) != (first.rows, first.columns):
            raise InconsistentSeriesError(
                f"expected slices of one size, got {first.rows} x {first.columns} and"
                f" {other.rows} x {other.columns} (instance {index})"
            )
        if other != first:
            raise InconsistentSeriesError(
                f"expected slices of one pixel type, instance {index} differs from the first"
            )
    for keyword in ("SeriesInstanceUID", "FrameOfReferenceUID"):
        if len({file.elements.text(keyword) for file in files}) > 1:
            raise InconsistentSeriesError(f"expected slices of one {keyword}, got several")


def _technical(elements: Elements) -> Mapping[str, object]:
    """Gather the attributes that an algorithm may want; none that identifies anybody."""
    header: dict[str, object] = {}
    for keyword in _TECHNICAL:
        if elements.has(keyword):
            texts = elements.texts(keyword)
            header[keyword] = texts[0] if len(texts) == 1 else texts
    return header
