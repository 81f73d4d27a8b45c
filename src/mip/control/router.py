"""From ``algorithm`` or ``algorithm@version`` to a job on that algorithm's queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..contracts import (
    canonical_algorithm_id,
    check_parameters,
    is_valid_algorithm_id,
    make_job,
)
from ..errors import (
    AlgorithmInactiveError,
    FieldError,
    InvalidJobError,
    NotRegisteredError,
    QueueNotFoundError,
)
from .lifecycle import not_registered

if TYPE_CHECKING:
    from ..clock import Clock
    from ..contracts import AlgorithmRecord, ImageReference, Job, JobRequest, JsonValue
    from ..outbox import Outbox
    from ..state import Submission
    from ..state.registry import Registry

STARTING_SECONDS = 5
"""When to try again an algorithm that starts: as long as a worker takes to load it, or so."""


class Router:
    """Submits jobs to the algorithms on record.

    Parameters
    ----------
    registry : Registry
        Which algorithms there are, and which take jobs.
    outbox : Outbox
        Records and publishes jobs.
    clock : Clock
        Dates them.
    """

    def __init__(self, registry: Registry, *, outbox: Outbox, clock: Clock) -> None:
        self._registry = registry
        self._outbox = outbox
        self._clock = clock

    async def submit(self, target: str, request: JobRequest) -> Submission:
        """Check a request against the algorithm it is for, record it, and publish it.

        Parameters
        ----------
        target : str
            ``id`` or ``id@version``; ``-`` and ``_`` forms of an id are the same.
        request : JobRequest
            Its parameters are checked when the algorithm declares some; an algorithm that declares
            none is given what comes, and checks for itself.

        Raises
        ------
        NotRegisteredError
            No algorithm has this id, or it has another version.
        AlgorithmInactiveError
            It takes no jobs now.
        InvalidJobError
            It works on images and the request names a series, or the other way round.
        InvalidParametersError, PayloadTooLargeError, JobConflictError, TransportError, StateError
            As :meth:`mip.outbox.Outbox.submit`.
        """
        record = await self._checked(target, request.pacs, request.parameters)
        job = make_job(
            request,
            algo_id=record.algorithm_id,
            version=record.version,
            now=self._clock.now(),
        )
        try:
            return await self._outbox.submit_job(job)
        except QueueNotFoundError:
            await self._find(target)  # it was deleted meanwhile, and the client is told so
            raise

    async def check(self, job: Job) -> None:
        """Refuse a job that was accepted once, when its algorithm would not take it now.

        Raises
        ------
        NotRegisteredError, AlgorithmInactiveError, InvalidJobError, InvalidParametersError
            As ``submit``.
        """
        await self._checked(job.algo_id, job.pacs, job.parameters)

    async def _checked(
        self, target: str, pacs: ImageReference, parameters: dict[str, JsonValue]
    ) -> AlgorithmRecord:
        record = await self._find(target)
        if record.scope not in {None, pacs.scope}:
            message = (
                f"expected {record.scope}, the scope of {record.algorithm_id}, got {pacs.scope}"
            )
            raise InvalidJobError([FieldError("pacs.scope", message)])
        if record.parameters is not None:
            check_parameters(record.parameters, parameters)
        return record

    async def _find(self, target: str) -> AlgorithmRecord:
        name, _, version = target.partition("@")
        if not is_valid_algorithm_id(name):
            # Not shown as it came: it may be anything, and very long.
            raise NotRegisteredError("expected the id of a registered algorithm, or id@version")
        record = await self._registry.get(canonical_algorithm_id(name))
        check_target(record, version=version)
        return record


def check_target(record: AlgorithmRecord, *, version: str = "") -> None:
    """Refuse a job for an algorithm that does not take it.

    Raises
    ------
    NotRegisteredError
        The algorithm is deleted, or has another version.
    AlgorithmInactiveError
        It takes no jobs now.
    """
    if record.status == "DELETED":
        raise not_registered(record.algorithm_id)
    if version and version != record.version:
        raise NotRegisteredError(
            f"this version of {record.algorithm_id} is not registered; {record.version} is"
        )
    if record.is_starting and record.desired_count:
        raise AlgorithmInactiveError(
            f"{record.algorithm_id} is {record.status} and takes no jobs yet; expected ACTIVE: try "
            "again soon",
            retry_seconds=STARTING_SECONDS,
        )
    if not record.takes_jobs:
        raise AlgorithmInactiveError(
            f"{record.algorithm_id} is {record.status} and takes no new jobs; expected ACTIVE"
        )
