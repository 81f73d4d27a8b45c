"""The PACS contract: find images, and bring them to a local file.

Guarantees, each with a test in :class:`mip.testing.PacsConformance`
-------------------------------------------------------------------
* An id of a client never becomes a path or URL outside the PACS: whatever it contains, the answer
  is an instance of this PACS or ``InstanceNotFoundError``.
* ``resolve`` answers the instances that a reference names: one for an image; for a series all, in
  a stable order (by instance UID), or exactly ``instance_uids`` when the reference pins them.
* ``fetch`` gives a whole file or raises; it never gives part of one.
* A PACS that is down or slow is a ``PacsError`` (try again); one that says that there is no such
  instance is an ``InstanceNotFoundError`` (do not).
* An instance that cannot be read as DICOM is still resolved by path: that it is broken is for the
  decoder to say, so that its job ends in a result.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from ..contracts import ImageReference


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """One stored DICOM instance.

    ``locator`` is the adapter's own handle (a path relative to the folder, a URL path); UIDs are
    None when the file could not be read, or need not be because a path named it.
    """

    locator: str
    study_uid: str | None = None
    series_uid: str | None = None
    instance_uid: str | None = None


class SeriesSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A series in a listing; no patient data."""

    study_uid: str
    series_uid: str
    modality: str
    instances: int


class Pacs(Protocol):
    """A source of DICOM instances; every guarantee is in the module's docstring."""

    async def resolve(self, reference: ImageReference) -> list[Instance]:
        """Return the instances that ``reference`` names.

        Raises
        ------
        InstanceNotFoundError
            There is none, or one that the reference pins is missing.
        PacsError
            The PACS did not answer; trying again may help.
        """
        ...

    def fetch(self, instance: Instance) -> AbstractAsyncContextManager[Path]:
        """Hold a local file of ``instance`` for the length of the context.

        The file must not be changed: it may be the PACS's own.

        Raises
        ------
        InstanceNotFoundError, PacsError
            As for ``resolve``, on entering.
        """
        ...

    async def series(self, study_uid: str | None = None) -> list[SeriesSummary]:
        """List series, of one study or of all, sorted by (study, series) UID."""
        ...

    async def instances(self, study_uid: str, series_uid: str) -> list[Instance]:
        """List the instances of a series, sorted by instance UID; empty when there is none."""
        ...

    async def aclose(self) -> None:
        """Release connections."""
        ...
