"""What the platform knows of an algorithm without loading its code."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

import msgspec

from .codec import JsonValue
from .ids import canonical_algorithm_id
from .images import Scope

Runtime: TypeAlias = Literal["python", "native", "foreign"]

DEFAULT_TIMEOUT_SECONDS = 600.0
DEFAULT_MEMORY_BYTES = 4 * 1024**3

_VERSION = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.+_-]{0,62}[0-9A-Za-z])?")


class AlgorithmSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An algorithm as registered: ``id@version``, its inputs and its parameters.

    ``parameters`` is an object schema in the subset of :mod:`mip.contracts.parameters`;
    ``digest`` is the SHA-256 of the code, so that equal versions of unequal code differ.
    """

    id: str
    version: str
    scope: Scope = "image"
    runtime: Runtime = "python"
    description: str = ""
    parameters: dict[str, JsonValue] = {}
    digest: str = ""
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    memory_bytes: int = DEFAULT_MEMORY_BYTES


def is_valid_version(text: str) -> bool:
    """Tell whether ``text`` can be a version: 1-64 letters, digits and ``. + _ -`` inside."""
    return _VERSION.fullmatch(text) is not None


def request_queue(algorithm_id: str) -> str:
    """Name the queue that jobs of an algorithm travel on."""
    return f"mip-{canonical_algorithm_id(algorithm_id)}-requests.fifo"


def output_key(algorithm_id: str, sop_instance_uid: str) -> str:
    """Name a derived object in its store: equal work has equal UIDs, and so an equal key."""
    return f"{algorithm_id}/{sop_instance_uid}.dcm"


RESULTS_QUEUE = "ResultsQueue.fifo"
"""The one queue of results of every algorithm, ordered per client."""
