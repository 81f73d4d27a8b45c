"""Keeping: what ended is forgotten in time, and the rest is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from ...state import JobStore
    from ..clock import FakeClock

from .samples import ERROR, FAILED, OUTPUT, SUCCEEDED, Reopen, make_test_job, submitted


class KeepingConformance:
    """What ended is forgotten in time, and the rest is kept."""

    async def test_jobs_that_ended_and_were_announced_are_forgotten(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        old, unannounced, running, queued = (make_test_job(job_id) for job_id in "abcd")
        for job in (old, unannounced):
            await store.finish(job, SUCCEEDED)
        await store.start(running, worker="w")
        await submitted(store, queued)
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

    async def test_the_last_number_of_a_client_is_known_also_when_its_result_is_forgotten(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        assert await store.last_seq("client") == 0
        for job_id in "ab":
            job = make_test_job(job_id)
            await store.finish(job, SUCCEEDED)
            await store.mark_announced([job.key])
        assert await store.last_seq("client") == 2
        assert await store.purge(before=clock.now() + 1) == 2
        assert await store.last_seq("client") == 2
        assert await store.last_seq("nobody") == 0

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

    async def test_everything_is_there_for_the_next_process(
        self, store: JobStore, reopen: Reopen
    ) -> None:
        for job_id in "ab":
            await submitted(store, make_test_job(job_id))
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
