"""The results queue: what comes over it is on record before it is acknowledged."""

from __future__ import annotations

import json

import anyio
import anyio.lowlevel
import pytest

from mip.contracts import RESULTS_QUEUE, job_key
from mip.control import Results
from mip.errors import StateError, TransportError
from mip.outbox import Outbox
from mip.server.collector import LEASE_SECONDS, Collector
from mip.server.hub import Hub
from mip.state import Ending, open_stores
from mip.testing import FakeClock
from mip.transport import Message, open_transport

from .house import job_of

FOREIGN = {
    "job_id": "j",
    "client_id": "a",
    "algo_id": "noop",
    "dicom": {"bucket": "b", "key": "noop/1.dcm", "url": "https://old.example.com/1"},
    "meta": {"area": 3},
}


class Desk:
    """A collector over real stores, whose time stands still."""

    def __init__(self, stores, transport, clock):
        self.stores = stores
        self.transport = transport
        self.clock = clock
        self.slept = 0.0
        self.owed = anyio.Event()
        self.hub = Hub(most=10)
        self.outbox = Outbox(transport, stores.jobs, clock=clock)

    async def sleep(self, seconds):
        """Let the time pass at once."""
        self.slept += seconds
        self.clock.advance(seconds)
        await anyio.lowlevel.checkpoint()

    def collector(self, jobs=None):
        results = Results(
            jobs or self.stores.jobs, callbacks=self.stores.callbacks, clock=self.clock
        )
        return Collector(
            self.transport,
            results=results,
            hub=self.hub,
            on_owed=self.owed.set,
            sleep=self.sleep,
        )

    async def publish(self, *bodies):
        messages = [
            Message(
                body=body if isinstance(body, bytes) else json.dumps(body).encode(),
                group_id=f"g{number}",
                dedup_id=f"d{number}",
            )
            for number, body in enumerate(bodies)
        ]
        await self.transport.publish(RESULTS_QUEUE, messages)

    async def results(self, client_id="a"):
        return await self.stores.jobs.results_after(client_id, 0)

    async def left(self):
        depth = await self.transport.depth(RESULTS_QUEUE)
        return depth.waiting + depth.in_flight + depth.delayed


@pytest.fixture
async def desk(tmp_path):
    clock = FakeClock()
    stores = await open_stores(f"sqlite:{tmp_path / 'state.db'}", clock=clock)
    transport = open_transport("memory:", clock=clock)
    desk = Desk(stores, transport, clock)
    await desk.outbox.create_results_queue()
    yield desk
    await transport.aclose()
    await stores.aclose()


async def submit(desk, job):
    await desk.stores.jobs.submit(job, request_digest="d")


async def test_a_result_of_a_foreign_worker_gets_its_place(desk):
    await submit(desk, job_of("a", "j"))
    await desk.publish(FOREIGN)
    assert await desk.collector().collect() == 1
    [result] = await desk.results()
    assert (result.seq, result.status, result.meta) == (1, "succeeded", {"area": 3})
    assert (result.dicom.key, result.dicom.url) == ("noop/1.dcm", None)
    record = await desk.stores.jobs.get(job_key("a", "j"))
    assert (record.is_announced, await desk.left()) == (True, 0)


@pytest.mark.parametrize("error", ["it broke", {"code": "x.y", "message": "it broke"}])
async def test_an_error_without_status_means_failed(desk, error):
    await submit(desk, job_of("a", "j"))
    await desk.publish({"job_id": "j", "client_id": "a", "error": error})
    await desk.collector().collect()
    [result] = await desk.results()
    assert (result.status, result.error.message) == ("failed", "it broke")


async def test_a_job_that_nobody_submitted_here_is_recorded(desk):
    await desk.publish(FOREIGN, {"job_id": "k", "client_id": "a"})
    await desk.collector().collect()
    assert [(each.seq, each.algo_id) for each in await desk.results()] == [
        (1, "noop"),
        (2, "unknown"),
    ]


