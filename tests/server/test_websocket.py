"""Results over the WebSocket: each client its own, in order, once, whoever else does what."""

from __future__ import annotations

import logging
from contextlib import suppress

import anyio
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from mip.server import conversation

from .live import SECONDS, jobs, live, say, take

PONG = {"type": "pong"}


async def status_of(url: str, **options) -> int:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url, **options):
            pass
    return refused.value.response.status_code


async def test_a_client_gets_its_own_results_in_order_and_nobody_elses(tmp_path):
    async with live(tmp_path) as server, server.socket("a") as a, server.socket("b") as b:
        await server.results("a", ["1", "2"])
        await server.results("b", ["3"])
        await server.results("a", ["4"])
        of_a, of_b = await take(a, 3), await take(b, 1)
        assert jobs(of_a) == ["1", "2", "4"]
        assert jobs(of_b) == ["3"]
        assert [frame["seq"] for frame in of_a] == [1, 2, 3]
        assert [frame["client_id"] for frame in of_a + of_b] == ["a", "a", "a", "b"]
        await say(a, {"type": "ping"})
        assert await take(a, 1) == [PONG]  # and nothing more came before it


async def test_a_result_is_the_message_that_the_api_shows(tmp_path):
    async with live(tmp_path) as server, server.socket("a") as a:
        await server.results("a", ["1"])
        [frame] = await take(a, 1)
        assert frame == {
            "job_id": "1",
            "algo_id": "noop",
            "version": "1.0",
            "client_id": "a",
            "seq": 1,
            "status": "succeeded",
            "meta": {"job": "1"},
        }


@pytest.mark.parametrize("path", ["/", "/ws", "/prod"])
async def test_every_path_of_the_websocket_is_the_same(tmp_path, path):
    async with live(tmp_path) as server:
        await server.results("a", ["1"])
        async with server.socket("a", path=path) as a:
            assert jobs(await take(a, 1)) == ["1"]


async def test_a_client_that_was_away_gets_what_it_missed_once(tmp_path, monkeypatch):
    monkeypatch.setattr(conversation, "LEAVING_SECONDS", 0.0)  # it has all that was sent
    async with live(tmp_path) as server:
        async with server.socket("a") as a:
            await server.results("a", ["1", "2"])
            assert jobs(await take(a, 2)) == ["1", "2"]
        await server.results("a", ["3"])
        async with server.socket("a") as a:
            assert jobs(await take(a, 1)) == ["3"]
            await server.results("a", ["4"])
            assert jobs(await take(a, 1)) == ["4"]


async def test_a_client_resumes_after_the_last_one_that_it_knows(tmp_path):
    async with live(tmp_path) as server:
        await server.results("a", ["1", "2", "3"])
        async with server.socket("a", after=1) as a:
            frames = await take(a, 3)
            assert jobs(frames[:2]) == ["2", "3"]
            assert frames[2] == {"type": "replay_end", "seq": 3}
            await say(a, {"type": "resume", "after": 2})
            frames = await take(a, 2)
            assert jobs(frames[:1]) == ["3"]
            assert frames[1] == {"type": "replay_end", "seq": 3}


async def test_what_a_client_says_it_knows_is_delivered(tmp_path):
    async with live(tmp_path) as server:
        await server.results("a", ["1", "2"])
        async with server.socket("a", after=1) as a:
            assert jobs(await take(a, 1)) == ["2"]
            a.transport.abort()
        async with server.socket("a") as a:
            assert jobs(await take(a, 1)) == ["2"]


async def test_what_was_sent_before_a_connection_broke_is_sent_again(tmp_path):
    async with live(tmp_path) as server:
        await server.results("a", ["1", "2"])
        async with server.socket("a") as a:
            assert jobs(await take(a, 2)) == ["1", "2"]
            a.transport.abort()
        async with server.socket("a") as a:
            assert jobs(await take(a, 2)) == ["1", "2"]


async def test_a_cursor_that_is_too_old_is_reset_to_what_is_kept(tmp_path):
    async with live(tmp_path) as server:
        await server.results("a", ["1", "2", "3"])
        [first] = await server.services.jobs.page(client_id="a", limit=1)
        assert first.finished_at is not None
        assert await server.services.stores.jobs.purge(before=first.finished_at + 1, limit=2) == 2
        async with server.socket("a", after=1) as a:
            reset, frame, end = await take(a, 3)
            assert (reset, jobs([frame])) == ({"type": "reset"}, ["3"])
            assert end == {"type": "replay_end", "seq": 3}
        async with server.socket("a", after=99) as a:
            assert (await take(a, 1))[0] == {"type": "reset"}
        async with server.socket("a", after=2) as a:
            assert jobs(await take(a, 1)) == ["3"]


async def test_each_of_several_connections_gets_everything(tmp_path):
    async with live(tmp_path) as server, server.socket("a") as one, server.socket("a") as two:
        names = [str(number) for number in range(40)]
        await server.results("a", names)
        assert jobs(await take(one, 40)) == names
        assert jobs(await take(two, 40)) == names


