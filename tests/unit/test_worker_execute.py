from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import anyio
import anyio.lowlevel
import msgspec
import pytest

from mip.clock import SystemClock
from mip.contracts import (
    AlgorithmSpec,
    ErrorInfo,
    Job,
    JobRequest,
    JsonValue,
    PathReference,
    Result,
    encode_job,
    make_job,
)
from mip.errors import (
    AlgorithmFailedError,
    Discard,
    InstanceNotFoundError,
    JobNotFoundError,
    MalformedDicomError,
    ObjectConflictError,
    PacsError,
    RetryAfter,
    StateError,
    StorageError,
    TransportError,
)
from mip.pacs.base import Instance
from mip.state import JobRecord, JobStore, open_job_store
from mip.testing import faults
from mip.transport import Delivery
from mip.transport.base import MAX_LEASE_SECONDS
from mip.worker.execute import SPENT_FOLDERS, Executor
from mip.worker.holds import Capacity, Hold, StopReason
from mip.worker.messages import DerivedFile, ProcessReport, ProcessRequest
from mip.worker.options import WorkerOptions
from mip.worker.verdicts import ACK, DROP, GIVE_BACK, Verdict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mip.contracts import ImageReference

pytestmark = pytest.mark.usefixtures("no_blocking")

SPEC = AlgorithmSpec(
    id="noop",
    version="2.0.0",
    parameters={"type": "object", "properties": {"index": {"type": "integer", "default": 0}}},
)
OPTIONS = WorkerOptions(concurrency=1, backoff_seconds=0.0)
SERIES = PathReference(study_id="s", series_id="s", scope="series")


