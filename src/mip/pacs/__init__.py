"""PACSes: where images come from, and where results may be sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..clock import SystemClock
from ..errors import SettingsError
from .base import Archive, Instance, InstanceIndex, Pacs, Sent, SeriesSummary
from .named import SOURCE, check_archives, find_archive

if TYPE_CHECKING:
    from ..clock import Clock

__all__ = [
    "SOURCE",
    "Archive",
    "Instance",
    "InstanceIndex",
    "Pacs",
    "Sent",
    "SeriesSummary",
    "check_archives",
    "find_archive",
    "open_pacs",
]


async def open_pacs(
    url: str, *, key: str = "", clock: Clock | None = None, folder: Path | None = None
) -> Pacs:
    """Open the PACS that ``PACS_API_BASE`` names.

    Parameters
    ----------
    url : str
        ``folder:PATH`` of a folder that exists, ``dicomweb:https://…``, ``https://…`` of a PACS
        API, or ``config:FILE`` of several by name; ``http`` in place of ``https`` has no secrets.
    key : str
        The ``x-api-key`` of a PACS API; ``user:password`` or a bearer token of DICOMweb.
    clock : Clock, optional
        Paces the search for new files; the machine's own by default.
    folder : Path, optional
        Where files that came over a network are held; where the system has temporary files by
        default.

    Raises
    ------
    SettingsError
        The URL names no PACS.
    """
    scheme, _, rest = url.partition(":")
    clock = clock or SystemClock()
    if scheme == "folder" and rest:
        from .folder import FolderPacs  # noqa: PLC0415 - only who reads images pays for its imports

        return await FolderPacs.open(Path(rest), clock=clock)
    if scheme in ("dicomweb", "http", "https", "config") and rest:
        from .opening import open_config, open_service  # noqa: PLC0415 - and only who asks for httpx

        if scheme == "config":
            return await open_config(Path(rest), clock=clock, folder=folder)
        return await open_service(url, key=key, clock=clock, folder=folder)
    raise SettingsError(
        "expected a PACS as folder:PATH, dicomweb:https://…, https://… or config:FILE, got "
        f"{scheme if rest else url!r}"
    )
