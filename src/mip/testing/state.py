"""What every job store must do: one test per sentence of :mod:`mip.state.base`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import anyio
import pytest
from msgspec.structs import replace

from ..contracts import (
    AttemptFailed,
    AttemptReleased,
    AttemptStarted,
    ErrorInfo,
    Job,
    JobFinished,
    JobKey,
    JobQueued,
    Output,
    PathReference,
    Result,
    StoredObject,
    UidReference,
    job_key,
)
from ..errors import JobConflictError, JobNotFoundError
from ..state import Ending, Finish, JobRecord, JobStore, Submission, request_digest

if TYPE_CHECKING:
    from ..contracts import JobEvent
    from .clock import FakeClock

ERROR = ErrorInfo(code="algorithm.failed", message="the algorithm raised ValueError")
OUTPUT = Output(
    role="image", sop_instance_uid="2.25.1", bucket="b", key="window/2.25.1.dcm", sha256="0" * 64
)
SUCCEEDED = Ending(
    outcome="succeeded",
    version="1.1",
    outputs=(OUTPUT, OUTPUT),
    meta={"area": 3.5, "labels": [1, None, "a"], "nested": {"found": True}},
    timings={"run": 1.5},
)
FAILED = Ending(outcome="failed", error=ERROR)
CANCELLED = Ending(outcome="cancelled")
UNKNOWN = job_key("nobody", "nothing")

Reopen = Callable[[], Awaitable[JobStore]]


def make_test_job(
    job_id: str,
    *,
    client_id: str = "client",
    algo_id: str = "threshold-filter",
    threshold: float = 0.5,
) -> Job:
    """Make a job on an image that does not exist."""
    return Job(
        job_id=job_id,
        client_id=client_id,
        pacs=PathReference(study_id="s", series_id="t", image_id="i"),
        parameters={"threshold": threshold},
        algo_id=algo_id,
        version="1.0",
        submitted_at="2026-01-01T00:00:00.000Z",
    )


class JobStoreConformance:
    """Subclass it and give three fixtures.

    ``clock``
        The store's clock, a :class:`mip.testing.FakeClock`.
    ``store``
        An open, empty store.
    ``reopen``
        An async function that opens what ``store`` keeps anew, as another process would.
    """

    # Submitting

    async def test_a_submitted_job_is_queued_and_unpublished(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        job = make_test_job("a")
        submission = await _submit(store, job)
        assert submission.is_new
        record = submission.record
        assert (record.job, record.state, record.submitted_at) == (job, "queued", clock.now())
        assert (record.is_published, record.is_announced, record.is_final) == (False,) * 3
        assert record == await store.get(job.key)

    async def test_the_same_request_again_is_the_same_job(self, store: JobStore) -> None:
        first = await _submit(store, make_test_job("a"))
        again = await _submit(store, make_test_job("a"))
        assert not again.is_new
        assert again.record == first.record
        assert len(await store.jobs()) == 1

    async def test_another_request_under_the_same_id_is_a_conflict(self, store: JobStore) -> None:
        first = await _submit(store, make_test_job("a"))
        with pytest.raises(JobConflictError):
            await _submit(store, make_test_job("a", threshold=0.6))
        assert await store.get(first.record.job.key) == first.record

    async def test_job_ids_are_unique_within_their_client_only(self, store: JobStore) -> None:
        await _submit(store, make_test_job("a", client_id="one"))
        other = await _submit(store, make_test_job("a", client_id="two", threshold=0.6))
        assert other.is_new

    async def test_a_submission_is_new_for_one_of_many_at_once(self, store: JobStore) -> None:
        submissions: list[Submission] = []

        async def submit() -> None:
            submissions.append(await _submit(store, make_test_job("a")))

        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(submit)
        assert [item.is_new for item in submissions].count(True) == 1

    async def test_jobs_on_no_queue_are_listed_oldest_first(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        keys = []
        for job_id in "abcd":
            keys.append((await _submit(store, make_test_job(job_id))).record.job.key)
            clock.advance(10)
        await store.mark_published([keys[1], UNKNOWN])
        before = clock.now() - 5
        assert _keys(await store.unpublished(before=before)) == [keys[0], keys[2], keys[3]]
        assert _keys(await store.unpublished(before=before - 10)) == [keys[0], keys[2]]
        assert _keys(await store.unpublished(before=before, limit=1)) == [keys[0]]
        assert _keys(await store.unpublished(before=before, after=keys[0])) == [keys[2], keys[3]]

    async def test_a_job_that_has_started_or_ended_need_not_be_published(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        for job_id in "ab":
            await _submit(store, make_test_job(job_id))
        await store.start(make_test_job("a"), worker="w")
        await store.cancel(make_test_job("b").key)
        assert await store.unpublished(before=clock.now() + 1) == []
        assert (await store.get(make_test_job("a").key)).is_published

    # Working

    async def test_a_start_is_counted_and_the_job_runs(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        job = make_test_job("a")
        await _submit(store, job)
        clock.advance(5)
        record = await store.start(job, worker="w")
        assert (record.state, record.worker, record.starts) == ("running", "w", 1)
        assert record.started_at == clock.now()
        assert (record.failures, record.releases, record.crashes) == (0, 0, 0)
        assert record == await store.get(job.key)

    async def test_a_message_from_elsewhere_is_recorded_when_it_starts(
        self, store: JobStore
    ) -> None:
        job = make_test_job("a")
        record = await store.start(job, worker="w")
        assert (record.job, record.state, record.is_published) == (job, "running", True)
        assert not (await _submit(store, job)).is_new

    async def test_a_failed_attempt_is_counted_and_the_job_queued(self, store: JobStore) -> None:
        job = make_test_job("a")
        for failures in (1, 2):
            await store.start(job, worker="w")
            assert await store.fail_attempt(job.key, worker="w", error=ERROR) == failures
        record = await store.get(job.key)
        assert (record.state, record.worker, record.starts) == ("queued", None, 2)
        assert (record.failures, record.releases, record.crashes) == (2, 0, 0)

    async def test_a_job_handed_back_is_queued_and_has_not_failed(self, store: JobStore) -> None:
        job = make_test_job("a")
        await store.start(job, worker="w")
        await store.release(job.key, worker="w")
        record = await store.get(job.key)
        assert (record.state, record.worker, record.starts) == ("queued", None, 1)
        assert (record.failures, record.releases, record.crashes) == (0, 1, 0)

    async def test_an_attempt_that_was_open_when_the_next_began_is_a_crash(
        self, store: JobStore
    ) -> None:
        job = make_test_job("a")
        for crashes, worker in enumerate("vww"):
            assert (await store.start(job, worker=worker)).crashes == crashes
        await store.fail_attempt(job.key, worker="w", error=ERROR)
        record = await store.start(job, worker="w")
        assert (record.starts, record.failures, record.crashes) == (4, 1, 2)

    async def test_a_worker_cannot_end_the_attempt_of_another(self, store: JobStore) -> None:
        job = make_test_job("a")
        await store.start(job, worker="zombie")
        expected = await store.start(job, worker="w")
        assert await store.fail_attempt(job.key, worker="zombie", error=ERROR) == 0
        await store.release(job.key, worker="zombie")
        assert await store.get(job.key) == expected

    async def test_an_attempt_ends_once(self, store: JobStore) -> None:
        job = make_test_job("a")
        await store.start(job, worker="w")
        await store.release(job.key, worker="w")
        assert await store.fail_attempt(job.key, worker="w", error=ERROR) == 0

    async def test_the_first_list_of_instances_is_kept(self, store: JobStore) -> None:
        job = make_test_job("a")
        await store.start(job, worker="w")
        assert await store.pin_instances(job.key, ("1.1", "1.2")) == ("1.1", "1.2")
        assert await store.pin_instances(job.key, ("1.3",)) == ("1.1", "1.2")
        assert (await store.get(job.key)).instance_uids == ("1.1", "1.2")

    # Finishing

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
            await _submit(store, job)
        for job in reversed(jobs[1:]):
            await store.finish(job, SUCCEEDED)
        clock.advance(10)
        d, c, b = (job.key for job in reversed(jobs[1:]))
        await store.mark_announced([c, UNKNOWN])
        assert set(_keys(await store.unannounced(before=clock.now()))) == {b, d}
        assert await store.unannounced(before=clock.now() - 10) == []
        assert (await store.get(c)).is_announced

    async def test_unannounced_results_are_paged_in_the_order_of_their_ends(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        jobs = [make_test_job(job_id) for job_id in "abcd"]
        for job in jobs:
            await _submit(store, job)
        for job, seconds in ((jobs[2], 1), (jobs[0], 0), (jobs[3], 0), (jobs[1], 1)):
            await store.finish(job, SUCCEEDED)
            clock.advance(seconds)
        seen: list[JobKey] = []
        while page := await store.unannounced(
            before=clock.now(), limit=1, after=seen[-1] if seen else None
        ):
            seen += _keys(page)
        assert seen[0] == jobs[2].key
        assert sorted(seen) == sorted(job.key for job in jobs)

    async def test_cancelling_a_queued_job_ends_it(self, store: JobStore) -> None:
        job = make_test_job("a")
        await _submit(store, job)
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

    # Reading

    async def test_results_are_read_from_where_the_client_stopped(self, store: JobStore) -> None:
        for job_id in "abcd":
            await store.finish(make_test_job(job_id), SUCCEEDED)
        results = await store.results_after("client", 1, limit=2)
        assert [(result.seq, result.job_id) for result in results] == [(2, "b"), (3, "c")]
        assert await store.results_after("client", 4) == []
        assert await store.results_after("nobody", 0) == []

    async def test_events_tell_what_happened_in_order(self, store: JobStore) -> None:
        job = make_test_job("a")
        await _submit(store, job)
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

    async def test_jobs_are_listed_newest_first_by_client_and_state(self, store: JobStore) -> None:
        for number, client_id in enumerate(["one", "two", "one", "one"]):
            await _submit(store, make_test_job(str(number), client_id=client_id))
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
            await _submit(store, job)
        await store.cancel(make_test_job("0", client_id="one").key)
        for algo_id in ("otsu-1", "otsu_1"):
            assert _ids(await store.jobs(algo_id=algo_id)) == ["3", "2", "0"]
        assert _ids(await store.jobs(algo_id="otsu-1", client_id="one")) == ["2", "0"]
        assert _ids(await store.jobs(algo_id="otsu-1", state="queued", client_id="one")) == ["2"]
        [newest] = await store.jobs(algo_id="otsu-1", limit=1)
        rest = await store.jobs(algo_id="otsu-1", before=newest.job.key, limit=1)
        assert _ids(rest) == ["2"]
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
            await _submit(store, make_test_job(job_id))
        await _submit(store, make_test_job("e", client_id="other"))
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
        await _submit(store, job)
        assert (await store.get(job.key)).job == job

    # Keeping

    async def test_jobs_that_ended_and_were_announced_are_forgotten(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        old, unannounced, running, queued = (make_test_job(job_id) for job_id in "abcd")
        for job in (old, unannounced):
            await store.finish(job, SUCCEEDED)
        await store.start(running, worker="w")
        await _submit(store, queued)
        await store.mark_announced([old.key])
        clock.advance(10)
        young = make_test_job("e")
        await store.finish(young, SUCCEEDED)
        await store.mark_announced([young.key])
        assert await store.purge(before=clock.now() - 5) == 1
        left = {record.job.job_id for record in await store.jobs()}
        assert left == {"b", "c", "d", "e"}
        assert await store.events(old.key) == []

    async def test_a_purge_forgets_no_more_than_its_limit_and_the_oldest_first(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        jobs = [make_test_job(job_id) for job_id in "abcd"]
        for job in reversed(jobs):
            await store.finish(job, SUCCEEDED)
            clock.advance(10)
        await store.mark_announced([job.key for job in jobs])
        assert await store.purge(before=clock.now(), limit=3) == 3
        assert [record.job.job_id for record in await store.jobs()] == ["a"]
        assert await store.purge(before=clock.now(), limit=3) == 1
        assert await store.purge(before=clock.now(), limit=3) == 0

    async def test_purges_at_once_forget_each_job_once_and_nothing_else(
        self, store: JobStore, clock: FakeClock, reopen: Reopen
    ) -> None:
        old, kept = [[make_test_job(f"{kind}{n}") for n in range(10)] for kind in ("old", "kept")]
        for job in [*old, *kept]:
            await store.finish(job, SUCCEEDED)
        await store.mark_announced([job.key for job in old])
        clock.advance(10)
        purged: list[int] = []
        other = await reopen()

        async def purge(store: JobStore) -> None:
            purged.append(await store.purge(before=clock.now()))

        async with anyio.create_task_group() as tasks:
            for each in (store, other) * 3:
                tasks.start_soon(purge, each)
        await other.aclose()
        assert sum(purged) == len(old)
        assert {record.job.key for record in await store.jobs()} == {job.key for job in kept}
        assert all([len(await store.events(job.key)) == 2 for job in kept])

    async def test_the_numbers_of_a_client_go_on_after_a_purge(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        for job_id in "ab":
            await store.finish(make_test_job(job_id), SUCCEEDED)
            await store.mark_announced([make_test_job(job_id).key])
        assert await store.purge(before=clock.now() + 1) == 2
        assert (await store.finish(make_test_job("c"), SUCCEEDED)).result.seq == 3
        assert len(await store.results_after("client", 0)) == 1

    async def test_an_object_is_not_found_by_jobs_that_were_forgotten(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        jobs = [make_test_job(job_id) for job_id in "ab"]
        for job in jobs:
            await store.finish(job, SUCCEEDED)
        for left, job in ((OUTPUT, jobs[0]), (None, jobs[1])):
            await store.mark_announced([job.key])
            assert await store.purge(before=clock.now() + 1) == 1
            assert await store.find_output("2.25.1") == left
            assert await store.find_output("2.25.1", client_id="client") == left

    async def test_a_job_whose_attempts_are_reset_is_as_good_as_new(self, store: JobStore) -> None:
        job = make_test_job("a")
        for worker in "vvw":
            await store.start(job, worker=worker)
        await store.fail_attempt(job.key, worker="w", error=ERROR)
        await store.pin_instances(job.key, ("1.1",))
        record = await store.reset_attempts(job.key)
        assert (record.state, record.starts, record.failures) == ("queued", 0, 0)
        assert (record.releases, record.crashes) == (0, 0)
        assert record.instance_uids == ("1.1",)
        assert (await store.start(job, worker="w")).starts == 1

    # Durability

    async def test_everything_is_there_for_the_next_process(
        self, store: JobStore, reopen: Reopen
    ) -> None:
        for job_id in "ab":
            await _submit(store, make_test_job(job_id))
        await store.mark_published([make_test_job("a").key])
        await store.start(make_test_job("a"), worker="w")
        await store.finish(make_test_job("a"), SUCCEEDED)
        other = await reopen()
        try:
            assert await other.jobs() == await store.jobs()
            assert await other.find_output("2.25.1") == OUTPUT
            for job_id in "ab":
                key = make_test_job(job_id).key
                assert await other.events(key) == await store.events(key)
            assert (await other.finish(make_test_job("b"), FAILED)).result.seq == 2
            assert (await store.finish(make_test_job("b"), SUCCEEDED)).result.status == "failed"
        finally:
            await other.aclose()


async def _submit(store: JobStore, job: Job) -> Submission:
    return await store.submit(job, request_digest=request_digest(job))


def _keys(records: list[JobRecord]) -> list[JobKey]:
    return [record.job.key for record in records]


def _ids(records: list[JobRecord]) -> list[str]:
    return [record.job.job_id for record in records]
