"""The worker contract: which workers live, as they say themselves.

Guarantees, each with a test in :class:`mip.testing.WorkerStoreConformance`
--------------------------------------------------------------------------
* ``beat`` records a worker or replaces what it said before; of ``running`` it keeps the first
  :data:`MAX_RUNNING`.
* ``workers`` answers all, or those of one algorithm (``-`` and ``_`` forms of its id are the
  same), by name; how old a beat may be is for the reader to say (``since``).
* ``forget`` removes a worker that has ended, and ``forget_silent`` those that have been silent
  since an instant.
* Every process that opens the store sees what a returned call recorded.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class WorkerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A worker, as it last said. Instants are seconds since 1970.

    Attributes
    ----------
    name : str
        Unique to one run of one worker.
    slot : str
        The place that a provisioner started it for; empty when it was started by hand.
    running : tuple of str
        Keys of the jobs that it works on now.
    """

    name: str
    algorithm_id: str
    version: str = ""
    host: str
    pid: int
    slot: str = ""
    concurrency: int
    started_at: float
    seen_at: float
    running: tuple[str, ...] = ()


MAX_RUNNING = 100
"""Keys of running jobs that are kept of a worker: enough to show, and beats stay small."""


class WorkerStore(Protocol):
    """Workers that live; every guarantee is in the module's docstring."""

    async def beat(self, record: WorkerRecord) -> None:
        """Record a sign of life."""
        ...

    async def workers(
        self, *, algorithm_id: str | None = None, since: float = 0.0
    ) -> list[WorkerRecord]:
        """Return workers heard of at or after ``since``, by name."""
        ...

    async def forget(self, name: str) -> None:
        """Remove a worker that has ended."""
        ...

    async def forget_silent(self, *, before: float) -> int:
        """Remove workers not heard of since an instant; return how many."""
        ...

    async def aclose(self) -> None:
        """Release files and threads."""
        ...
