"""Workers: from a message to a stored result.

The names below are loaded on first use, so that ``import mip.worker`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .authoring import Algorithm, algorithm
    from .children import ChildLimits, ChildPool
    from .loading import known_algorithms, load_algorithm, not_installed
    from .messages import DerivedFile, ProcessReport, ProcessRequest
    from .options import WorkerOptions
    from .outputs import Returned
    from .processor import BaseProcessor
    from .service import Worker, run_worker

_HOMES = {
    "Algorithm": "authoring",
    "BaseProcessor": "processor",
    "ChildLimits": "children",
    "ChildPool": "children",
    "DerivedFile": "messages",
    "ProcessReport": "messages",
    "ProcessRequest": "messages",
    "Returned": "outputs",
    "Worker": "service",
    "WorkerOptions": "options",
    "algorithm": "authoring",
    "known_algorithms": "loading",
    "load_algorithm": "loading",
    "not_installed": "loading",
    "run_worker": "service",
}

__all__ = [
    "Algorithm",
    "BaseProcessor",
    "ChildLimits",
    "ChildPool",
    "DerivedFile",
    "ProcessReport",
    "ProcessRequest",
    "Returned",
    "Worker",
    "WorkerOptions",
    "algorithm",
    "known_algorithms",
    "load_algorithm",
    "not_installed",
    "run_worker",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'mip.worker' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
