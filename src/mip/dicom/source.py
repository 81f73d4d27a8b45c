"""What decoding hands on: the image for the algorithm, and the sources for derivation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..imaging import Image
    from .elements import Elements
    from .layout import PixelFormat


@dataclass(frozen=True, kw_only=True, eq=False)
class SourceInstance:
    """One decoded file: its elements before the pixel data, and the hash of its bytes."""

    elements: Elements
    pixel_format: PixelFormat
    transfer_syntax_uid: str
    sha256: str


class SourceFrame(NamedTuple):
    """Where a frame of the image came from: an instance, and a frame of it, both from 0."""

    instance: int
    frame: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """A decoded image or series.

    Attributes
    ----------
    image : Image or Volume
        What the algorithm gets.
    instances : tuple of SourceInstance
        The files, in the order of the volume.
    frames : tuple of SourceFrame
        Where each frame of ``image`` came from.
    """

    image: Image
    instances: tuple[SourceInstance, ...]
    frames: tuple[SourceFrame, ...]
