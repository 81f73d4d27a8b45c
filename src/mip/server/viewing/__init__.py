"""What viewers read: instances of a caller, decoded in children and kept on disk for a while."""

from __future__ import annotations

from .holdings import Holdings, Member, SeriesHolding
from .locate import InstanceName, Located, Locator
from .viewer import Viewer, open_viewer

__all__ = [
    "Holdings",
    "InstanceName",
    "Located",
    "Locator",
    "Member",
    "SeriesHolding",
    "Viewer",
    "open_viewer",
]