class Script:
    """Answers a call by the next of these; the last one stays."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[Any] = []

    def __call__(self, argument: Any) -> Any:
        self.calls.append(argument)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


class FakePacs:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers = Script([Instance(locator="i", instance_uid="1.2")])

    async def resolve(self, reference: ImageReference) -> list[Instance]:
        return cast("list[Instance]", self.answers(reference))

    @asynccontextmanager
    async def fetch(self, instance: Instance) -> AsyncIterator[Path]:
        yield self.path


class FakeObjects:
    bucket = "bucket"
    staging = None

    def __init__(self) -> None:
        self.puts = Script("created")

    async def put(self, key: str, path: Path) -> str:
        return str(self.puts(key))


class FakePool:
    def __init__(self) -> None:
        self.answers = Script(report())
        self.gate: anyio.Event | None = None
        self.started = anyio.Event()

    async def process(self, request: ProcessRequest) -> ProcessReport:
        answer = self.answers(request)
        self.started.set()
        if self.gate is not None:
            await self.gate.wait()
        return cast("ProcessReport", answer)


class FakeAnnounce:
    def __init__(self) -> None:
        self.answers = Script(None)

    async def submit(self, result: Result) -> None:
        self.answers(result)


def report() -> ProcessReport:
    output = DerivedFile(
        role="image", sop_instance_uid="2.25.1", sop_class_uid="1.2", path="x", sha256="0" * 64
    )
    return ProcessReport(outputs=(output,), meta={"area": 1}, timings={"run": 1.0})


class Rig:
    def __init__(self, jobs: JobStore, folder: Path) -> None:
        self.jobs = jobs
        self.pacs, self.objects, self.pool = FakePacs(folder), FakeObjects(), FakePool()
        self.announce = FakeAnnounce()
        self.capacity = Capacity(OPTIONS)
        self.free = self.capacity.free
        self.executor = Executor(
            pacs=cast("Any", self.pacs),
            objects=cast("Any", self.objects),
            jobs=jobs,
            pool=cast("Any", self.pool),
            announce=cast("Any", self.announce),
            capacity=self.capacity,
            spec=SPEC,
            folder=folder / "work",
            options=OPTIONS,
            name="w",
            clock=SystemClock(),
            jitter=lambda: 0.0,
        )

    def with_faults(self, plan: faults.Plan) -> Rig:
        """Return a rig over the same records, whose calls go as planned."""
        return Rig(faults.script(self.jobs, plan), self.pacs.path)

    def job(
        self,
        *,
        pacs: ImageReference | None = None,
        algo_id: str = "noop",
        parameters: dict[str, JsonValue] | None = None,
    ) -> Job:
        reference = pacs or PathReference(study_id="s", series_id="s", image_id="i")
        request = JobRequest(job_id="j", client_id="c", pacs=reference, parameters=parameters or {})
        return make_job(request, algo_id=algo_id, version="1.0.0", now=SystemClock().now())

    async def run(self, job: Job | bytes, *, deliveries: int = 1) -> Verdict:
        body = encode_job(job) if isinstance(job, Job) else job
        self.hold = hold_of(body, deliveries=deliveries)
        return await self.executor.run(self.hold)

    async def put_off(self) -> JobRecord:
        """Wait until a job waits in hand for long; return its record."""
        with anyio.fail_after(10):
            while self.capacity.free == self.free:
                await anyio.lowlevel.checkpoint()
        return await self.record()

    async def record(self) -> JobRecord:
        return await self.jobs.get(self.job().key)

    async def code(self) -> str:
        result = (await self.record()).result
        assert result is not None
        assert result.error is not None
        return result.error.code


def hold_of(body: bytes, *, deliveries: int = 1) -> Hold:
    delivery = Delivery(
        body=body,
        group_id="g",
        dedup_id="d",
        receipt="r",
        deliveries=deliveries,
        deadline=0.0,
        published_at=1e9,
    )
    return Hold(delivery, now=0.0, lease_seconds=60.0)


@asynccontextmanager
async def running(rig: Rig, job: Job, *, deliveries: int = 1) -> AsyncIterator[list[Verdict]]:
    """Run a job beside the context, which ends when the job is to be settled."""
    verdicts: list[Verdict] = []

    async def run() -> None:
        verdicts.append(await rig.run(job, deliveries=deliveries))

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
            yield verdicts


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    jobs = await open_job_store(f"sqlite:{tmp_path / 'state.db'}")
    yield Rig(jobs, tmp_path)
    await jobs.aclose()


async def test_a_job_is_stored_finished_announced_and_acked(rig: Rig) -> None:
    assert await rig.run(rig.job()) == ACK
    record = await rig.record()
    assert record.result is not None
    assert record.result.status == "succeeded"
    assert record.result.version == "2.0.0"
    assert record.result.meta == {"area": 1}
    assert {"queue", "fetch", "run", "store"} <= set(record.result.timings)
    assert rig.objects.puts.calls == ["noop/2.25.1.dcm"]
    assert rig.announce.answers.calls == [record.result]


class LitteringPool(FakePool):
    """Makes each request's folder, and leaves a file in every second one."""

    async def process(self, request: ProcessRequest) -> ProcessReport:
        await anyio.Path(request.folder).mkdir(parents=True)
        if len(self.answers.calls) % 2:
            await anyio.Path(request.folder, "left").write_bytes(b"x")
        return await super().process(request)


async def test_spent_folders_are_removed_with_what_is_left_in_them(
    rig: Rig, tmp_path: Path
) -> None:
    rig.executor._pool = cast("Any", LitteringPool())
    for number in range(SPENT_FOLDERS):
        job = msgspec.structs.replace(rig.job(), job_id=f"j{number}")
        assert await rig.run(job) == ACK
    assert [path async for path in anyio.Path(tmp_path, "work").iterdir()] == []


async def test_a_broken_message_with_ids_gives_its_client_one_failed_result(rig: Rig) -> None:
    verdict = await rig.run(b'{"job_id": "j", "client_id": "c", "algo_id": "noop"}')
    assert verdict.kind == "dead_letter"
    assert await rig.code() == "contract.invalid_job"


