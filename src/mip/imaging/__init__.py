"""Images, volumes, masks and measurements: numpy and geometry, nothing of files or DICOM."""

from __future__ import annotations

from .image import Geometry, Image, Volume, Window, WindowFunction
from .outputs import Mask, Measurements

__all__ = ["Geometry", "Image", "Mask", "Measurements", "Volume", "Window", "WindowFunction"]
