"""Is everything well, and if not, what is not: for load balancers and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import msgspec

from ..clock import to_iso
from ..errors import MipError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from ..clock import Clock
    from ..contracts import AlgorithmRecord
    from ..state.registry import Registry
    from ..state.workers import WorkerRecord
    from .operations import Operations, QueueView

HealthStatus: TypeAlias = Literal["healthy", "starting", "degraded", "unhealthy"]

WORSE: tuple[HealthStatus, ...] = ("healthy", "starting", "degraded", "unhealthy")
"""From the best to the worst."""

PAGE = 100
RECENT_SECONDS = 1.0
"""So old a report may be for whoever asks often."""


class JobCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Jobs that have not ended, by where they are, and those that were set aside."""

    queued: int = 0
    running: int = 0
    dead_letters: int = 0


class Trouble(NamedTuple):
    """What is not well, in words that anybody may read, and the status that it makes."""

    words: str
    status: HealthStatus


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """How everything is. Nothing in it is a secret: anybody may ask for it.

    Attributes
    ----------
    status : {"healthy", "starting", "degraded", "unhealthy"}
        ``starting``: some algorithm takes no jobs yet, and will by itself. ``degraded``: some
        algorithm does not run as it should, jobs wait that nobody takes, or images are away.
        ``unhealthy``: queues or records do not answer or cannot be written, so no job is taken.
    timestamp : str
        ISO 8601 in UTC.
    problems : tuple of str
        What is not well, in words.
    queues : dict
        Jobs that wait in each algorithm's queue.
    workers : dict
        Live workers of each algorithm.
    jobs : JobCounts
        Over all queues.
    pacs : tuple of str
        Names of the PACSes that images come from.
    """

    status: HealthStatus
    timestamp: str
    problems: tuple[str, ...] = ()
    queues: dict[str, int] = {}
    workers: dict[str, int] = {}
    jobs: JobCounts = JobCounts()
    pacs: tuple[str, ...] = ()


class Health:
    """Looks at everything that the services are built on.

    Parameters
    ----------
    registry : Registry
        Which algorithms there should be.
    operations : Operations
        Queues and workers.
    pacs : sequence of str
        Names of the PACSes that are configured.
    probe : callable, optional
        Looks for troubles that no record tells of.
    clock : Clock
        Dates the report.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        operations: Operations,
        clock: Clock,
        pacs: Sequence[str] = (),
        probe: Callable[[], Awaitable[Sequence[Trouble]]] | None = None,
    ) -> None:
        self._registry = registry
        self._operations = operations
        self._clock = clock
        self._pacs = tuple(pacs)
        self._probe = probe
        import anyio  # noqa: PLC0415 - only who looks pays for it

        self._looking = anyio.Lock()
        self._recent: tuple[float, HealthReport] | None = None

    async def recent(self) -> HealthReport:
        """Say how everything was less than a second ago: who asks often makes nobody look often."""
        async with self._looking:
            now = self._clock.monotonic()
            if self._recent is None or self._recent[0] + RECENT_SECONDS <= now:
                self._recent = now, await self.report()
            return self._recent[1]

    async def report(self) -> HealthReport:
        """Say how everything is; what does not answer is a problem, never an error."""
        timestamp = to_iso(self._clock.now())
        try:
            records = await self._records()
            queues = await self._operations.queues()
            workers = await self._operations.workers()
        except MipError as error:
            return HealthReport(
                status="unhealthy",
                timestamp=timestamp,
                problems=(f"queues or records do not answer ({error.code})",),
                pacs=self._pacs,
            )
        alive = _count(workers)
        troubles = [
            *(await self._probe() if self._probe is not None else ()),
            *(Trouble(words, "degraded") for words in problems_of(records, alive)),
            *(Trouble(words, "degraded") for words in unserved(queues, records, alive)),
            *(Trouble(words, "starting") for words in starting_of(records)),
        ]
        return HealthReport(
            status=max((each.status for each in troubles), key=WORSE.index, default="healthy"),
            timestamp=timestamp,
            problems=tuple(each.words for each in troubles),
            queues={view.algorithm_id: view.waiting + view.delayed for view in queues},
            workers=alive,
            jobs=_jobs(queues),
            pacs=self._pacs,
        )

    async def _records(self) -> list[AlgorithmRecord]:
        records: list[AlgorithmRecord] = []
        after = None
        while page := await self._registry.records(limit=PAGE, after=after):
            records += page
            after = page[-1].algorithm_id
        return records


def problems_of(records: Iterable[AlgorithmRecord], workers: dict[str, int]) -> tuple[str, ...]:
    """Say which algorithms do not run as they should; details are for operators, on the record."""
    problems = []
    for record in records:
        name = record.algorithm_id
        if record.status == "ERROR":
            problems.append(f"{name} is ERROR; its record says why")
        elif record.last_error:
            problems.append(f"{name} has trouble; its record says which")
        elif record.status == "ACTIVE" and record.desired_count and not workers.get(name):
            problems.append(f"{name} has no worker; jobs wait")
    return tuple(problems)


def starting_of(records: Iterable[AlgorithmRecord]) -> tuple[str, ...]:
    """Say which algorithms take no jobs yet, and will when their first worker has started."""
    return tuple(
        f"{record.algorithm_id} is {record.status}; it takes jobs soon"
        for record in records
        if record.is_starting and record.desired_count and not record.last_error
    )


def unserved(
    queues: Iterable[QueueView], records: Iterable[AlgorithmRecord], workers: dict[str, int]
) -> tuple[str, ...]:
    """Say where jobs wait for an algorithm on no record, and no worker of it lives."""
    known = {record.algorithm_id for record in records}
    return tuple(
        f"{view.algorithm_id} has jobs queued ({view.waiting + view.delayed}) and no worker"
        for view in queues
        if view.waiting + view.delayed
        and view.algorithm_id not in known
        and not workers.get(view.algorithm_id)
    )


def _count(workers: Iterable[WorkerRecord]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for worker in workers:
        counts[worker.algorithm_id] = counts.get(worker.algorithm_id, 0) + 1
    return counts


def _jobs(queues: Sequence[QueueView]) -> JobCounts:
    return JobCounts(
        queued=sum(view.waiting + view.delayed for view in queues),
        running=sum(view.in_flight for view in queues),
        dead_letters=sum(view.dead_letters for view in queues),
    )
