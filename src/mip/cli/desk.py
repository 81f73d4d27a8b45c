"""What commands work on, be it a data folder or a server behind its URL."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import anyio

from ..contracts import request_queue
from .datafolder import DataFolder
from .deployment import opened, pauses, wait_for_end

if TYPE_CHECKING:
    from ..contracts import JobEvent, JobKey, Result
    from ..control import DeadJob
    from ..control.dead_letters import Redriven
    from ..state import JobRecord, JobState, Submission
    from .deployment import Deployment
    from .place import Place

LOCAL_CLIENT = "cli"
"""Whose jobs are meant on a data folder, when nobody is named."""


class JobDesk(Protocol):
    """Jobs, as :class:`mip.control.Jobs` has them."""

    async def show(self, client_id: str, job_id: str) -> JobRecord:
        """Return one record."""
        ...

    async def history(self, client_id: str, job_id: str) -> list[JobEvent]:
        """Return what happened to a job, oldest first."""
        ...

    async def page(
        self,
        *,
        client_id: str | None = None,
        state: JobState | None = None,
        limit: int = ...,
        before: JobKey | None = None,
    ) -> list[JobRecord]:
        """Return records, newest first."""
        ...

    async def cancel(self, client_id: str, job_id: str) -> JobRecord:
        """Cancel a job."""
        ...

    async def retry(self, client_id: str, job_id: str) -> Submission:
        """Run a job again that has ended."""
        ...


class LetterDesk(Protocol):
    """Dead letters, as :class:`mip.control.DeadLetters` has them."""

    async def page(
        self, algorithm_id: str, *, limit: int = ..., after: str | None = None
    ) -> list[DeadJob]:
        """Return dead letters, oldest first."""
        ...

    async def redrive(self, algorithm_id: str, *, ids: list[str]) -> list[Redriven]:
        """Give the jobs of dead letters another try."""
        ...

    async def drop(self, algorithm_id: str, *, ids: list[str]) -> int:
        """Forget dead letters."""
        ...


class Desk(Protocol):
    """Where commands do their work."""

    @property
    def jobs(self) -> JobDesk:
        """Jobs of clients."""
        ...

    @property
    def dead_letters(self) -> LetterDesk:
        """What was set aside."""
        ...

    def client(self, named: str | None) -> str:
        """Return whom a command is about: the client that it names, or the one by default."""
        ...

    async def queued_algorithms(self) -> list[str]:
        """Return the algorithms that have a queue of requests."""
        ...

    def follow(self, client_id: str, *, after: int) -> AsyncGenerator[list[Result], None]:
        """Yield a client's results in order, as they come, each once and for ever.

        An empty list is yielded now and then, when there is no news.
        """
        ...

    async def wait_for_end(self, record: JobRecord) -> JobRecord:
        """Return a job's record once it has ended."""
        ...

    async def problems(self, algorithm_id: str) -> list[str]:
        """Return what is not well with an algorithm, in words, where it is on record."""
        ...


class LocalDesk:
    """A data folder as commands work with it."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self.jobs = deployment.jobs
        self.dead_letters = deployment.dead_letters

    def client(self, named: str | None) -> str:
        """Return the client that is named, or ``cli``."""
        return named or LOCAL_CLIENT

    async def queued_algorithms(self) -> list[str]:
        """Return the algorithms that have a queue of requests."""
        before, after = request_queue("\0").split("\0")
        return [
            queue.removeprefix(before).removesuffix(after)
            for queue in await self._deployment.transport.queues()
            if queue.startswith(before) and queue.endswith(after)
        ]

    async def follow(self, client_id: str, *, after: int) -> AsyncGenerator[list[Result], None]:
        """Yield a client's results, by looking again and again; see :func:`pauses`."""
        for pause in pauses():
            results = await self.jobs.results(client_id, after=after)
            while results:
                after = results[-1].seq or after
                yield results
                results = await self.jobs.results(client_id, after=after)
            yield []
            await anyio.sleep(pause)

    async def wait_for_end(self, record: JobRecord) -> JobRecord:
        """Return a job's record once it has ended."""
        return await wait_for_end(self._deployment.records, record.job.key)

    async def problems(self, algorithm_id: str) -> list[str]:
        """Return nothing: no algorithm is on record in a folder without a server."""
        del algorithm_id
        return []


@asynccontextmanager
async def open_desk(place: Place) -> AsyncIterator[Desk]:
    """Open where a command works, and close it whatever happens.

    Raises
    ------
    CommandError
        It is a data folder, and there is none.
    StateError, TransportError, SchemaTooNewError
        Its databases cannot be used.
    """
    if place.server is None:
        async with opened(DataFolder.existing(place.data)) as deployment:
            yield LocalDesk(deployment)
        return
    from .remote import open_remote  # noqa: PLC0415 - only who calls a server pays for its imports

    async with open_remote(place.server, logins=place.logins, admin_key=place.admin_key) as desk:
        yield desk
