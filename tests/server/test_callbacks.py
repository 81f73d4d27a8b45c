"""Callbacks against a receiver over TLS: delivered once it answers, and to nobody else."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import AF_INET, AF_INET6
from typing import Any

import anyio
import pytest

from mip.contracts import Output
from mip.control import CallbackRules, Results
from mip.control.callbacks import RETRY_SECONDS, is_public
from mip.errors import StateError
from mip.server import callbacks as server_callbacks
from mip.server.callbacks import (
    AT_ONCE,
    CALL_SECONDS,
    LEASE_SECONDS,
    PER_CLIENT,
    Callbacks,
)
from mip.server.links import Links
from mip.state import Callback, Ending, open_stores
from mip.testing import FakeClock

from .house import IMAGE, job_of, open_house
from .receiver import Receiver, answer, receiving

API_PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
HOST = "hooks.example.test"
SECRET = "a secret"  # noqa: S105 - of these tests alone
OUTPUT = Output(role="mask", sop_instance_uid="2.25.1", bucket="b", key="n/2.25.1.dcm", sha256="0")


@dataclass
class Desk:
    """A sender over a real store, with one callback owed to a receiver."""

    stores: Any
    clock: FakeClock
    receiver: Receiver
    sender: Callbacks

    async def owed(self):
        return await self.stores.callbacks.get(job_of("a", "j").key)


@pytest.fixture
def found(monkeypatch):
    """What names resolve to, and which were asked for."""
    addresses: list[str] = ["127.0.0.1"]
    asked: list[str] = []

    async def resolve(host, port, **_):
        asked.append(host)
        family = [AF_INET6 if ":" in each else AF_INET for each in addresses]
        return [
            (kind, 1, 6, "", (each, port)) for kind, each in zip(family, addresses, strict=True)
        ]

    monkeypatch.setattr(anyio, "getaddrinfo", resolve)
    return addresses, asked


@pytest.fixture
def open_desk(tmp_path, found):
    @asynccontextmanager
    async def opened(*, is_allowed=lambda _: True, name=HOST, is_trusted=True, hosts=None):
        clock = FakeClock()
        stores = await open_stores(f"sqlite:{tmp_path / 'state.db'}", clock=clock)
        async with receiving(name, is_trusted=is_trusted) as receiver:
            rules = CallbackRules(hosts or f"{HOST}:{receiver.port}")
            sender = Callbacks(
                stores.callbacks,
                records=stores.jobs,
                rules=rules,
                links=Links(b"l" * 32, clock=clock),
                base="https://mip.example.com",
                secret=SECRET,
                clock=clock,
                is_allowed=is_allowed,
                tls=receiver.tls,
            )
            url = f"https://{HOST}:{receiver.port}/results?id=7"
            job = job_of("a", "j", callback_url=url)
            await stores.jobs.finish(job, Ending(outcome="succeeded", outputs=(OUTPUT,)))
            results = Results(stores.jobs, callbacks=stores.callbacks, clock=clock)
            await results.take(b'{"job_id":"j","client_id":"a"}', published_at=0)
            yield Desk(stores, clock, receiver, sender)
        await stores.aclose()

    return opened


async def test_a_result_is_sent_signed_with_links(open_desk, found):
    async with open_desk() as desk:
        assert await desk.sender.deliver() == 1
        [(line, headers, body)] = desk.receiver.requests
        assert line == "POST /results?id=7 HTTP/1.1"
        assert headers["host"] == f"{HOST}:{desk.receiver.port}"
        assert headers["mip-delivery"] == job_of("a", "j").key
        match = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["mip-signature"])
        assert match is not None
        signed = match[1].encode() + b"." + body
        assert hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest() == match[2]
        message = json.loads(body)
        assert (message["job_id"], message["seq"]) == ("j", 1)
        assert message["outputs"][0]["url"].startswith("https://mip.example.com/objects/n/2.25.1")
        owed = await desk.owed()
        assert (owed.state, owed.tries, owed.last_answer) == ("delivered", 1, "200")
        assert desk.receiver.names == [HOST]
        assert found[1] == [HOST]  # resolved once
        desk.clock.advance(86_400)
        assert await desk.sender.deliver() == 0


async def test_the_check_in_the_documents_knows_a_call_of_ours(open_desk):
    [code] = re.findall(r"^```python\n(.*?)^```$", API_PAGE, re.MULTILINE | re.DOTALL)
    documented: dict[str, Any] = {}
    exec(code, documented)  # noqa: S102 - it is ours
    is_from_mip = documented["is_from_mip"]
    async with open_desk() as desk:
        await desk.sender.deliver()
        [(_, headers, body)] = desk.receiver.requests
        header, now = headers["mip-signature"], desk.clock.now()
        assert is_from_mip(header, body, secret=SECRET, now=now)
        assert not is_from_mip(header, body + b" ", secret=SECRET, now=now)
        assert not is_from_mip(header, body, secret="other", now=now)  # noqa: S106 - as above
        assert not is_from_mip(header, body, secret=SECRET, now=now + 3600)
        assert not is_from_mip("nonsense", body, secret=SECRET, now=now)


async def test_it_is_tried_again_until_the_receiver_answers(open_desk):
    async with open_desk() as desk:
        desk.receiver.answers = [answer(500), answer(503, retry_after="500"), answer(204)]
        for tries, (status, state) in enumerate(
            [("500", "pending"), ("503", "pending"), ("204", "delivered")], 1
        ):
            assert await desk.sender.deliver() == 1
            owed = await desk.owed()
            assert (owed.tries, owed.last_answer, owed.state) == (tries, status, state)
            assert await desk.sender.deliver() == 0
            if state == "pending":
                pause = owed.next_at - desk.clock.now()
                assert pause >= (500 if status == "503" else 8)
                desk.clock.advance(pause)


async def test_it_is_given_up_after_hours(open_desk):
    async with open_desk() as desk:
        desk.receiver.answers = [answer(500)]
        begun = desk.clock.now()
        for _ in range(len(RETRY_SECONDS) + 1):
            assert await desk.sender.deliver() == 1
            desk.clock.advance(max((await desk.owed()).next_at - desk.clock.now(), 0))
        owed = await desk.owed()
        assert (owed.state, owed.tries) == ("given_up", 8)
        assert 5 * 3600 < desk.clock.now() - begun < 10 * 3600


@pytest.mark.parametrize(
    ("reply", "state", "last_answer"),
    [
        (answer(410), "given_up", "410"),
        (answer(302, location="https://127.0.0.1/"), "pending", "302"),
        (b"nonsense\r\n\r\n", "pending", "callback.unreachable"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"x" * 500_000, "pending", "callback.unreachable"),
        (b"", "pending", "callback.unreachable"),
    ],
)
async def test_what_the_receiver_answers_is_on_record(open_desk, reply, state, last_answer):
    async with open_desk() as desk:
        desk.receiver.answers = [reply]
        await desk.sender.deliver()
        owed = await desk.owed()
        assert (owed.state, owed.last_answer) == (state, last_answer)
        assert desk.receiver.connections == 1  # nothing is followed


async def test_a_receiver_that_says_nothing_is_not_waited_for_long(open_desk, monkeypatch):
    monkeypatch.setattr(server_callbacks, "CALL_SECONDS", 0.3)
    async with open_desk() as desk:
        desk.receiver.answers = [None]
        with anyio.fail_after(10):
            await desk.sender.deliver()
        assert (await desk.owed()).last_answer == "callback.timeout"


async def test_an_answer_without_end_is_not_read(open_desk):
    async with open_desk() as desk:
        desk.receiver.answers = [b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n"]
        desk.receiver.is_endless = True
        with anyio.fail_after(10):
            await desk.sender.deliver()
        assert (await desk.owed()).state == "delivered"


@pytest.mark.parametrize("wrong", [{"name": "other.example.test"}, {"is_trusted": False}])
async def test_a_receiver_that_cannot_prove_its_name_gets_nothing(open_desk, wrong):
    async with open_desk(**wrong) as desk:
        await desk.sender.deliver()
        assert (await desk.owed()).last_answer == "callback.unreachable"
        assert desk.receiver.requests == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["169.254.169.254"],
        ["fe80::1%lo"],
        [],
    ],
)
async def test_an_address_that_is_not_public_is_not_connected_to(open_desk, found, addresses):
    async with open_desk(is_allowed=is_public) as desk:
        found[0][:] = addresses
        await desk.sender.deliver()
        owed = await desk.owed()
        assert (owed.state, owed.last_answer) == ("pending", "callback.refused")
        assert desk.receiver.connections == 0


async def test_a_host_that_is_no_longer_allowed_is_not_called(open_desk):
    async with open_desk(hosts="elsewhere.example.test") as desk:
        await desk.sender.deliver()
        owed = await desk.owed()
        assert (owed.state, owed.last_answer) == ("given_up", "callback.refused")
        assert desk.receiver.connections == 0


async def test_a_call_that_the_server_did_not_live_to_note_is_made_again(open_desk):
    async with open_desk() as desk:
        settle = desk.stores.callbacks.settle

        async def die(*_, **__):
            raise StateError("out")

        desk.stores.callbacks.settle = die
        assert await desk.sender.deliver() == 1
        desk.stores.callbacks.settle = settle
        assert await desk.sender.deliver() == 0
        desk.clock.advance(LEASE_SECONDS)
        assert await desk.sender.deliver() == 1
        deliveries = [headers["mip-delivery"] for _, headers, _ in desk.receiver.requests]
        assert deliveries == [job_of("a", "j").key] * 2
        assert (await desk.owed()).state == "delivered"


@pytest.mark.parametrize("location", ["https:x", "https://xn--a/", "//", "https://[::1", "\xff"])
async def test_where_an_answer_leads_to_is_not_looked_at(open_desk, location):
    async with open_desk() as desk:
        desk.receiver.answers = [answer(302, location=location), answer(200)]
        assert await desk.sender.deliver() == 1
        owed = await desk.owed()
        assert (owed.state, owed.last_answer) == ("pending", "302")
        desk.clock.advance(RETRY_SECONDS[0] * 2)
        assert await desk.sender.deliver() == 1
        assert (await desk.owed()).state == "delivered"


async def test_an_error_that_nobody_expected_ends_one_call(open_desk, monkeypatch):
    async with open_desk() as desk:

        async def fail(*_):
            raise ValueError("of some library")

        monkeypatch.setattr(desk.sender, "_call", fail)
        assert await desk.sender.deliver() == 1
        owed = await desk.owed()
        assert (owed.state, owed.last_answer) == ("pending", "callback.unreachable")


async def test_a_receiver_that_does_not_answer_holds_up_no_other_client(open_desk):
    async with open_desk() as desk, anyio.create_task_group() as tasks:
        desk.receiver.silent = "/silent"
        at = desk.clock.now() - 60  # before the one that is owed to another client
        for number in range(AT_ONCE):
            url = f"https://{HOST}:{desk.receiver.port}/silent"
            job = job_of("slow", f"j{number}", callback_url=url)
            await desk.stores.jobs.finish(job, Ending(outcome="succeeded", outputs=(OUTPUT,)))
            await desk.stores.callbacks.owe(
                Callback(
                    key=job.key,
                    client_id="slow",
                    job_id=job.job_id,
                    url=url,
                    owed_at=at,
                    next_at=at,
                )
            )
        tasks.start_soon(desk.sender.run)
        with anyio.fail_after(CALL_SECONDS / 2):
            while (await desk.owed()).state != "delivered":
                await anyio.lowlevel.checkpoint()
        assert sum("/silent" in line for line, _, _ in desk.receiver.requests) <= PER_CLIENT
        tasks.cancel_scope.cancel()


async def test_the_sender_wakes_when_something_is_owed(open_desk):
    async with open_desk() as desk, anyio.create_task_group() as tasks:
        tasks.start_soon(desk.sender.run)
        desk.sender.wake()
        with anyio.fail_after(10):
            while (await desk.owed()).state != "delivered":
                await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()


async def test_a_callback_is_checked_when_the_job_is_submitted(tmp_path):
    async with open_house(tmp_path, mip_callback_hosts=HOST) as house:
        await house.register()
        _, header = await house.client()
        body = {"job_id": "j", "pacs": IMAGE, "callback_url": "https://elsewhere.example.test/"}
        refused = await house.http.post("/process/noop", json=body, headers=header)
        assert refused.status_code == 422
        assert refused.json()["error"]["fields"][0]["field"] == "callback_url"
        body["callback_url"] = f"https://{HOST}/x"
        made = await house.http.post("/process/noop", json=body, headers=header)
        assert made.status_code == 202


async def test_a_job_tells_what_became_of_its_callback(tmp_path, found):
    async with open_house(tmp_path, mip_callback_hosts=HOST) as house:
        await house.register()
        client, header = await house.client()
        body = {"job_id": "j", "pacs": IMAGE, "callback_url": f"https://{HOST}/x"}
        await house.http.post("/process/noop", json=body, headers=header)
        assert "callback" not in (await house.http.get("/jobs/j", headers=header)).json()
        await house.finish(client, "j")
        with anyio.fail_after(10):
            while True:
                shown = (await house.http.get("/jobs/j", headers=header)).json()
                if shown.get("callback", {}).get("tries"):
                    break
        assert shown["callback"] == {
            "state": "pending",
            "tries": 1,
            "last_answer": "callback.refused",
        }