async def test_a_message_that_is_nobody_s_job_is_set_aside(rig: Rig) -> None:
    verdict = await rig.run(b"\xff")
    assert verdict.kind == "dead_letter"
    assert "contract.invalid" in verdict.reason
    assert await rig.jobs.jobs() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"algo_id": "other"}, "algorithm.unknown"),
        ({"parameters": {"index": "x", "colour": 1}}, "contract.invalid_parameters"),
    ],
)
async def test_a_job_that_cannot_run_here_fails_at_once(
    rig: Rig, changes: dict[str, Any], code: str
) -> None:
    assert (await rig.run(rig.job(**changes))).kind == "dead_letter"
    assert await rig.code() == code
    assert rig.pool.answers.calls == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InstanceNotFoundError("no such image"), "pacs.instance_not_found"),
        (MalformedDicomError("it ends early"), "dicom.malformed"),
        (Discard("no liver"), "algorithm.discarded"),
    ],
)
async def test_a_permanent_failure_fails_at_the_first_attempt(
    rig: Rig, error: Exception, code: str
) -> None:
    rig.pool.answers = Script(error)
    verdict = await rig.run(rig.job())
    assert verdict.kind == "dead_letter"
    assert code in verdict.reason
    assert await rig.code() == code
    assert len(rig.pool.answers.calls) == 1


async def test_a_different_object_under_a_result_s_key_fails_the_job_at_once(rig: Rig) -> None:
    rig.objects.puts = Script(ObjectConflictError("another object has this key"))
    verdict = await rig.run(rig.job())
    assert (verdict.kind, await rig.code()) == ("dead_letter", "storage.conflict")
    result = (await rig.record()).result
    assert result is not None
    assert result.outputs == ()
    assert len(rig.objects.puts.calls) == 1


async def test_outages_are_waited_out_without_an_attempt_however_many(rig: Rig) -> None:
    rig.pacs.answers.answers[:0] = [PacsError("down")] * 3
    rig.objects.puts.answers[:0] = [StorageError("full")] * 3
    assert await rig.run(rig.job()) == ACK
    record = await rig.record()
    assert (record.starts, record.failures, record.releases) == (7, 0, 6)
    assert record.state == "succeeded"


async def test_an_outage_begins_anew_after_another_failure(rig: Rig) -> None:
    hold = hold_of(b"")
    for seconds, error in enumerate([PacsError("m"), PacsError("m"), AlgorithmFailedError("m")]):
        hold.note(error, now=10.0 + seconds)
    assert hold.outages == 0
    hold.note(StorageError("m"), now=20.0)
    hold.note(StorageError("m"), now=30.0)
    assert (hold.outages, hold.outage_began_at) == (2, 20.0)


async def test_the_third_failed_attempt_is_the_last(rig: Rig) -> None:
    rig.pool.answers = Script(AlgorithmFailedError("it raised"))
    assert (await rig.run(rig.job())).kind == "dead_letter"
    assert await rig.code() == "algorithm.failed"
    assert len(rig.pool.answers.calls) == 3


async def test_attempts_are_counted_over_workers(rig: Rig) -> None:
    rig.pool.answers = Script(AlgorithmFailedError("it raised"))
    job = rig.job()
    for _ in range(2):
        await rig.jobs.start(job, worker="other")
        error = ErrorInfo(code="algorithm.failed", message="m")
        await rig.jobs.fail_attempt(job.key, worker="other", error=error)
    await rig.run(job)
    assert len(rig.pool.answers.calls) == 1


async def test_an_unexpected_exception_is_tried_to_the_limit_and_named_by_type(rig: Rig) -> None:
    rig.pool.answers = Script(KeyError("Doe^Jane"))
    await rig.run(rig.job())
    result = (await rig.record()).result
    assert result is not None
    assert result.error is not None
    assert result.error.code == "worker.internal"
    assert "Doe" not in result.error.message


async def test_a_job_that_is_put_off_for_long_stays_in_hand_and_ends_when_cancelled(
    rig: Rig,
) -> None:
    rig.pool.answers = Script(RetryAfter(3600.0, "scanner busy"))
    before = SystemClock().now()
    async with running(rig, rig.job()) as verdicts:
        record = await rig.put_off()
        assert (record.state, record.failures, record.releases) == ("queued", 0, 1)
        assert record.retry_at is not None
        assert 3600.0 <= record.retry_at - before < 3700.0
        await rig.jobs.cancel(rig.job().key)
        rig.hold.stop(StopReason.CANCELLED)
    assert verdicts == [ACK]


