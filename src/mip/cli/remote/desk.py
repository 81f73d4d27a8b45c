"""A server as commands work with it."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

import anyio.to_thread

from ...clock import SystemClock
from ...errors import StorageError
from .calls import Calls, new_http, plain
from .identity import Identity
from .jobs import RemoteJobs
from .logins import Logins
from .operations import RemoteAlgorithms, RemoteDeadLetters
from .pushes import Pushes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

    from ...clock import Clock
    from ...contracts import Result
    from ...state import JobRecord


class RemoteDesk:
    """What commands do at a server; see :class:`mip.cli.desk.Desk`.

    Attributes
    ----------
    jobs, dead_letters, algorithms
        The server's services.
    identity : Identity
        Who asks.
    """

    def __init__(self, calls: Calls, identity: Identity) -> None:
        self.identity = identity
        self.jobs = RemoteJobs(calls, identity)
        self.dead_letters = RemoteDeadLetters(calls, identity)
        self.algorithms = RemoteAlgorithms(calls, identity)
        self._calls = calls
        self._pushes = Pushes(calls, identity, self.jobs)

    def client(self, named: str | None) -> str:
        """Return the client that is named, or the login's."""
        return self.identity.client(named)

    async def queued_algorithms(self) -> list[str]:
        """Return the algorithms that have a queue of requests."""
        return [view.algorithm_id for view in await self.algorithms.queues()]

    async def download(self, url: str, path: Path) -> None:
        """Save what a link of a result leads to, in place of what is at ``path``.

        Raises
        ------
        CommandError
            The link leads elsewhere than to this server, has ended, or nothing answers.
        StorageError
            The file cannot be written.
        """
        content = await self._calls.fetch(url)
        try:
            await anyio.to_thread.run_sync(_write, path, content)
        except OSError as error:
            raise StorageError(f"{path} cannot be written: {error.strerror}") from error

    def follow(self, client_id: str, *, after: int) -> AsyncGenerator[list[Result], None]:
        """Yield a client's results in order, as they come; nothing when there was no news."""
        return self._pushes.follow(client_id, after=after)

    async def wait_for_end(self, record: JobRecord) -> JobRecord:
        """Return a job's record once it has ended."""
        client_id, job_id = record.job.client_id, record.job.job_id
        async with aclosing(self._pushes.news(client_id)) as news:
            async for result in news:
                if result is None or result.job_id == job_id:
                    record = await self.jobs.show(client_id, job_id)
                    if record.is_final:
                        return record
        raise AssertionError("unreachable: news never end")

    async def problems(self, algorithm_id: str) -> list[str]:
        """Return what the server's health says of an algorithm."""
        report = await self.algorithms.health()
        return [plain(each) for each in report.problems if each.startswith(f"{algorithm_id} ")]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@asynccontextmanager
async def open_remote(
    address: str,
    *,
    logins: Path,
    admin_key: str = "",
    trusts_environment: bool = True,
    clock: Clock | None = None,
) -> AsyncIterator[RemoteDesk]:
    """Open a server for the length of a block; nothing is called yet.

    Parameters
    ----------
    address : str
        Its URL, without a slash at the end.
    logins : Path
        Folder in which the login at this server is kept.
    admin_key : str
        The operators' key, if it is known.
    trusts_environment : bool
        Heed the proxies of the environment, as ``HTTPS_PROXY``.
    clock : Clock, optional
        The machine's own by default.
    """
    async with new_http(trusts_environment=trusts_environment) as http:
        calls = Calls(http, address=address)
        identity = Identity(
            calls, logins=Logins(logins), admin_key=admin_key, clock=clock or SystemClock()
        )
        yield RemoteDesk(calls, identity)
