"""What an operator does with algorithms: register, look, change, scale, delete.

Each call writes what is wanted on the algorithm's record and answers at once. What that takes is
done by :meth:`Admin.reconcile`, which compares the record with the world and goes one step after
another until they agree. It can be stopped or crash at any point and be called again: every step
is safe to repeat, and the record says which comes next.

Nothing here depends on an event loop: plain awaits only.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ..contracts import canonical_algorithm_id, request_queue
from ..contracts.registration import MAX_DESIRED_COUNT, ResourceStatus
from ..errors import (
    FieldError,
    InvalidRegistrationError,
    NotRegisteredError,
    ProvisioningFailedError,
    QueueNotEmptyError,
    QueueNotFoundError,
    RegistryConflictError,
)
from ..state import Ending
from .changes import Change, deleted, learned, moved, patched, registered, scaled
from .lifecycle import asked, found, queue_options, wish
from .operations import SILENT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..clock import Clock
    from ..contracts import AlgorithmPatch, AlgorithmRecord, AlgorithmStatus, Registration
    from ..outbox import Outbox
    from ..state import JobRecord, JobState, JobStore
    from ..state.registry import Registry
    from ..state.workers import WorkerStore
    from ..transport import Transport
    from .provisioner import Provisioned, Provisioner

PAGE = 100
MAX_TRIES = 12
"""How often a record is read anew before somebody else's changes to it are too many."""

SCALED_TO_ZERO = (
    "scaled to zero: record, queue and the jobs in it are kept, and new jobs are refused until it "
    "is scaled up; hard=true removes it for good"
)
REMOVING = "its workers and queues are being removed, and jobs left in them cancelled"


