from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mip.contracts import (
    MAX_MESSAGE_BYTES,
    RESULTS_QUEUE,
    AlgorithmSpec,
    JobRequest,
    PathReference,
    decode_job,
    decode_result,
    job_key,
    request_queue,
)
from mip.errors import (
    InvalidParametersError,
    JobConflictError,
    PayloadTooLargeError,
    QueueNotFoundError,
    StateError,
    TransportError,
)
from mip.outbox import Outbox, Rescued, Swept
from mip.outbox.messages import job_message, result_message
from mip.state import Ending
from mip.state.sqlite import SqliteJobStore
from mip.testing import FakeClock, faults
from mip.testing.state import FAILED, SUCCEEDED, make_test_job
from mip.transport import Message, QueueOptions, SetAside, open_transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mip.contracts import Job, Result
    from mip.state import JobStore
    from mip.transport import Delivery, Transport

SPEC = AlgorithmSpec(
    id="threshold_filter",
    version="1.0",
    parameters={
        "type": "object",
        "properties": {"threshold": {"type": "number", "minimum": 0, "default": 0.5}},
    },
)
QUEUE = request_queue(SPEC.id)
REQUEST = JobRequest(
    client_id="client",
    job_id="a",
    pacs=PathReference(study_id="s", series_id="t", image_id="i"),
    parameters={"threshold": 0.7},
)
KEY = job_key("client", "a")


class House:
    """An outbox over a transport and a store, either of which may be scripted."""

    def __init__(self, transport: Transport, jobs: JobStore, clock: FakeClock) -> None:
        self.transport = transport
        self.jobs = jobs
        self.clock = clock
        self.outbox = Outbox(transport, jobs, clock=clock)

    def scripted(self, transport: faults.Plan, jobs: faults.Plan) -> House:
        return House(
            faults.script(self.transport, transport), faults.script(self.jobs, jobs), self.clock
        )

    async def rescue(self) -> Rescued:
        return await self.outbox.rescue(QUEUE, algorithm_id=SPEC.id)

    async def messages(self, queue: str = QUEUE) -> list[Delivery]:
        """Take every message of a queue."""
        taken: list[Delivery] = []
        while batch := await self.transport.receive(queue, max_messages=100):
            taken += batch
            await self.transport.settle(queue, acks=[item.receipt for item in batch])
        return taken

    async def sweep(self) -> Swept:
        self.clock.advance(20)
        return await self.outbox.sweep(older_than_seconds=15)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = FakeClock()
    transport = open_transport(f"memory:{tmp_path}", clock=clock)
    jobs = SqliteJobStore(tmp_path / "state.db", clock=clock, is_durable=False)
    house = House(transport, jobs, clock)
    await transport.create_queue(QUEUE)
    await house.outbox.create_results_queue()
    yield house
    await jobs.aclose()
    await transport.aclose()


# Submitting


async def test_a_submitted_job_is_on_record_and_on_its_queue(house: House) -> None:
    submission = await house.outbox.submit(REQUEST, SPEC)
    record = submission.record
    assert submission.is_new
    assert (record.state, record.is_published) == ("queued", True)
    assert record == await house.jobs.get(KEY)
    [message] = await house.messages()
    assert decode_job(message.body) == record.job
    assert (message.dedup_id, message.group_id) == (KEY, record.job.group_id)
    assert (record.job.algo_id, record.job.version) == ("threshold-filter", "1.0")
    assert record.job.parameters == {"threshold": 0.7}


async def test_a_request_without_an_id_gets_one(house: House) -> None:
    request = JobRequest(client_id="client", pacs=REQUEST.pacs)
    first, second = [(await house.outbox.submit(request, SPEC)).record.job for _ in range(2)]
    assert first.job_id != second.job_id
    assert len(await house.messages()) == 2


