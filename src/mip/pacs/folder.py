"""A folder of DICOM files as a PACS.

Path ids are looked up in the file system, so that a job on one file never waits for an index of
ten thousand. UIDs are looked up in an index of headers, in memory, which is brought up to date
when it has no answer or an outdated one. Only a scan that began after the question may say that
there is no such instance. Scans are shared by all who wait, and followed by a pause of five times
what they cost, so that asking for what does not exist cannot keep the disk busy.

The series of a UID reference is the one on disk when it is asked for, which needs a scan; that of
a path reference is its folder, which does not.

Files should be moved into the folder, not written in place: one that is half written is read as it
is, found broken, and read again when it has changed.
"""

from __future__ import annotations

import math
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread
from msgspec.structs import replace

from ..contracts import PathReference, UidReference
from ..dicom import read_header
from ..errors import InstanceNotFoundError, SettingsError
from .base import Instance, refuse_server
from .catalog import Catalog, members_of_folder, pick
from .deposit import deposit
from .paths import as_uids, image_paths, series_paths
from .scan import Scanner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from ..clock import Clock
    from ..contracts import ImageReference
    from ..dicom import InstanceHeader
    from .base import Sent, SeriesSummary
    from .catalog import Entry, IndexStats

MIN_PAUSE_SECONDS = 0.2
MAX_PAUSE_SECONDS = 1.0
PAUSE_PER_SCAN_SECOND = 5.0
MAX_THREADS = 4
LOCATED_SECONDS = 1.0
"""For so long a file that was found is taken to be there: a job opens it later in any case."""
FRESH_SECONDS = 2.0
"""For so long a series that a scan has found is listed without another: who lists a study asks for
each of its series in turn."""
MAX_LOCATED = 10_000

_T = TypeVar("_T")


