"""The object-store contract: immutable objects under keys, created once.

Guarantees, each with a test in :class:`mip.testing.StorageConformance`
----------------------------------------------------------------------
* An object is whole or absent: no reader and no crash sees part of one.
* ``put`` creates and never replaces. A key that has an equal object already is answered ``exists``,
  one that has a different object ``ObjectConflictError``; neither changes the object. Keys are
  derived from what an object is made from, so a different one is damaged, or was made by an
  algorithm that changed without a new version or does not always give the same.
* An object whose ``put`` returned is on disk.
* ``fetch`` gives the copy the object's own time of modification, the same at every fetch.
* A key is 1-512 of ``A-Z a-z 0-9 . _ - /``, no empty, ``.`` or ``..`` segment; any other is a
  ``ValueError`` before anything is touched.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import msgspec

PutOutcome: TypeAlias = Literal["created", "exists"]

MAX_KEY_LENGTH = 512
_KEY = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")


class ObjectUrl(msgspec.Struct, frozen=True, kw_only=True):
    """Where a client can read an object; ``expires_at`` (ISO 8601) is None when it never ends."""

    url: str
    expires_at: str | None = None


class ObjectStore(Protocol):
    """Objects by key; every guarantee is in the module's docstring."""

    @property
    def bucket(self) -> str:
        """Return the name that results give this store."""
        ...

    @property
    def staging(self) -> Path | None:
        """Return a folder where a file can be written that ``put`` takes without a copy, if any."""
        ...

    async def put(self, key: str, path: Path) -> PutOutcome:
        """Store the file at ``path``, which is taken over and may be gone afterwards.

        Raises
        ------
        ObjectConflictError
            The key has an object whose bytes are different.
        StorageError
            Full, unreachable or not allowed.
        """
        ...

    async def fetch(self, key: str, destination: Path) -> None:
        """Copy an object into the file ``destination``, which must not exist.

        Raises
        ------
        ObjectNotFoundError
            There is no such object.
        """
        ...

    async def exists(self, key: str) -> bool:
        """Tell whether there is such an object."""
        ...

    async def url(self, key: str) -> ObjectUrl:
        """Make a URL for reading, new at each call; the object need not exist."""
        ...

    async def aclose(self) -> None:
        """Release connections."""
        ...


def check_key(key: str) -> str:
    """Return ``key`` when it is allowed.

    Raises
    ------
    ValueError
        It is not.
    """
    if len(key) > MAX_KEY_LENGTH or _KEY.fullmatch(key) is None:
        raise ValueError(
            f"expected an object key of 1-{MAX_KEY_LENGTH} letters, digits, . _ - in segments "
            "joined by single slashes"
        )
    return key
