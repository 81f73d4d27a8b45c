"""What goes into derivation and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..contracts.codec import JsonValue
    from ..imaging import Image, Mask


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Which algorithm made an object, and how it was called.

    ``parameters`` are those that the algorithm ran with, defaults included; ``digest`` is that of
    its code.
    """

    algorithm_id: str
    version: str
    digest: str = ""
    parameters: Mapping[str, JsonValue] = field(default_factory=lambda: MappingProxyType({}))


class OutputItem(NamedTuple):
    """One output of an algorithm: its role among the outputs, unique, and its value."""

    role: str
    value: Image | Mask


@dataclass(frozen=True, kw_only=True)
class DerivedObject:
    """One DICOM file that was written."""

    role: str
    sop_instance_uid: str
    sop_class_uid: str
    path: Path
    sha256: str
