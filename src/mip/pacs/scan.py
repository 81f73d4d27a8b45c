"""Look at the files below a root; blocking, for a thread.

A header is read once for each (path, mtime, size). Links are not followed when scanning: what a
link within the root leads to is found where it lies, and what lies outside is none of ours.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ..errors import DicomError, InstanceNotFoundError, NotDicomError, PacsError
from .catalog import Catalog, Entry
from .paths import PARTIAL_PREFIX, is_safe_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..dicom import InstanceHeader

FILES_PER_STEP = 256
"""Files between two chances to stop; reading the headers of so many takes about 0.1 s."""

# A file with such a name claims to be DICOM, whatever it holds.
_SUFFIXES = (".dcm", ".dicom", ".ima")
_DIRECTORY_FILE = "DICOMDIR"


class Scanner:
    """Read the files below ``root``, which is absolute and free of links.

    Methods may run in several threads at once, but for :meth:`scan`.
    """

    def __init__(self, root: Path, *, read: Callable[[Path], InstanceHeader]) -> None:
        self._root = root
        self._prefix = f"{root}/".replace("//", "/")
        self._read = read
        self._known: dict[str, Entry] = {}

    def check_root(self) -> None:
        """Raise :exc:`PacsError` when the root is not there, such as a lost mount."""
        if not self._root.is_dir():
            raise PacsError("the folder of the PACS is not there; mount it again")

    def locate(self, path: str) -> tuple[str, os.stat_result] | None:
        """Follow a path below the root to what it names, if that lies below the root too.

        Returns
        -------
        locator, status
            The path free of links, relative to the root, and what the file system says of it.

        Raises
        ------
        PacsError
            The file system did not answer.
        """
        if not is_safe_path(path):
            return None
        found = f"{self._prefix}{path}"
        try:
            # Most candidates do not exist: one call finds that out, following links takes many.
            status = os.stat(found)  # noqa: PTH116 - on the path of every job
            real = os.path.realpath(found, strict=True)
        except (FileNotFoundError, NotADirectoryError, UnicodeEncodeError):
            return None
        except OSError as error:
            if _is_no_path(error):
                return None
            raise PacsError(f"cannot read the PACS folder: {error.strerror}") from error
        locator = real.removeprefix(self._prefix)
        return None if locator == real else (locator, status)

    def locate_file(self, path: str) -> str | None:
        """Return the locator of a regular file; opening any other kind could hang."""
        found = self.locate(path)
        return found[0] if found and stat.S_ISREG(found[1].st_mode) else None

    def is_folder(self, path: str) -> bool:
        """Tell whether there is a folder of that path."""
        found = self.locate(path)
        return found is not None and stat.S_ISDIR(found[1].st_mode)

    def read_folder(self, path: str) -> dict[str, Entry]:
        """Read the headers of the files in one folder, by name; none when it is no folder.

        Raises
        ------
        PacsError
            The folder cannot be listed.
        """
        found = self.locate(path)
        if found is None or not stat.S_ISDIR(found[1].st_mode):
            return {}
        entries = {}
        try:
            names = os.listdir(self._root / found[0])  # noqa: PTH208 - names, not paths
        except OSError as error:
            raise PacsError(f"cannot list a folder of the PACS: {error.strerror}") from error
        for name in names:
            if _is_partial(name):
                continue
            locator = self.locate_file(f"{found[0]}/{name}")
            entry = self.read(locator) if locator is not None else None
            if entry is not None:
                entries[name] = entry
        return entries

    def is_current(self, entry: Entry) -> bool:
        """Tell whether the file is still the one that was read."""
        try:
            status = (self._root / entry.locator).lstat()
        except OSError:
            return False
        return (status.st_mtime_ns, status.st_size) == (entry.mtime_ns, entry.size)

    def scan(self) -> Iterator[Catalog | None]:
        """Read what is new, a step at a time: None after each step, the catalog at the end.

        What the steps read is kept when the scan is given up, so that the next is quicker.

        Raises
        ------
        PacsError
            The root is not there.
        """
        self.check_root()
        entries: dict[str, Entry] = {}
        for number, locator in enumerate(self._files(), start=1):
            is_folder = locator.endswith("/")
            entry = _unlisted(locator) if is_folder else self.read(locator)
            if entry is not None:
                entries[locator] = entry
            if number % FILES_PER_STEP == 0:
                yield None
        self.check_root()
        self._known = {k: v for k, v in dict(self._known).items() if k in entries}
        yield Catalog(entries.values())

    def read(self, locator: str) -> Entry | None:
        """Return what is known of a file, reading its header when it is new or has changed."""
        path = self._root / locator
        try:
            status = path.stat()
        except OSError:
            return None
        known = self._known.get(locator)
        stamp = (status.st_mtime_ns, status.st_size)
        if known is not None and (known.mtime_ns, known.size) == stamp:
            return known
        try:
            entry = _describe(locator, stamp, read=self._read, path=path)
        except InstanceNotFoundError:
            return None
        except PacsError:
            # Not allowed to, or the disk failed: it may be readable the next time.
            return Entry(locator=locator, mtime_ns=stamp[0], size=stamp[1], kind="broken")
        self._known[locator] = entry
        return entry

    def _files(self) -> Iterator[str]:
        """Yield all regular files, and with a final slash the folders that cannot be listed."""
        folders = [""]
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(self._root / folder) as listing:
                    found = list(listing)
            except FileNotFoundError:
                continue
            except OSError as error:
                if not folder:
                    raise PacsError(f"cannot list the PACS folder: {error.strerror}") from error
                # Such as lost+found: no reason to give up the rest, but a reason to count it.
                yield folder
                continue
            for entry in found:
                locator = f"{folder}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{locator}/")
                elif entry.is_file(follow_symlinks=False) and not _is_partial(entry.name):
                    yield locator


def _is_partial(name: str) -> bool:
    return name.startswith(PARTIAL_PREFIX)


def _describe(
    locator: str, stamp: tuple[int, int], *, read: Callable[[Path], InstanceHeader], path: Path
) -> Entry:
    entry = Entry(locator=locator, mtime_ns=stamp[0], size=stamp[1], kind="broken")
    other = replace(entry, kind="other")
    if path.name == _DIRECTORY_FILE:
        return other
    try:
        header = read(path)
    except NotDicomError:
        return entry if path.suffix.lower() in _SUFFIXES else other
    except DicomError:
        return entry
    if not (header.study_uid and header.series_uid and header.instance_uid):
        return entry
    return replace(
        entry,
        kind="instance",
        study_uid=header.study_uid,
        series_uid=header.series_uid,
        instance_uid=header.instance_uid,
        modality=header.modality,
    )


def _unlisted(locator: str) -> Entry:
    return Entry(locator=locator, mtime_ns=0, size=0, kind="broken")


def _is_no_path(error: OSError) -> bool:
    """Tell whether the path itself is at fault: too long, or a circle of links."""
    return error.errno in (errno.ENAMETOOLONG, errno.ELOOP)
