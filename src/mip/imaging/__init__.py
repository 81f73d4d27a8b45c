"""Images, volumes, masks and measurements: numpy and geometry, nothing of files or DICOM."""

from __future__ import annotations

from .image import Geometry, Image, Lut, Volume, Window, WindowFunction
from .outputs import Mask, Measurements

__all__ = ["Geometry", "Image", "Lut", "Mask", "Measurements", "Volume", "Window", "WindowFunction"]
