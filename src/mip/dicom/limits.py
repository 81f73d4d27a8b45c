"""How much of a file may be believed: every bound is checked before memory is taken."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024**2
GIB = 1024**3


@dataclass(frozen=True, kw_only=True)
class ReadLimits:
    """Bounds on reading one object, and on the volume made of a series.

    Attributes
    ----------
    file_bytes : int
        Longest file.
    header_bytes : int
        Longest data set before its pixel data.
    inflated_bytes : int
        What a deflated data set may inflate to.
    decoded_bytes : int
        Decoded pixels of one object, or of a whole volume, in their stored type.
    frames : int
        Frames of one object.
    instances : int
        Instances of one series.
    elements : int
        Elements of one data set, those of nested sequences included.
    depth : int
        How deep sequences may nest.
    """

    file_bytes: int = 2 * GIB
    header_bytes: int = 64 * MIB
    inflated_bytes: int = 512 * MIB
    decoded_bytes: int = 1 * GIB
    frames: int = 100_000
    instances: int = 10_000
    elements: int = 500_000
    depth: int = 64


DEFAULT_LIMITS = ReadLimits()
