"""DICOM: bounded reading, decoding, geometry and derived objects."""

from __future__ import annotations

from .decode import decode_image, decode_series
from .derive import derive
from .limits import ReadLimits
from .listing import InstanceListing, listed_tags, read_listing, read_metadata
from .provenance import DerivedObject, OutputItem, Provenance
from .reader import InstanceHeader, read_header
from .source import Source, SourceFrame, SourceInstance
from .unpack import FrameDescription, FrameLut, ObjectDescription, unpack
from .warm import warm_up

__all__ = [
    "DerivedObject",
    "FrameDescription",
    "FrameLut",
    "InstanceHeader",
    "InstanceListing",
    "ObjectDescription",
    "OutputItem",
    "Provenance",
    "ReadLimits",
    "Source",
    "SourceFrame",
    "SourceInstance",
    "decode_image",
    "decode_series",
    "derive",
    "listed_tags",
    "read_header",
    "read_listing",
    "read_metadata",
    "unpack",
    "warm_up",
]
