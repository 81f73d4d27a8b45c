"""Where a command works: ``--data DIR``, or ``--server URL``."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from .arguments import FilePath, ServerUrl
from .invocation import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .invocation import Invocation


@dataclass(frozen=True, kw_only=True)
class Place:
    """A data folder, or a server.

    Attributes
    ----------
    data : Path
        The data folder.
    server : str or None
        The server's URL; None for the data folder.
    logins : Path
        Where the login at the server is kept.
    admin_key : str
        The operators' key; empty when it is not known.
    """

    data: Path
    server: str | None
    logins: Path
    admin_key: str = field(default="", repr=False)

    @property
    def options(self) -> list[str]:
        """The options that name it."""
        if self.server is not None:
            return ["--server", self.server]
        return ["--data", str(self.data)]

    @property
    def address(self) -> str:
        """The server's URL.

        Raises
        ------
        CommandError
            It is a data folder.
        """
        if self.server is None:
            raise CommandError(
                "this is done at a server",
                remedy="name it with --server URL or MIP_SERVER; mip serve starts one",
            )
        return self.server


def place_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add ``--data DIR`` and ``--server URL``, and give the command one ``place``.

    What is on the command line wins over the environment: ``--data`` alone means the folder, also
    where ``MIP_SERVER`` is set. Both together mean the server, and the folder keeps its login.
    """

    @wraps(command)
    def run(*, data: Path | None, server: str | None, **options: Any) -> int:
        context = click.get_current_context()
        return command(place=_place(context, data, server), **options)

    where = click.option(
        "--data",
        type=FilePath(is_text=True),
        metavar="DIR",
        help="Data folder.  [default: MIP_DATA, else mip-data]",
    )
    what = click.option(
        "--server",
        type=ServerUrl(),
        metavar="URL",
        help="Server, instead of a data folder.  [default: MIP_SERVER]",
    )
    return where(what(run))


def _place(context: click.Context, data: Path | None, server: str | None) -> Place:
    invocation: Invocation = context.obj
    is_data_named = context.get_parameter_source("data") is ParameterSource.COMMANDLINE
    if server is None and invocation.server and not is_data_named:
        server = ServerUrl().convert(invocation.server, None, context)
    if data is None:
        data = FilePath(is_text=True).convert(invocation.data_folder, None, context)
    logins = data / "logins" if is_data_named else Path(invocation.config_folder) / "logins"
    return Place(
        data=data,
        server=server,
        logins=logins.expanduser(),
        admin_key=invocation.admin_key,
    )
