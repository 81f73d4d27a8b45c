"""Put PACSes together from URLs and configuration."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from .config import access_to, headers_of, read_config, server_from
from .dicomweb import DicomwebPacs
from .folder import FolderPacs
from .http import HttpLimits, PacsHttp
from .named import NamedPacs
from .rest import RestPacs
from .spool import Spool

if TYPE_CHECKING:
    from ..clock import Clock
    from .base import Pacs
    from .config import Server

_DICOMWEB = "dicomweb:"
_FOLDER = "folder:"


async def open_service(
    url: str,
    *,
    key: str,
    clock: Clock,
    folder: Path | None = None,
    limits: HttpLimits | None = None,
) -> DicomwebPacs | RestPacs:
    """Open a PACS over HTTP that is given by its URL and key.

    Raises
    ------
    SettingsError
        The URL or the key cannot be used.
    """
    server, headers = server_from(url, key=key, is_dicomweb=url.startswith(_DICOMWEB))
    return await _open(server, headers, clock=clock, folder=folder, limits=limits)


async def open_config(path: Path, *, clock: Clock, folder: Path | None = None) -> NamedPacs:
    """Open all PACSes of a configuration; it asks none of them yet.

    Raises
    ------
    SettingsError
        The configuration or a secret that it names is missing or wrong.
    """
    config = await anyio.to_thread.run_sync(read_config, path)
    async with AsyncExitStack() as opened:
        servers: dict[str, Pacs] = {}
        for name, server in config.servers.items():
            headers = await anyio.to_thread.run_sync(headers_of, server)
            if server.url.startswith(_FOLDER):
                root = Path(server.url.removeprefix(_FOLDER))
                pacs: Pacs = await FolderPacs.open(root, clock=clock)
            else:
                pacs = await _open(server, headers, clock=clock, folder=folder, limits=None)
            opened.push_async_callback(pacs.aclose)
            servers[name] = pacs
        opened.pop_all()
        return NamedPacs(servers, default=config.default)


async def _open(
    server: Server,
    headers: dict[str, str],
    *,
    clock: Clock,
    folder: Path | None,
    limits: HttpLimits | None,
) -> DicomwebPacs | RestPacs:
    access = await access_to(server, headers)
    http = PacsHttp(access, limits=limits or HttpLimits(), clock=clock)
    spool = await Spool.open(folder)
    if server.url.startswith(_DICOMWEB):
        return DicomwebPacs(server.url.removeprefix(_DICOMWEB), http=http, spool=spool)
    return RestPacs(server.url, http=http, spool=spool)
