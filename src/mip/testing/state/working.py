"""Working: attempts are counted, and end once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...clock import to_iso
from ...contracts import AttemptReleased

if TYPE_CHECKING:
    from ...state import JobStore
    from ..clock import FakeClock

from .samples import ERROR, make_test_job, submitted


class WorkingConformance:
    """Attempts are counted, and end once."""

    async def test_a_start_is_counted_and_the_job_runs(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        job = make_test_job("a")
        await submitted(store, job)
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
        assert not (await submitted(store, job)).is_new

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

    async def test_a_job_put_off_is_known_until_when_and_why(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        job = make_test_job("a")
        await store.start(job, worker="w")
        until = clock.now() + 60
        await store.release(job.key, worker="w", retry_at=until, error=ERROR)
        record = await store.get(job.key)
        assert (record.state, record.releases, record.retry_at) == ("queued", 1, until)
        told = AttemptReleased(at=to_iso(clock.now()), worker="w", until=to_iso(until), error=ERROR)
        assert (await store.events(job.key))[-1] == told

    async def test_a_pause_is_forgotten_by_the_next_attempt_the_end_and_a_reset(
        self, store: JobStore, clock: FakeClock
    ) -> None:
        job = make_test_job("a")

        async def put_off() -> None:
            await store.start(job, worker="w")
            await store.release(job.key, worker="w", retry_at=clock.now() + 60)

        await put_off()
        assert (await store.start(job, worker="w")).retry_at is None
        await put_off()
        assert (await store.reset_attempts(job.key)).retry_at is None
        await put_off()
        assert (await store.cancel(job.key)).retry_at is None

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