class Admin:
    """Algorithms on record, and what they need to run.

    Parameters
    ----------
    registry : Registry
        Where algorithms are on record.
    transport : Transport
        Where their queues are.
    provisioner : Provisioner
        Gives them workers.
    records, outbox
        Jobs that a deleted algorithm leaves are cancelled there, and their results announced.
    workers : WorkerStore
        Tells whether a job that is asked to stop has anybody to hear it.
    clock : Clock
        Dates the changes.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        transport: Transport,
        provisioner: Provisioner,
        records: JobStore,
        outbox: Outbox,
        workers: WorkerStore,
        clock: Clock,
    ) -> None:
        self._registry = registry
        self._transport = transport
        self._provisioner = provisioner
        self._records = records
        self._outbox = outbox
        self._workers = workers
        self._clock = clock

    async def register(self, registration: Registration) -> AlgorithmRecord:
        """Record a new algorithm as ``REGISTERED``; ``reconcile`` does the rest.

        Raises
        ------
        AlreadyRegisteredError
            One that is not ``DELETED`` has this id.
        """
        return await self._registry.create(registered(registration, now=self._clock.now()))

    async def records(
        self, *, with_deleted: bool = False, limit: int = PAGE, after: str | None = None
    ) -> list[AlgorithmRecord]:
        """Return records by id; ``after`` pages on."""
        return await self._registry.records(with_deleted=with_deleted, limit=limit, after=after)

    async def show(self, algorithm_id: str) -> AlgorithmRecord:
        """Return one record, also of a deleted algorithm.

        Raises
        ------
        NotRegisteredError
            There is none.
        """
        return await self._registry.get(canonical_algorithm_id(algorithm_id))

    async def patch(self, algorithm_id: str, patch: AlgorithmPatch) -> Change:
        """Change an algorithm; its workers are replaced one by one.

        Of CPU and memory, one that is changed alone raises the other; the notes say so.

        Raises
        ------
        InvalidRegistrationError
            CPU and memory do not go together, or status and count contradict each other.
        NotRegisteredError, AlgorithmInactiveError
            There is none, or it is being deleted.
        RegistryConflictError
            Others changed it again and again meanwhile.
        """
        now = self._clock.now()
        return await self._change(algorithm_id, lambda record: patched(record, patch, now=now))

    async def scale(self, algorithm_id: str, count: int) -> Change:
        """Change how many workers an algorithm has; 0 refuses new jobs and keeps the queued ones.

        Raises
        ------
        InvalidRegistrationError
            No algorithm may have so many.
        NotRegisteredError, AlgorithmInactiveError, RegistryConflictError
            As ``patch``.
        """
        if not 0 <= count <= MAX_DESIRED_COUNT:
            message = f"expected 0 to {MAX_DESIRED_COUNT}, got {count}"
            raise InvalidRegistrationError([FieldError("desired_count", message)])
        now = self._clock.now()
        notes = () if count else (SCALED_TO_ZERO,)
        return await self._change(
            algorithm_id, lambda record: Change(scaled(record, count, now=now), notes)
        )

    async def delete(self, algorithm_id: str, *, hard: bool = False, force: bool = False) -> Change:
        """Scale an algorithm to zero and keep everything; or, ``hard``, remove it for good.

        A removed algorithm's record stays as ``DELETED``. Jobs that come while it is removed, and
        with ``force`` those in its queue, end as cancelled.

        Raises
        ------
        QueueNotEmptyError
            A hard delete without ``force``, and the queue holds jobs.
        NotRegisteredError, AlgorithmInactiveError, RegistryConflictError
            As ``patch``; a hard delete may be repeated.
        """
        if not hard:
            return await self.scale(algorithm_id, 0)
        now = self._clock.now()
        record = await self.show(algorithm_id)
        if record.status != "DELETING" and not force:
            await self._refuse_unless_empty(record)
        return await self._change(
            algorithm_id, lambda record: Change(deleted(record, now=now), (REMOVING,))
        )

    async def reconcile(self, algorithm_id: str) -> AlgorithmRecord:
        """Do what a record asks for, until it is done or has to be waited for.

        ``REGISTERED`` and ``PROVISIONING`` end in ``ACTIVE`` or ``ERROR``, ``DELETING`` in
        ``DELETED``; what waits for workers to start or to end stays as it is, and is for the next
        call. A record at rest is compared with its workers all the same, so that any call mends
        what a crash has left.

        Raises
        ------
        NotRegisteredError
            There is no record.
        RegistryConflictError
            Others changed it again and again meanwhile.
        TransportError, StateError
            A service did not answer; call again.
        """
        for _ in range(MAX_TRIES):
            record = await self.show(algorithm_id)
            changed = await self._step(record)
            if changed is None:
                return record
            try:
                await self._registry.replace(changed)
            except RegistryConflictError:
                continue
        raise _too_many(algorithm_id)

    async def cancel_orphans(self, *, older_than_seconds: float) -> int:
        """Cancel jobs on record that can never be published, for their algorithm is deleted.

        A job that was accepted while its algorithm was being removed is left so by a crash.

        Returns
        -------
        int
            How many were cancelled.

        Raises
        ------
        StateError, TransportError
            What was done stays done; the next call goes on.
        """
        before = self._clock.now() - older_than_seconds
        cancelled = 0
        after = None
        while records := await self._records.unpublished(before=before, limit=PAGE, after=after):
            after = records[-1].job.key
            for record in records:
                if await self._is_deleted(record.job.algo_id):
                    await self._cancel(record)
                    cancelled += 1
        return cancelled

    async def cancel_abandoned(self) -> int:
        """Cancel running jobs that are asked to stop, of algorithms without a worker to hear it.

        Whoever ran such a job is gone, and the next to take its message may never come.

        Returns
        -------
        int
            How many were cancelled.

        Raises
        ------
        StateError, TransportError
            What was done stays done; the next call goes on.
        """
        if not (await self._records.counts())["running"]:
            return 0
        since = self._clock.now() - SILENT_SECONDS
        alive = {each.algorithm_id for each in await self._workers.workers(since=since)}
        cancelled = 0
        after = None
        while records := await self._registry.records(limit=PAGE, after=after):
            after = records[-1].algorithm_id
            for algorithm_id in {each.algorithm_id for each in records} - alive:
                cancelled += await self._cancel_all(algorithm_id, "running", is_asked=True)
        return cancelled

    async def _step(self, record: AlgorithmRecord) -> AlgorithmRecord | None:
        """Go one step; return the record to write, or None when there is nothing to write."""
        if record.status == "DELETED":
            return None
        if record.status == "REGISTERED":
            return self._moved(record, asked(record, wish(record.desired_count)))
        try:
            if record.status == "DELETING":
                return await self._remove(record)
            return await self._ensure(record)
        except ProvisioningFailedError as error:
            return self._failed(record, str(error))

    async def _ensure(self, record: AlgorithmRecord) -> AlgorithmRecord | None:
        await self._transport.create_queue(
            request_queue(record.algorithm_id), queue_options(record)
        )
        provisioned = await self._provisioner.ensure(record)
        if record.status in {"PROVISIONING", "ACTIVE"}:
            return self._provisioned(record, provisioned)
        is_going = record.status == "SCALING_DOWN" or not record.is_settled
        if record.status == "ERROR" or not is_going or await self._provisioner.workers(record):
            return None
        return self._moved(replace(record, is_settled=True), found(record, "workers_ended"))

    def _provisioned(
        self, record: AlgorithmRecord, provisioned: Provisioned
    ) -> AlgorithmRecord | None:
        changed = replace(
            record,
            resource_status=provisioned.resources,
            is_settled=record.is_settled or provisioned.is_settled,
        )
        if provisioned.spec is not None:
            changed = learned(changed, provisioned.spec)
        status = found(record, "provisioned") if provisioned.is_ready else record.status
        changed = replace(changed, status=status, last_error=provisioned.trouble)
        return None if changed == record else self._moved(changed, status, provisioned.trouble)

    def _failed(self, record: AlgorithmRecord, why: str) -> AlgorithmRecord | None:
        status = found(record, "fail")
        if (status, why) == (record.status, record.last_error):
            return None
        return self._moved(replace(record, is_settled=False), status, why)

    async def _remove(self, record: AlgorithmRecord) -> AlgorithmRecord | None:
        await self._provisioner.remove(record)
        if await self._provisioner.workers(record):
            return None
        # The queue first: a job that is submitted meanwhile stays unpublished, and is found by
        # cancel_orphans; were its message deleted after the others were cancelled, nobody would.
        with suppress(QueueNotFoundError):  # An earlier call may have crashed after this.
            await self._transport.delete_queue(request_queue(record.algorithm_id), force=True)
        # Running jobs first: one that is handed back meanwhile is found as a queued one.
        await self._cancel_all(record.algorithm_id, "running")
        await self._cancel_all(record.algorithm_id, "queued")
        gone = replace(record, resource_status=ResourceStatus(), is_settled=True)
        return self._moved(gone, found(record, "removed"))

    async def _cancel_all(
        self, algorithm_id: str, state: JobState, *, is_asked: bool = False
    ) -> int:
        """Cancel the jobs of an algorithm; only those that are asked to stop, if ``is_asked``."""
        cancelled = 0
        before = None
        while page := await self._records.jobs(
            algo_id=algorithm_id, state=state, limit=PAGE, before=before
        ):
            before = page[-1].job.key
            for record in page:
                if record.cancel_requested or not is_asked:
                    await self._cancel(record)
                    cancelled += 1
        return cancelled

    async def _cancel(self, record: JobRecord) -> None:
        """End a job that no worker is left for; a mere request to stop would reach nobody."""
        finish = await self._records.finish(record.job, Ending(outcome="cancelled"))
        await self._outbox.announce(finish.result)

    async def _refuse_unless_empty(self, record: AlgorithmRecord) -> None:
        queue = request_queue(record.algorithm_id)
        try:
            depth = await self._transport.depth(queue)
        except QueueNotFoundError:
            return
        held = depth.waiting + depth.in_flight + depth.delayed
        if held:
            raise QueueNotEmptyError(
                f"{queue} holds {held} jobs; let them end first, or delete with force=true, which "
                "cancels them"
            )

    async def _is_deleted(self, algorithm_id: str) -> bool:
        try:
            return (await self.show(algorithm_id)).status == "DELETED"
        except NotRegisteredError:
            return False  # used without a registry: its worker makes the queue

    async def _change(
        self, algorithm_id: str, decide: Callable[[AlgorithmRecord], Change]
    ) -> Change:
        """Decide on a record and write it; when somebody else wrote meanwhile, decide anew."""
        for _ in range(MAX_TRIES):
            change = decide(await self.show(algorithm_id))
            try:
                return Change(await self._registry.replace(change.record), change.notes)
            except RegistryConflictError:
                continue
        raise _too_many(algorithm_id)

    def _moved(
        self, record: AlgorithmRecord, status: AlgorithmStatus, last_error: str = ""
    ) -> AlgorithmRecord:
        return moved(record, status, now=self._clock.now(), last_error=last_error)


def _too_many(algorithm_id: str) -> RegistryConflictError:
    return RegistryConflictError(
        f"{algorithm_id} was changed by others {MAX_TRIES} times meanwhile; try again"
    )
