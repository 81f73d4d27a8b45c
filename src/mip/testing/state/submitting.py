"""Submitting: a job is on record once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from ...errors import JobConflictError

if TYPE_CHECKING:
    from ...state import JobStore, Submission
    from ..clock import FakeClock

from .samples import UNKNOWN, keys_of, make_test_job, submitted


class SubmittingConformance:
    """A job is on record once."""

    async def test_a_submitted_job_is_queued_and_unpublished(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        job = make_test_job("a")
        submission = await submitted(store, job)
        assert submission.is_new
        record = submission.record
        assert (record.job, record.state, record.submitted_at) == (job, "queued", clock.now())
        assert (record.is_published, record.is_announced, record.is_final) == (False,) * 3
        assert record == await store.get(job.key)

    async def test_the_same_request_again_is_the_same_job(self, store: JobStore) -> None:
        first = await submitted(store, make_test_job("a"))
        again = await submitted(store, make_test_job("a"))
        assert not again.is_new
        assert again.record == first.record
        assert len(await store.jobs()) == 1

    async def test_another_request_under_the_same_id_is_a_conflict(self, store: JobStore) -> None:
        first = await submitted(store, make_test_job("a"))
        with pytest.raises(JobConflictError):
            await submitted(store, make_test_job("a", threshold=0.6))
        assert await store.get(first.record.job.key) == first.record

    async def test_job_ids_are_unique_within_their_client_only(self, store: JobStore) -> None:
        await submitted(store, make_test_job("a", client_id="one"))
        other = await submitted(store, make_test_job("a", client_id="two", threshold=0.6))
        assert other.is_new

    async def test_a_submission_is_new_for_one_of_many_at_once(self, store: JobStore) -> None:
        submissions: list[Submission] = []

        async def submit() -> None:
            submissions.append(await submitted(store, make_test_job("a")))

        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(submit)
        assert [item.is_new for item in submissions].count(True) == 1

    async def test_jobs_on_no_queue_are_listed_oldest_first(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        keys = []
        for job_id in "abcd":
            keys.append((await submitted(store, make_test_job(job_id))).record.job.key)
            clock.advance(10)
        await store.mark_published([keys[1], UNKNOWN])
        before = clock.now() - 5
        assert keys_of(await store.unpublished(before=before)) == [keys[0], keys[2], keys[3]]
        assert keys_of(await store.unpublished(before=before - 10)) == [keys[0], keys[2]]
        assert keys_of(await store.unpublished(before=before, limit=1)) == [keys[0]]
        assert keys_of(await store.unpublished(before=before, after=keys[0])) == [keys[2], keys[3]]

    async def test_jobs_that_were_left_alone_for_long_are_overdue(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        for job_id in "abcde":
            await submitted(store, make_test_job(job_id))
        await store.mark_published([make_test_job("a").key])
        clock.advance(10)
        await store.start(make_test_job("b"), worker="w")
        await store.start(make_test_job("c"), worker="w")
        await store.release(make_test_job("c").key, worker="w", retry_at=clock.now() + 10)
        await store.cancel(make_test_job("e").key)
        clock.advance(1)
        keys = {job_id: make_test_job(job_id).key for job_id in "abcd"}
        found = [await store.overdue(before=clock.now() + at) for at in (-20, -1, 0, 10)]
        assert [keys_of(each) for each in found] == [
            [],
            [keys["a"], keys["d"]],
            [keys["a"], keys["b"], keys["d"]],
            [keys["a"], keys["b"], keys["c"], keys["d"]],
        ]
        assert keys_of(await store.overdue(before=clock.now(), limit=1)) == [keys["a"]]
        after = await store.overdue(before=clock.now(), after=keys["a"])
        assert keys_of(after) == [keys["b"], keys["d"]]

    async def test_a_job_that_has_started_or_ended_need_not_be_published(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        for job_id in "ab":
            await submitted(store, make_test_job(job_id))
        await store.start(make_test_job("a"), worker="w")
        await store.cancel(make_test_job("b").key)
        assert await store.unpublished(before=clock.now() + 1) == []
        assert (await store.get(make_test_job("a").key)).is_published
