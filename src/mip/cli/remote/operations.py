"""What operators do behind a server: dead letters, algorithms, health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from ...contracts import AlgorithmRecord, AlgorithmSpec
from ...control import DeadJob, HealthReport, QueueView
from ...control.dead_letters import Redriven

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...contracts import Scope
    from .calls import Calls
    from .identity import Identity

PAGE: Final = 100
MANY_IDS: Final = 1000
"""So many ids fit into one body."""


class RemoteDeadLetters:
    """Dead letters, as :class:`mip.control.DeadLetters` has them."""

    def __init__(self, calls: Calls, identity: Identity) -> None:
        self._calls = calls
        self._identity = identity

    async def page(
        self, algorithm_id: str, *, limit: int = PAGE, after: str | None = None
    ) -> list[DeadJob]:
        """Return dead letters of an algorithm, oldest first; ``after`` pages on."""
        answer = await self._calls.call(
            "GET",
            "/admin/dead-letters",
            headers=self._identity.as_operator(),
            query={"algorithm": algorithm_id, "limit": limit, "after": after},
        )
        return self._calls.read(answer.get("dead_letters"), list[DeadJob])

    async def redrive(self, algorithm_id: str, *, ids: list[str]) -> list[Redriven]:
        """Give the jobs of these dead letters another try."""
        redriven: list[Redriven] = []
        for start in range(0, len(ids), MANY_IDS):
            answer = await self._calls.call(
                "POST",
                "/admin/dead-letters/redrive",
                headers=self._identity.as_operator(),
                body={"algorithm": algorithm_id, "ids": ids[start : start + MANY_IDS]},
            )
            redriven += self._calls.read(answer.get("redriven"), list[Redriven])
        return redriven

    async def drop(self, algorithm_id: str, *, ids: list[str]) -> int:
        """Forget these dead letters; return how many there were."""
        dropped = 0
        for each in ids:
            answer = await self._calls.call(
                "DELETE",
                f"/admin/dead-letters/{quote(each, safe='')}",
                headers=self._identity.as_operator(),
                query={"algorithm": algorithm_id},
            )
            dropped += self._calls.read(answer.get("dropped"), int)
        return dropped


class RemoteAlgorithms:
    """Algorithms on record at a server."""

    def __init__(self, calls: Calls, identity: Identity) -> None:
        self._calls = calls
        self._identity = identity

    async def spec(self, target: str, *, scope: Scope) -> AlgorithmSpec:
        """Return what jobs of an algorithm, ``id`` or ``id@version``, are checked against.

        One that does not say its ``scope`` takes the one that is given.
        """
        name, _, version = target.partition("@")
        shown = await self._calls.call(
            "GET", f"/algorithms/{quote(name, safe='')}", headers=self._identity.as_anyone()
        )
        fields = {
            "id": shown.get("algorithm_id"),
            "version": version or shown.get("version"),
            "scope": shown.get("scope") or scope,
            "parameters": shown.get("parameters") or {},
        }
        return self._calls.read(fields, AlgorithmSpec)

    async def records(self, *, with_deleted: bool = False) -> list[AlgorithmRecord]:
        """Return all records, sorted by id."""
        records: list[AlgorithmRecord] = []
        after: str | None = None
        while True:
            answer = await self._calls.call(
                "GET",
                "/admin/algorithms",
                headers=self._identity.as_operator(),
                query={"limit": PAGE, "after": after, "deleted": str(with_deleted).lower()},
            )
            records += self._calls.read(answer.get("algorithms"), list[AlgorithmRecord])
            following = answer.get("next")
            if not isinstance(following, str) or following == after:
                return records
            after = following

    async def show(self, algorithm_id: str) -> AlgorithmRecord:
        """Return one record."""
        return self._record(await self._call("GET", algorithm_id))

    async def register(self, fields: Mapping[str, object]) -> AlgorithmRecord:
        """Put an algorithm on record; what it needs is made in the background."""
        answer = await self._calls.call(
            "POST", "/admin/algorithms", headers=self._identity.as_operator(), body=fields
        )
        return self._record(answer)

    async def patch(
        self, algorithm_id: str, fields: Mapping[str, object]
    ) -> tuple[AlgorithmRecord, list[str]]:
        """Change an algorithm; return its record, and what was done beside what was asked."""
        answer = await self._call("PATCH", algorithm_id, body=fields)
        return self._record(answer), self._calls.read(answer.get("notes"), list[str])

    async def delete(
        self, algorithm_id: str, *, is_hard: bool, by_force: bool
    ) -> tuple[AlgorithmRecord, list[str]]:
        """Scale to zero and keep everything, or remove for good; return record and notes."""
        query = {"hard": "true" if is_hard else None, "force": "true" if by_force else None}
        answer = await self._call("DELETE", algorithm_id, query=query)
        return self._record(answer), self._calls.read(answer.get("notes"), list[str])

    async def queues(self) -> list[QueueView]:
        """Return every algorithm's queue."""
        answer = await self._calls.call(
            "GET", "/admin/queues", headers=self._identity.as_operator()
        )
        return self._calls.read(answer.get("queues"), list[QueueView])

    async def health(self) -> HealthReport:
        """Say how everything is."""
        answer = await self._calls.call("GET", "/health", headers={})
        return self._calls.read(answer, HealthReport)

    async def _call(
        self,
        method: str,
        algorithm_id: str,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
    ) -> dict[str, Any]:
        return await self._calls.call(
            method,
            f"/admin/algorithms/{quote(algorithm_id, safe='')}",
            headers=self._identity.as_operator(),
            query=query,
            body=body,
        )

    def _record(self, answer: object) -> AlgorithmRecord:
        return self._calls.read(answer, AlgorithmRecord)