async def test_wrong_parameters_are_refused_before_anything_is_recorded(house: House) -> None:
    request = JobRequest(client_id="c", pacs=REQUEST.pacs, parameters={"threshold": -1, "x": 1})
    with pytest.raises(InvalidParametersError) as caught:
        await house.outbox.submit(request, SPEC)
    assert {error.field for error in caught.value.errors} == {
        "parameters.threshold",
        "parameters.x",
    }
    assert await house.jobs.jobs() == []


async def test_a_job_longer_than_a_message_is_refused_before_anything_is_recorded(
    house: House,
) -> None:
    spec = AlgorithmSpec(
        id="label",
        version="1",
        parameters={"type": "object", "properties": {"text": {"type": "string"}}},
    )
    request = JobRequest(
        client_id="c", pacs=REQUEST.pacs, parameters={"text": "x" * MAX_MESSAGE_BYTES}
    )
    with pytest.raises(PayloadTooLargeError):
        await house.outbox.submit(request, spec)
    assert await house.jobs.jobs() == []


async def test_the_same_request_again_is_one_job_and_one_message(house: House) -> None:
    first = await house.outbox.submit(REQUEST, SPEC)
    again = await house.outbox.submit(REQUEST, SPEC)
    assert (again.is_new, again.record) == (False, first.record)
    house.clock.advance(400)
    await house.outbox.submit(REQUEST, SPEC)
    assert len(await house.messages()) == 1


async def test_a_request_for_another_algorithm_under_the_same_id_is_a_conflict(
    house: House,
) -> None:
    await house.outbox.submit(REQUEST, SPEC)
    with pytest.raises(JobConflictError):
        await house.outbox.submit(REQUEST, replace(SPEC, id="other"))


async def test_a_job_whose_queue_does_not_exist_yet_is_published_when_it_does(
    house: House,
) -> None:
    early = AlgorithmSpec(id="early", version="1")
    request = JobRequest(client_id="c", pacs=REQUEST.pacs)
    with pytest.raises(QueueNotFoundError):
        await house.outbox.submit(request, early)
    await house.jobs.submit(make_test_job("b"), request_digest="x")
    assert (await house.sweep()).published == 1
    assert len(await house.messages()) == 1
    await house.transport.create_queue(request_queue("early"))
    assert (await house.sweep()).published == 1
    assert len(await house.messages(request_queue("early"))) == 1


async def test_a_job_that_its_transport_never_takes_ends_as_failed(house: House) -> None:
    async def refuse(_: faults.Call) -> list[str]:
        return ["too_large"]

    scripted = house.scripted({"publish": {1: refuse}}, {})
    record = (await scripted.outbox.submit(REQUEST, SPEC)).record
    assert record.result is not None
    assert record.result.error is not None
    assert record.result.error.code == PayloadTooLargeError.code
    assert record.is_announced
    assert await house.sweep() == Swept(published=0, announced=0)


# Crashes of a submission

POINTS = [
    (target, number, when)
    for target, count in (("transport", 1), ("jobs", 2))
    for number in range(1, count + 1)
    for when in ("before", "after")
]


def plans(points: list[tuple[str, int, Any]], fault: Any) -> tuple[faults.Plan, faults.Plan]:
    by_target: dict[str, dict[int, faults.Fault]] = {"transport": {}, "jobs": {}}
    for target, number, when in points:
        by_target[target][number] = fault(when)
    return {"*": by_target["transport"]}, {"*": by_target["jobs"]}


async def test_the_points_are_all_the_calls_of_a_submission(house: House) -> None:
    scripted = house.scripted({}, {})
    await scripted.outbox.submit(REQUEST, SPEC)
    assert faults.calls(scripted.transport) == ["publish"]
    assert faults.calls(scripted.jobs) == ["submit", "mark_published"]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("repair", ["sweep", "submit again"])
