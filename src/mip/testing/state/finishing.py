"""Finishing: a job ends once, in one numbered result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from ...contracts import (
    JobKey,
    Result,
    StoredObject,
)

if TYPE_CHECKING:
    from ...state import Finish, JobStore
    from ..clock import FakeClock

from ...state import Ending
from .samples import (
    CANCELLED,
    ERROR,
    FAILED,
    OUTPUT,
    SUCCEEDED,
    UNKNOWN,
    keys_of,
    make_test_job,
    submitted,
)


class FinishingConformance:
    """A job ends once, in one numbered result."""

    async def test_finish_records_the_result(self, store: JobStore, clock: FakeClock) -> None:
        job = make_test_job("a")
        await store.start(job, worker="w")
        clock.advance(3)
        finish = await store.finish(job, SUCCEEDED)
        assert finish.is_first
        assert finish.result == Result(
            job_id="a",
            algo_id="threshold-filter",
            version="1.1",
            client_id="client",
            seq=1,
            status="succeeded",
            dicom=StoredObject(bucket="b", key="window/2.25.1.dcm"),
            outputs=(OUTPUT, OUTPUT),
            meta=SUCCEEDED.meta,
            timings={"run": 1.5},
        )
        record = await store.get(job.key)
        assert (record.state, record.result, record.finished_at) == (
            "succeeded",
            finish.result,
            clock.now(),
        )
        assert record.is_final
        assert (record.worker, record.crashes, record.is_announced) == (None, 0, False)

    async def test_a_failed_result_has_its_error_and_the_version_of_the_job(
        self, store: JobStore
    ) -> None:
        result = (await store.finish(make_test_job("a"), FAILED)).result
        assert (result.status, result.error, result.version) == ("failed", ERROR, "1.0")
        assert (result.dicom, result.outputs) == (None, ())

    async def test_an_object_without_outputs_is_kept(self, store: JobStore) -> None:
        dicom = StoredObject(bucket="b", key="foreign/1.dcm")
        ending = Ending(outcome="succeeded", dicom=dicom)
        result = (await store.finish(make_test_job("a"), ending)).result
        assert (result.dicom, result.outputs) == (dicom, ())

    async def test_the_first_end_of_a_job_wins(self, store: JobStore) -> None:
        job = make_test_job("a")
        first = await store.finish(job, FAILED)
        record = await store.get(job.key)
        second = await store.finish(job, SUCCEEDED)
        assert (second.result, second.is_first) == (first.result, False)
        assert await store.get(job.key) == record

    async def test_of_many_ends_at_once_one_is_first(self, store: JobStore) -> None:
        finishes: list[Finish] = []

        async def finish() -> None:
            finishes.append(await store.finish(make_test_job("a"), SUCCEEDED))

        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(finish)
        assert [item.is_first for item in finishes].count(True) == 1
        assert {item.result.seq for item in finishes} == {1}

    async def test_results_of_a_client_are_numbered_without_gaps(self, store: JobStore) -> None:
        async def finish(client_id: str, number: int) -> None:
            job = make_test_job(str(number), client_id=client_id)
            await store.finish(job, SUCCEEDED)
            await store.finish(job, FAILED)

        async with anyio.create_task_group() as tasks:
            for number in range(10):
                for client_id in ("one", "two"):
                    tasks.start_soon(finish, client_id, number)
        for client_id in ("one", "two"):
            results = await store.results_after(client_id, 0)
            assert [result.seq for result in results] == list(range(1, 11))
            assert {result.client_id for result in results} == {client_id}

    async def test_a_job_that_has_ended_is_not_started_failed_or_released(
        self, store: JobStore
    ) -> None:
        job = make_test_job("a")
        await store.start(job, worker="w")
        await store.finish(job, SUCCEEDED)
        record = await store.get(job.key)
        assert await store.start(job, worker="w") == record
        assert await store.fail_attempt(job.key, worker="w", error=ERROR) == 0
        await store.release(job.key, worker="w")
        await store.reset_attempts(job.key)
        assert await store.get(job.key) == record

    async def test_results_are_unannounced_until_they_are_marked(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        jobs = [make_test_job(job_id) for job_id in "abcd"]
        for job in jobs:
            await submitted(store, job)
        for job in reversed(jobs[1:]):
            await store.finish(job, SUCCEEDED)
        clock.advance(10)
        d, c, b = (job.key for job in reversed(jobs[1:]))
        await store.mark_announced([c, UNKNOWN])
        assert set(keys_of(await store.unannounced(before=clock.now()))) == {b, d}
        assert await store.unannounced(before=clock.now() - 10) == []
        assert (await store.get(c)).is_announced

    async def test_unannounced_results_are_paged_in_the_order_of_their_ends(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        jobs = [make_test_job(job_id) for job_id in "abcd"]
        for job in jobs:
            await submitted(store, job)
        for job, seconds in ((jobs[2], 1), (jobs[0], 0), (jobs[3], 0), (jobs[1], 1)):
            await store.finish(job, SUCCEEDED)
            clock.advance(seconds)
        seen: list[JobKey] = []
        while page := await store.unannounced(
            before=clock.now(), limit=1, after=seen[-1] if seen else None
        ):
            seen += keys_of(page)
        assert seen[0] == jobs[2].key
        assert sorted(seen) == sorted(job.key for job in jobs)

    async def test_cancelling_a_queued_job_ends_it(self, store: JobStore) -> None:
        job = make_test_job("a")
        await submitted(store, job)
        record = await store.cancel(job.key)
        assert record.state == "cancelled"
        assert record.result is not None
        assert (record.result.status, record.result.seq) == ("cancelled", 1)
        assert (await store.start(job, worker="w")).starts == 0

    async def test_cancelling_a_running_job_asks_its_worker_to_stop(self, store: JobStore) -> None:
        running, other = make_test_job("a"), make_test_job("b")
        for job in (running, other):
            await store.start(job, worker="w")
        assert await store.cancel_requested([running.key, other.key]) == set()
        record = await store.cancel(running.key)
        assert (record.state, record.cancel_requested) == ("running", True)
        assert await store.cancel_requested([running.key, other.key, UNKNOWN]) == {running.key}
        assert (await store.finish(running, CANCELLED)).is_first

    async def test_cancelling_a_finished_job_changes_nothing(self, store: JobStore) -> None:
        job = make_test_job("a")
        await store.finish(job, SUCCEEDED)
        record = await store.get(job.key)
        assert await store.cancel(job.key) == record

    async def test_a_job_that_ended_elsewhere_is_told_to_its_worker(self, store: JobStore) -> None:
        job = make_test_job("a")
        await store.start(job, worker="w")
        await store.finish(job, SUCCEEDED)
        assert await store.cancel_requested([job.key]) == {job.key}

    @pytest.mark.parametrize("end", ["fail", "release", "crash"])
    async def test_a_job_that_is_asked_to_stop_is_not_started_again(
        self, store: JobStore, end: str
    ) -> None:
        job = make_test_job("a")
        await store.start(job, worker="w")
        await store.cancel(job.key)
        if end == "fail":
            assert await store.fail_attempt(job.key, worker="w", error=ERROR) == 1
            assert (await store.get(job.key)).state == "cancelled"
        elif end == "release":
            await store.release(job.key, worker="w")
            assert (await store.get(job.key)).state == "cancelled"
        record = await store.start(job, worker="w")
        assert (record.state, record.starts) == ("cancelled", 1)
        assert [result.seq for result in await store.results_after("client", 0)] == [1]
