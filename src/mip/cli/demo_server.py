"""The server of ``mip demo``: ``mip serve`` as a child process, for the length of a block."""

from __future__ import annotations

import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import anyio
import msgspec
from anyio.streams.buffered import BufferedByteReceiveStream

from ..errors import StorageError
from ..settings import child_environment
from .advice import Exit
from .invocation import CommandError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from anyio.abc import Process

START_SECONDS: Final = 60.0
DRAIN_SECONDS: Final = 20.0
"""For the server to end its workers; a second signal has them hand back their jobs at once."""
_MAX_LINE: Final = 64 * 1024
_TAIL_LINES: Final = 12
_PROGRAM: Final = "from mip.cli import main; main()"


class _Told(msgspec.Struct):
    address: str = ""


@asynccontextmanager
async def demo_server(
    data: Path, *, pacs: Path, log: Path, admin_key: str, debug: bool
) -> AsyncIterator[str]:
    """Start a server on a free port, yield its address, and end it with all its workers.

    Raises
    ------
    CommandError
        It does not start, or ends while it is needed.
    StorageError
        The log file cannot be written.
    """
    environ = {"MIP_ADMIN_KEY": admin_key, "MIP_CLIENTS": "tokens"}
    if debug:
        environ["MIP_DEBUG"] = "1"
    process = await _started(data, pacs=pacs, log=log, environ=environ)
    try:
        address = ""
        with anyio.move_on_after(START_SECONDS):
            address = await _address(process)
            if not address:
                await process.wait()
        if not address:
            raise _ended(process, log)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_watch, process, log)
            yield address
            tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await _stop(process)


async def _started(data: Path, *, pacs: Path, log: Path, environ: dict[str, str]) -> Process:
    command = [sys.executable, "-c", _PROGRAM, "serve", str(pacs), "--data", str(data)]
    command += ["--port", "0", "--no-algorithms", "--json"]
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            return await anyio.open_process(
                command,
                stdin=None,
                stderr=file,
                env=child_environment(environ),
                # Ctrl-C at the terminal is for whoever started it to pass on.
                start_new_session=True,
            )
    except OSError as error:
        raise StorageError(f"{log} cannot be written: {error.strerror}") from error


async def _address(process: Process) -> str:
    """Return where the server tells that it takes calls; nothing when it cannot start."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe by default
    try:
        line = await BufferedByteReceiveStream(process.stdout).receive_until(b"\n", _MAX_LINE)
    except anyio.IncompleteRead:
        return ""
    return msgspec.json.decode(line, type=_Told).address


async def _watch(process: Process, log: Path) -> None:
    await process.wait()
    raise _ended(process, log)


def _ended(process: Process, log: Path) -> CommandError:
    if process.returncode is None:
        what = f"the server did not start within {START_SECONDS:.0f} s"
    else:
        what = f"the server ended with exit code {process.returncode}"
    return CommandError(
        f"{what}:\n{_tail(log)}",
        remedy=f"see {log}",
        ends=Exit.ALL_FAILED,
        code="cli.server_ended",
    )


async def _stop(process: Process) -> None:
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
        if process.returncode is None:
            process.send_signal(number)
        with anyio.move_on_after(DRAIN_SECONDS):
            await process.wait()
            break
    await process.aclose()


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-_TAIL_LINES:])
