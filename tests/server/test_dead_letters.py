"""Dead letters over HTTP."""

from __future__ import annotations

from datetime import datetime

import pytest

from mip.contracts import request_queue
from mip.transport import Message, SetAside

from .house import ADMIN, open_house


async def set_aside(house, algorithm):
    """Put something that is no job among an algorithm's dead letters; return the letter's id."""
    queue, transport = request_queue(algorithm), house.services.transport
    await transport.publish(queue, [Message(body=b"x", group_id="g", dedup_id=algorithm)])
    [delivery] = await transport.receive(queue)
    await transport.settle(queue, dead_letters=[SetAside(delivery.receipt, "no job")])
    [letter] = await letters_of(house, algorithm)
    return letter["id"]


async def letters_of(house, algorithm):
    url = f"/admin/dead-letters?algorithm={algorithm}"
    return (await house.http.get(url, headers=ADMIN)).json()["dead_letters"]


async def test_when_a_letter_came_and_died_is_told_as_all_instants_are(tmp_path):
    async with open_house(tmp_path) as house:
        await house.register("noop")
        await set_aside(house, "noop")
        [letter] = await letters_of(house, "noop")
    came, died = (datetime.fromisoformat(letter[name]) for name in ("published_at", "dead_at"))
    assert came <= died
    assert came.tzinfo is not None


@pytest.mark.parametrize("query", ["", "?algorithm=other"])
async def test_a_dead_letter_is_dropped_by_its_id_whosever_it_is(tmp_path, query):
    async with open_house(tmp_path) as house:
        for name in ("noop", "other", "third"):
            await house.register(name)
        kept, letter = await set_aside(house, "noop"), await set_aside(house, "other")
        answers = [
            await house.http.delete(f"/admin/dead-letters/{letter}{query}", headers=ADMIN)
            for _ in range(2)
        ]
        assert [answer.json() for answer in answers] == [{"dropped": 1}, {"dropped": 0}]
        assert await letters_of(house, "other") == []
        assert [each["id"] for each in await letters_of(house, "noop")] == [kept]


async def test_a_dead_letter_of_another_algorithm_is_not_dropped(tmp_path):
    async with open_house(tmp_path) as house:
        for name in ("noop", "other"):
            await house.register(name)
        letter = await set_aside(house, "noop")
        url = f"/admin/dead-letters/{letter}"
        answer = await house.http.delete(f"{url}?algorithm=other", headers=ADMIN)
        assert answer.json() == {"dropped": 0}
        unknown = await house.http.delete(f"{url}?algorithm=unknown", headers=ADMIN)
        assert unknown.status_code == 404
        assert len(await letters_of(house, "noop")) == 1
