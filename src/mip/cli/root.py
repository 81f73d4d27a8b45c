"""The ``mip`` command: its table of commands, and the one place where errors become exit codes."""

from __future__ import annotations

import errno
import logging
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from ..errors import MipError, SettingsError
from ..settings import CommandSettings, command_settings
from ..telemetry import configure, hold_standard_streams
from .advice import Exit, advice_for
from .console import Console, forgive_encoding, output_failed
from .invocation import CommandError, Invocation
from .lazy import Entry, LazyGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS: Final = {
    "run": Entry(".run:run", "Run an algorithm on files, without a queue."),
    "demo": Entry(".demo:demo", "Show the whole job on real DICOM: server, workers, results."),
    "serve": Entry(".serve:serve", "Serve the API on this machine, with workers."),
    "submit": Entry(".submit:submit", "Put a job on an algorithm's queue."),
    "jobs": Entry(".jobs:jobs", "List, show, watch, cancel and retry jobs."),
    "worker": Entry(".worker:worker", "Work on an algorithm's queue until stopped."),
    "algorithm": Entry(".algorithm:algorithm", "Register and run algorithms at a server."),
    "health": Entry(".health:health", "Tell how a server or a data folder is."),
    "dlq": Entry(".dlq:dlq", "List, show, redrive and purge dead letters."),
    "pacs": Entry(".pacs:pacs", "List, fetch and send images of a PACS."),
    "version": Entry(".version:version", "Tell the versions of mip and what it runs on."),
    "completion": Entry(".completion:completion", "Print the completion script of a shell."),
}


_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class Root(LazyGroup):
    """The group behind ``mip``; whatever goes wrong ends in a message and an exit code."""

    def main(  # type: ignore[override]  # always ends the process, as click does when standalone
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,
    ) -> NoReturn:
        """Run a command line and end the process with its exit code."""
        hold_standard_streams()
        forgive_encoding()
        extra.pop("standalone_mode", None)
        arguments = sys.argv[1:] if args is None else list(args)
        try:
            settings = command_settings()
        except SettingsError as error:
            sys.exit(_report(_invocation(CommandSettings(), arguments), error))
        invocation = _invocation(settings, arguments)
        sys.exit(self._run(invocation, arguments, prog_name=prog_name or "mip", **extra))

    def _run(self, invocation: Invocation, arguments: list[str], **extra: Any) -> int:
        try:
            outcome = super().main(
                arguments,
                standalone_mode=False,
                obj=invocation,
                **extra,
            )
        except (KeyboardInterrupt, click.Abort):
            invocation.console.talk("stopped")
            invocation.console.json_error("stopped", remedy="", code="cli.interrupted")
            return Exit.INTERRUPTED
        except Exception as error:  # noqa: BLE001 - the roof: everything ends in words here
            return _report(invocation, _first(error))
        return int(outcome or 0)


def _invocation(settings: CommandSettings, arguments: list[str]) -> Invocation:
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return Invocation(
        console=Console(settings, is_json="--json" in options),
        data_folder=settings.mip_data,
        pacs=settings.mip_pacs,
        pacs_key=settings.pacs_api_key,
        server=settings.mip_server or settings.api_base,
        admin_key=settings.mip_admin_key,
        config_folder=f"{settings.xdg_config_home or '~/.config'}/mip",
        is_debug=settings.mip_debug,
    )


def _first(error: Exception) -> Exception:
    """Return what a group of tasks failed of; what failed after it is the echo."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def _report(invocation: Invocation, error: Exception) -> int:
    if invocation.is_debug:
        invocation.console.talk_lines("".join(traceback.format_exception(error)))
    if isinstance(error, OSError) and error.errno in _FULL and error.filename is None:
        error = output_failed(error)  # click prints help by itself
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "mip"
        invocation.console.error(error.format_message(), remedy=f"{path} --help", code="cli.usage")
        return Exit.USAGE
    if isinstance(error, CommandError):
        invocation.console.error(str(error), remedy=error.remedy, code=error.code)
        return error.ends
    if isinstance(error, MipError):
        advice = advice_for(error.code)
        invocation.console.error(str(error), remedy=advice.remedy, code=error.code)
        return advice.exit
    invocation.console.error(
        f"unexpected {type(error).__name__}: this is a defect of mip",
        remedy="run it again with MIP_DEBUG=1 and report what it shows",
        code="cli.internal",
    )
    return Exit.ALL_FAILED


@click.group(
    "mip",
    cls=Root,
    entries=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="mip-imaging", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show tracebacks and log in detail (MIP_DEBUG=1).")
@click.pass_obj
def main(invocation: Invocation, *, debug: bool) -> None:
    """Medical image processing: from a PACS, through an algorithm, back as DICOM.

    Data goes to standard output and talk to standard error; --json makes the data one JSON
    object. Exit codes: 0 all done, 1 all failed, 2 usage, 3 not found, 4 not allowed,
    5 unreachable, 6 some failed, 130 stopped by Ctrl-C.
    """
    invocation.is_debug = invocation.is_debug or debug
    _check_folder()
    if invocation.is_debug:
        configure(form="console", debug=True)
    else:
        # Commands say what happened in words of their own; a worker sets up its log itself.
        logging.getLogger("mip").addHandler(logging.NullHandler())


def _check_folder() -> None:
    """Refuse to work in a folder that was deleted: no relative path means anything there."""
    try:
        Path.cwd()
    except FileNotFoundError:
        raise CommandError(
            "the current folder was deleted",
            remedy="cd into one that is there",
            ends=Exit.NOT_FOUND,
            code="cli.input_not_found",
        ) from None
