"""PACSes: where images come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..clock import SystemClock
from ..errors import SettingsError
from .base import Instance, Pacs, SeriesSummary

if TYPE_CHECKING:
    from ..clock import Clock

__all__ = ["Instance", "Pacs", "SeriesSummary", "open_pacs"]


async def open_pacs(url: str, *, clock: Clock | None = None) -> Pacs:
    """Open the PACS that ``PACS_API_BASE`` names.

    Parameters
    ----------
    url : str
        ``folder:PATH`` of a folder that exists.
    clock : Clock, optional
        Paces the search for new files; the machine's own by default.

    Raises
    ------
    SettingsError
        The URL names no PACS.
    """
    scheme, _, path = url.partition(":")
    if scheme != "folder" or not path:
        raise SettingsError(f"expected a PACS as folder:PATH, got {url!r}")
    from .folder import FolderPacs  # noqa: PLC0415 - only who reads images pays for its imports

    return await FolderPacs.open(Path(path), clock=clock or SystemClock())