async def test_a_client_may_hold_only_so_many_connections(tmp_path):
    async with live(tmp_path, mip_max_connections=1) as server:
        url = server.url(client_id="a", token=server.token("a"))
        async with server.socket("a"):
            assert await status_of(url) == 429
            async with server.socket("b"):
                pass
        with anyio.fail_after(SECONDS):
            while True:  # the server learns of the end a moment later
                try:
                    async with server.socket("a"):
                        break
                except InvalidStatus:
                    await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 401),
        ({"client_id": "a"}, 401),
        ({"client_id": "a", "token": "v1.x.y"}, 401),
        ({"client_id": "b", "token": "of a"}, 403),
        ({"client_id": "\x00", "token": "of a"}, 422),
        ({"after": "-1", "token": "of a"}, 422),
        ({"after": "1e3", "token": "of a"}, 422),
    ],
)
async def test_a_handshake_is_refused_with_a_status(tmp_path, query, status):
    async with live(tmp_path) as server:
        if query.get("token") == "of a":
            query = {**query, "token": server.token("a")}
        assert await status_of(server.url(**query)) == status


async def test_another_path_is_refused(tmp_path):
    async with live(tmp_path) as server:
        url = server.url("/elsewhere", client_id="a", token=server.token("a"))
        assert await status_of(url) == 404


async def test_a_token_may_come_by_header_or_subprotocol(tmp_path):
    async with live(tmp_path) as server:
        await server.results("a", ["1"])
        token = server.token("a")
        header = {"authorization": f"Bearer {token}"}
        async with connect(server.url(after=0), additional_headers=header) as connection:
            assert jobs(await take(connection, 1)) == ["1"]
        offers = [Subprotocol("mip"), Subprotocol(f"token.{token}")]
        async with connect(server.url(after=0), subprotocols=offers) as connection:
            assert connection.subprotocol == "mip"
            assert jobs(await take(connection, 1)) == ["1"]


async def test_open_servers_take_clients_at_their_word(tmp_path):
    async with live(tmp_path, mip_clients="open") as server:
        await server.results("client-456", ["1"])
        url = f"ws://127.0.0.1:{server.port}/prod?client_id=client-456"
        async with connect(url) as connection:
            assert jobs(await take(connection, 1)) == ["1"]


async def test_an_operator_who_looks_takes_nothing_away(tmp_path):
    async with live(tmp_path) as server:
        await server.results("a", ["1", "2"])
        for url in (server.url(client_id="a"), server.url(client_id="a", after=1)):
            async with connect(url, additional_headers={"x-admin-key": "k"}) as connection:
                await take(connection, 1)
        async with server.socket("a") as a:
            assert jobs(await take(a, 2)) == ["1", "2"]


@pytest.mark.parametrize("frame", [{"type": "ping"}, {"action": "ping"}])
async def test_a_ping_is_answered_in_either_form(tmp_path, frame):
    async with live(tmp_path) as server, server.socket("a") as a:
        await say(a, frame)
        assert await take(a, 1) == [PONG]


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "nonsense",
        "null",
        "[]",
        "{}",
        '{"type": "resume"}',
        '{"type": "resume", "after": -1}',
        '{"type": "resume", "after": true}',
        '{"type": "resume", "after": 1e400}',
        '{"type": "resume", "after": 99999999999999999999}',
        '{"type": ["ping"]}',
        '{"type": "\\ud800"}',
        "[" * 4000,
        " " * 5000,
        b'{"type": "ping"}',
    ],
)
async def test_a_frame_that_means_nothing_is_answered_with_an_error(tmp_path, frame):
    async with live(tmp_path) as server, server.socket("a") as a:
        await say(a, frame)
        await say(a, {"type": "ping"})
        error, pong = await take(a, 2)
        assert error["type"] == "error"
        assert error["error"]["code"] == "contract.invalid_request"
        assert pong == PONG


async def test_a_frame_that_is_too_long_ends_the_connection_and_no_other(tmp_path):
    async with live(tmp_path) as server, server.socket("a") as a, server.socket("b") as b:
        await say(a, "x" * 20_000)
        with pytest.raises(ConnectionClosed) as closed, anyio.fail_after(SECONDS):
            await a.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        await say(b, {"type": "ping"})
        assert await take(b, 1) == [PONG]


async def test_a_flood_of_frames_ends_the_connection(tmp_path):
    async with live(tmp_path) as server, server.socket("a") as a:
        with anyio.fail_after(SECONDS):
            with suppress(ConnectionClosed):
                for _ in range(1000):
                    await say(a, {"type": "ping"})
            await a.wait_closed()
        assert a.close_code == 1008


async def test_a_server_that_closes_says_so_and_the_next_one_goes_on(tmp_path):
    async with live(tmp_path) as server:
        port = server.port
        await server.results("a", ["1", "2"])
        connection = await connect(server.url(client_id="a", token=server.token("a"), after=0))
        assert jobs((await take(connection, 3))[:2]) == ["1", "2"]
    with pytest.raises(ConnectionClosed) as closed, anyio.fail_after(SECONDS):
        await connection.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    async with live(tmp_path, port=port) as server:
        await server.results("a", ["3"])
        async with server.socket("a", after=2) as a:
            assert jobs(await take(a, 1)) == ["3"]


async def test_no_log_has_a_token(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    async with live(tmp_path) as server:
        token = server.token("a")
        async with server.socket("a") as a:
            await say(a, {"type": "ping"})
            await take(a, 1)
        await status_of(server.url(client_id="b", token=token))
        await status_of(server.url("/elsewhere", token=token))
    ours = [each for each in caplog.records if not each.name.startswith("websockets.")]
    assert "push.closed" in {each.getMessage() for each in ours}
    assert not [each for each in ours if token in f"{each.getMessage()} {vars(each)}"]
