"""A result that differs from the object under its key is told as a failure, never passed off."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.faults.site import CLIENT, Services, Site, submit_all, terminate, wait_finished

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mip.contracts import Result


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "site", algorithm="dice").prepare()
    yield site
    site.clear()


async def finish(site: Site, services: Services, count: int) -> list[Result]:
    await wait_finished(services, count, seconds=40.0)
    return await services.jobs.results_after(CLIENT, count - 1)


async def test_an_algorithm_that_changes_its_mind_fails_and_its_worker_goes_on(site: Site) -> None:
    async with site.open() as services:
        worker = site.start_worker()
        try:
            await submit_all(site, services, [site.request("first", index=1)])
            [first] = await finish(site, services, 1)
            [stored] = site.objects()
            body = stored.read_bytes()
            await submit_all(site, services, [site.request("again", index=1)])
            [again] = await finish(site, services, 2)
            await submit_all(site, services, [site.request("other", index=2)])
            [other] = await finish(site, services, 3)
            assert worker.poll() is None
        finally:
            await anyio.to_thread.run_sync(terminate, worker)
        dead = await services.transport.dead_letters(site.queue)
        record = await services.jobs.jobs(state="failed")
    assert [result.status for result in (first, again, other)] == [
        "succeeded",
        "failed",
        "succeeded",
    ]
    assert again.error is not None
    assert again.error.code == "storage.conflict"
    assert stored.relative_to(site.results).as_posix() in again.error.message
    assert [letter.reason.partition(":")[0] for letter in dead] == ["storage.conflict"]
    assert [item.starts for item in record] == [1]
    assert stored.read_bytes() == body
    assert first.outputs[0].sha256 == hashlib.sha256(body).hexdigest()