@pytest.mark.parametrize("kind", ["error", "cancel"])
async def test_a_crash_anywhere_in_submit_leaves_one_message_and_one_record(
    house: House, point: tuple[str, int, faults.When], repair: str, kind: str
) -> None:
    with anyio.CancelScope() as scope:
        broken = house.scripted(
            *plans(
                [point],
                lambda when: (
                    faults.cancel(scope, when=when)
                    if kind == "cancel"
                    else faults.fail(TransportError("lost"), when=when)
                ),
            )
        )
        try:
            await broken.outbox.submit(REQUEST, SPEC)
        except TransportError:
            assert kind == "error"
    recorded = len(await house.jobs.jobs())
    assert recorded == (0 if point == ("jobs", 1, "before") else 1)
    if repair == "sweep":
        await house.sweep()
    else:
        await house.outbox.submit(REQUEST, SPEC)
        recorded = 1
    assert len(await house.jobs.jobs()) == recorded
    assert len(await house.messages()) == recorded
    assert await house.sweep() == Swept(published=0, announced=0)
    assert await house.messages() == []


@given(
    faulty=st.lists(
        st.tuples(
            st.sampled_from(["transport", "jobs"]),
            st.integers(1, 12),
            st.sampled_from(["before", "after"]),
        ),
        max_size=6,
    ),
    attempts=st.integers(1, 3),
)
@settings(max_examples=25, deadline=None)
def test_however_many_calls_fail_every_recorded_job_gets_one_message(
    faulty: list[tuple[str, int, faults.When]], attempts: int
) -> None:
    async def history(folder: str) -> None:
        clock = FakeClock()
        transport = open_transport(f"memory:{folder}", clock=clock)
        jobs = SqliteJobStore(Path(folder) / "state.db", clock=clock, is_durable=False)
        house = House(transport, jobs, clock)
        await transport.create_queue(QUEUE)
        await house.outbox.create_results_queue()
        broken = house.scripted(
            *plans(faulty, lambda when: faults.fail(StateError("lost"), when=when))
        )
        for job_id in "ab":
            for _ in range(attempts):
                try:
                    request = JobRequest(client_id="c", job_id=job_id, pacs=REQUEST.pacs)
                    await broken.outbox.submit(request, SPEC)
                    await broken.sweep()
                except StateError:
                    continue
        await house.sweep()
        records = await jobs.jobs()
        bodies = [decode_job(message.body).key for message in await house.messages()]
        assert sorted(bodies) == sorted(record.job.key for record in records)
        await jobs.aclose()
        await transport.aclose()

    with tempfile.TemporaryDirectory() as folder:
        anyio.run(history, folder)


# Announcing


async def finished(house: House, job_id: str = "a", ending: Ending = SUCCEEDED) -> Result:
    return (await house.jobs.finish(make_test_job(job_id), ending)).result


async def test_a_result_that_was_in_hand_at_many_crashes_is_not_set_aside(house: House) -> None:
    message = Message(body=b"a foreign result", group_id="g", dedup_id="d")
    await house.transport.publish(RESULTS_QUEUE, [message])
    for crashes in range(100):
        [delivery] = await house.transport.receive(RESULTS_QUEUE, lease_seconds=1)
        assert delivery.deliveries == crashes + 1
        house.clock.advance(2)
    assert await house.transport.dead_letters(RESULTS_QUEUE) == []


async def test_an_announced_result_is_on_the_results_queue_and_marked(house: House) -> None:
    result = await finished(house)
    await house.outbox.announce(result)
    [message] = await house.messages(RESULTS_QUEUE)
    assert decode_result(message.body) == result
    assert message.dedup_id == KEY
    assert (await house.jobs.get(KEY)).is_announced


async def test_results_of_a_client_are_one_group_and_of_another_are_another(house: House) -> None:
    results = [await finished(house, "a"), await finished(house, "b")]
    other = await house.jobs.finish(make_test_job("a", client_id="other"), SUCCEEDED)
    await house.outbox.announce_many([*results, other.result])
    groups = [result_message(result).group_id for result in (*results, other.result)]
    assert groups[0] == groups[1] != groups[2]
    assert "client" not in groups[0]
    found = [decode_result(m.body).seq for m in await house.messages(RESULTS_QUEUE)]
    assert sorted(seq or 0 for seq in found) == [1, 1, 2]