class FolderPacs:
    """DICOM files below a root; made by :meth:`open`.

    Parameters
    ----------
    root : Path
        Absolute and free of links.
    clock : Clock
        Paces the scans.
    read : callable
        Reads the header of a file, with bounds on what it costs.
    sleep : callable
        Waits some seconds.
    """

    def __init__(
        self,
        root: Path,
        *,
        clock: Clock,
        read: Callable[[Path], InstanceHeader] = read_header,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._root = root
        self._scanner = Scanner(root, read=read)
        self._clock = clock
        self._sleep = sleep
        self._limiter = anyio.CapacityLimiter(MAX_THREADS)
        self._scanning = anyio.Lock()
        self._catalog = Catalog()
        self._located: dict[str, float] = {}
        self._scans_begun = 0
        self._scans_done = 0
        self._scan_allowed_at = clock.monotonic()
        self._scanned_at = -math.inf

    @classmethod
    async def open(cls, root: Path, *, clock: Clock) -> FolderPacs:
        """Open the folder ``root``; a leading ``~`` is the home folder, as in a shell.

        Raises
        ------
        SettingsError
            It is not a folder.
        """
        return cls(await anyio.to_thread.run_sync(existing_folder, root), clock=clock)

    def check(self) -> None:
        """Look whether the folder is there; this blocks for as long as its disk takes.

        Raises
        ------
        PacsError
            It is not, such as a lost mount.
        """
        self._scanner.check_root()

    @property
    def stats(self) -> IndexStats:
        """Return what the last scan found; all zero before the first."""
        return self._catalog.stats

    async def resolve(self, reference: ImageReference) -> list[Instance]:
        """Return the instances that ``reference`` names."""
        refuse_server(reference)
        entries = await self._resolve(reference)
        if not entries:
            raise InstanceNotFoundError(
                f"expected the {reference.scope} that the request names, found none in the folder"
            )
        return entries

    @asynccontextmanager
    async def fetch(self, instance: Instance) -> AsyncIterator[Path]:
        """Hold the file itself, which must not be changed."""
        located_at = self._located.get(instance.locator, -math.inf)
        if self._clock.monotonic() - located_at < LOCATED_SECONDS:
            yield self._root / instance.locator
            return
        locator = await self._in_thread(partial(self._scanner.locate_file, instance.locator))
        if locator is None:
            await self._in_thread(self._scanner.check_root)
            raise InstanceNotFoundError("expected the file of an instance, found none")
        yield self._root / locator

    async def series(self, study_uid: str | None = None) -> list[SeriesSummary]:
        """List series, of one study or of all, sorted by (study, series) UID."""
        return (await self._scanned()).series(study_uid)

    async def instances(self, study_uid: str, series_uid: str) -> list[Instance]:
        """List the instances of a series, sorted by instance UID, no older than two seconds."""
        age = self._clock.monotonic() - self._scanned_at
        if age < FRESH_SECONDS and (known := self._catalog.instances(study_uid, series_uid)):
            return known
        return (await self._scanned()).instances(study_uid, series_uid)

    async def find_instance(self, instance_uid: str) -> Instance | None:
        """Return the instance with this UID, or None."""
        entry = self._catalog.find_instance(instance_uid)
        if entry is None or not await self._are_current([entry]):
            entry = (await self._scanned()).find_instance(instance_uid)
        return None if entry is None else entry.instance

    async def send(self, paths: Sequence[Path]) -> list[Sent]:
        """Copy files to ``study/series/instance.dcm``, each by its UIDs."""
        await self._in_thread(self._scanner.check_root)
        return [await self._in_thread(partial(deposit, self._root, path)) for path in paths]

    async def aclose(self) -> None:
        """Do nothing: no file is kept open."""

    async def _resolve(self, reference: ImageReference) -> list[Instance]:
        uids: UidReference | None
        if isinstance(reference, PathReference):
            found = await self._in_thread(partial(self._by_path, reference))
            if found:
                return found
            uids = as_uids(reference)
            if uids is None:
                await self._in_thread(self._scanner.check_root)
                return []
        else:
            uids = reference
        return [entry.instance for entry in await self._by_uids(uids)]

    def _by_path(self, reference: PathReference) -> list[Instance]:
        if reference.scope == "series":
            return self._series_by_path(reference)
        for path in image_paths(reference):
            if self._is_of_another_study(path, reference):
                break
            locator = self._scanner.locate_file(path)
            if locator is not None:
                self._note_located(locator)
                return [Instance(locator=locator)]
        return []

    def _note_located(self, locator: str) -> None:
        """Spare the fetch that follows at once a second look at the same file."""
        if len(self._located) >= MAX_LOCATED:
            self._located.clear()
        self._located[locator] = self._clock.monotonic()

    def _is_of_another_study(self, path: str, reference: PathReference) -> bool:
        """Tell whether a name alone was found, and the study has a folder that it is not in.

        Else a job whose series is mistyped would run on a file of another patient that happens
        to have the image's name.
        """
        return "/" not in path and self._scanner.is_folder(reference.study_id)

    def _series_by_path(self, reference: PathReference) -> list[Instance]:
        whole = f"{reference.study_id}/{reference.series_id}"
        for path in series_paths(reference):
            if self._is_of_another_study(path, reference):
                break
            files = self._scanner.read_folder(path)
            members = members_of_folder(files.values())
            if reference.instance_uids is not None:
                by_uid = {entry.instance_uid: entry for entry in members if entry.instance_uid}
                members = pick(by_uid, reference.instance_uids) or []
            if members:
                # A path with a slash is looked up below the root, too.
                prefix = "" if path == whole else f"{path}/"
                ids = {entry.locator: f"{prefix}{name}" for name, entry in files.items()}
                return [replace(each.instance, path_id=ids[each.locator]) for each in members]
        return []

    async def _by_uids(self, reference: UidReference) -> list[Entry]:
        is_whole_series = reference.scope == "series" and reference.instance_uids is None
        if not is_whole_series:
            known = self._catalog.find(reference) or []
            if known and await self._are_current(known):
                return known
        return (await self._scanned()).find(reference) or []

    async def _are_current(self, entries: list[Entry]) -> bool:
        return await self._in_thread(lambda: all(map(self._scanner.is_current, entries)))

    async def _scanned(self) -> Catalog:
        """Return the catalog of a scan that began after this call."""
        needed = self._scans_begun + 1
        async with self._scanning:
            if self._scans_done < needed:
                await self._scan()
            return self._catalog

    async def _scan(self) -> None:
        pause = self._scan_allowed_at - self._clock.monotonic()
        if pause > 0:
            await self._sleep(pause)
        self._scans_begun += 1
        number, begun_at = self._scans_begun, self._clock.monotonic()
        steps = self._scanner.scan()
        catalog = None
        try:
            while catalog is None:
                catalog = await self._in_thread(partial(next, steps))
        finally:
            seconds = self._clock.monotonic() - begun_at
            self._scan_allowed_at = begun_at + _pause_after(seconds)
        self._catalog = catalog
        self._scanned_at = begun_at
        self._scans_done = number

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)


def existing_folder(path: Path) -> Path:
    """Return the real path of a folder.

    Raises
    ------
    SettingsError
        There is none, or it is no folder.
    """
    try:
        root = path.expanduser().resolve(strict=True)
        if root.is_dir():
            return root
    except (OSError, RuntimeError):
        pass
    raise SettingsError(f"expected a PACS folder that exists, got {str(path)!r}")


def _pause_after(scan_seconds: float) -> float:
    """Return how long after its beginning a scan may be followed by the next."""
    return min(max(MIN_PAUSE_SECONDS, PAUSE_PER_SCAN_SECOND * scan_seconds), MAX_PAUSE_SECONDS)
