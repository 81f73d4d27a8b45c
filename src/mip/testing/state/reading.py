"""Reading: what is on record is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ...clock import to_iso
from ...contracts import (
    AttemptFailed,
    AttemptReleased,
    AttemptStarted,
    Job,
    JobFinished,
    JobQueued,
    UidReference,
)
from ...errors import JobNotFoundError
from ...state.base import MAX_EVENTS

if TYPE_CHECKING:
    from ...contracts import JobEvent
    from ...state import JobStore
    from ..clock import FakeClock

from .samples import ERROR, FAILED, OUTPUT, SUCCEEDED, UNKNOWN, ids_of, make_test_job, submitted


class ReadingConformance:
    """What is on record is found."""

    async def test_results_are_read_from_where_the_client_stopped(self, store: JobStore) -> None:
        for job_id in "abcd":
            await store.finish(make_test_job(job_id), SUCCEEDED)
        results = await store.results_after("client", 1, limit=2)
        assert [(result.seq, result.job_id) for result in results] == [(2, "b"), (3, "c")]
        assert await store.results_after("client", 4) == []
        assert await store.results_after("nobody", 0) == []

    async def test_events_tell_what_happened_in_order(self, store: JobStore) -> None:
        job = make_test_job("a")
        await submitted(store, job)
        await store.start(job, worker="v")
        await store.fail_attempt(job.key, worker="v", error=ERROR)
        await store.start(job, worker="w")
        await store.release(job.key, worker="w")
        await store.start(job, worker="w")
        await store.finish(job, FAILED)
        events = await store.events(job.key)
        at = events[0].at
        expected: list[JobEvent] = [
            JobQueued(at=at),
            AttemptStarted(at=at, worker="v"),
            AttemptFailed(at=at, worker="v", attempt=1, error=ERROR),
            AttemptStarted(at=at, worker="w"),
            AttemptReleased(at=at, worker="w"),
            AttemptStarted(at=at, worker="w"),
            JobFinished(at=at, outcome="failed", seq=1),
        ]
        assert events == expected
        assert await store.events(UNKNOWN) == []

    async def test_of_many_events_the_last_are_kept(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        job = make_test_job("a")
        for _ in range(MAX_EVENTS // 2 + 5):
            clock.advance(1)
            await store.start(job, worker="w")
            await store.release(job.key, worker="w")
        await store.finish(job, FAILED)
        at = to_iso(clock.now())
        events = await store.events(job.key)
        assert len(events) == MAX_EVENTS
        assert events[-3:] == [
            AttemptStarted(at=at, worker="w"),
            AttemptReleased(at=at, worker="w"),
            JobFinished(at=at, outcome="failed", seq=1),
        ]
        assert (await store.get(job.key)).starts == MAX_EVENTS // 2 + 5

    async def test_jobs_are_listed_newest_first_by_client_and_state(self, store: JobStore) -> None:
        for number, client_id in enumerate(["one", "two", "one", "one"]):
            await submitted(store, make_test_job(str(number), client_id=client_id))
        await store.finish(make_test_job("2", client_id="one"), SUCCEEDED)
        assert [r.job.job_id for r in await store.jobs()] == ["3", "2", "1", "0"]
        assert [r.job.job_id for r in await store.jobs(client_id="one")] == ["3", "2", "0"]
        assert [r.job.job_id for r in await store.jobs(state="succeeded")] == ["2"]
        queued = await store.jobs(client_id="one", state="queued", limit=1)
        assert [r.job.job_id for r in queued] == ["3"]
        rest = await store.jobs(client_id="one", state="queued", before=queued[0].job.key)
        assert [r.job.job_id for r in rest] == ["0"]

    async def test_jobs_of_one_algorithm_are_listed_newest_first(self, store: JobStore) -> None:
        for number, algo_id in enumerate(["otsu-1", "window", "otsu_1", "otsu-1"]):
            client_id = "two" if number == 3 else "one"
            job = make_test_job(str(number), client_id=client_id, algo_id=algo_id)
            await submitted(store, job)
        await store.cancel(make_test_job("0", client_id="one").key)
        for algo_id in ("otsu-1", "otsu_1"):
            assert ids_of(await store.jobs(algo_id=algo_id)) == ["3", "2", "0"]
        assert ids_of(await store.jobs(algo_id="otsu-1", client_id="one")) == ["2", "0"]
        assert ids_of(await store.jobs(algo_id="otsu-1", state="queued", client_id="one")) == ["2"]
        [newest] = await store.jobs(algo_id="otsu-1", limit=1)
        rest = await store.jobs(algo_id="otsu-1", before=newest.job.key, limit=1)
        assert ids_of(rest) == ["2"]
        assert await store.jobs(algo_id="edges") == []

    async def test_a_derived_object_is_found_once_a_result_has_it(self, store: JobStore) -> None:
        mask = replace(OUTPUT, role="mask", sop_instance_uid="2.25.2", key="window/2.25.2.dcm")
        job = make_test_job("a")
        await store.start(job, worker="w")
        assert await store.find_output("2.25.1") is None
        await store.finish(job, replace(SUCCEEDED, outputs=(OUTPUT, mask, OUTPUT)))
        await store.finish(job, replace(SUCCEEDED, outputs=(replace(OUTPUT, role="late"),)))
        assert await store.find_output("2.25.1") == OUTPUT
        assert await store.find_output("2.25.2", client_id="client") == mask
        assert await store.find_output("2.25") is None

    async def test_a_derived_object_is_found_among_one_clients_results(
        self, store: JobStore
    ) -> None:
        for client_id in ("one", "two"):
            output = replace(OUTPUT, bucket=client_id)
            job = make_test_job("a", client_id=client_id)
            await store.finish(job, replace(SUCCEEDED, outputs=(output,)))
            assert await store.find_output("2.25.1", client_id=client_id) == output
        found = await store.find_output("2.25.1")
        assert found is not None
        assert found.bucket in {"one", "two"}
        assert await store.find_output("2.25.1", client_id="nobody") is None

    async def test_jobs_that_have_not_ended_are_counted(self, store: JobStore) -> None:
        assert await store.counts() == {"queued": 0, "running": 0}
        for job_id in "abcd":
            await submitted(store, make_test_job(job_id))
        await submitted(store, make_test_job("e", client_id="other"))
        await store.start(make_test_job("a"), worker="w")
        assert await store.counts() == {"queued": 4, "running": 1}
        await store.start(make_test_job("b"), worker="w")
        await store.release(make_test_job("a").key, worker="w")
        await store.finish(make_test_job("c"), SUCCEEDED)
        await store.cancel(make_test_job("d").key)
        assert await store.counts() == {"queued": 2, "running": 1}
        assert await store.unfinished_of("client") == 2
        assert await store.unfinished_of("other") == 1
        assert await store.unfinished_of("nobody") == 0

    async def test_what_is_not_on_record_is_not_found(self, store: JobStore) -> None:
        for call in (
            store.get(UNKNOWN),
            store.cancel(UNKNOWN),
            store.fail_attempt(UNKNOWN, worker="w", error=ERROR),
            store.release(UNKNOWN, worker="w"),
            store.pin_instances(UNKNOWN, ("1.1",)),
            store.reset_attempts(UNKNOWN),
            store.jobs(before=UNKNOWN),
        ):
            with pytest.raises(JobNotFoundError):
                await call

    async def test_a_record_keeps_all_of_its_job(self, store: JobStore) -> None:
        job = Job(
            job_id="odd~id!",
            client_id="#client",
            pacs=UidReference(study_uid="1.2", series_uid="1.3", instance_uids=("1.4", "1.5")),
            parameters={"a": [1, 2.5, None], "b": {"c": True}, "d": "\u00e4\u20ac"},
            callback_url="https://client.example.com/results",
            ordering_key="k",
            algo_id="window",
            version="2.0",
            submitted_at="2026-01-01T00:00:00.000Z",
        )
        await submitted(store, job)
        assert (await store.get(job.key)).job == job
