"""Medical image processing: from a PACS, through an algorithm, back as DICOM.

The names below are loaded on first use, so that ``import mip`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .errors import Discard, MipError, RetryAfter
    from .imaging import Geometry, Image, Mask, Measurements, Volume, Window
    from .worker import BaseProcessor, Worker, algorithm

_HOMES = {
    "BaseProcessor": "worker",
    "Discard": "errors",
    "Geometry": "imaging",
    "Image": "imaging",
    "Mask": "imaging",
    "Measurements": "imaging",
    "MipError": "errors",
    "RetryAfter": "errors",
    "Volume": "imaging",
    "Window": "imaging",
    "Worker": "worker",
    "algorithm": "worker",
}

__all__ = [
    "BaseProcessor",
    "Discard",
    "Geometry",
    "Image",
    "Mask",
    "Measurements",
    "MipError",
    "RetryAfter",
    "Volume",
    "Window",
    "Worker",
    "algorithm",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'mip' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
