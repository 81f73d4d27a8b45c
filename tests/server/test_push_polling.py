"""Polling for results: the next poll acknowledges the one before, and what was lost comes again."""

from __future__ import annotations

from contextlib import asynccontextmanager

import anyio
import httpx
import pytest
from starlette.requests import Request

from mip.server.routes.polling import poll
from mip.state import Ending

from .house import job_of, open_house
from .live import live


@asynccontextmanager
async def polling(root, **settings):
    async with open_house(root, mip_polling=True, **settings) as house:
        made = (await house.http.post("/provision")).json()
        yield house, made["client_id"], made["queue_url"]


async def results(house, client_id, *job_ids):
    for job_id in job_ids:
        finish = await house.services.stores.jobs.finish(
            job_of(client_id, job_id), Ending(outcome="succeeded")
        )
        await house.services.outbox.announce(finish.result)


async def polled(house, url, **query):
    answer = await house.http.get(url, params={**dict(httpx.URL(url).params), **query})
    assert answer.status_code == 200, answer.text
    return [message["job_id"] for message in answer.json()["messages"]]


async def test_a_poll_acknowledges_what_the_one_before_it_brought(tmp_path):
    async with polling(tmp_path) as (house, client, url):
        await results(house, client, "1", "2")
        assert await polled(house, url) == ["1", "2"]
        await results(house, client, "3")
        assert await polled(house, url) == ["3"]
        assert await polled(house, url, wait=0) == []
        assert await house.services.stores.clients.delivered(client) == 3


async def test_a_poll_waits_for_a_result(tmp_path):
    async with polling(tmp_path) as (house, client, url), anyio.create_task_group() as tasks:
        got = []

        async def ask():
            got.extend(await polled(house, url))

        tasks.start_soon(ask)
        while not house.services.hub._bells.get(client):
            await anyio.lowlevel.checkpoint()
        with anyio.fail_after(10):
            await results(house, client, "1")
            while not got:
                await anyio.lowlevel.checkpoint()
        assert got == ["1"]


async def test_an_answer_that_could_not_be_written_is_given_again(tmp_path):
    async with polling(tmp_path) as (house, client, url):
        await results(house, client, "1")

        async def receive():
            await anyio.sleep_forever()

        async def send(message):
            raise ConnectionResetError

        query = httpx.URL(url).query
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/proxy-sqs",
            "query_string": query,
            "headers": [],
            "server": ("mip", 80),
            "scheme": "http",
        }
        response = await poll(Request(scope, receive), house.services)
        with pytest.raises(ConnectionResetError):
            await response(scope, receive, send)
        assert await polled(house, url) == ["1"]
        assert await polled(house, url, wait=0) == []


async def test_a_client_that_goes_away_while_it_waits_takes_nothing(tmp_path):
    async with live(tmp_path, mip_polling=True) as server:
        base = f"http://127.0.0.1:{server.port}"
        async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
            made = (await http.post("/provision")).json()
            client, url = made["client_id"], made["queue_url"]
            with anyio.move_on_after(0.5):
                await http.get(url, timeout=30)
            with anyio.fail_after(10):
                while server.services.hub._bells.get(client):
                    await anyio.lowlevel.checkpoint()
            await server.results(client, ["1"])
            for _ in range(2):
                answer = await http.get(url, params={**dict(httpx.URL(url).params), "after": 0})
                assert [each["job_id"] for each in answer.json()["messages"]] == ["1"]


async def test_after_acknowledges_up_to_it_and_no_more(tmp_path):
    async with polling(tmp_path) as (house, client, url):
        await results(house, client, "1", "2", "3")
        assert await polled(house, url, after=0) == ["1", "2", "3"]
        assert await polled(house, url, after=1) == ["2", "3"]
        assert await house.services.stores.clients.delivered(client) == 1


async def test_a_restarted_server_gives_the_last_answer_again(tmp_path):
    async with polling(tmp_path) as (house, client, url):
        await results(house, client, "1")
        assert await polled(house, url) == ["1"]
    async with open_house(tmp_path, mip_polling=True) as house:
        assert await polled(house, url) == ["1"]
        assert await polled(house, url, wait=0) == []


async def test_a_link_is_bound_to_its_client_and_ends(tmp_path):
    async with polling(tmp_path) as (house, _, url):
        _, stranger, _ = await another(house)
        params = dict(httpx.URL(url).params)
        for wrong in (
            {"queue": stranger},
            {"signature": "0" * 64},
            {"until": str(int(params["until"]) + 1)},
            {"until": "x"},
        ):
            answer = await house.http.get("/proxy-sqs", params={**params, **wrong})
            assert answer.status_code == 401
        ended = house.services.links.queue_link(stranger, until=1000, base="")
        assert (await house.http.get(ended)).status_code == 401
        assert (await house.http.get("/proxy-sqs")).status_code == 422
        assert (await house.http.get(url, params={**params, "wait": 21})).status_code == 422


async def another(house):
    made = (await house.http.post("/provision")).json()
    return made, made["client_id"], made["queue_url"]


async def test_a_client_may_poll_only_so_often_at_a_time(tmp_path):
    async with polling(tmp_path, mip_max_connections=1) as (house, client, url):
        with house.services.hub.bell(client):
            assert (await house.http.get(url)).status_code == 429


async def test_polling_is_off_unless_it_is_wanted(tmp_path):
    async with open_house(tmp_path) as house:
        assert "queue_url" not in (await house.http.post("/provision")).json()
        link = house.services.links.queue_link("a", until=1e11, base="")
        assert (await house.http.get(link)).status_code == 403
