"""DICOM: bounded reading, decoding, geometry and derived objects."""

from __future__ import annotations

from .decode import decode_image, decode_series
from .limits import ReadLimits
from .reader import InstanceHeader, read_header
from .source import Source, SourceFrame, SourceInstance

__all__ = [
    "InstanceHeader",
    "ReadLimits",
    "Source",
    "SourceFrame",
    "SourceInstance",
    "decode_image",
    "decode_series",
    "read_header",
]
