"""A defect in the background is told, and ends neither its task nor the server."""

from __future__ import annotations

import logging
from functools import partial

import anyio
import pytest

from mip.server import roof
from mip.server.collector import Collector
from mip.server.roof import keep_running

from .house import IMAGE, open_house


async def test_work_that_fails_is_begun_anew_until_it_ends(monkeypatch, caplog):
    monkeypatch.setattr(roof, "PAUSE_SECONDS", 0.0)
    failures = [ValueError("a"), ExceptionGroup("b", [OSError("c")])]

    async def work():
        if failures:
            raise failures.pop(0)

    with anyio.fail_after(10), caplog.at_level(logging.ERROR):
        await keep_running(work, name="sweeper")
    assert [record.getMessage() for record in caplog.records] == ["server.task_failed"] * 2


async def test_work_that_is_cancelled_is_not_begun_anew():
    begun = 0

    async def work():
        nonlocal begun
        begun += 1
        await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(keep_running, work, name="sweeper"))
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert begun == 1


@pytest.mark.parametrize("error", [ValueError("a defect"), OSError("no file")])
async def test_results_arrive_after_a_defect_of_the_collector(tmp_path, monkeypatch, error):
    monkeypatch.setattr(roof, "PAUSE_SECONDS", 0.0)
    collect, failures = Collector.collect, [error]

    async def fail_once(self, **arguments):
        if failures:
            raise failures.pop()
        return await collect(self, **arguments)

    monkeypatch.setattr(Collector, "collect", fail_once)
    async with open_house(tmp_path) as house:
        await house.register()
        client, header = await house.client()
        body = {"job_id": "j", "pacs": IMAGE}
        await house.http.post("/process/noop", json=body, headers=header)
        await house.finish(client, "j")
        with anyio.fail_after(10):
            answer = await house.http.get("/results?wait=5", headers=header)
        assert [each["job_id"] for each in answer.json()["results"]] == ["j"]
        assert failures == []
