"""Dead letters: kept with their reason, put back, dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...transport import SetAside, Transport
from . import messages as m

if TYPE_CHECKING:
    from ..clock import FakeClock

OTHER = "mip-other-requests.fifo"


class DeadLetterConformance:
    """What setting a message aside promises."""

    async def test_a_dead_letter_keeps_what_it_was_and_why(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        published_at = clock.now()
        await transport.publish(m.QUEUE, [m.message("a", "group", "d")])
        clock.advance(5)
        await _dead_letter(transport, "the image is damaged")
        (letter,) = await transport.dead_letters(m.QUEUE)
        assert (letter.body, letter.group_id, letter.dedup_id) == (b"a", "group", "d")
        assert (letter.reason, letter.deliveries) == ("the image is damaged", 1)
        assert abs(letter.published_at - published_at) < 0.001
        assert abs(letter.dead_at - clock.now()) < 0.001

    async def test_a_dead_letter_is_not_delivered(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        await _dead_letter(transport)
        clock.advance(m.LEASE_SECONDS)
        assert await m.receive(transport) == []

    async def test_dead_letters_are_listed_oldest_first_in_pages(
        self, transport: Transport
    ) -> None:
        await m.made(transport)
        await m.publish(transport, *"abcde")
        for _ in range(5):
            await _dead_letter(transport)
        first = await transport.dead_letters(m.QUEUE, limit=2)
        second = await transport.dead_letters(m.QUEUE, limit=2, after=first[-1].id)
        third = await transport.dead_letters(m.QUEUE, limit=2, after=second[-1].id)
        assert [letter.body for letter in first + second + third] == [b"a", b"b", b"c", b"d", b"e"]

    async def test_no_two_dead_letters_have_the_same_id(self, transport: Transport) -> None:
        await m.made(transport)
        await transport.create_queue(OTHER)
        ids = set()
        for queue in (m.QUEUE, OTHER, m.QUEUE, OTHER):
            await transport.publish(queue, [m.message("a")])
            (delivery,) = await transport.receive(queue)
            await transport.settle(queue, dead_letters=[SetAside(delivery.receipt, "no")])
            ids |= {letter.id for letter in await transport.dead_letters(queue)}
        assert len(ids) == 4

    async def test_a_dead_letter_goes_when_it_was_dead_for_longer_than_the_retention(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport, retention_seconds=100)
        await m.publish(transport, "a", "b")
        await _dead_letter(transport)
        clock.advance(60)
        await _dead_letter(transport)
        clock.advance(60)
        assert [letter.body for letter in await transport.dead_letters(m.QUEUE)] == [b"b"]
        assert (await transport.depth(m.QUEUE)).dead_letters == 1
        assert await transport.redrive(m.QUEUE) == 1

    async def test_a_redriven_message_goes_to_the_end_of_its_group(
        self, transport: Transport
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "1", "2")
        await _dead_letter(transport)
        assert await transport.redrive(m.QUEUE) == 1
        got = []
        for _ in range(2):
            delivery = await m.receive_one(transport)
            got.append(delivery)
            await m.ack(transport, delivery)
        assert m.bodies(got) == ["2", "1"]
        assert {delivery.group_id for delivery in got} == {"g"}
        assert await transport.dead_letters(m.QUEUE) == []

    async def test_a_redriven_message_begins_anew(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await transport.publish(m.QUEUE, [m.message("a", dedup="d")])
        await _dead_letter(transport)
        clock.advance(5)
        await transport.redrive(m.QUEUE)
        delivery = await m.receive_one(transport)
        assert delivery.deliveries == 1
        assert delivery.dedup_id != "d"
        assert abs(delivery.published_at - clock.now()) < 0.001

    async def test_a_message_can_be_redriven_again_and_again(self, transport: Transport) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        seen = set()
        for _ in range(3):
            seen.add(await _dead_letter(transport))
            assert await transport.redrive(m.QUEUE) == 1
        assert len(seen) == 3

    async def test_redriving_does_not_free_the_first_dedup_id(self, transport: Transport) -> None:
        await m.made(transport)
        await transport.publish(m.QUEUE, [m.message("a", dedup="d")])
        await _dead_letter(transport)
        await transport.redrive(m.QUEUE)
        assert await transport.publish(m.QUEUE, [m.message("a", dedup="d")]) == ["duplicate"]

    async def test_only_the_chosen_are_redriven(self, transport: Transport) -> None:
        await m.made(transport)
        await m.publish(transport, *"abc")
        for _ in range(3):
            await _dead_letter(transport)
        letters = await transport.dead_letters(m.QUEUE)
        assert await transport.redrive(m.QUEUE, ids=[letters[1].id, letters[1].id]) == 1
        assert m.bodies(await m.receive(transport)) == ["b"]
        assert [letter.body for letter in await transport.dead_letters(m.QUEUE)] == [b"a", b"c"]

    async def test_only_the_chosen_are_dropped(self, transport: Transport) -> None:
        await m.made(transport)
        await m.publish(transport, *"abc")
        for _ in range(3):
            await _dead_letter(transport)
        letters = await transport.dead_letters(m.QUEUE)
        assert await transport.drop_dead_letters(m.QUEUE, ids=[letters[0].id]) == 1
        assert [letter.body for letter in await transport.dead_letters(m.QUEUE)] == [b"b", b"c"]

    async def test_all_are_dropped_by_default(self, transport: Transport) -> None:
        await m.made(transport)
        await m.publish(transport, *"abc")
        for _ in range(3):
            await _dead_letter(transport)
        assert await transport.drop_dead_letters(m.QUEUE) == 3
        assert await transport.dead_letters(m.QUEUE) == []
        assert await m.receive(transport) == []

    async def test_more_than_one_batch_is_redriven_in_order(self, transport: Transport) -> None:
        await m.made(transport)
        count = 1100
        for start in range(0, count, 1000):
            batch = [m.message(str(n), f"{n}") for n in range(start, min(start + 1000, count))]
            await transport.publish(m.QUEUE, batch)
        taken = await m.receive(transport, 1000) + await m.receive(transport, 1000)
        for start in range(0, count, 1000):
            await transport.settle(
                m.QUEUE,
                dead_letters=[SetAside(x.receipt, "no") for x in taken[start : start + 1000]],
            )
        assert await transport.redrive(m.QUEUE) == count
        again = await m.receive(transport, 1000) + await m.receive(transport, 1000)
        assert m.bodies(again) == [str(n) for n in range(count)]

    async def test_unknown_ids_are_no_dead_letters(self, transport: Transport) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        await _dead_letter(transport)
        assert await transport.redrive(m.QUEUE, ids=["999999", "x", ""]) == 0
        assert await transport.drop_dead_letters(m.QUEUE, ids=["999999", "x", ""]) == 0
        assert await transport.redrive(m.QUEUE, ids=[]) == 0
        assert len(await transport.dead_letters(m.QUEUE)) == 1

    async def test_dead_letters_of_another_queue_are_left_alone(self, transport: Transport) -> None:
        await m.made(transport)
        await transport.create_queue("other")
        await m.publish(transport, "a")
        await _dead_letter(transport)
        (letter,) = await transport.dead_letters(m.QUEUE)
        assert await transport.redrive("other", ids=[letter.id]) == 0
        assert await transport.drop_dead_letters("other", ids=[letter.id]) == 0
        assert await transport.dead_letters("other") == []
        assert await transport.dead_letters(m.QUEUE) == [letter]


async def _dead_letter(transport: Transport, reason: str = "no") -> str:
    """Set the next message aside; return its dedup id."""
    delivery = await m.receive_one(transport)
    assert await m.settle(transport, SetAside(delivery.receipt, reason)) == "done"
    return delivery.dedup_id
