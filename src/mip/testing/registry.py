"""What every registry must do: one test per sentence of :mod:`mip.state.registry`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import pytest
from msgspec.structs import replace

from ..contracts import AlgorithmRecord, ResourceStatus
from ..errors import AlreadyRegisteredError, NotRegisteredError, RegistryConflictError
from ..state import Registry

Reopen = Callable[[], Awaitable[Registry]]


def make_test_record(algorithm_id: str, *, description: str = "") -> AlgorithmRecord:
    """Make the record of an algorithm that nobody can run."""
    return AlgorithmRecord(
        algorithm_id=algorithm_id,
        version="1.0.0",
        status="REGISTERED",
        image_uri="registry.example.com/window:latest",
        cpu=1024,
        memory=2048,
        desired_count=2,
        command=("/app/worker.sh", "--verbose"),
        env={"OMP_NUM_THREADS": "2"},
        algorithm_type="openmp",
        runtime="native",
        scope="series",
        description=description,
        parameters={"type": "object", "properties": {"sigma": {"type": "number", "default": 1.5}}},
        digest="0" * 64,
        timeout_seconds=30.0,
        memory_bytes=1 << 30,
        last_error="",
        resource_status=ResourceStatus(queue_url="mip-window-requests.fifo"),
        created_at="2026-01-01T00:00:00.000Z",
        updated_at="2026-01-01T00:00:00.000Z",
    )


class RegistryConformance:
    """Subclass it and give two fixtures.

    ``store``
        An open, empty registry.
    ``reopen``
        An async function that opens what ``store`` keeps anew, as another process would.
    """

    async def test_an_algorithm_is_kept_as_it_was_recorded(self, store: Registry) -> None:
        record = make_test_record("window", description="\u00e4\u20ac")
        assert await store.create(record) == record
        assert await store.get("window") == record

    async def test_a_new_record_has_revision_one(self, store: Registry) -> None:
        created = await store.create(replace(make_test_record("window"), revision=7))
        assert created.revision == 1

    async def test_an_algorithm_is_recorded_once(self, store: Registry) -> None:
        first = await store.create(make_test_record("window"))
        with pytest.raises(AlreadyRegisteredError):
            await store.create(make_test_record("window", description="another"))
        assert await store.get("window") == first

    async def test_of_many_that_record_an_algorithm_at_once_one_does(self, store: Registry) -> None:
        refused: list[str] = []

        async def create(number: int) -> None:
            try:
                await store.create(make_test_record("window", description=str(number)))
            except AlreadyRegisteredError:
                refused.append(str(number))

        async with anyio.create_task_group() as tasks:
            for number in range(10):
                tasks.start_soon(create, number)
        assert len(refused) == 9
        assert (await store.get("window")).description not in refused

    async def test_a_deleted_algorithm_is_replaced_and_its_revision_goes_on(
        self, store: Registry
    ) -> None:
        first = await store.create(make_test_record("window"))
        deleted = await store.replace(replace(first, status="DELETED"))
        assert (await store.get("window")).status == "DELETED"
        again = await store.create(make_test_record("window", description="again"))
        assert (again.revision, again.description) == (deleted.revision + 1, "again")
        assert await store.get("window") == again
        with pytest.raises(RegistryConflictError):
            await store.replace(deleted)

    async def test_hyphens_and_underscores_name_the_same_record(self, store: Registry) -> None:
        created = await store.create(make_test_record("window_level"))
        assert created.algorithm_id == "window-level"
        assert await store.get("window-level") == await store.get("window_level") == created
        with pytest.raises(AlreadyRegisteredError):
            await store.create(make_test_record("window-level"))
        changed = await store.replace(replace(created, algorithm_id="window_level"))
        assert changed == replace(created, revision=2)

    async def test_a_change_raises_the_revision_by_one(self, store: Registry) -> None:
        record = await store.create(make_test_record("window"))
        changed = await store.replace(replace(record, status="ACTIVE", desired_count=5))
        assert changed == replace(record, status="ACTIVE", desired_count=5, revision=2)
        assert await store.get("window") == changed

    async def test_a_change_of_what_somebody_else_changed_is_refused_and_changes_nothing(
        self, store: Registry
    ) -> None:
        read = await store.create(make_test_record("window"))
        first = await store.replace(replace(read, desired_count=3))
        with pytest.raises(RegistryConflictError):
            await store.replace(replace(read, desired_count=4))
        assert await store.get("window") == first

    async def test_of_changes_at_a_time_none_is_lost(self, store: Registry, reopen: Reopen) -> None:
        await store.create(make_test_record("window"))
        other = await reopen()

        async def add_one(registry: Registry) -> None:
            while True:
                record = await registry.get("window")
                changed = replace(record, desired_count=record.desired_count + 1)
                try:
                    await registry.replace(changed)
                except RegistryConflictError:
                    continue
                return

        try:
            async with anyio.create_task_group() as tasks:
                for registry in (store, other) * 5:
                    tasks.start_soon(add_one, registry)
        finally:
            await other.aclose()
        record = await store.get("window")
        assert (record.desired_count, record.revision) == (12, 11)

    async def test_records_are_listed_by_id_and_paged(self, store: Registry) -> None:
        for algorithm_id in ("luminance", "otsu_2", "edges", "otsu-1"):
            await store.create(make_test_record(algorithm_id))
        assert _ids(await store.records()) == ["edges", "luminance", "otsu-1", "otsu-2"]
        assert _ids(await store.records(limit=2)) == ["edges", "luminance"]
        assert _ids(await store.records(limit=2, after="luminance")) == ["otsu-1", "otsu-2"]
        assert _ids(await store.records(after="otsu_1")) == ["otsu-2"]
        assert await store.records(after="otsu-2") == []

    async def test_deleted_algorithms_are_listed_when_they_are_asked_for(
        self, store: Registry
    ) -> None:
        for algorithm_id in ("edges", "otsu"):
            await store.create(make_test_record(algorithm_id))
        await store.replace(replace(await store.get("edges"), status="DELETED"))
        assert _ids(await store.records()) == ["otsu"]
        assert _ids(await store.records(with_deleted=True)) == ["edges", "otsu"]

    async def test_what_is_not_on_record_is_not_registered(self, store: Registry) -> None:
        with pytest.raises(NotRegisteredError):
            await store.get("window")
        with pytest.raises(NotRegisteredError):
            await store.replace(make_test_record("window"))
        assert await store.records(with_deleted=True) == []

    async def test_everything_is_there_for_the_next_process(
        self, store: Registry, reopen: Reopen
    ) -> None:
        record = await store.create(make_test_record("window"))
        changed = await store.replace(replace(record, status="ACTIVE"))
        other = await reopen()
        try:
            assert await other.records() == [changed]
            with pytest.raises(RegistryConflictError):
                await other.replace(record)
        finally:
            await other.aclose()


def _ids(records: list[AlgorithmRecord]) -> list[str]:
    return [record.algorithm_id for record in records]
