"""What operators look at: queues and how far behind they are, workers and what they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from ..clock import to_iso
from ..contracts import RESULTS_QUEUE, canonical_algorithm_id, decode_result, request_queue
from ..errors import ContractError, QueueNotFoundError

if TYPE_CHECKING:
    from ..clock import Clock
    from ..state.workers import WorkerRecord, WorkerStore
    from ..transport import DeadLetter, Transport

SILENT_SECONDS = 30.0
"""A worker that was not heard of for so long has ended without a word: it beats every 5 s."""

PAGE = 32
"""Most dead results that are read at once: each may be as long as a message, 1 MiB."""

_BEFORE_ID, _AFTER_ID = request_queue("\0").split("\0")


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    """An algorithm's queue of jobs.

    Attributes
    ----------
    waiting, in_flight, delayed, dead_letters : int
        Jobs that wait for a worker, are on loan to one, wait for their next attempt, were set
        aside.
    oldest_age_seconds : float or None
        How long the oldest job has been there; None when there is none.
    """

    algorithm_id: str
    queue: str
    waiting: int
    in_flight: int
    delayed: int
    dead_letters: int
    oldest_age_seconds: float | None


class DeadResult(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was set aside from the queue of results, where foreign workers put theirs.

    ``job_id``, ``client_id`` and ``algo_id`` are None when it is no result. The job of such a
    message has no result yet, unless another brought it.
    """

    id: str
    reason: str
    deliveries: int
    published_at: str
    dead_at: str
    job_id: str | None = None
    client_id: str | None = None
    algo_id: str | None = None


class Operations:
    """Queues and workers as they are now.

    Parameters
    ----------
    transport : Transport
        Where queues are.
    workers : WorkerStore
        What workers say of themselves.
    clock : Clock
        Tells how old that is.
    """

    def __init__(self, transport: Transport, *, workers: WorkerStore, clock: Clock) -> None:
        self._transport = transport
        self._workers = workers
        self._clock = clock

    async def queues(self) -> list[QueueView]:
        """Return every algorithm's queue, sorted; also those of algorithms on no record.

        Raises
        ------
        TransportError
            They could not be read.
        """
        names = [name for name in await self._transport.queues() if _algorithm_of(name)]
        views = [await self._view(name) for name in names]
        return [view for view in views if view is not None]

    async def workers(self, algorithm_id: str | None = None) -> list[WorkerRecord]:
        """Return workers that were heard of lately, of one algorithm or of all, by name.

        Raises
        ------
        StateError
            They could not be read.
        """
        wanted = None if algorithm_id is None else canonical_algorithm_id(algorithm_id)
        return await self._workers.workers(
            algorithm_id=wanted, since=self._clock.now() - SILENT_SECONDS
        )

    async def dead_results(
        self, *, limit: int = PAGE, after: str | None = None
    ) -> list[DeadResult]:
        """Return what was set aside from the queue of results, oldest first; ``after`` pages on.

        Raises
        ------
        TransportError
            They could not be read.
        """
        letters = await self._transport.dead_letters(RESULTS_QUEUE, limit=limit, after=after)
        return [_dead_result(letter) for letter in letters]

    async def _view(self, queue: str) -> QueueView | None:
        try:
            depth = await self._transport.depth(queue)
        except QueueNotFoundError:
            return None  # deleted since it was listed
        oldest = depth.oldest_at
        return QueueView(
            algorithm_id=_algorithm_of(queue),
            queue=queue,
            waiting=depth.waiting,
            in_flight=depth.in_flight,
            delayed=depth.delayed,
            dead_letters=depth.dead_letters,
            oldest_age_seconds=None if oldest is None else max(0.0, self._clock.now() - oldest),
        )


def _dead_result(letter: DeadLetter) -> DeadResult:
    described = DeadResult(
        id=letter.id,
        reason=letter.reason,
        deliveries=letter.deliveries,
        published_at=to_iso(letter.published_at),
        dead_at=to_iso(letter.dead_at),
    )
    try:
        result = decode_result(letter.body)
    except ContractError:
        return described
    return replace(
        described, job_id=result.job_id, client_id=result.client_id, algo_id=result.algo_id
    )


def _algorithm_of(queue: str) -> str:
    """Return whose jobs a queue holds; empty for a queue of something else."""
    name = queue.removeprefix(_BEFORE_ID).removesuffix(_AFTER_ID)
    return name if request_queue(name) == queue else ""
