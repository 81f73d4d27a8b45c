"""Object stores: where results lie."""

from __future__ import annotations

from pathlib import Path

from ..errors import SettingsError
from .base import ObjectStore, ObjectUrl, PutOutcome, check_key

__all__ = ["ObjectStore", "ObjectUrl", "PutOutcome", "check_key", "open_store"]


async def open_store(url: str) -> ObjectStore:
    """Open the store that ``OUTPUT_BUCKET`` or the ``bucket`` of a result names.

    Parameters
    ----------
    url : str
        ``folder:PATH``; the folder is made when it is missing.

    Raises
    ------
    SettingsError
        The URL names no store.
    StorageError
        The store cannot be opened.
    """
    scheme, _, path = url.partition(":")
    if scheme != "folder" or not path:
        raise SettingsError(f"expected an object store as folder:PATH, got {url!r}")
    from .folder import FolderStore  # noqa: PLC0415 - only who stores pays for its imports

    return await FolderStore.open(Path(path))
