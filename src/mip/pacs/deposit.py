"""Put a DICOM file into a folder of them, whole or not at all; blocking, for a thread."""

from __future__ import annotations

import os
import secrets
import shutil
from typing import TYPE_CHECKING

from ..dicom import read_header
from ..errors import DicomError, PacsError
from .base import Sent
from .paths import PARTIAL_PREFIX, SUFFIX

if TYPE_CHECKING:
    from pathlib import Path


def deposit(root: Path, path: Path) -> Sent:
    """Copy ``path`` to ``study/series/instance.dcm`` below ``root``, unless it is there.

    The file gets its name when it is on disk: no reader, and no crash, sees part of one. A link
    that leads out of ``root`` is not followed.

    Raises
    ------
    PacsError
        The folder does not take it.
    """
    try:
        header = read_header(path)
    except DicomError as error:
        return Sent(instance_uid=None, status="refused", reason=str(error))
    uids = (header.study_uid, header.series_uid, header.instance_uid)
    study, series, instance = uids
    if not (study and series and instance):
        return Sent(
            instance_uid=instance,
            status="refused",
            reason="expected study, series and instance UIDs in the file",
        )
    folder = root / study / series
    try:
        if not folder.resolve().is_relative_to(root):
            return Sent(
                instance_uid=instance,
                status="refused",
                reason="its place leads out of the folder of the PACS; remove the link there",
            )
        folder.mkdir(parents=True, exist_ok=True)
        is_new = _copy(path, folder / f"{instance}{SUFFIX}")
    except OSError as error:
        raise PacsError(f"the folder of the PACS takes no file: {error.strerror}") from error
    return Sent(instance_uid=instance, status="stored" if is_new else "exists")


def _copy(source: Path, target: Path) -> bool:
    """Create ``target``, durable with its name; False when it exists."""
    partial = target.with_name(f"{PARTIAL_PREFIX}{secrets.token_hex(8)}")
    try:
        with source.open("rb") as reader, partial.open("xb") as writer:
            shutil.copyfileobj(reader, writer, 1024**2)
            writer.flush()
            os.fsync(writer.fileno())
        try:
            target.hardlink_to(partial)
        except FileExistsError:
            return False
        _sync(target.parent)
        _sync(target.parent.parent)
        _sync(target.parent.parent.parent)
    finally:
        partial.unlink(missing_ok=True)
    return True


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
