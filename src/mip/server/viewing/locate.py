"""Which instance a caller means, and whether it is one that they may see."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio.to_thread
import msgspec

from ...contracts import PathReference, UidReference, decode_reference, is_valid_uid
from ...errors import InstanceNotFoundError, InvalidRequestError
from ...pacs import InstanceIndex
from .held import held_object

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ...clock import Clock
    from ...contracts import ImageReference, Output
    from ...pacs import Instance, Pacs
    from ...state import JobStore
    from ...storage import ObjectStore
    from ..access import Caller

REMEMBERED_SECONDS: Final = 60.0
"""For so long an instance of a PACS is taken to have the content that it had."""
MAX_REMEMBERED: Final = 10_000
_CHUNK_BYTES: Final = 1024**2


class InstanceName(msgspec.Struct, frozen=True, kw_only=True):
    """How a caller names an instance: by its UID, or as an image of a study and a series."""

    instance: str
    study: str | None = None
    series: str | None = None


@dataclass(frozen=True, kw_only=True)
class Located:
    """An instance that the caller may see.

    Attributes
    ----------
    sha256 : str
        Of the file, 64 hexadecimal digits.
    hold : callable
        Returns a context in which there is a local file of it.
    """

    sha256: str
    hold: Callable[[], AbstractAsyncContextManager[Path]]


class Locator:
    """Finds instances among the results of a client, then in the PACS.

    Parameters
    ----------
    jobs : JobStore
        Knows the results.
    objects : ObjectStore
        Has them.
    pacs : Pacs
        Has all other images.
    clock : Clock
        Ends what is remembered.
    """

    def __init__(self, jobs: JobStore, *, objects: ObjectStore, pacs: Pacs, clock: Clock) -> None:
        self._jobs = jobs
        self._objects = objects
        self._pacs = pacs
        self._clock = clock
        self._digests: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def find(self, name: InstanceName, caller: Caller, *, client_id: str | None) -> Located:
        """Return the instance that a name means for a caller.

        Raises
        ------
        InstanceNotFoundError
            There is none, or it is the result of another client.
        InvalidRequestError
            The ids can be none.
        PacsError, StorageError
            The PACS or the store did not answer.
        """
        found = await self.result(name.instance, caller, client_id=client_id)
        return found or await self.image(name)

    async def result(
        self, instance_uid: str, caller: Caller, *, client_id: str | None
    ) -> Located | None:
        """Return a result of the client, or of anybody's for an operator, if it has this UID."""
        if not is_valid_uid(instance_uid):
            return None
        is_anybodys = caller.role == "operator" and client_id is None
        if not is_anybodys and client_id is None:
            return None
        output = await self._jobs.find_output(instance_uid, client_id=client_id)
        return None if output is None else await self.stored(output)

    async def stored(self, output: Output) -> Located:
        """Return an output of a result."""
        hold = partial(held_object, self._objects, output.key)
        return Located(sha256=output.sha256, hold=hold)

    async def image(self, name: InstanceName) -> Located:
        """Return an image of the PACS.

        Raises
        ------
        InstanceNotFoundError, InvalidRequestError, PacsError
            As :meth:`find`.
        """
        return await self.located(await self._instance(name))

    async def located(self, instance: Instance) -> Located:
        """Return an instance that the PACS has listed, with a digest of its content.

        Raises
        ------
        PacsError
            It is gone, or the PACS did not answer.
        """
        digest = await self._digest(instance)
        return Located(sha256=digest, hold=partial(self._pacs.fetch, instance))

    async def _instance(self, name: InstanceName) -> Instance:
        if name.study is not None and name.series is not None:
            reference = image_reference(name.study, name.series, name.instance)
            return (await self._pacs.resolve(reference))[0]
        found = None
        if isinstance(self._pacs, InstanceIndex) and is_valid_uid(name.instance):
            found = await self._pacs.find_instance(name.instance)
        if found is None:
            raise InstanceNotFoundError(
                "expected an instance that this server has, found none; "
                "name its study and series, too: ?study=…&series=…"
            )
        return found

    async def _digest(self, instance: Instance) -> str:
        known, until = self._digests.get(instance.locator, ("", 0.0))
        if known and until > self._clock.monotonic():
            return known
        async with self._pacs.fetch(instance) as path:
            digest = await anyio.to_thread.run_sync(_sha256, path)
        self._remember(instance, digest)
        return digest

    def _remember(self, instance: Instance, digest: str) -> None:
        until = self._clock.monotonic() + REMEMBERED_SECONDS
        self._digests[instance.locator] = (digest, until)
        self._digests.move_to_end(instance.locator)
        while len(self._digests) > MAX_REMEMBERED:
            self._digests.popitem(last=False)


def image_reference(study: str, series: str, image: str) -> ImageReference:
    """Return the reference of an image by ids of any form.

    Raises
    ------
    InvalidRequestError
        An id can be none; each is named.
    """
    if all(map(is_valid_uid, (study, series, image))):
        return UidReference(study_uid=study, series_uid=series, instance_uid=image)
    return _checked(PathReference(study_id=study, series_id=series, image_id=image))


def series_reference(study: str, series: str) -> ImageReference:
    """Return the reference of a series by ids of any form.

    Raises
    ------
    InvalidRequestError
        An id can be none; each is named.
    """
    if is_valid_uid(study) and is_valid_uid(series):
        return UidReference(study_uid=study, series_uid=series)
    return _checked(PathReference(study_id=study, series_id=series, scope="series"))


def _checked(reference: PathReference) -> ImageReference:
    checked, errors = decode_reference(msgspec.to_builtins(reference), strict=True, prefix="path")
    if checked is None:
        raise InvalidRequestError(errors)
    return checked


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
