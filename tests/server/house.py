"""A server over real stores in a folder, with no worker processes, called without a socket."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from mip.contracts import Job, PathReference
from mip.control import Provisioned
from mip.server.app import create_app
from mip.server.services import ServerConfig, Services, opened
from mip.settings import ServerSettings
from mip.state import Ending

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection
    from pathlib import Path

    from mip.contracts import AlgorithmRecord, Result
    from mip.server.provisioner import Site

ADMIN_KEY = "k"
ADMIN = {"x-admin-key": ADMIN_KEY}
IMAGE = {"study_id": "s", "series_id": "s", "image_id": "i.dcm", "scope": "image"}


class NoWorkers:
    """A provisioner that has nothing to do."""

    async def ensure(self, record: AlgorithmRecord) -> Provisioned:
        del record
        return Provisioned()

    async def remove(self, record: AlgorithmRecord) -> None:
        del record

    async def workers(self, record: AlgorithmRecord) -> int:
        del record
        return 0

    def end_strays(self, known: Collection[str]) -> None:
        del known


@asynccontextmanager
async def no_workers(site: Site, *, news: Callable[[str], None]) -> AsyncIterator[NoWorkers]:
    del site, news
    yield NoWorkers()


@dataclass(frozen=True, kw_only=True)
class House:
    """The services, and a client of the application over them."""

    services: Services
    http: httpx.AsyncClient

    async def register(self, name: str = "noop", **fields: Any) -> None:
        """Register an algorithm and wait until it takes jobs."""
        body = {"algo_id": name, "image_uri": "noop", **fields}
        answer = await self.http.post("/admin/algorithms", json=body, headers=ADMIN)
        assert answer.status_code == 202, answer.text
        with anyio.fail_after(10):
            # The record is changed by the reconciler, which wakes nobody.
            while not (await self.services.admin.show(name)).takes_jobs:  # noqa: ASYNC110
                await anyio.sleep(0.01)

    async def client(self) -> tuple[str, dict[str, str]]:
        """Make a client; return its id and the header that proves it."""
        answer = (await self.http.post("/provision")).json()
        return answer["client_id"], {"authorization": f"Bearer {answer['token']}"}

    async def finish(self, client_id: str, job_id: str, **ending: Any) -> Result:
        """End a job as a worker does."""
        record = await self.services.jobs.show(client_id, job_id)
        values = {"outcome": "succeeded", **ending}
        finish = await self.services.stores.jobs.finish(record.job, Ending(**values))
        await self.services.outbox.announce(finish.result)
        return finish.result


def job_of(client_id: str, job_id: str, **fields: Any) -> Job:
    return Job(
        client_id=client_id,
        job_id=job_id,
        pacs=PathReference(study_id="s", series_id="s", image_id="i.dcm"),
        algo_id="noop",
        version="1.0",
        submitted_at="2026-01-01T00:00:00.000Z",
        **fields,
    )


def config(root: Path, **settings: Any) -> ServerConfig:
    for name in ("pacs", "results"):
        (root / name).mkdir(parents=True, exist_ok=True)
    values = {"mip_admin_key": ADMIN_KEY, **settings}
    return ServerConfig(
        data=root,
        transport_url=f"sqlite:{root / 'queue.db'}",
        state_url=f"sqlite:{root / 'state.db'}",
        bucket=f"folder:{root / 'results'}",
        pacs_url=f"folder:{root / 'pacs'}",
        settings=ServerSettings(**values),
    )


@asynccontextmanager
async def open_house(root: Path, **settings: Any) -> AsyncIterator[House]:
    async with opened(config(root, **settings), provisioner=no_workers) as services:
        transport = httpx.ASGITransport(app=create_app(services))
        async with httpx.AsyncClient(transport=transport, base_url="http://mip") as http:
            yield House(services=services, http=http)
