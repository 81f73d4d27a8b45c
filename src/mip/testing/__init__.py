"""Public conformance suites, scripted faults, recorded histories, a fake clock, damaged DICOM.

A third party's adapter proves itself by subclassing a suite and giving its fixtures. The names
below are loaded on first use: only the suites need pytest. :mod:`~mip.testing.faults` is a module.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import faults
    from .callbacks import CallbackStoreConformance
    from .clients import ClientStoreConformance
    from .clock import FakeClock
    from .dicom import DamagedFile, damaged_files, write_damaged
    from .history import RecordingTransport, check_history
    from .pacs import ArchiveConformance, PacsConformance, PathIdsConformance
    from .registry import RegistryConformance
    from .state import JobStoreConformance
    from .storage import StorageConformance
    from .transport import DurableTransportConformance, TransportConformance
    from .workers import WorkerStoreConformance

_HOMES = {
    "ArchiveConformance": "pacs",
    "CallbackStoreConformance": "callbacks",
    "ClientStoreConformance": "clients",
    "DamagedFile": "dicom",
    "DurableTransportConformance": "transport",
    "FakeClock": "clock",
    "JobStoreConformance": "state",
    "PacsConformance": "pacs",
    "PathIdsConformance": "pacs",
    "RecordingTransport": "history",
    "RegistryConformance": "registry",
    "StorageConformance": "storage",
    "TransportConformance": "transport",
    "WorkerStoreConformance": "workers",
    "check_history": "history",
    "damaged_files": "dicom",
    "write_damaged": "dicom",
}

__all__ = [
    "ArchiveConformance",
    "CallbackStoreConformance",
    "ClientStoreConformance",
    "DamagedFile",
    "DurableTransportConformance",
    "FakeClock",
    "JobStoreConformance",
    "PacsConformance",
    "PathIdsConformance",
    "RecordingTransport",
    "RegistryConformance",
    "StorageConformance",
    "TransportConformance",
    "WorkerStoreConformance",
    "check_history",
    "damaged_files",
    "faults",
    "write_damaged",
]


def __getattr__(name: str) -> object:
    if name == "faults":
        return import_module(".faults", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module 'mip.testing' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
