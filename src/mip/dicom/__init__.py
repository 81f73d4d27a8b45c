"""DICOM: bounded reading, decoding, geometry and derived objects."""

from __future__ import annotations

from .decode import decode_image, decode_series
from .derive import derive
from .limits import ReadLimits
from .provenance import DerivedObject, OutputItem, Provenance
from .reader import InstanceHeader, read_header
from .source import Source, SourceFrame, SourceInstance
from .warm import warm_up

__all__ = [
    "DerivedObject",
    "InstanceHeader",
    "OutputItem",
    "Provenance",
    "ReadLimits",
    "Source",
    "SourceFrame",
    "SourceInstance",
    "decode_image",
    "decode_series",
    "derive",
    "read_header",
    "warm_up",
]