async def test_a_job_that_is_met_before_its_time_waits_for_it(rig: Rig) -> None:
    rig.pool.answers = Script(RetryAfter(3600.0, "scanner busy"), report())
    async with running(rig, rig.job()) as verdicts:
        await rig.put_off()
        rig.hold.stop(StopReason.RELEASED)
    async with running(rig, rig.job(), deliveries=2) as verdicts:
        await rig.put_off()
        rig.hold.stop(StopReason.RELEASED)
    assert verdicts == [GIVE_BACK]
    assert len(rig.pool.answers.calls) == 1


async def test_a_job_that_is_met_when_its_time_has_come_runs(rig: Rig) -> None:
    await rig.jobs.start(rig.job(), worker="v")
    await rig.jobs.release(rig.job().key, worker="v", retry_at=SystemClock().now() - 1.0)
    assert await rig.run(rig.job(), deliveries=2) == ACK


async def test_a_message_from_elsewhere_that_is_met_again_runs(rig: Rig) -> None:
    assert await rig.run(rig.job(), deliveries=2) == ACK


async def test_a_finished_job_met_again_is_not_run_again(rig: Rig) -> None:
    await rig.run(rig.job())
    announced = len(rig.announce.answers.calls)
    await rig.jobs.mark_announced([rig.job().key])
    assert await rig.run(rig.job()) == ACK
    assert len(rig.pool.answers.calls) == 1
    assert len(rig.announce.answers.calls) == announced


async def test_a_finished_job_that_was_never_announced_is_announced(rig: Rig) -> None:
    rig.announce.answers = Script(TransportError("down"), None)
    assert await rig.run(rig.job()) == ACK
    assert await rig.run(rig.job()) == ACK
    assert len(rig.announce.answers.calls) == 2
    assert len(rig.pool.answers.calls) == 1


async def test_a_failed_job_met_again_is_set_aside_again(rig: Rig) -> None:
    rig.pool.answers = Script(MalformedDicomError("it ends early"))
    first = await rig.run(rig.job())
    assert await rig.run(rig.job()) == first
    assert len(rig.pool.answers.calls) == 1


async def test_a_job_that_was_cancelled_in_the_queue_never_runs(rig: Rig) -> None:
    job = rig.job()
    await rig.jobs.submit(job, request_digest="d")
    await rig.jobs.cancel(job.key)
    assert await rig.run(job) == ACK
    assert rig.pool.answers.calls == []


async def test_a_job_that_crashed_its_workers_to_the_limit_fails(rig: Rig) -> None:
    job = rig.job()
    for _ in range(OPTIONS.max_crashes):
        await rig.jobs.start(job, worker="dead")
    assert (await rig.run(job)).kind == "dead_letter"
    assert await rig.code() == "algorithm.crash_limit"
    assert rig.pool.answers.calls == []


async def stop_while_running(rig: Rig, reason: StopReason) -> Verdict:
    rig.pool.gate = anyio.Event()
    verdicts: list[Verdict] = []

    async def run() -> None:
        verdicts.append(await rig.run(rig.job()))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        with anyio.fail_after(10.0):
            await rig.pool.started.wait()
        rig.hold.stop(reason)
    return verdicts[0]


async def test_a_lost_lease_suppresses_the_result(rig: Rig) -> None:
    assert await stop_while_running(rig, StopReason.LEASE_LOST) == DROP
    record = await rig.record()
    assert (record.state, record.releases, record.result) == ("queued", 1, None)
    assert rig.announce.answers.calls == []


async def test_a_released_job_is_given_back_and_counts_as_no_failure(rig: Rig) -> None:
    assert await stop_while_running(rig, StopReason.RELEASED) == Verdict(kind="nack")
    record = await rig.record()
    assert (record.starts, record.failures, record.releases) == (1, 0, 1)


async def test_a_running_job_that_is_cancelled_ends_as_cancelled(rig: Rig) -> None:
    assert await stop_while_running(rig, StopReason.CANCELLED) == ACK
    assert (await rig.record()).state == "cancelled"


