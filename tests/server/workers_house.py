"""An admin over a data folder whose workers are real processes, and a registry that tells."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from mip.clock import SystemClock
from mip.contracts import decode_patch, decode_registration
from mip.control import Admin, Router
from mip.outbox import Outbox
from mip.server.provisioner import LocalProvisioner, Reconciler, Site
from mip.state import open_stores
from mip.transport import open_transport
from mip.worker.slot import Occupant, occupant_of
from tests.faults.site import ALGORITHMS
from tests.faults.site import Site as DataFolder
from tests.unit.control_house import MemoryRegistry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from mip.contracts import AlgorithmRecord, AlgorithmStatus
    from mip.state import JobStore
    from mip.transport import Transport

SECONDS = 120.0
"""Far above what anything takes, on a machine with much else to do."""


class TellingRegistry(MemoryRegistry):
    """Wakes those who wait for a record to be written, and remembers its statuses."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: list[AlgorithmStatus] = []
        self._written = anyio.Event()

    async def replace(self, record: AlgorithmRecord) -> AlgorithmRecord:
        written = await super().replace(record)
        self.statuses.append(written.status)
        self._written.set()
        return written

    async def wait(
        self, algorithm_id: str, *, until: Callable[[AlgorithmRecord], bool]
    ) -> AlgorithmRecord:
        """Return the record once it is as wanted."""
        with anyio.fail_after(SECONDS):
            while True:
                self._written = anyio.Event()
                record = await self.get(algorithm_id)
                if until(record):
                    return record
                await self._written.wait()


class House:
    """Everything of one server but HTTP."""

    def __init__(self, folder: DataFolder, transport: Transport, jobs: JobStore) -> None:
        self.folder = folder
        self.transport = transport
        self.jobs = jobs
        self.registry = TellingRegistry()
        self.reconciler = Reconciler()
        self.outbox = Outbox(transport, jobs, clock=SystemClock())
        self.router = Router(self.registry, outbox=self.outbox, clock=SystemClock())
        self.provisioner: LocalProvisioner
        self.admin: Admin

    async def register(self, **fields: object) -> str:
        value: dict[str, object] = {
            "algo_id": self.folder.algorithm,
            "image_uri": f"file:{ALGORITHMS / (self.folder.algorithm + '.py')}",
            "env": {"MIP_DRAIN_SECONDS": 5},
            **fields,
        }
        record = await self.admin.register(decode_registration(value))  # type: ignore[arg-type] # JSON
        self.reconciler.wake(record.algorithm_id)
        return record.algorithm_id

    async def scale(self, count: int) -> None:
        await self.admin.scale(self.folder.algorithm, count)
        self.reconciler.wake(self.folder.algorithm)

    async def patch(self, **fields: object) -> None:
        await self.admin.patch(self.folder.algorithm, decode_patch(fields))  # type: ignore[arg-type] # JSON
        self.reconciler.wake(self.folder.algorithm)

    async def delete(self, *, hard: bool = False) -> None:
        await self.admin.delete(self.folder.algorithm, hard=hard)
        self.reconciler.wake(self.folder.algorithm)

    async def until(
        self, status: AlgorithmStatus, algorithm_id: str | None = None
    ) -> AlgorithmRecord:
        return await self.registry.wait(
            algorithm_id or self.folder.algorithm, until=lambda record: record.status == status
        )

    async def settled(self) -> AlgorithmRecord:
        """Return the record once what was last asked for is done."""
        return await self.registry.wait(
            self.folder.algorithm, until=lambda record: record.is_settled
        )

    async def occupants(
        self, *, until: Callable[[dict[int, Occupant]], bool]
    ) -> dict[int, Occupant]:
        """Return who lives in each slot, once it is as wanted."""
        return await occupants(self.folder, until=until)


def living(folder: DataFolder) -> dict[int, Occupant]:
    """Return who lives in each slot now."""
    found = {}
    for slot in (folder.root / "slots" / folder.algorithm).glob("*.lock"):
        occupant = occupant_of(slot)
        if occupant is not None:
            found[int(slot.stem)] = occupant
    return found


async def occupants(
    folder: DataFolder, *, until: Callable[[dict[int, Occupant]], bool]
) -> dict[int, Occupant]:
    """Return who lives in each slot, once it is as wanted."""
    with anyio.fail_after(SECONDS):
        while True:
            found = await anyio.to_thread.run_sync(living, folder)
            if until(found):
                return found
            await anyio.sleep(0.02)  # other processes cannot set our event


def site_of(folder: DataFolder, **changes: str) -> Site:
    values = {
        "transport_url": f"sqlite:{folder.root / 'queue.db'}",
        "state_url": f"sqlite:{folder.root / 'state.db'}",
        "objects_url": f"folder:{folder.results}",
        "pacs_url": f"folder:{folder.pacs}",
        **changes,
    }
    return Site(root=folder.root, **values)


@asynccontextmanager
async def opened(
    folder: DataFolder, *, record: AlgorithmRecord | None = None, **changes: str
) -> AsyncIterator[House]:
    """Open a data folder, look after its workers, and end them all."""
    clock = SystemClock()
    site = site_of(folder, **changes)
    transport = open_transport(site.transport_url, clock=clock)
    stores = await open_stores(site.state_url, clock=clock)
    house = House(folder, transport, stores.jobs)
    if record is not None:
        await house.registry.create(record)
    try:
        await house.outbox.create_results_queue()
        async with LocalProvisioner(site, news=house.reconciler.wake) as provisioner:
            house.provisioner = provisioner
            house.admin = Admin(
                house.registry,
                transport=transport,
                provisioner=provisioner,
                records=stores.jobs,
                outbox=house.outbox,
                workers=stores.workers,
                clock=clock,
            )
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_reconcile, house)
                yield house
                tasks.cancel_scope.cancel()
    finally:
        await stores.aclose()
        await transport.aclose()


async def _reconcile(house: House) -> None:
    await house.reconciler.run(house.admin, end_strays=house.provisioner.end_strays)


def make_folder(root: Path, algorithm: str = "slow") -> DataFolder:
    return DataFolder(root, algorithm=algorithm).prepare()
