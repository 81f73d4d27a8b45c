"""Which files are images, and which of them belong to one job."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ..errors import InstanceNotFoundError, MipError, NotDicomError, PacsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..contracts import Scope
    from ..dicom import InstanceHeader

_CLAIM: Final = ".dcm"
"""A file whose name ends so is meant to be an image, whatever is in it."""

_NOWHERE: Final = frozenset({errno.ENOENT, errno.ELOOP})
_SPECIAL: Final = "not a regular file"


@dataclass(frozen=True, kw_only=True)
class Input:
    """The files of one job, and what they are called in reports."""

    label: str
    paths: tuple[Path, ...]
    scope: Scope


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """One element of ``left_out`` in ``--json``: something in a folder that is no input."""

    input: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """The inputs in a stable order, and what of the folders is none."""

    inputs: tuple[Input, ...]
    left_out: tuple[LeftOut, ...] = ()


@dataclass(kw_only=True)
class _Collection:
    singles: list[Path] = field(default_factory=list)
    series: dict[str, list[Path]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)

    def leave_out(self, path: str | Path, reason: str) -> None:
        self.left_out.append(LeftOut(input=display(path), reason=reason))


def find_inputs(paths: Iterable[Path], *, scope: Scope, exclude: Path) -> Found:
    """Look through files and folders for images.

    Parameters
    ----------
    paths : iterable of Path
        Files are taken as they are: one that is not an image fails as a job. Folders are looked
        through to the bottom, without what begins with a dot; what is no image there is left
        out and named, with the reason. A file that says it is an image, by its name or by what
        is in it, is an input also when it is damaged or cut short, so that it fails.
    scope : {"image", "series"}
        With ``series``, files are grouped by Series Instance UID; one that cannot be read is a
        job of its own, so that it ends in a failure and not in silence.
    exclude : Path
        A folder not to look into: where outputs go, which are no inputs of the next run.
    """
    collection = _Collection()
    seen: set[Path] = set()
    for path, is_asked_for in _files(
        paths, exclude=exclude.resolve(), leave_out=collection.leave_out
    ):
        real = _real(path)
        if real not in seen:
            seen.add(real)
            _collect(collection, path, scope=scope, is_asked_for=is_asked_for)
    singles = [
        Input(label=display(path), paths=(path,), scope=scope)
        for path in sorted(collection.singles)
    ]
    series = [
        Input(label=_series_label(uid, members), paths=tuple(sorted(members)), scope=scope)
        for uid, members in collection.series.items()
    ]
    return Found(
        inputs=tuple(sorted((*singles, *series), key=lambda item: item.label)),
        left_out=tuple(sorted(collection.left_out, key=lambda each: each.input)),
    )


def content_digest(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises
    ------
    InstanceNotFoundError, PacsError
        It is gone, or cannot be read.
    NotDicomError
        It is a pipe, a device or a folder.
    """
    if _not_a_file(path) == _SPECIAL:
        raise NotDicomError(f"expected a DICOM file, got no regular file: {display(path)}")
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise InstanceNotFoundError(f"{path}: the file is gone") from None
    except OSError as error:
        raise PacsError(f"{path} cannot be read: {error.strerror}") from error


def content_digests(paths: Iterable[Path]) -> list[str]:
    """Return the SHA-256 of each file, sorted, so that the order of a series does not matter.

    Raises
    ------
    InstanceNotFoundError, PacsError, NotDicomError
        As ``content_digest``.
    """
    return sorted(map(content_digest, paths))


def display(path: str | Path) -> str:
    """Return a path as text that can be written anywhere, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _files(
    paths: Iterable[Path], *, exclude: Path, leave_out: Callable[[str | Path, str], None]
) -> Iterator[tuple[Path, bool]]:
    def complain(error: OSError) -> None:
        leave_out(error.filename, "the folder cannot be read")

    for path in paths:
        if not path.is_dir():
            yield path, True
            continue
        for folder, folders, names in os.walk(path, onerror=complain):
            folders[:] = sorted(
                name
                for name in folders
                if not name.startswith(".") and _real(Path(folder, name)) != exclude
            )
            for name in folders:
                if (link := Path(folder, name)).is_symlink():  # os.walk does not go there
                    leave_out(link, "a link to a folder, which is not followed")
            for name in sorted(names):
                file = Path(folder, name)
                if name.startswith("."):
                    continue
                if reason := _not_a_file(file):
                    leave_out(file, reason)
                else:
                    yield file, False


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # links that lead round in a circle
        return path.absolute()


def _not_a_file(path: Path) -> str:
    """Say why there is no file to open; a pipe or device would block whoever opens it."""
    try:
        return "" if stat.S_ISREG(path.stat().st_mode) else _SPECIAL
    except OSError as error:  # of others, whoever opens it says why
        return "a link that leads nowhere" if error.errno in _NOWHERE else ""


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _collect(collection: _Collection, path: Path, *, scope: Scope, is_asked_for: bool) -> None:
    from ..dicom import read_header  # noqa: PLC0415 - decoders are not loaded to show --help

    if is_asked_for and (scope == "image" or not _is_regular(path)):
        collection.singles.append(path)
        return
    try:
        header = read_header(path)
    except NotDicomError:
        if is_asked_for or path.suffix.lower() == _CLAIM:
            collection.singles.append(path)
        else:
            collection.leave_out(path, "not DICOM")
    except MipError:
        collection.singles.append(path)
    else:
        _collect_readable(collection, path, header, scope=scope, is_asked_for=is_asked_for)


def _collect_readable(
    collection: _Collection,
    path: Path,
    header: InstanceHeader,
    *,
    scope: Scope,
    is_asked_for: bool,
) -> None:
    is_image = header.rows is not None and header.columns is not None
    if not (is_image or is_asked_for or header.is_incomplete):
        collection.leave_out(path, "not an image")
    elif scope == "image" or not is_image or header.series_uid is None:
        collection.singles.append(path)
    else:
        collection.series.setdefault(header.series_uid, []).append(path)


def _series_label(uid: str, members: list[Path]) -> str:
    folder = os.path.commonpath([str(path.parent) for path in members])
    return f"{display(folder)} (series {uid})"
