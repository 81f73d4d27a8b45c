"""``mip serve``: the server of one data folder, in this process."""

from __future__ import annotations

import errno
import os
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import anyio
import click

from ..contracts import canonical_algorithm_id
from ..settings import server_settings
from ..telemetry import configure
from ..worker import not_installed
from .advice import Exit
from .arguments import FilePath, Text
from .completion import complete_algorithm
from .console import Painted
from .datafolder import DataFolder, data_option
from .extra import check_server_extra
from .invocation import CommandError, Invocation, json_option
from .pacs import pacs_url

if TYPE_CHECKING:
    from anyio.abc import TaskStatus

    from ..server.services import ServerConfig
    from ..server.serving import FolderTaken, Listening, Server
    from .console import Console

DEFAULT_PORT: Final = 8080


class ServeOptions(NamedTuple):
    """What the command line asks for."""

    pacs_folder: Path | None
    data: Path
    host: str
    port: int
    pacs: str | None
    algorithms: tuple[str, ...]
    no_algorithms: bool
    tls_cert: Path | None
    tls_key: Path | None


@click.command(
    short_help="Serve the API on this machine, with workers.",
    epilog="\b\nmip serve scans --data data\n"
    "MIP_CLIENTS=open mip serve scans --host 0.0.0.0 --port 80\n"
    "mip serve --algorithm window --tls-cert server.pem --tls-key server.key",
)
@click.argument("pacs_folder", type=FilePath(is_text=True), required=False)
@data_option
@click.option(
    "--host", type=Text(), default="127.0.0.1", show_default=True, help="Address to listen at."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    metavar="P",
    help="Port to listen at; 0 is any that is free.",
)
@click.option(
    "--pacs", type=Text(), metavar="PACS", help="PACS, instead of a folder: docs/pacs.md."
)
@click.option(
    "--algorithm",
    "algorithms",
    type=Text(),
    multiple=True,
    metavar="ID",
    shell_complete=complete_algorithm,
    help="Register this installed algorithm at the start; may be given many times.  "
    "[default: all that are installed]",
)
@click.option("--no-algorithms", is_flag=True, help="Register none at the start.")
@click.option("--tls-cert", type=FilePath(), metavar="FILE", help="Certificate chain, in PEM.")
@click.option("--tls-key", type=FilePath(), metavar="FILE", help="Its key, when not in that file.")
@json_option
@click.pass_obj
def serve(invocation: Invocation, /, **options: Any) -> int:
    """Serve REST and WebSocket over the data folder DIR, with the images of PACS_FOLDER.

    Algorithms that are on record run in worker processes of this server; installed ones are put on
    record unless they are there, also as deleted. The operators' key is MIP_ADMIN_KEY; without it
    the first start makes one and shows it once. Other settings come from the environment:
    docs/operations.md.

    Ctrl-C or SIGTERM ends it: WebSockets are closed, workers finish or hand back their jobs. A
    second one cuts this short. With --json, one line of JSON tells that it takes calls.
    """
    check_server_extra()
    return anyio.run(_serve, invocation, ServeOptions(**options))


async def _serve(invocation: Invocation, options: ServeOptions) -> int:
    from ..server import serving, web  # noqa: PLC0415 - of an extra; checked to be there

    console = invocation.console
    config = _config(options)
    configure(form=config.settings.mip_log, debug=config.settings.mip_debug or invocation.is_debug)
    if options.tls_cert is not None:
        web.check_certificate(options.tls_cert, options.tls_key)
    server = serving.Server(
        config,
        algorithms=_algorithms(options, serving.installed_algorithms()),
        certificate=options.tls_cert,
        key=options.tls_key,
    )
    try:
        listener = web.listen(options.host, options.port)
    except OSError as error:
        raise _not_listening(options, error) from error
    async with anyio.create_task_group() as tasks:
        await tasks.start(_stop_when_asked, server, console)
        try:
            await server.run(listener, partial(_announce, console, config))
        except serving.FolderTaken as taken:
            raise _in_words(config.data, taken) from None
        tasks.cancel_scope.cancel()
    console.talk("stopped")
    return Exit.OK


