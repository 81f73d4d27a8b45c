from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest

from mip.clock import SystemClock
from mip.contracts import AlgorithmSpec, Job, JobRequest, UidReference, make_job
from mip.errors import PacsError
from mip.pacs import Instance
from mip.worker.inputs import FETCHES, Inputs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mip.contracts import ImageReference

SPEC = AlgorithmSpec(id="noop", version="1.0.0", scope="series")


class SlowPacs:
    """Gives each instance when as many as may be are asked for; the first to come is last."""

    def __init__(self, count: int, *, broken: int | None = None) -> None:
        self.count = count
        self.broken = broken
        self.under_way = 0
        self.most = 0
        self.held: set[str] = set()
        self.full = anyio.Event()

    async def resolve(self, reference: ImageReference) -> list[Instance]:
        return [Instance(locator=str(number)) for number in range(self.count)]

    @asynccontextmanager
    async def fetch(self, instance: Instance) -> AsyncIterator[Path]:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        if self.under_way == min(FETCHES, self.count):
            self.full.set()
        await self.full.wait()
        self.under_way -= 1
        if instance.locator == str(self.broken):
            raise PacsError("it broke off")
        self.held.add(instance.locator)
        try:
            yield Path(instance.locator)
        finally:
            self.held.discard(instance.locator)


def job() -> Job:
    request = JobRequest(
        job_id="j", client_id="c", pacs=UidReference(study_uid="1.2", series_uid="1.3")
    )
    return make_job(request, algo_id="noop", version="1.0.0", now=SystemClock().now())


@pytest.mark.parametrize("count", [1, 3, 50])
async def test_a_series_is_fetched_several_at_a_time_and_in_its_order(count: int) -> None:
    pacs = SlowPacs(count)
    async with AsyncExitStack() as files:
        with anyio.fail_after(10.0):
            fetched = await Inputs(cast("Any", pacs), SPEC).fetch(files, job())
        assert [str(path) for _, path in fetched] == [str(number) for number in range(count)]
        assert len(pacs.held) == count
    assert pacs.held == set()
    assert pacs.most == min(count, FETCHES)


async def test_one_that_cannot_be_fetched_is_the_error_and_nothing_stays() -> None:
    pacs = SlowPacs(20, broken=7)
    async with AsyncExitStack() as files:
        with anyio.fail_after(10.0), pytest.raises(PacsError, match="broke off"):
            await Inputs(cast("Any", pacs), SPEC).fetch(files, job())
    assert pacs.held == set()
