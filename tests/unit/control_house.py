"""Algorithms on record in memory, and a provisioner that does as a test tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from mip.contracts import AlgorithmRecord, ResourceStatus, canonical_algorithm_id
from mip.control import Provisioned, wanted_workers
from mip.errors import AlreadyRegisteredError, NotRegisteredError, RegistryConflictError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mip.contracts import AlgorithmStatus

AT = "2026-01-01T00:00:00.000Z"


def make_record(status: AlgorithmStatus = "ACTIVE", **changes: object) -> AlgorithmRecord:
    values: dict[str, object] = {
        "algorithm_id": "threshold-filter",
        "version": "1.0.0",
        "image_uri": "threshold-filter",
        "cpu": 1024,
        "memory": 2048,
        "desired_count": 0 if status in {"SCALED_DOWN", "SCALING_DOWN"} else 1,
        "created_at": AT,
        "updated_at": AT,
        **changes,
    }
    return AlgorithmRecord(status=status, **values)  # type: ignore[arg-type] # a test's own


class MemoryRegistry:
    """A registry of one process; ``meddle`` runs before each write, as somebody else might."""

    def __init__(self) -> None:
        self._records: dict[str, AlgorithmRecord] = {}
        self.meddle: Callable[[], Awaitable[object]] | None = None

    async def create(self, record: AlgorithmRecord) -> AlgorithmRecord:
        key = canonical_algorithm_id(record.algorithm_id)
        known = self._records.get(key)
        if known is not None and known.status != "DELETED":
            raise AlreadyRegisteredError(f"{key} is registered already")
        revision = 1 if known is None else known.revision + 1
        self._records[key] = replace(record, algorithm_id=key, revision=revision)
        return self._records[key]

    async def get(self, algorithm_id: str) -> AlgorithmRecord:
        key = canonical_algorithm_id(algorithm_id)
        if key not in self._records:
            raise NotRegisteredError(f"no algorithm {key} is registered")
        return self._records[key]

    async def replace(self, record: AlgorithmRecord) -> AlgorithmRecord:
        if self.meddle is not None:
            await self.meddle()
        known = await self.get(record.algorithm_id)
        if known.revision != record.revision:
            raise RegistryConflictError(f"{known.algorithm_id} was changed meanwhile")
        written = replace(record, algorithm_id=known.algorithm_id, revision=known.revision + 1)
        self._records[known.algorithm_id] = written
        return written

    async def records(
        self, *, with_deleted: bool = False, limit: int = 100, after: str | None = None
    ) -> list[AlgorithmRecord]:
        found = [
            self._records[key]
            for key in sorted(self._records)
            if (after is None or key > canonical_algorithm_id(after))
            and (with_deleted or self._records[key].status != "DELETED")
        ]
        return found[:limit]

    async def aclose(self) -> None:
        pass


class ScriptedProvisioner:
    """Starts and ends workers at once, unless a test holds it back or makes it fail."""

    def __init__(self) -> None:
        self.alive: dict[str, int] = {}
        self.calls: list[str] = []
        self.answer = Provisioned(resources=ResourceStatus(service="local"))
        self.is_slow = False
        self.failure: Exception | None = None

    async def ensure(self, record: AlgorithmRecord) -> Provisioned:
        self.calls.append(f"ensure {record.status} {wanted_workers(record)}")
        if self.failure is not None and wanted_workers(record):
            raise self.failure
        if not self.is_slow:
            self.alive[record.algorithm_id] = wanted_workers(record)
        return self.answer

    async def remove(self, record: AlgorithmRecord) -> None:
        self.calls.append("remove")
        if self.failure is not None:
            raise self.failure
        if not self.is_slow:
            self.alive.pop(record.algorithm_id, None)

    async def workers(self, record: AlgorithmRecord) -> int:
        return self.alive.get(record.algorithm_id, 0)
