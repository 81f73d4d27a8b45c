"""Which files are images, and which of them belong to one job."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InstanceNotFoundError, MipError, NotDicomError, PacsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..contracts import Scope
    from ..dicom import InstanceHeader


@dataclass(frozen=True, kw_only=True)
class Input:
    """The files of one job, and what they are called in reports."""

    label: str
    paths: tuple[Path, ...]
    scope: Scope


@dataclass(frozen=True, kw_only=True)
class Found:
    """The inputs in a stable order, how many files of the folders are none, unreadable folders."""

    inputs: tuple[Input, ...]
    not_dicom: int = 0
    not_images: int = 0
    unreadable: tuple[str, ...] = ()


@dataclass(kw_only=True)
class _Collection:
    singles: list[Path] = field(default_factory=list)
    series: dict[str, list[Path]] = field(default_factory=dict)
    not_dicom: int = 0
    not_images: int = 0


def find_inputs(paths: Iterable[Path], *, scope: Scope, exclude: Path) -> Found:
    """Look through files and folders for images.

    Parameters
    ----------
    paths : iterable of Path
        Files are taken as they are: one that is not an image fails as a job. Folders are looked
        through to the bottom, without what begins with a dot; what is not DICOM there, or has no
        pixels, is counted and left out.
    scope : {"image", "series"}
        With ``series``, files are grouped by Series Instance UID; one that cannot be read is a
        job of its own, so that it ends in a failure and not in silence.
    exclude : Path
        A folder not to look into: where outputs go, which are no inputs of the next run.
    """
    collection = _Collection()
    seen: set[Path] = set()
    unreadable: list[str] = []
    files = _files(
        paths,
        exclude=exclude.resolve(),
        complain=lambda error: unreadable.append(display(error.filename)),
    )
    for path, is_asked_for in files:
        real = path.resolve()
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
        not_dicom=collection.not_dicom,
        not_images=collection.not_images,
        unreadable=tuple(unreadable),
    )


def content_digests(paths: Iterable[Path]) -> list[str]:
    """Return the SHA-256 of each file, sorted, so that the order of a series does not matter.

    Raises
    ------
    InstanceNotFoundError, PacsError
        A file is gone, or cannot be read.
    """
    return sorted(map(_sha256, paths))


def display(path: str | Path) -> str:
    """Return a path as text that can be written anywhere, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _files(
    paths: Iterable[Path], *, exclude: Path, complain: Callable[[OSError], None]
) -> Iterator[tuple[Path, bool]]:
    for path in paths:
        if not path.is_dir():
            yield path, True
            continue
        for folder, folders, names in os.walk(path, onerror=complain):
            folders[:] = sorted(
                name
                for name in folders
                if not name.startswith(".") and Path(folder, name).resolve() != exclude
            )
            for name in sorted(names):
                file = Path(folder, name)
                # A pipe or device among the files would block whoever opens it.
                if not name.startswith(".") and _is_regular(file):
                    yield file, False


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
        if is_asked_for:
            collection.singles.append(path)
        else:
            collection.not_dicom += 1
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
    if not is_image and not is_asked_for:
        collection.not_images += 1
    elif scope == "image" or not is_image or header.series_uid is None:
        collection.singles.append(path)
    else:
        collection.series.setdefault(header.series_uid, []).append(path)


def _series_label(uid: str, members: list[Path]) -> str:
    folder = os.path.commonpath([str(path.parent) for path in members])
    return f"{display(folder)} (series {uid})"


def _sha256(path: Path) -> str:
    if path.exists() and not _is_regular(path):
        raise PacsError(f"{display(path)} cannot be read: it is no regular file")
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise InstanceNotFoundError(f"{path}: the file is gone") from None
    except OSError as error:
        raise PacsError(f"{path} cannot be read: {error.strerror}") from error
