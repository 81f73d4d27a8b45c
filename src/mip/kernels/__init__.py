"""Image kernels: 2-D and 3-D, 16-bit, no hidden float64, the same bits on every machine.

Arrays in, arrays out: they know neither DICOM nor files. Every image function takes ``out=`` and
``threads=``, reads read-only, strided and Fortran-ordered input, and releases the GIL.
"""

from __future__ import annotations

from ._dispatch import Info, info
from .intensity import WindowFunction, window

__all__ = ["Info", "WindowFunction", "info", "window"]
