"""The client contract: who may ask, and how far each has been told its results.

Guarantees, each with a test in :class:`mip.testing.ClientStoreConformance`
--------------------------------------------------------------------------
* ``create`` records a client once; a second call answers the first record.
* ``advance`` notes that a client was given its results up to a ``seq``; it never goes back, and
  works for clients that nobody created (those of anonymous use).
* ``delivered`` answers 0 for a client that was never given anything.
* What a returned call recorded survives a crash of any process.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class ClientRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A client that asked for an identity. Instants are seconds since 1970."""

    client_id: str
    created_at: float
    delivered_seq: int = 0


class ClientStore(Protocol):
    """Clients; every guarantee is in the module's docstring."""

    async def create(self, client_id: str) -> ClientRecord:
        """Record a client."""
        ...

    async def delivered(self, client_id: str) -> int:
        """Return the ``seq`` up to which a client was given its results."""
        ...

    async def advance(self, client_id: str, *, seq: int) -> None:
        """Note that a client was given its results up to ``seq``."""
        ...

    async def aclose(self) -> None:
        """Release files and threads."""
        ...