async def test_a_message_of_ours_only_wakes(desk):
    finish = await desk.stores.jobs.finish(job_of("a", "j"), Ending(outcome="failed"))
    await desk.publish({**FOREIGN, "status": "succeeded"})
    with desk.hub.bell("a") as bell, desk.hub.bell("b") as stranger:
        await desk.collector().collect()
        with anyio.fail_after(5):
            await bell.rung()
        assert not stranger._event.is_set()
    assert await desk.results() == [finish.result]


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"[]", {"job_id": "j"}, {"job_id": "j", "client_id": ""}, {"client_id": 1}],
)
async def test_what_is_no_result_is_set_aside_and_holds_nothing_up(desk, body):
    await desk.publish(body, FOREIGN)
    assert await desk.collector().collect() == 2
    [letter] = await desk.transport.dead_letters(RESULTS_QUEUE)
    assert letter.reason.startswith("contract.invalid")
    assert [each.job_id for each in await desk.results()] == ["j"]


class Failing:
    """Records of which one call fails, at some of its calls."""

    def __init__(self, jobs, method, errors):
        self._jobs = jobs
        self._method = method
        self._errors = list(errors)

    def __getattr__(self, name):
        if name == self._method and self._errors:
            error = self._errors.pop(0)

            async def fail(*_, **__):
                raise error

            return fail
        return getattr(self._jobs, name)


@pytest.mark.parametrize("method", ["get", "finish"])
async def test_records_that_do_not_answer_are_waited_for(desk, method):
    await submit(desk, job_of("a", "j"))
    await desk.publish(FOREIGN)
    outage = [StateError("out")] * 12
    collector = desk.collector(Failing(desk.stores.jobs, method, outage))
    assert await collector.collect() == 1
    assert desk.slept > LEASE_SECONDS
    assert [each.seq for each in await desk.results()] == [1]
    assert await desk.left() == 0
    assert await desk.transport.dead_letters(RESULTS_QUEUE) == []


@pytest.mark.parametrize("method", ["get", "finish", "mark_announced", "settle"])
async def test_a_server_that_dies_anywhere_loses_and_doubles_nothing(desk, method):
    await submit(desk, job_of("a", "j", callback_url="https://client.example.com/"))
    await desk.publish(FOREIGN)
    killed = anyio.get_cancelled_exc_class()
    collector = desk.collector(Failing(desk.stores.jobs, method, [killed()]))
    if method == "settle":
        collector._transport = Failing(desk.transport, method, [killed()])
    with pytest.raises(killed):
        await collector.collect()
    desk.clock.advance(LEASE_SECONDS)
    assert await desk.collector().collect() == 1
    assert [each.seq for each in await desk.results()] == [1]
    owed = await desk.stores.callbacks.due(limit=10, lease_seconds=1)
    assert [each.job_id for each in owed] == ["j"]
    assert desk.owed.is_set()
    assert await desk.left() == 0


async def test_a_killed_server_holds_up_its_clients_next_results_for_ten_seconds(desk):
    messages = [
        Message(
            body=json.dumps({**FOREIGN, "job_id": job_id}).encode(), group_id="a", dedup_id=job_id
        )
        for job_id in ("j", "k")
    ]
    await desk.transport.publish(RESULTS_QUEUE, messages[:1])
    killed = anyio.get_cancelled_exc_class()
    with pytest.raises(killed):
        await desk.collector(Failing(desk.stores.jobs, "get", [killed()])).collect()
    await desk.transport.publish(RESULTS_QUEUE, messages[1:])
    assert await desk.collector().collect() == 0
    desk.clock.advance(10.0)
    while await desk.left():
        assert await desk.collector().collect()
    assert [each.job_id for each in await desk.results()] == ["j", "k"]


async def test_a_queue_that_does_not_answer_is_asked_again(desk):
    await desk.publish(FOREIGN)
    collector = desk.collector()
    collector._transport = Failing(desk.transport, "receive", [TransportError("out")] * 3)
    async with anyio.create_task_group() as tasks:
        with desk.hub.bell("a") as bell:
            tasks.start_soon(collector.run)
            with anyio.fail_after(5):
                await bell.rung()
        tasks.cancel_scope.cancel()
    assert desk.slept == 0.5 + 1 + 2
    assert [each.seq for each in await desk.results()] == [1]
