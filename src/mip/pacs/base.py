"""The PACS contract: find images, bring them to a local file, and send objects back.

Guarantees, each with a test in :class:`mip.testing.PacsConformance`
-------------------------------------------------------------------
* An id of a client never becomes a path or URL outside the PACS: whatever it contains, the answer
  is an instance of this PACS or ``InstanceNotFoundError``.
* ``resolve`` answers the instances that a reference names: one for an image; for a series all, in
  a stable order (by instance UID), or exactly ``instance_uids`` when the reference pins them.
* Each instance of a series is resolved, by itself, by the ids of study and series that it was
  asked for by and its ``image_id``.
* ``fetch`` gives a whole file or raises; it never gives part of one.
* A PACS that is down or slow is a ``PacsError`` (try again); one that says that there is no such
  instance is an ``InstanceNotFoundError`` (do not).
* Who is not let in gets a ``PacsAuthError``, and what the PACS understood and does not do is a
  ``PacsRefusedError``; neither is worth the same try again.
* A PACS answers for itself alone: a reference with a ``server`` is found by the PACS that has
  several by name, and by no other.

Of those that know ids as paths, in :class:`mip.testing.PathIdsConformance`

* An instance that cannot be read as DICOM is still resolved by path: that it is broken is for the
  decoder to say, so that its job ends in a result.

Of those that take objects too (``Archive``), in :class:`mip.testing.ArchiveConformance`

* ``send`` answers for each file, in their order, whether it is stored; it never says so of one
  that is not.
* An instance is known by its SOP Instance UID: sent twice, it is there once, and both times the
  answer is that it is.
* A file that is no DICOM instance is refused by itself; the others are stored.
* An archive that is down is a ``PacsError`` (send again), whatever part it had taken.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, runtime_checkable

import msgspec

from ..errors import InstanceNotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..contracts import ImageReference


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """One stored DICOM instance.

    ``locator`` is the adapter's own handle (a path relative to the folder, a URL path); UIDs are
    None when the file could not be read, or need not be because a path named it. ``path_id`` is
    of a series that was found by paths.
    """

    locator: str
    study_uid: str | None = None
    series_uid: str | None = None
    instance_uid: str | None = None
    path_id: str | None = None

    @property
    def image_id(self) -> str:
        """What names it beside the ids of study and series that its series was asked for by.

        Empty when neither its series was asked for nor its UID is known.
        """
        return self.path_id or self.instance_uid or ""


class SeriesSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A series in a listing; no patient data."""

    study_uid: str
    series_uid: str
    modality: str
    instances: int


SendStatus: TypeAlias = Literal["stored", "exists", "refused", "failed"]


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file that was sent.

    ``stored`` and ``exists`` mean that the archive has it now; ``refused`` that it will not take
    it, and ``failed`` that sending it again may help, for ``reason``. ``instance_uid`` is None
    when the file could not be read.
    """

    instance_uid: str | None
    status: SendStatus
    reason: str = ""


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
        """List the instances of a series, sorted by instance UID; empty when there is none.

        What came within the last seconds may be missing; ``resolve`` has it.
        """
        ...

    async def aclose(self) -> None:
        """Release connections."""
        ...


@runtime_checkable
class Archive(Protocol):
    """A store that takes DICOM instances; every guarantee is in the module's docstring."""

    async def send(self, paths: Sequence[Path]) -> list[Sent]:
        """Send files, and tell of each whether the archive has it.

        Raises
        ------
        PacsError
            The archive did not answer; what was stored is found stored when it is sent again.
        PacsAuthError
            It does not let us in.
        """
        ...


@runtime_checkable
class InstanceIndex(Protocol):
    """What a PACS is, too, that finds an instance by its own UID alone."""

    async def find_instance(self, instance_uid: str) -> Instance | None:
        """Return the instance with this UID, or None; of several the first by locator.

        Raises
        ------
        PacsError
            The PACS did not answer; trying again may help.
        """
        ...


def refuse_server(reference: ImageReference) -> None:
    """Refuse a reference to one of several PACSes, where there is only one without a name.

    Raises
    ------
    InstanceNotFoundError
        It names one.
    """
    if reference.server is not None:
        raise InstanceNotFoundError(
            "expected an image of the only PACS here, got one of a PACS by name; leave server out, "
            "or configure several: docs/pacs.md"
        )
