"""The registry contract: one record per algorithm, changed by one at a time.

Guarantees, each with a test in :class:`mip.testing.RegistryConformance`
-----------------------------------------------------------------------
* ``create`` records an algorithm once; the record of a deleted one (``DELETED``) is replaced, and
  its ``revision`` goes on from there.
* ``-`` and ``_`` forms of an id name the same record; answers have the form with ``-``.
* ``replace`` writes a record that was read at its ``revision``, and raises that by one; when
  somebody else wrote meanwhile it changes nothing (``RegistryConflictError``). So of two changes
  at a time none is lost.
* ``records`` answers in the order of ids, and pages by id; deleted ones only when asked to.
* What a returned call recorded survives a crash of any process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..contracts import AlgorithmRecord


class Registry(Protocol):
    """Algorithms on record; every guarantee is in the module's docstring."""

    async def create(self, record: AlgorithmRecord) -> AlgorithmRecord:
        """Record an algorithm; return the record with its ``revision``.

        Raises
        ------
        AlreadyRegisteredError
            One that is not ``DELETED`` has this id.
        """
        ...

    async def get(self, algorithm_id: str) -> AlgorithmRecord:
        """Return a record, also of a deleted algorithm.

        Raises
        ------
        NotRegisteredError
            There is none.
        """
        ...

    async def replace(self, record: AlgorithmRecord) -> AlgorithmRecord:
        """Write a changed record; ``revision`` is the one that it was read with.

        Returns
        -------
        AlgorithmRecord
            With its new revision.

        Raises
        ------
        NotRegisteredError
            There is none.
        RegistryConflictError
            It has another revision by now; read it again.
        """
        ...

    async def records(
        self, *, with_deleted: bool = False, limit: int = 100, after: str | None = None
    ) -> list[AlgorithmRecord]:
        """Return records by id; ``after`` pages on."""
        ...

    async def aclose(self) -> None:
        """Release files and threads."""
        ...
