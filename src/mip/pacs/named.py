"""Several PACSes by name: each reference goes to the one that it names, or to the default."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from ..errors import InstanceNotFoundError, SettingsError
from .base import Archive, InstanceIndex

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from ..contracts import ImageReference
    from .base import Instance, Pacs, SeriesSummary

SOURCE = "source"
"""What is sent goes to the PACS that the image came from."""


class NamedPacs:
    """PACSes by name; closes them.

    A locator is that of the PACS with its name before it, so that ``fetch`` finds the way back.

    Parameters
    ----------
    servers : mapping of str to Pacs
        Open ones.
    default : str
        Whom a reference without a name means, and whom listings are of.
    """

    def __init__(self, servers: Mapping[str, Pacs], *, default: str) -> None:
        self._servers = servers
        self._default = default

    def named(self, name: str | None) -> Pacs:
        """Return the PACS of a name; the default one for None.

        Raises
        ------
        InstanceNotFoundError
            There is none.
        """
        found = self._servers.get(self._default if name is None else name)
        if found is None:
            known = ", ".join(sorted(self._servers))
            raise InstanceNotFoundError(f"expected server to be one of {known}, got {name!r}")
        return found

    @property
    def servers(self) -> Mapping[str, Pacs]:
        """All of them."""
        return self._servers

    async def resolve(self, reference: ImageReference) -> list[Instance]:
        """Return the instances that ``reference`` names, of the PACS that it names."""
        name = reference.server or self._default
        pacs = self.named(reference.server)
        found = await pacs.resolve(msgspec.structs.replace(reference, server=None))
        return [self._with_name(instance, name) for instance in found]

    def fetch(self, instance: Instance) -> AbstractAsyncContextManager[Path]:
        """Hold a local file, of the PACS that resolved it."""
        name, _, locator = instance.locator.partition(":")
        return self.named(name).fetch(replace(instance, locator=locator))

    async def series(self, study_uid: str | None = None) -> list[SeriesSummary]:
        """List series of the default PACS."""
        return await self.named(None).series(study_uid)

    async def instances(self, study_uid: str, series_uid: str) -> list[Instance]:
        """List the instances of a series of the default PACS."""
        found = await self.named(None).instances(study_uid, series_uid)
        return [self._with_name(instance, self._default) for instance in found]

    async def find_instance(self, instance_uid: str) -> Instance | None:
        """Return the instance with this UID of a PACS that can tell, the default one first."""
        names = sorted(self._servers, key=lambda name: name != self._default)
        for name in names:
            pacs = self._servers[name]
            if isinstance(pacs, InstanceIndex):
                found = await pacs.find_instance(instance_uid)
                if found is not None:
                    return self._with_name(found, name)
        return None

    async def aclose(self) -> None:
        """Close all of them, also when one cannot be closed."""
        async with AsyncExitStack() as stack:
            for pacs in self._servers.values():
                stack.push_async_callback(pacs.aclose)

    def _with_name(self, instance: Instance, name: str) -> Instance:
        return replace(instance, locator=f"{name}:{instance.locator}")


def find_archive(pacs: Pacs, name: str | None) -> Archive:
    """Return the archive that is meant by a name; the PACS itself, or the default one, for None.

    Raises
    ------
    SettingsError
        There is none of that name, or it takes no objects.
    """
    if isinstance(pacs, NamedPacs):
        try:
            pacs = pacs.named(name)
        except InstanceNotFoundError as error:
            raise SettingsError(str(error)) from error
    elif name is not None:
        raise SettingsError(
            f"expected several PACSes by name (config:FILE) to send to {name!r}, got one"
        )
    if not isinstance(pacs, Archive):
        raise SettingsError(
            "expected a PACS that takes objects (dicomweb: or folder:), got one that does not"
        )
    return pacs


def check_archives(pacs: Pacs, policy: str) -> None:
    """Check at the start that whatever ``policy`` may name can be sent to.

    Raises
    ------
    SettingsError
        It cannot.
    """
    if policy != SOURCE:
        find_archive(pacs, policy)
        return
    names = pacs.servers if isinstance(pacs, NamedPacs) else [None]
    for name in names:
        find_archive(pacs, name)