async def test_a_result_is_announced_twice_only_for_who_asks(house: House) -> None:
    result = await finished(house)
    for _ in range(2):
        await house.outbox.announce(result)
    assert len(await house.messages(RESULTS_QUEUE)) == 1
    await house.outbox.announce(result, again=True)
    assert len(await house.messages(RESULTS_QUEUE)) == 1


async def test_many_results_are_announced_in_batches(house: House) -> None:
    results = [await finished(house, str(number)) for number in range(150)]
    scripted = house.scripted({}, {})
    await scripted.outbox.announce_many(results)
    assert faults.calls(scripted.transport) == ["publish"] * 2
    assert faults.calls(scripted.jobs) == ["mark_announced"] * 2
    assert len(await house.messages(RESULTS_QUEUE)) == 150


@pytest.mark.parametrize("target", ["transport", "jobs"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_crash_anywhere_in_announce_leaves_one_message_and_a_mark(
    house: House, target: str, when: faults.When
) -> None:
    result = await finished(house)
    broken = house.scripted(
        *plans([(target, 1, when)], lambda when: faults.fail(StateError("lost"), when=when))
    )
    with pytest.raises(StateError):
        await broken.outbox.announce(result)
    await house.sweep()
    assert (await house.jobs.get(KEY)).is_announced
    [message] = await house.messages(RESULTS_QUEUE)
    assert decode_result(message.body) == result
    assert await house.sweep() == Swept(published=0, announced=0)


@pytest.mark.parametrize("longest", ["meta", "outputs"])
async def test_a_result_too_long_for_a_message_is_announced_without_its_bulk(
    house: House, longest: str
) -> None:
    output = SUCCEEDED.outputs[0]
    if longest == "meta":
        ending = Ending(outcome="succeeded", outputs=(output,), meta={"x": "y" * MAX_MESSAGE_BYTES})
    else:
        ending = Ending(outcome="succeeded", outputs=(output,) * 10_000)
    result = await finished(house, ending=ending)
    await house.outbox.announce(result)
    [message] = await house.messages(RESULTS_QUEUE)
    told = decode_result(message.body)
    assert (told.seq, told.status, told.dicom) == (1, "succeeded", result.dicom)
    assert (await house.jobs.get(KEY)).result == result


# Sweeping


async def test_a_sweep_leaves_young_records_alone(house: House) -> None:
    await house.jobs.submit(make_test_job("a"), request_digest="x")
    await finished(house, "b")
    assert await house.outbox.sweep(older_than_seconds=15) == Swept(published=0, announced=0)
    assert await house.sweep() == Swept(published=1, announced=1)


async def test_a_sweep_goes_on_past_one_batch(house: House) -> None:
    for number in range(120):
        await house.jobs.submit(make_test_job(f"j{number}"), request_digest="x")
        await finished(house, f"r{number}", FAILED)
    assert await house.sweep() == Swept(published=120, announced=120)
    assert len(await house.messages()) == 120
    assert len(await house.messages(RESULTS_QUEUE)) == 120


# Rescuing


async def set_aside(house: House, job: Job, *, dedup_id: str = "") -> None:
    """Let a queue dead-letter a job's message after one delivery without an end."""
    options = QueueOptions(max_receives=1, lease_seconds=30)
    await house.transport.create_queue(QUEUE, options)
    if not dedup_id:
        await house.outbox.submit_job(job)
    assert len(await house.transport.receive(QUEUE)) == 1
    house.clock.advance(31)
    assert await house.transport.receive(QUEUE) == []
    [letter] = await house.transport.dead_letters(QUEUE)
    assert letter.reason == "max_receives"


async def test_a_job_that_its_queue_set_aside_is_put_back_once_and_then_ends_as_failed(
    house: House,
) -> None:
    job = make_test_job("a")
    await set_aside(house, job)
    assert await house.rescue() == Rescued(put_back=1, failed=0)
    await set_aside(house, job, dedup_id="again")
    assert await house.rescue() == Rescued(put_back=0, failed=1)
    record = await house.jobs.get(job.key)
    assert record.result is not None
    assert record.result.error is not None
    assert record.result.error.code == "algorithm.crash_limit"
    assert record.is_announced
    assert await house.rescue() == Rescued(put_back=0, failed=0)
    assert len(await house.transport.dead_letters(QUEUE)) == 1


async def test_a_job_from_elsewhere_that_never_started_is_put_back(house: House) -> None:
    job = make_test_job("a")
    options = QueueOptions(max_receives=1, lease_seconds=30)
    await house.transport.create_queue(QUEUE, options)
    await house.transport.publish(QUEUE, [job_message(job)])
    await set_aside(house, job, dedup_id="foreign")
    assert await house.rescue() == Rescued(put_back=1, failed=0)


async def test_a_message_of_nobody_is_not_rescued(house: House) -> None:
    await house.transport.publish(QUEUE, [Message(body=b"x", group_id="g", dedup_id="d")])
    await set_aside(house, make_test_job("unused"), dedup_id="d")
    assert await house.rescue() == Rescued(put_back=0, failed=0)
    assert await house.jobs.jobs() == []


async def test_a_broken_message_that_its_queue_set_aside_fails_for_its_client_once(
    house: House,
) -> None:
    body = b'{"client_id": "client", "job_id": "a", "pacs": 1}'
    await house.transport.publish(QUEUE, [Message(body=body, group_id="g", dedup_id="d")])
    await set_aside(house, make_test_job("unused"), dedup_id="d")
    assert await house.rescue() == Rescued(put_back=0, failed=1)
    [result] = await house.jobs.results_after("client", 0)
    assert (result.job_id, result.algo_id, result.status) == ("a", SPEC.id, "failed")
    assert result.error is not None
    assert result.error.code == "contract.invalid_job"
    [message] = await house.messages(RESULTS_QUEUE)
    assert decode_result(message.body) == result
    other = House(house.transport, house.jobs, house.clock)
    assert await other.rescue() == Rescued(put_back=0, failed=0)
    assert len(await house.transport.dead_letters(QUEUE)) == 1


async def test_letters_that_need_no_rescue_are_left_alone(house: House) -> None:
    await set_aside(house, make_test_job("a"))
    await house.jobs.finish(make_test_job("a"), FAILED)
    await house.outbox.submit_job(make_test_job("b"))
    [delivery] = await house.transport.receive(QUEUE)
    dead_letters = [SetAside(delivery.receipt, "algorithm.failed: it raised")]
    await house.transport.settle(QUEUE, dead_letters=dead_letters)
    assert await house.rescue() == Rescued(put_back=0, failed=0)
    assert len(await house.transport.dead_letters(QUEUE)) == 2


async def test_a_letter_is_looked_at_once_unless_the_look_was_interrupted(house: House) -> None:
    job = make_test_job("a")
    await set_aside(house, job)
    broken = house.scripted({"redrive": {1: faults.before(TransportError("down"))}}, {})
    with pytest.raises(TransportError):
        await broken.rescue()
    assert await broken.rescue() == Rescued(put_back=1, failed=0)
    looks = faults.calls(broken.jobs).count("get")
    assert await broken.rescue() == Rescued(put_back=0, failed=0)
    assert faults.calls(broken.jobs).count("get") == looks
    await set_aside(house, job, dedup_id="again")
    assert await broken.rescue() == Rescued(put_back=0, failed=1)


# Without an event loop


class Simple:
    """Answers at once, as blocking adapters in a Lambda do."""

    def __init__(self) -> None:
        self.marked: list[str] = []

    async def publish(self, queue: str, messages: list[Any]) -> list[str]:
        return ["published"] * len(messages)

    async def mark_announced(self, keys: list[str]) -> None:
        self.marked += keys


def test_nothing_in_the_outbox_needs_an_event_loop() -> None:
    simple: Any = Simple()
    outbox = Outbox(simple, simple, clock=FakeClock())
    result = decode_result(b'{"job_id": "a", "client_id": "client"}')
    with pytest.raises(StopIteration):
        outbox.announce(result).send(None)
    assert simple.marked == [KEY]
