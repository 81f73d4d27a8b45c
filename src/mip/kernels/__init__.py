"""Image kernels: 2-D and 3-D, 16-bit, no hidden float64, the same bits on every machine.

Arrays in, arrays out: they know neither DICOM nor files. Every function of an image takes
``threads=``, and ``out=`` where it gives an image; it reads read-only, strided, unaligned and
Fortran-ordered input, and releases the GIL.
"""

from __future__ import annotations

from ._axes import BorderMode
from ._dispatch import Info, info
from .bilateral import bilateral
from .buffers import BufferPool
from .clahe import clahe
from .color import overlay, to_luminance
from .derivatives import gradient_magnitude, laplacian, sobel
from .diffusion import Conductance, anisotropic_diffusion
from .distance import distance_transform
from .edges import canny
from .footprints import ball, box, cross, disk
from .gaussian import gaussian, unsharp_mask
from .geometry import affine, resample
from .histogram import histogram, otsu
from .intensity import WindowFunction, apply_lut, rescale, threshold, window
from .masks import clear_border, fill_holes, remove_small_holes, remove_small_objects
from .median import median
from .morphology import closing, dilate, erode, opening
from .nl_means import nl_means
from .projection import Projection, project
from .regions import label, largest_component, region_grow
from .stats import RegionStats, region_stats
from .vessels import hessian_vesselness

__all__ = [
    "BorderMode",
    "BufferPool",
    "Conductance",
    "Info",
    "Projection",
    "RegionStats",
    "WindowFunction",
    "affine",
    "anisotropic_diffusion",
    "apply_lut",
    "ball",
    "bilateral",
    "box",
    "canny",
    "clahe",
    "clear_border",
    "closing",
    "cross",
    "dilate",
    "disk",
    "distance_transform",
    "erode",
    "fill_holes",
    "gaussian",
    "gradient_magnitude",
    "hessian_vesselness",
    "histogram",
    "info",
    "label",
    "laplacian",
    "largest_component",
    "median",
    "nl_means",
    "opening",
    "otsu",
    "overlay",
    "project",
    "region_grow",
    "region_stats",
    "remove_small_holes",
    "remove_small_objects",
    "resample",
    "rescale",
    "sobel",
    "threshold",
    "to_luminance",
    "unsharp_mask",
    "window",
]
