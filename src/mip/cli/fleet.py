"""Worker processes that live as long as a block: ``python -m mip.worker``, one per algorithm."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import anyio

from ..errors import StorageError
from ..settings import child_environment
from .advice import Exit
from .invocation import CommandError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from anyio.abc import Process, TaskGroup

    from ..settings import WorkerSettings

DRAIN_SECONDS: Final = 10.0
_TAIL_LINES: Final = 12


@dataclass(frozen=True, kw_only=True)
class _Member:
    settings: WorkerSettings
    log: Path
    process: Process


class Fleet:
    """Starts workers, tells when one ends that should not, and stops them all.

    On leaving the block every worker gets SIGTERM and some seconds to finish or hand back what
    it has; one that is still there then is killed. Nothing is left running.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._members: list[_Member] = []
        self._is_stopping = False
        self._stack = AsyncExitStack()
        self._tasks: TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._tasks = await self._stack.enter_async_context(anyio.create_task_group())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        self._is_stopping = True
        with anyio.CancelScope(shield=True):
            await self._stop()
        if self._tasks is not None:
            self._tasks.cancel_scope.cancel()
        return await self._stack.__aexit__(kind, error, trace)

    async def start(self, settings: WorkerSettings) -> None:
        """Start one worker; what it writes goes to its log file.

        Raises
        ------
        StorageError
            The log file cannot be written.
        """
        log = self._logs / f"{settings.algo_id}.log"
        try:
            self._logs.mkdir(parents=True, exist_ok=True)
            with log.open("ab") as file:
                process = await anyio.open_process(
                    [sys.executable, "-m", "mip.worker"],
                    stdin=None,
                    stdout=file,
                    stderr=file,
                    env=child_environment(settings.environment()),
                    # Ctrl-C at the terminal is for whoever started them to pass on.
                    start_new_session=True,
                )
        except OSError as error:
            raise StorageError(f"{log} cannot be written: {error.strerror}") from error
        member = _Member(settings=settings, log=log, process=process)
        self._members.append(member)
        assert self._tasks is not None  # noqa: S101 - only used inside the block
        self._tasks.start_soon(self._watch, member)

    async def _watch(self, member: _Member) -> None:
        code = await member.process.wait()
        if not self._is_stopping:
            raise CommandError(
                f"the worker of {member.settings.algo_id} ended with exit code {code}:\n"
                f"{_tail(member.log)}",
                remedy=f"see {member.log}",
                ends=Exit.ALL_FAILED,
                code="cli.worker_ended",
            )

    async def _stop(self) -> None:
        for member in self._members:
            _signal(member.process, "terminate")
        with anyio.move_on_after(DRAIN_SECONDS):
            for member in self._members:
                await member.process.wait()
        for member in self._members:
            _signal(member.process, "kill")
            await member.process.aclose()


def _signal(process: Process, method: str) -> None:
    if process.returncode is None:
        try:
            getattr(process, method)()
        except ProcessLookupError:
            return


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-_TAIL_LINES:])