async def _stop_when_asked(
    server: Server, console: Console, *, task_status: TaskStatus[None]
) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        is_first = True
        async for _ in signals:
            server.stop()
            if is_first:
                console.talk("stopping: workers finish what they have; again stops at once")
            is_first = False


def _config(options: ServeOptions) -> ServerConfig:
    from ..pacs.folder import existing_folder  # noqa: PLC0415 - only who serves pays for its imports
    from ..server.services import ServerConfig  # noqa: PLC0415 - of an extra; checked to be there

    if options.pacs_folder is not None and options.pacs is not None:
        raise click.UsageError("expected PACS_FOLDER or --pacs, got both")
    if options.algorithms and options.no_algorithms:
        raise click.UsageError("--algorithm and --no-algorithms contradict each other")
    if options.tls_key is not None and options.tls_cert is None:
        raise click.UsageError("--tls-key needs --tls-cert")
    settings = server_settings()
    if options.pacs_folder is not None:
        existing_folder(options.pacs_folder)  # before a folder is made for data
    folder = DataFolder.open(options.data)
    return ServerConfig(
        data=folder.root,
        transport_url=folder.transport_url,
        state_url=folder.state_url,
        bucket=f"folder:{folder.results}",
        pacs_url=_pacs_url(options, folder),
        settings=settings,
    )


def _pacs_url(options: ServeOptions, folder: DataFolder) -> str:
    if options.pacs is not None:
        return pacs_url(options.pacs)
    if options.pacs_folder is None:
        folder.pacs.mkdir(exist_ok=True)
    return f"folder:{(options.pacs_folder or folder.pacs).expanduser().absolute()}"


def _algorithms(options: ServeOptions, installed: list[str]) -> list[str]:
    """Return which algorithms are to be on record."""
    if options.no_algorithms:
        return []
    wanted: list[str] = [canonical_algorithm_id(name) for name in options.algorithms]
    for name in wanted:
        if name not in installed:
            raise not_installed(name)
    return wanted or installed


def _announce(console: Console, config: ServerConfig, listening: Listening) -> None:
    if console.is_json:
        told: dict[str, object] = {
            "address": listening.address,
            "pid": os.getpid(),
            "data": str(config.data),
        }
        if listening.new_admin_key is not None:
            told["admin_key"] = listening.new_admin_key
        console.json_line(**told)
    console.talk(Painted("mip serves", "strong"), f" {listening.address}")
    console.talk(f"  data    {config.data}")
    if config.pacs_url.startswith("folder:"):  # another URL is for nobody else's eyes
        console.talk(f"  images  {config.pacs_url.removeprefix('folder:')}")
    console.talk(f"  health  {listening.health.status}; {listening.address}/health")
    console.talk(f"  API     {listening.address}/docs")
    if listening.new_admin_key is not None:
        console.talk("the operators' key, shown this once; it is sent as x-admin-key:")
        console.talk(f"  export MIP_ADMIN_KEY={listening.new_admin_key}")
    console.talk("not for diagnostic use; Ctrl-C ends it")


def _not_listening(options: ServeOptions, error: OSError) -> CommandError:
    place = f"{options.host}:{options.port}"
    if error.errno == errno.EADDRINUSE:
        return CommandError(
            f"the port of {place} is in use by another program",
            remedy="choose another with --port, or 0 for any that is free",
            ends=Exit.UNREACHABLE,
            code="cli.address_in_use",
        )
    return CommandError(
        f"{place} cannot be listened at: {error.strerror}",
        remedy="choose an address of this machine with --host, and a port that you may use",
        ends=Exit.UNREACHABLE,
        code="cli.address_not_usable",
    )


def _in_words(data: Path, taken: FolderTaken) -> CommandError:
    who = f" (process {taken.pid}, {taken.address})" if taken.pid is not None else ""
    return CommandError(
        f"another server{who} works on {data}",
        remedy="use that one, stop it first, or name another folder with --data",
        code="cli.folder_taken",
    )
