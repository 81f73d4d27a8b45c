"""Derived DICOM objects: the result of an algorithm, as a PACS keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...imaging import Mask
from ..provenance import DerivedObject, OutputItem, Provenance
from ..writer import write_file
from .common import Derivation
from .secondary import derive_secondary
from .source_class import derive_source_class, has_source_class

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ...imaging import Image
    from ..elements import Elements
    from ..source import Source

__all__ = ["DerivedObject", "OutputItem", "Provenance", "derive"]


def derive(
    source: Source, outputs: Sequence[OutputItem], *, provenance: Provenance, folder: Path
) -> list[DerivedObject]:
    """Write an algorithm's outputs as DICOM files.

    The same source, outputs and provenance give the same files, byte for byte, in any process: UIDs
    come from content, times from the source. Patient, study and frame of reference are the
    source's; series and instances are new.

    Parameters
    ----------
    source : Source
        What was decoded.
    outputs : sequence of OutputItem
        8-bit grey and RGB become a secondary capture; other grey becomes objects of the source's
        class, one per source instance, or a secondary capture where the class does not allow it; a
        mask becomes a segmentation, or a secondary capture where the source has no place in space.
    provenance : Provenance
        Written into every object.
    folder : Path
        Where files named ``{uid}.dcm`` are written.

    Returns
    -------
    list of DerivedObject
        In the order of the outputs; those of a series in the order of its slices.

    Raises
    ------
    InvalidOutputError
        An output cannot be written as an image: NaN, or a mask of another size.
    StorageError
        A file cannot be written.
    """
    derivation = Derivation(source=source, provenance=provenance)
    written: list[DerivedObject] = []
    for number, item in enumerate(outputs):
        for elements, pixels in _objects(derivation, item, number):
            written.append(_write(elements, pixels, role=item.role, folder=folder))
    return written


def _objects(
    derivation: Derivation, item: OutputItem, number: int
) -> list[tuple[Elements, NDArray[np.generic]]]:
    role, value = item
    if isinstance(value, Mask):
        from .segmentation import derive_mask  # noqa: PLC0415 - only masks need what it imports

        return derive_mask(derivation, value, role=role, number=number)
    if _is_picture(value) or not has_source_class(derivation.source, value):
        return derive_secondary(derivation, value, role=role, number=number)
    return derive_source_class(derivation, value, role=role, number=number)


def _is_picture(image: Image) -> bool:
    return image.is_color or image.stored.dtype == np.uint8


def _write(
    elements: Elements, pixels: NDArray[np.generic], *, role: str, folder: Path
) -> DerivedObject:
    uid = elements.text("SOPInstanceUID")
    path = folder / f"{uid}.dcm"
    little: NDArray[Any] = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False)
    data = np.ascontiguousarray(little).data.cast("B")
    return DerivedObject(
        role=role,
        sop_instance_uid=uid,
        sop_class_uid=elements.text("SOPClassUID"),
        path=path,
        sha256=write_file(path, elements, data),
    )
