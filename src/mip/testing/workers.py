"""What every worker store must do: one test per sentence of :mod:`mip.state.workers`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from ..state import MAX_RUNNING, WorkerRecord, WorkerStore

Reopen = Callable[[], Awaitable[WorkerStore]]


def make_test_worker(
    name: str, *, algorithm_id: str = "window", seen_at: float = 1000.0
) -> WorkerRecord:
    """Make the record of a worker that does not run."""
    return WorkerRecord(
        name=name,
        algorithm_id=algorithm_id,
        version="1.0.0",
        host="localhost",
        pid=4321,
        slot="window.0",
        concurrency=2,
        started_at=900.0,
        seen_at=seen_at,
        running=("a" * 64, "b" * 64),
    )


class WorkerStoreConformance:
    """Subclass it and give two fixtures.

    ``store``
        An open, empty store.
    ``reopen``
        An async function that opens what ``store`` keeps anew, as another process would.
    """

    async def test_a_worker_is_kept_as_it_said(self, store: WorkerStore) -> None:
        worker = make_test_worker("w")
        await store.beat(worker)
        assert await store.workers() == [worker]

    async def test_a_beat_replaces_what_the_worker_said_before(self, store: WorkerStore) -> None:
        await store.beat(make_test_worker("w"))
        later = replace(make_test_worker("w", seen_at=1010.0), running=(), version="1.1.0")
        await store.beat(later)
        assert await store.workers() == [later]

    async def test_no_more_than_a_number_of_running_jobs_are_kept(self, store: WorkerStore) -> None:
        running = tuple(str(number) for number in range(MAX_RUNNING + 1))
        await store.beat(replace(make_test_worker("w"), running=running))
        [worker] = await store.workers()
        assert worker.running == running[:MAX_RUNNING]

    async def test_workers_are_listed_by_name(self, store: WorkerStore) -> None:
        for name in "cab":
            await store.beat(make_test_worker(name))
        assert _names(await store.workers()) == ["a", "b", "c"]

    async def test_workers_of_one_algorithm_are_listed_by_name(self, store: WorkerStore) -> None:
        for name, algorithm_id in (("c", "otsu_1"), ("b", "window"), ("a", "otsu-1")):
            await store.beat(make_test_worker(name, algorithm_id=algorithm_id))
        for algorithm_id in ("otsu-1", "otsu_1"):
            assert _names(await store.workers(algorithm_id=algorithm_id)) == ["a", "c"]
        assert await store.workers(algorithm_id="edges") == []

    async def test_the_reader_says_how_old_a_beat_may_be(self, store: WorkerStore) -> None:
        for name, seen_at in (("a", 1000.0), ("b", 1010.0), ("c", 1020.0)):
            await store.beat(make_test_worker(name, seen_at=seen_at))
        assert _names(await store.workers(since=1010.0)) == ["b", "c"]
        assert _names(await store.workers(since=1010.5, algorithm_id="window")) == ["c"]

    async def test_a_worker_that_has_ended_is_forgotten(self, store: WorkerStore) -> None:
        for name in "ab":
            await store.beat(make_test_worker(name))
        for _ in range(2):
            await store.forget("a")
            assert _names(await store.workers()) == ["b"]

    async def test_workers_that_have_been_silent_are_forgotten(self, store: WorkerStore) -> None:
        for name, seen_at in (("a", 1000.0), ("b", 1010.0), ("c", 990.0)):
            await store.beat(make_test_worker(name, seen_at=seen_at))
        assert await store.forget_silent(before=1010.0) == 2
        assert _names(await store.workers()) == ["b"]
        assert await store.forget_silent(before=1010.0) == 0

    async def test_workers_are_seen_by_other_processes(
        self, store: WorkerStore, reopen: Reopen
    ) -> None:
        await store.beat(make_test_worker("a"))
        other = await reopen()
        try:
            await other.beat(make_test_worker("b"))
            await other.forget("a")
        finally:
            await other.aclose()
        assert await store.workers() == [make_test_worker("b")]


def _names(workers: list[WorkerRecord]) -> list[str]:
    return [worker.name for worker in workers]