async def test_a_series_is_retried_with_the_instances_of_its_first_attempt(rig: Rig) -> None:
    one, two = (Instance(locator=uid, instance_uid=uid) for uid in ("1.1", "1.2"))
    rig.pacs.answers = Script([one], [one, two], [one])
    rig.pool.answers = Script(AlgorithmFailedError("it raised"), report())
    assert await rig.run(rig.job(pacs=SERIES)) == ACK
    assert [len(call.paths) for call in rig.pool.answers.calls] == [1, 1]
    assert rig.pacs.answers.calls[-1].instance_uids == ("1.1",)


async def test_a_series_that_gains_a_broken_file_is_retried_without_it(rig: Rig) -> None:
    one, broken = Instance(locator="1", instance_uid="1.1"), Instance(locator="2")
    rig.pacs.answers = Script([one], [one, broken], [one])
    rig.pool.answers = Script(AlgorithmFailedError("it raised"), report())
    assert await rig.run(rig.job(pacs=SERIES)) == ACK
    assert [len(call.paths) for call in rig.pool.answers.calls] == [1, 1]


OUT = faults.before(StateError("the disk is full"))


@pytest.mark.parametrize("call", ["start", "finish"])
async def test_records_that_do_not_answer_are_waited_for(rig: Rig, call: str) -> None:
    faulty = rig.with_faults({call: dict.fromkeys(range(1, 21), OUT)})
    assert await faulty.run(faulty.job()) == ACK
    record = await rig.record()
    assert (record.starts, record.failures, record.crashes) == (1, 0, 0)
    assert len(faulty.pool.answers.calls) == 1


async def test_a_broken_message_waits_for_records_to_tell_its_client(rig: Rig) -> None:
    faulty = rig.with_faults({"finish": dict.fromkeys(range(1, 21), OUT)})
    verdict = await faulty.run(b'{"job_id": "j", "client_id": "c", "algo_id": "noop"}')
    assert verdict.kind == "dead_letter"
    assert await rig.code() == "contract.invalid_job"


async def test_a_failure_is_counted_once_when_records_were_away(rig: Rig) -> None:
    faulty = rig.with_faults({"fail_attempt": {1: OUT, 2: OUT}, "get": {1: OUT}})
    faulty.pool.answers = Script(AlgorithmFailedError("it raised"), report())
    assert await faulty.run(faulty.job()) == ACK
    record = await rig.record()
    assert (record.starts, record.failures, record.crashes) == (2, 1, 0)


async def test_a_stop_ends_the_wait_for_records(rig: Rig) -> None:
    waits = anyio.Event()

    async def out(_: object) -> None:
        waits.set()
        raise StateError("the disk is full")

    faulty = rig.with_faults({"finish": dict.fromkeys(range(1, 10_000), out), "release": {1: OUT}})
    verdicts: list[Verdict] = []

    async def run() -> None:
        verdicts.append(await faulty.run(faulty.job()))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        with anyio.fail_after(10.0):
            await waits.wait()
        faulty.hold.stop(StopReason.RELEASED)
    assert verdicts == [GIVE_BACK]


async def test_a_cancelled_task_is_cancelled_though_records_do_not_answer(rig: Rig) -> None:
    faulty = rig.with_faults({"release": {1: OUT}})
    faulty.pool.gate = anyio.Event()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(faulty.run, faulty.job())
        with anyio.fail_after(10.0):
            await faulty.pool.started.wait()
        tasks.cancel_scope.cancel()
    assert tasks.cancel_scope.cancelled_caught
    assert faulty.hold.reason is StopReason.RELEASED


async def test_a_record_that_is_gone_gives_the_message_back(rig: Rig) -> None:
    faulty = rig.with_faults({"finish": {1: faults.before(JobNotFoundError("purged"))}})
    verdict = await faulty.run(faulty.job())
    assert verdict.kind == "nack"
    assert verdict.delay_seconds > 0


async def test_a_job_too_many_that_is_put_off_is_hidden_for_as_long_as_a_queue_can(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Capacity, "MAX_PUT_OFF", 0)
    rig.pool.answers = Script(RetryAfter(10 * 86_400.0, "next week"))
    assert await rig.run(rig.job()) == Verdict(kind="nack", delay_seconds=MAX_LEASE_SECONDS)
