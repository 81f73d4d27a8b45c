from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from mip.clock import to_iso
from mip.contracts import (
    MAX_MESSAGE_BYTES,
    RESULTS_QUEUE,
    AlgorithmSpec,
    JobRequest,
    PathReference,
    decode_job,
    decode_result,
    encode_job,
    next_job_id,
    request_queue,
)
from mip.control import DeadLetters, Jobs
from mip.control.dead_letters import AT_ONCE
from mip.errors import (
    JobNotEndedError,
    JobNotFoundError,
    QueueNotFoundError,
    StateError,
    TransportError,
)
from mip.outbox import Outbox
from mip.outbox.messages import job_message
from mip.state.sqlite import SqliteJobStore
from mip.testing import FakeClock, faults
from mip.testing.state import ERROR, FAILED, SUCCEEDED, make_test_job
from mip.transport import Message, SetAside, open_transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mip.contracts import Job
    from mip.state import JobStore
    from mip.transport import DeadLetter, Delivery, Transport

ALGORITHM = "threshold-filter"
QUEUE = request_queue(ALGORITHM)


class House:
    """Control services over a transport and records, either of which may be scripted."""

    def __init__(self, transport: Transport, records: JobStore, clock: FakeClock) -> None:
        self.transport = transport
        self.records = records
        self.clock = clock
        self.dead = 0
        self.outbox = Outbox(transport, records, clock=clock)
        self.jobs = Jobs(records, outbox=self.outbox)
        self.dead_letters = DeadLetters(transport, records, outbox=self.outbox)

    async def dead_letter(self, body: bytes = b"not a job", *, reason: str = "broken") -> str:
        """Publish a message, take it and set it aside; return the letter's id."""
        known = {letter.id for letter in await self.transport.dead_letters(QUEUE)}
        self.dead += 1
        await self.transport.publish(
            QUEUE, [Message(body=body, group_id="g", dedup_id=str(self.dead))]
        )
        [delivery] = await self.transport.receive(QUEUE)
        await self.transport.settle(QUEUE, dead_letters=[SetAside(delivery.receipt, reason)])
        [letter] = [x for x in await self.transport.dead_letters(QUEUE) if x.id not in known]
        return letter.id

    async def dead_letter_job(self, job: Job) -> str:
        return await self.dead_letter(job_message(job).body, reason="algorithm.failed: it raised")

    async def messages(self, queue: str = QUEUE) -> list[Delivery]:
        taken: list[Delivery] = []
        while batch := await self.transport.receive(queue, max_messages=100):
            taken += batch
            await self.transport.settle(queue, acks=[item.receipt for item in batch])
        return taken

    async def letters(self) -> list[str]:
        return [letter.id for letter in await self.transport.dead_letters(QUEUE)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = FakeClock()
    transport = open_transport(f"memory:{tmp_path}", clock=clock)
    records = SqliteJobStore(tmp_path / "state.db", clock=clock, is_durable=False)
    house = House(transport, records, clock)
    await transport.create_queue(QUEUE)
    await house.outbox.create_results_queue()
    yield house
    await records.aclose()
    await transport.aclose()


# Jobs


async def test_a_client_submits_looks_and_cancels(house: House) -> None:
    request = JobRequest(
        client_id="client",
        job_id="a",
        pacs=PathReference(study_id="s", series_id="t", image_id="i"),
    )
    await house.jobs.submit(request, AlgorithmSpec(id=ALGORITHM, version="1.0"))
    assert (await house.jobs.show("client", "a")).state == "queued"
    assert [record.job.job_id for record in await house.jobs.page(client_id="client")] == ["a"]
    record = await house.jobs.cancel("client", "a")
    assert record.state == "cancelled"
    [message] = await house.messages(RESULTS_QUEUE)
    assert decode_result(message.body).status == "cancelled"
    assert len(await house.jobs.history("client", "a")) == 2
    assert [result.seq for result in await house.jobs.results("client")] == [1]


async def test_a_client_does_not_see_the_jobs_of_another(house: House) -> None:
    await house.records.start(make_test_job("a"), worker="w")
    for call in (house.jobs.show, house.jobs.cancel, house.jobs.retry):
        with pytest.raises(JobNotFoundError):
            await call("other", "a")
    assert await house.jobs.history("other", "a") == []
    assert await house.jobs.page(client_id="other") == []


async def test_cancelling_a_running_job_announces_nothing_yet(house: House) -> None:
    await house.records.start(make_test_job("a"), worker="w")
    assert (await house.jobs.cancel("client", "a")).cancel_requested
    assert await house.messages(RESULTS_QUEUE) == []


async def test_cancelling_a_job_that_has_ended_does_not_announce_it_again(house: House) -> None:
    result = (await house.records.finish(make_test_job("a"), SUCCEEDED)).result
    await house.outbox.announce(result)
    assert (await house.jobs.cancel("client", "a")).state == "succeeded"
    assert len(await house.messages(RESULTS_QUEUE)) == 1


async def ended(house: House, job: Job, end: str) -> None:
    if end == "cancelled":
        await house.records.submit(job, request_digest="x")
        await house.records.cancel(job.key)
    else:
        await house.records.finish(job, SUCCEEDED if end == "succeeded" else FAILED)


@pytest.mark.parametrize("end", ["succeeded", "failed", "cancelled"])
async def test_a_job_that_has_ended_is_retried_as_a_new_job_that_names_it(
    house: House, end: str
) -> None:
    job = make_test_job("a")
    await ended(house, job, end)
    before = await house.records.get(job.key)
    house.clock.advance(60)
    submission = await house.jobs.retry("client", "a")
    again = submission.record.job
    assert submission.is_new
    assert (again.parent, submission.record.state) == ("a", "queued")
    assert again.job_id != "a"
    assert again.submitted_at == to_iso(house.clock.now())
    assert (again.client_id, again.parameters, again.pacs) == ("client", job.parameters, job.pacs)
    [message] = await house.messages()
    assert decode_job(message.body) == again
    assert await house.records.get(job.key) == before
    assert (await house.jobs.show("client", again.job_id)).job.parent == "a"


@pytest.mark.parametrize("state", ["queued", "running"])
async def test_a_job_that_has_not_ended_is_not_retried(house: House, state: str) -> None:
    job = make_test_job("a")
    await house.records.submit(job, request_digest="x")
    if state == "running":
        await house.records.start(job, worker="w")
    with pytest.raises(JobNotEndedError, match=f"is {state}"):
        await house.jobs.retry("client", "a")
    assert len(await house.records.jobs()) == 1


async def test_a_job_retried_twice_is_retried_once_and_its_retry_can_be_retried(
    house: House,
) -> None:
    await ended(house, make_test_job("a"), "failed")
    first = await house.jobs.retry("client", "a")
    again = await house.jobs.retry("client", "a")
    assert (again.record.job, again.is_new) == (first.record.job, False)
    await house.records.finish(first.record.job, FAILED)
    third = await house.jobs.retry("client", first.record.job.job_id)
    assert third.is_new
    assert third.record.job.parent == first.record.job.job_id
    assert len(await house.messages()) == 2


@pytest.mark.parametrize("target", ["transport", "records"])
@pytest.mark.parametrize("number", range(1, 5))
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_retry_that_was_interrupted_can_be_repeated(
    house: House, target: str, number: int, when: faults.When
) -> None:
    await ended(house, make_test_job("a"), "failed")
    plan = {"*": {number: faults.fail(StateError("lost"), when=when)}}
    broken = House(
        faults.script(house.transport, plan if target == "transport" else {}),
        faults.script(house.records, plan if target == "records" else {}),
        house.clock,
    )
    try:
        await broken.jobs.retry("client", "a")
    except StateError:
        await house.jobs.retry("client", "a")
    await house.outbox.sweep(older_than_seconds=-1)
    assert len(await house.messages()) == 1
    assert len(await house.records.jobs()) == 2


# Dead letters


async def test_dead_letters_tell_their_job_its_state_and_why(house: House) -> None:
    failed, unknown = make_test_job("failed"), make_test_job("unknown")
    await house.records.finish(failed, FAILED)
    for job in (failed, unknown):
        await house.dead_letter_job(job)
    await house.dead_letter(b'{"client_id": "c", "job_id": "j"}')
    await house.dead_letter()
    letters = await house.dead_letters.page(ALGORITHM)
    assert [(x.client_id, x.job_id, x.algo_id, x.state) for x in letters] == [
        ("client", "failed", ALGORITHM, "failed"),
        ("client", "unknown", ALGORITHM, None),
        ("c", "j", ALGORITHM, None),
        (None, None, None, None),
    ]
    assert letters[0].reason == "algorithm.failed: it raised"
    assert letters[0].deliveries == 1
    page = await house.dead_letters.page(ALGORITHM, limit=1, after=letters[1].id)
    assert page == letters[2:3]


async def test_an_algorithm_without_a_queue_has_no_dead_letters(house: House) -> None:
    for call in (house.dead_letters.page, house.dead_letters.redrive, house.dead_letters.drop):
        with pytest.raises(QueueNotFoundError):
            await call("unheard-of")


async def test_a_job_that_has_not_ended_is_put_back_as_good_as_new(house: House) -> None:
    job = make_test_job("a")
    for _ in range(3):
        await house.records.start(job, worker="w")
        await house.records.fail_attempt(job.key, worker="w", error=ERROR)
    letter = await house.dead_letter_job(job)
    [redriven] = await house.dead_letters.redrive(ALGORITHM)
    assert (redriven.id, redriven.outcome, redriven.job_id) == (letter, "put_back", None)
    [message] = await house.messages()
    assert decode_job(message.body) == job
    record = await house.records.get(job.key)
    assert (record.state, record.starts, record.failures) == ("queued", 0, 0)
    assert await house.letters() == []


async def test_a_job_from_elsewhere_is_put_back(house: House) -> None:
    job = make_test_job("a")
    await house.dead_letter_job(job)
    [redriven] = await house.dead_letters.redrive(ALGORITHM)
    assert redriven.outcome == "put_back"
    assert len(await house.messages()) == 1


async def test_a_job_that_has_failed_is_run_again_as_a_new_job(house: House) -> None:
    job = make_test_job("a")
    await house.records.finish(job, FAILED)
    await house.dead_letter_job(job)
    house.clock.advance(60)
    [redriven] = await house.dead_letters.redrive(ALGORITHM)
    assert redriven.outcome == "run_again"
    assert redriven.job_id is not None
    [message] = await house.messages()
    again = decode_job(message.body)
    assert again.job_id == redriven.job_id != "a"
    assert again.parent == "a"
    assert (again.client_id, again.parameters, again.pacs) == ("client", job.parameters, job.pacs)
    assert await house.letters() == []
    await house.records.finish(again, SUCCEEDED)
    results = await house.records.results_after("client", 0)
    assert [(result.job_id, result.status) for result in results] == [
        ("a", "failed"),
        (again.job_id, "succeeded"),
    ]


async def test_a_job_that_fails_again_can_be_run_again(house: House) -> None:
    job = make_test_job("a")
    ids = ["a"]
    for _ in range(3):
        await house.records.finish(job, FAILED)
        await house.dead_letter_job(job)
        await house.dead_letters.redrive(ALGORITHM)
        [message] = await house.messages()
        job = decode_job(message.body)
        ids.append(job.job_id)
    assert len(set(ids)) == 4
    assert len({len(job_id) for job_id in ids[1:]}) == 1


async def test_a_retry_and_a_redrive_of_a_job_are_one_new_job(house: House) -> None:
    job = make_test_job("a")
    await ended(house, job, "failed")
    await house.dead_letter_job(job)
    retried = (await house.jobs.retry("client", "a")).record.job
    [redriven] = await house.dead_letters.redrive(ALGORITHM)
    assert (redriven.outcome, redriven.job_id) == ("run_again", retried.job_id)
    assert len(await house.messages()) == 1


async def test_the_letter_of_a_job_that_was_run_again_and_has_ended_is_dropped(
    house: House,
) -> None:
    job = make_test_job("a")
    await ended(house, job, "failed")
    await house.dead_letter_job(job)
    retried = (await house.jobs.retry("client", "a")).record.job
    await house.messages()
    await ended(house, retried, "failed")
    [redriven] = await house.dead_letters.redrive(ALGORITHM)
    assert (redriven.outcome, redriven.job_id) == ("has_ended", retried.job_id)
    [told] = await house.messages(RESULTS_QUEUE)
    assert decode_result(told.body).job_id == retried.job_id
    assert await house.letters() == []
    assert await house.messages() == []


@pytest.mark.parametrize("end", ["succeeded", "cancelled"])
async def test_a_job_that_need_not_run_again_has_its_result_announced(
    house: House, end: str
) -> None:
    job = make_test_job("a")
    await ended(house, job, end)
    await house.outbox.sweep(older_than_seconds=-1)
    await house.dead_letter_job(job)
    [redriven] = await house.dead_letters.redrive(ALGORITHM)
    assert redriven.outcome == "has_ended"
    assert await house.messages() == []
    assert await house.letters() == []
    told = [decode_result(m.body).status for m in await house.messages(RESULTS_QUEUE)]
    assert told == [end, end]


async def test_what_cannot_be_read_is_left_where_it_is(house: House) -> None:
    letter = await house.dead_letter()
    [redriven] = await house.dead_letters.redrive(ALGORITHM)
    assert (redriven.id, redriven.outcome) == (letter, "unreadable")
    assert await house.letters() == [letter]


async def test_no_more_letters_are_held_than_a_page_has(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = [await house.dead_letter() for _ in range(AT_ONCE + 2)]
    asked: list[int] = []
    read = house.transport.dead_letters

    async def noted(queue: str, *, limit: int = 100, after: str | None = None) -> list[DeadLetter]:
        asked.append(limit)
        return await read(queue, limit=limit, after=after)

    monkeypatch.setattr(house.transport, "dead_letters", noted)
    assert [each.id for each in await house.dead_letters.page(ALGORITHM, limit=1000)] == letters
    short = await house.dead_letters.page(ALGORITHM, limit=AT_ONCE + 1, after=letters[0])
    assert [each.id for each in short] == letters[1:]
    assert [each.id for each in await house.dead_letters.redrive(ALGORITHM)] == letters
    assert await house.dead_letters.drop(ALGORITHM) == len(letters)
    assert max(asked) == AT_ONCE


async def test_letters_that_die_meanwhile_are_left_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await house.dead_letter()
    read = house.transport.dead_letters
    later: list[str] = []

    async def dying(queue: str, *, limit: int = 100, after: str | None = None) -> list[DeadLetter]:
        found = await read(queue, limit=limit, after=after)
        if not found and not later:
            monkeypatch.undo()
            later.append(await house.dead_letter())
        return found

    monkeypatch.setattr(house.transport, "dead_letters", dying)
    assert await house.dead_letters.drop(ALGORITHM) == 1
    assert await house.letters() == later
    assert later != [first]


async def test_a_job_that_cannot_run_again_keeps_no_other_back(house: House) -> None:
    first, second = make_test_job("a"), make_test_job("b")
    letters = []
    for job in (first, second):
        await ended(house, job, "failed")
        letters.append(await house.dead_letter_job(job))
    taken = make_test_job(next_job_id("a"))
    await house.records.submit(taken, request_digest="another")
    refused, redriven = await house.dead_letters.redrive(ALGORITHM)
    assert (refused.id, refused.outcome, refused.code) == (
        letters[0],
        "refused",
        "state.job_conflict",
    )
    assert redriven.outcome == "run_again"
    assert await house.letters() == letters[:1]


async def test_a_job_without_room_for_another_id_keeps_no_other_back(house: House) -> None:
    long = replace(make_test_job("a"), parameters={"text": ""})
    room = MAX_MESSAGE_BYTES - len(encode_job(long))
    long = replace(long, parameters={"text": "x" * room})
    for job in (long, make_test_job("b")):
        await ended(house, job, "failed")
        await house.dead_letter_job(job)
    refused, redriven = await house.dead_letters.redrive(ALGORITHM)
    assert (refused.outcome, refused.code) == ("refused", "contract.payload_too_large")
    assert redriven.outcome == "run_again"


async def test_only_the_chosen_letters_are_redriven_or_dropped(house: House) -> None:
    first, second, third = [await house.dead_letter_job(make_test_job(job_id)) for job_id in "abc"]
    done = await house.dead_letters.redrive(ALGORITHM, ids=[second, "unknown"])
    assert [item.id for item in done] == [second]
    assert await house.letters() == [first, third]
    assert await house.dead_letters.drop(ALGORITHM, ids=[first, "unknown"]) == 1
    assert await house.letters() == [third]


async def test_dropping_a_letter_ends_a_job_that_had_not_ended(house: House) -> None:
    running, ended, absent = (make_test_job(job_id) for job_id in "abc")
    await house.records.start(running, worker="w")
    await house.records.finish(ended, FAILED)
    for job in (running, ended, absent):
        await house.dead_letter_job(job)
    await house.dead_letter()
    assert await house.dead_letters.drop(ALGORITHM) == 4
    assert await house.letters() == []
    codes = {
        result.job_id: result.error.code if result.error else None
        for result in await house.records.results_after("client", 0)
    }
    assert codes == {
        "a": "state.job_dropped",
        "b": "algorithm.failed",
        "c": "state.job_dropped",
    }
    assert len(await house.messages(RESULTS_QUEUE)) == 2


BROKEN = b'{"client_id": "client", "job_id": "a", "pacs": 1}'


async def test_dropping_a_broken_message_ends_its_job_for_what_is_wrong_with_it(
    house: House,
) -> None:
    await house.dead_letter(BROKEN)
    assert await house.dead_letters.drop(ALGORITHM) == 1
    [result] = await house.records.results_after("client", 0)
    assert (result.job_id, result.algo_id, result.status) == ("a", ALGORITHM, "failed")
    assert result.error is not None
    assert result.error.code == "contract.invalid_job"
    [message] = await house.messages(RESULTS_QUEUE)
    assert decode_result(message.body) == result


async def test_dropping_a_broken_message_whose_client_was_told_tells_nothing_more(
    house: House,
) -> None:
    await house.records.finish(make_test_job("a"), FAILED)
    await house.dead_letter(BROKEN)
    [letter] = await house.dead_letters.page(ALGORITHM)
    assert (letter.job_id, letter.state) == ("a", "failed")
    assert await house.dead_letters.drop(ALGORITHM) == 1
    assert len(await house.records.results_after("client", 0)) == 1
    assert await house.messages(RESULTS_QUEUE) == []


@pytest.mark.parametrize("target", ["transport", "records"])
@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("state", ["failed", "running"])
async def test_a_redrive_that_was_interrupted_can_be_repeated(
    house: House, target: str, number: int, when: faults.When, state: str
) -> None:
    job = make_test_job("a")
    if state == "failed":
        await house.records.finish(job, FAILED)
    else:
        await house.records.start(job, worker="w")
    await house.dead_letter_job(job)
    plan = {"*": {number: faults.fail(StateError("lost"), when=when)}}
    broken = House(
        faults.script(house.transport, plan if target == "transport" else {}),
        faults.script(house.records, plan if target == "records" else {}),
        house.clock,
    )
    try:
        await broken.dead_letters.redrive(ALGORITHM)
    except StateError:
        await house.dead_letters.redrive(ALGORITHM)
    assert await house.letters() == []
    await house.outbox.sweep(older_than_seconds=-1)
    jobs = {decode_job(message.body).job_id for message in await house.messages()}
    assert len(jobs) == 1
    assert len(await house.records.jobs()) == (2 if state == "failed" else 1)


async def test_a_letter_whose_job_cannot_be_published_stays(house: House) -> None:
    job = make_test_job("a")
    await house.records.finish(job, FAILED)
    letter = await house.dead_letter_job(job)
    plan = {"publish": {1: faults.before(TransportError("down"))}}
    broken = House(faults.script(house.transport, plan), house.records, house.clock)
    with pytest.raises(TransportError):
        await broken.dead_letters.redrive(ALGORITHM)
    assert await house.letters() == [letter]
