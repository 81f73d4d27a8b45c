"""Operators register, change and delete; reconciling goes on from wherever a crash has left it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from mip.contracts import (
    RESULTS_QUEUE,
    AlgorithmSpec,
    Registration,
    ResourceStatus,
    decode_patch,
    decode_registration,
    decode_result,
    request_queue,
)
from mip.control import Admin, Provisioned
from mip.errors import (
    AlgorithmInactiveError,
    AlreadyRegisteredError,
    InvalidRegistrationError,
    NotRegisteredError,
    ProvisioningFailedError,
    QueueNotEmptyError,
    RegistryConflictError,
    TransportError,
)
from mip.outbox import Outbox
from mip.state import WorkerRecord, request_digest
from mip.state.sqlite import SqliteJobStore
from mip.state.sqlite_file import state_database
from mip.state.sqlite_workers import SqliteWorkerStore
from mip.testing import FakeClock
from mip.testing.state import make_test_job
from mip.transport import open_transport
from tests.unit.control_house import MemoryRegistry, ScriptedProvisioner, make_record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mip.contracts import AlgorithmRecord, AlgorithmStatus
    from mip.state import JobRecord, JobStore, WorkerStore
    from mip.transport import Transport

ALGORITHM = "threshold-filter"
QUEUE = request_queue(ALGORITHM)
FAILURE = ProvisioningFailedError("install docker")
SPEC = AlgorithmSpec(
    id=ALGORITHM, version="3.1.0", parameters={"type": "object", "properties": {}}, digest="d"
)


class House:
    """An admin with everything that it needs, in memory."""

    def __init__(
        self, transport: Transport, jobs: JobStore, workers: WorkerStore, clock: FakeClock
    ) -> None:
        self.transport = transport
        self.jobs = jobs
        self.workers = workers
        self.clock = clock
        self.registry = MemoryRegistry()
        self.provisioner = ScriptedProvisioner()
        self.outbox = Outbox(transport, jobs, clock=clock)
        self.admin = Admin(
            self.registry,
            transport=transport,
            provisioner=self.provisioner,
            records=jobs,
            outbox=self.outbox,
            workers=workers,
            clock=clock,
        )

    async def have(self, status: AlgorithmStatus, **changes: object) -> AlgorithmRecord:
        """Put an algorithm on record, with the queue and workers that go with its status."""
        record = await self.registry.create(make_record(status, **changes))
        if status not in {"REGISTERED", "DELETED"}:
            await self.transport.create_queue(QUEUE)
        return record

    async def submit(self, job_id: str) -> None:
        job = make_test_job(job_id)
        await self.outbox.submit_job(job)

    async def results(self) -> dict[str, str]:
        """Return what was announced, after the sweep that follows a crash."""
        self.clock.advance(60.0)
        await self.outbox.sweep(older_than_seconds=15.0)
        found: dict[str, str] = {}
        while deliveries := await self.transport.receive(RESULTS_QUEUE):
            await self.transport.settle(RESULTS_QUEUE, acks=[deliveries[0].receipt])
            result = decode_result(deliveries[0].body)
            found[result.job_id] = result.status
        return found


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = FakeClock()
    transport = open_transport(f"memory:{tmp_path}", clock=clock)
    database = state_database(tmp_path / "state.db", is_durable=False)
    jobs = SqliteJobStore(database, clock=clock)
    house = House(transport, jobs, SqliteWorkerStore(database), clock)
    await house.outbox.create_results_queue()
    yield house
    await jobs.aclose()
    await transport.aclose()


def registration(**fields: object) -> Registration:
    value: dict[str, object] = {"algo_id": ALGORITHM, "image_uri": "x", **fields}
    return decode_registration(value)  # type: ignore[arg-type] # JSON as an operator sends it


# Registering


async def test_registering_answers_before_anything_is_made(house: House) -> None:
    record = await house.admin.register(registration())
    assert (record.status, record.revision) == ("REGISTERED", 1)
    assert house.provisioner.calls == []
    assert QUEUE not in await house.transport.queues()


async def test_reconciling_makes_the_queue_and_the_workers_and_is_done(house: House) -> None:
    await house.admin.register(registration(desired_count=2))
    record = await house.admin.reconcile(ALGORITHM)
    assert record.status == "ACTIVE"
    assert record.resource_status == ResourceStatus(service="local")
    assert house.provisioner.alive == {ALGORITHM: 2}
    assert QUEUE in await house.transport.queues()
    assert await house.admin.reconcile(ALGORITHM) == record, "a record at rest is not written"


async def test_an_id_is_the_same_with_either_separator(house: House) -> None:
    await house.admin.register(registration())
    await house.admin.reconcile("threshold_filter")
    assert (await house.admin.show("threshold_filter")).status == "ACTIVE"
    with pytest.raises(AlreadyRegisteredError):
        await house.admin.register(registration(algo_id="threshold_filter"))


async def test_a_deleted_algorithm_can_be_registered_again(house: House) -> None:
    await house.have("DELETED")
    assert (await house.admin.register(registration())).status == "REGISTERED"


async def test_one_that_is_registered_with_no_workers_takes_no_jobs(house: House) -> None:
    await house.admin.register(registration(desired_count=0))
    assert (await house.admin.reconcile(ALGORITHM)).status == "SCALED_DOWN"


async def test_what_the_code_says_of_itself_is_put_on_record(house: House) -> None:
    house.provisioner.answer = Provisioned(spec=SPEC)
    await house.admin.register(registration(version="1.0"))
    assert (await house.admin.reconcile(ALGORITHM)).spec == SPEC


async def test_it_is_active_when_its_first_worker_has_started(house: House) -> None:
    house.provisioner.answer = Provisioned(is_ready=False)
    await house.admin.register(registration())
    assert (await house.admin.reconcile(ALGORITHM)).status == "PROVISIONING"
    house.provisioner.answer = Provisioned()
    assert (await house.admin.reconcile(ALGORITHM)).status == "ACTIVE"


async def test_a_change_is_settled_once_every_worker_is_as_it_asks(house: House) -> None:
    await house.have("ACTIVE")
    for change in (
        house.admin.patch(ALGORITHM, decode_patch({"env": {"X": "2"}})),
        house.admin.scale(ALGORITHM, 3),
    ):
        asked = (await change).record
        assert (asked.status, asked.is_settled) == ("ACTIVE", False)
        house.provisioner.answer = Provisioned(is_settled=False)
        waiting = await house.admin.reconcile(ALGORITHM)
        assert (waiting.status, waiting.is_settled) == ("ACTIVE", False)
        house.provisioner.answer = Provisioned()
        assert (await house.admin.reconcile(ALGORITHM)).is_settled


async def test_a_worker_that_is_started_again_unsettles_nothing(house: House) -> None:
    await house.have("ACTIVE")
    house.provisioner.answer = Provisioned(is_settled=False)
    assert (await house.admin.reconcile(ALGORITHM)).is_settled


async def test_what_is_registered_ended_or_deleted_is_settled_when_it_is_done(house: House) -> None:
    assert not (await house.admin.register(registration())).is_settled
    assert (await house.admin.reconcile(ALGORITHM)).is_settled
    for _ in range(2):  # The second time nothing is left to end.
        assert not (await house.admin.scale(ALGORITHM, 0)).record.is_settled
        assert (await house.admin.reconcile(ALGORITHM)).is_settled
    assert not (await house.admin.delete(ALGORITHM, hard=True)).record.is_settled
    assert (await house.admin.reconcile(ALGORITHM)).is_settled


async def test_a_change_that_cannot_be_made_is_never_settled(house: House) -> None:
    await house.have("ACTIVE")
    house.provisioner.failure = FAILURE
    await house.admin.patch(ALGORITHM, decode_patch({"image_uri": "broken"}))
    for _ in range(2):
        record = await house.admin.reconcile(ALGORITHM)
        assert (record.status, record.is_settled) == ("ERROR", False)


async def test_trouble_with_its_workers_is_told_while_it_goes_on(house: House) -> None:
    await house.have("ACTIVE")
    house.provisioner.answer = Provisioned(trouble="worker 0 died 5 times")
    record = await house.admin.reconcile(ALGORITHM)
    assert (record.status, record.last_error) == ("ACTIVE", "worker 0 died 5 times")
    house.provisioner.answer = Provisioned()
    assert (await house.admin.reconcile(ALGORITHM)).last_error == ""


@pytest.mark.parametrize("status", ["REGISTERED", "PROVISIONING", "ACTIVE"])
async def test_what_cannot_be_provisioned_is_an_error_with_the_remedy(
    house: House, status: AlgorithmStatus
) -> None:
    await house.have(status)
    house.provisioner.failure = FAILURE
    record = await house.admin.reconcile(ALGORITHM)
    assert (record.status, record.last_error) == ("ERROR", "install docker")
    assert house.provisioner.calls[-1] == "ensure ERROR 0", "its workers are ended"
    assert await house.admin.reconcile(ALGORITHM) == record


async def test_an_error_is_left_by_a_change(house: House) -> None:
    await house.have("ERROR", last_error="no")
    await house.admin.patch(ALGORITHM, decode_patch({"image_uri": "window"}))
    record = await house.admin.reconcile(ALGORITHM)
    assert (record.status, record.last_error, record.image_uri) == ("ACTIVE", "", "window")


async def test_a_service_that_is_away_is_no_error_of_the_algorithm(house: House) -> None:
    await house.admin.register(registration())
    await house.transport.aclose()
    with pytest.raises(TransportError):
        await house.admin.reconcile(ALGORITHM)
    assert (await house.admin.show(ALGORITHM)).status == "PROVISIONING"


# Changing


async def test_a_patch_is_on_record_at_once_and_keeps_taking_jobs(house: House) -> None:
    await house.have("ACTIVE")
    record, notes = await house.admin.patch("threshold_filter", decode_patch({"cpu": 4096}))
    assert (record.status, record.cpu, record.memory, record.revision) == ("ACTIVE", 4096, 8192, 2)
    assert notes == ("memory was set to 8192 MiB to go with cpu 4096",)
    assert await house.admin.show(ALGORITHM) == record


async def test_scaling_to_zero_keeps_everything_and_says_so(house: House) -> None:
    await house.have("ACTIVE")
    await house.submit("a")
    record, notes = await house.admin.delete(ALGORITHM)
    assert record.status == "SCALING_DOWN"
    assert "kept" in notes[0]
    assert "hard=true" in notes[0]
    assert (await house.admin.reconcile(ALGORITHM)).status == "SCALED_DOWN"
    assert (await house.transport.depth(QUEUE)).waiting == 1
    assert (await house.jobs.get(make_test_job("a").key)).state == "queued"
    await house.admin.scale(ALGORITHM, 3)
    record = await house.admin.reconcile(ALGORITHM)
    assert (record.status, record.desired_count) == ("ACTIVE", 3)
    assert house.provisioner.alive == {ALGORITHM: 3}


async def test_it_is_scaled_down_when_its_last_worker_has_ended(house: House) -> None:
    await house.have("ACTIVE")
    house.provisioner.alive[ALGORITHM] = 1
    house.provisioner.is_slow = True
    await house.admin.scale(ALGORITHM, 0)
    assert (await house.admin.reconcile(ALGORITHM)).status == "SCALING_DOWN"
    house.provisioner.is_slow = False
    assert (await house.admin.reconcile(ALGORITHM)).status == "SCALED_DOWN"


@pytest.mark.parametrize("count", [-1, 1001])
async def test_a_count_out_of_range_is_refused(house: House, count: int) -> None:
    await house.have("ACTIVE")
    with pytest.raises(InvalidRegistrationError, match="desired_count: expected 0 to 1000"):
        await house.admin.scale(ALGORITHM, count)


async def test_what_is_not_there_or_going_cannot_be_changed(house: House) -> None:
    with pytest.raises(NotRegisteredError):
        await house.admin.scale(ALGORITHM, 1)
    record = await house.have("DELETING")
    with pytest.raises(AlgorithmInactiveError):
        await house.admin.scale(ALGORITHM, 1)
    await house.registry.replace(replace(record, status="DELETED"))
    for call in (house.admin.delete(ALGORITHM), house.admin.delete(ALGORITHM, hard=True)):
        with pytest.raises(NotRegisteredError):
            await call


async def test_two_changes_at_a_time_are_both_kept(house: House) -> None:
    await house.have("ACTIVE")

    async def meddle() -> None:
        house.registry.meddle = None
        await house.admin.scale(ALGORITHM, 5)

    house.registry.meddle = meddle
    record, _ = await house.admin.patch(ALGORITHM, decode_patch({"description": "new"}))
    assert (record.desired_count, record.description) == (5, "new")


async def test_a_change_during_reconciling_is_what_holds(house: House) -> None:
    await house.have("PROVISIONING")

    async def meddle() -> None:
        house.registry.meddle = None
        await house.admin.scale(ALGORITHM, 0)

    house.registry.meddle = meddle
    assert (await house.admin.reconcile(ALGORITHM)).status == "SCALED_DOWN"
    assert house.provisioner.alive == {ALGORITHM: 0}


async def test_changes_without_end_by_others_are_given_up(house: House) -> None:
    await house.have("PROVISIONING")

    async def meddle() -> None:
        key = ALGORITHM
        house.registry._records[key] = replace(
            house.registry._records[key], revision=house.registry._records[key].revision + 1
        )

    house.registry.meddle = meddle
    with pytest.raises(RegistryConflictError, match="try again"):
        await house.admin.scale(ALGORITHM, 2)
    with pytest.raises(RegistryConflictError, match="try again"):
        await house.admin.reconcile(ALGORITHM)


# Removing


async def test_a_hard_delete_leaves_the_record_alone(house: House) -> None:
    await house.have("ACTIVE", resource_status=ResourceStatus(service="local"))
    house.provisioner.alive[ALGORITHM] = 1
    record, notes = await house.admin.delete(ALGORITHM, hard=True)
    assert record.status == "DELETING"
    assert notes
    record = await house.admin.reconcile(ALGORITHM)
    assert (record.status, record.resource_status) == ("DELETED", ResourceStatus())
    assert house.provisioner.alive == {}
    assert QUEUE not in await house.transport.queues()
    assert await house.admin.records() == []
    assert await house.admin.records(with_deleted=True) == [record]
    assert await house.admin.reconcile(ALGORITHM) == record


async def test_a_queue_with_jobs_is_deleted_by_force_only(house: House) -> None:
    await house.have("ACTIVE")
    await house.submit("waits")
    await house.submit("runs")
    with pytest.raises(QueueNotEmptyError, match=r"holds 2 jobs.*force=true"):
        await house.admin.delete(ALGORITHM, hard=True)
    assert (await house.admin.show(ALGORITHM)).status == "ACTIVE"
    await house.jobs.start(make_test_job("runs"), worker="a dead one")
    await house.admin.delete(ALGORITHM, hard=True, force=True)
    assert (await house.admin.reconcile(ALGORITHM)).status == "DELETED"
    assert await house.results() == {"waits": "cancelled", "runs": "cancelled"}


async def test_an_algorithm_whose_queue_was_never_made_is_deleted(house: House) -> None:
    await house.have("REGISTERED")
    await house.admin.delete(ALGORITHM, hard=True)
    assert (await house.admin.reconcile(ALGORITHM)).status == "DELETED"


async def test_jobs_of_other_algorithms_are_left_alone(house: House) -> None:
    await house.have("ACTIVE")
    job = replace(make_test_job("other"), algo_id="window")
    await house.jobs.submit(job, request_digest=request_digest(job))
    await house.admin.delete(ALGORITHM, hard=True)
    await house.admin.reconcile(ALGORITHM)
    assert (await house.jobs.get(job.key)).state == "queued"


async def test_what_cannot_be_removed_is_told_and_tried_again(house: House) -> None:
    await house.have("DELETING")
    house.provisioner.failure = FAILURE
    record = await house.admin.reconcile(ALGORITHM)
    assert (record.status, record.last_error) == ("DELETING", "install docker")
    house.provisioner.failure = None
    assert (await house.admin.reconcile(ALGORITHM)).status == "DELETED"


async def test_queues_stay_until_the_last_worker_has_ended(house: House) -> None:
    await house.have("DELETING")
    house.provisioner.alive[ALGORITHM] = 1
    house.provisioner.is_slow = True
    assert (await house.admin.reconcile(ALGORITHM)).status == "DELETING"
    assert QUEUE in await house.transport.queues()


async def test_a_job_handed_back_while_its_algorithm_is_removed_is_cancelled(
    house: House, monkeypatch
) -> None:
    await house.have("DELETING")
    job = make_test_job("a")
    await house.submit("a")
    await house.jobs.start(job, worker="w")
    listed = house.jobs.jobs

    async def jobs(**wanted: Any) -> list[JobRecord]:
        """Hand the job back as soon as jobs of one state were looked for."""
        found = await listed(**wanted)
        await house.jobs.release(job.key, worker="w")
        return found

    monkeypatch.setattr(house.jobs, "jobs", jobs)
    assert (await house.admin.reconcile(ALGORITHM)).status == "DELETED"
    assert await house.results() == {"a": "cancelled"}


class Crash(BaseException):
    """The process ends here."""


class CrashPoint:
    """Ends the process before or after the nth call of a service."""

    def __init__(self, place: int, *, is_done: bool) -> None:
        self.place = place
        self.is_done = is_done
        self.calls = 0

    def wrap(self, original):
        async def call(*args, **kwargs):
            is_here = self.calls == self.place
            self.calls += 1
            if is_here and not self.is_done:
                raise Crash
            answer = await original(*args, **kwargs)
            if is_here:
                raise Crash
            return answer

        return call


STEPS = ("create_queue", "ensure", "remove", "workers", "delete_queue", "replace", "finish")


@pytest.mark.parametrize("place", range(8))
@pytest.mark.parametrize(
    ("status", "end"),
    [("REGISTERED", "ACTIVE"), ("SCALING_DOWN", "SCALED_DOWN"), ("DELETING", "DELETED")],
)
@pytest.mark.parametrize("is_done", [False, True])
async def test_a_crash_before_or_after_any_call_is_gone_on_from(
    house: House, monkeypatch, status: AlgorithmStatus, end: str, place: int, is_done: bool
) -> None:
    await house.have(status)
    await house.transport.create_queue(QUEUE)
    await house.submit("a")
    house.provisioner.alive[ALGORITHM] = 1
    point = CrashPoint(place, is_done=is_done)
    with monkeypatch.context() as patch:
        for service in (house.transport, house.provisioner, house.registry, house.jobs):
            for name in filter(lambda name: hasattr(service, name), STEPS):
                patch.setattr(service, name, point.wrap(getattr(service, name)))
        with suppress(Crash):
            await house.admin.reconcile(ALGORITHM)
    assert (await house.admin.reconcile(ALGORITHM)).status == end
    is_gone = status == "DELETING"
    assert await house.results() == ({"a": "cancelled"} if is_gone else {})
    assert (QUEUE in await house.transport.queues()) is not is_gone


# Orphans


async def test_jobs_accepted_while_their_algorithm_was_deleted_are_cancelled(house: House) -> None:
    await house.have("DELETED")
    for job in (make_test_job("a"), replace(make_test_job("b"), algo_id="window")):
        await house.jobs.submit(job, request_digest=request_digest(job))
    assert await house.admin.cancel_orphans(older_than_seconds=60.0) == 0
    house.clock.advance(61.0)
    assert await house.admin.cancel_orphans(older_than_seconds=60.0) == 1
    assert await house.results() == {"a": "cancelled"}
    assert await house.admin.cancel_orphans(older_than_seconds=60.0) == 0


async def running(house: House, job_id: str, *, is_asked: bool) -> None:
    job = make_test_job(job_id)
    await house.jobs.start(job, worker="w")
    if is_asked:
        await house.jobs.cancel(job.key)


async def beat(house: House) -> None:
    """Have the algorithm's worker say that it lives."""
    now = house.clock.now()
    sign = WorkerRecord(
        name="w",
        algorithm_id=ALGORITHM,
        version="1.0",
        host="h",
        pid=1,
        slot="0",
        concurrency=1,
        started_at=now,
        seen_at=now,
    )
    await house.workers.beat(sign)


async def test_a_running_job_that_is_to_stop_is_cancelled_when_no_worker_hears(
    house: House,
) -> None:
    await house.have("SCALED_DOWN")
    await running(house, "asked", is_asked=True)
    await running(house, "not-asked", is_asked=False)
    await beat(house)
    assert await house.admin.cancel_abandoned() == 0, "its worker lives and stops it"
    house.clock.advance(31.0)
    assert await house.admin.cancel_abandoned() == 1
    assert await house.results() == {"asked": "cancelled"}
    assert (await house.jobs.get(make_test_job("not-asked").key)).state == "running"
    assert await house.admin.cancel_abandoned() == 0


async def test_nobody_is_asked_for_workers_while_no_job_runs(house: House) -> None:
    await house.have("SCALED_DOWN")
    await house.submit("queued")
    assert await house.admin.cancel_abandoned() == 0
    assert (await house.jobs.get(make_test_job("queued").key)).state == "queued"
