"""Pay for imports before the first job comes, not while it waits."""

from __future__ import annotations

from importlib import import_module

_DECODERS = ("PIL.Image", "jpeg_ls", "openjpeg.utils", "rle.rle")
_MASKS = ("mip.dicom.derive.segmentation", "highdicom.seg")


def warm_up(*, masks: bool = False) -> None:
    """Import the decoders; and, for an algorithm that gives masks, highdicom, too (0.5 s)."""
    for name in (*_DECODERS, *(_MASKS if masks else ())):
        import_module(name)
