"""Publishing: outcomes, duplicates, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...transport import Message, Transport
from ...transport.base import DEDUP_SECONDS, MAX_BODY_BYTES
from . import messages as m

if TYPE_CHECKING:
    from ..clock import FakeClock


class PublishingConformance:
    """What ``publish`` promises."""

    async def test_a_published_message_is_delivered_as_it_was(self, transport: Transport) -> None:
        await m.made(transport)
        sent = Message(body=b"\x00\xff{}\n", group_id="grüppe 1", dedup_id="d-1")
        assert await transport.publish(m.QUEUE, [sent]) == ["published"]
        got = await m.receive_one(transport)
        assert (got.body, got.group_id, got.dedup_id) == (sent.body, sent.group_id, sent.dedup_id)

    async def test_a_delivery_tells_when_it_was_published(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        published_at = clock.now()
        await m.publish(transport, "a")
        clock.advance(9)
        assert abs((await m.receive_one(transport)).published_at - published_at) < 0.001

    async def test_an_empty_batch_has_no_outcomes(self, transport: Transport) -> None:
        await m.made(transport)
        assert await transport.publish(m.QUEUE, []) == []

    async def test_a_batch_gives_one_outcome_per_message_in_order(
        self, transport: Transport
    ) -> None:
        await m.made(transport)
        batch = [
            m.message("a", "1", "first"),
            m.message("b", "2", "first"),
            m.message("x" * (MAX_BODY_BYTES + 1), "3"),
            m.message("d", "4"),
        ]
        outcomes = await transport.publish(m.QUEUE, batch)
        assert outcomes == ["published", "duplicate", "too_large", "published"]
        assert m.bodies(await m.receive(transport)) == ["a", "d"]

    async def test_the_longest_body_is_accepted(self, transport: Transport) -> None:
        await m.made(transport)
        assert await transport.publish(m.QUEUE, [m.message("x" * MAX_BODY_BYTES)]) == ["published"]
        assert len((await m.receive_one(transport)).body) == MAX_BODY_BYTES

    async def test_a_duplicate_is_dropped_within_five_minutes(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        assert await transport.publish(m.QUEUE, [m.message("a", "1", "d")]) == ["published"]
        clock.advance(DEDUP_SECONDS - 1)
        assert await transport.publish(m.QUEUE, [m.message("b", "2", "d")]) == ["duplicate"]
        assert m.bodies(await m.receive(transport)) == ["a"]

    async def test_a_duplicate_is_dropped_after_the_first_was_acked(
        self, transport: Transport
    ) -> None:
        await m.made(transport)
        await transport.publish(m.QUEUE, [m.message("a", dedup="d")])
        assert await m.ack(transport, await m.receive_one(transport)) == ("done",)
        assert await transport.publish(m.QUEUE, [m.message("a", dedup="d")]) == ["duplicate"]
        assert await m.receive(transport) == []

    async def test_a_dedup_id_is_free_again_after_five_minutes(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await transport.publish(m.QUEUE, [m.message("a", "1", "d")])
        clock.advance(DEDUP_SECONDS)
        assert await transport.publish(m.QUEUE, [m.message("b", "2", "d")]) == ["published"]
        assert m.bodies(await m.receive(transport)) == ["a", "b"]

    async def test_a_dropped_duplicate_does_not_prolong_the_five_minutes(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await transport.publish(m.QUEUE, [m.message("a", dedup="d")])
        clock.advance(DEDUP_SECONDS / 2)
        await transport.publish(m.QUEUE, [m.message("a", dedup="d")])
        clock.advance(DEDUP_SECONDS / 2)
        assert await transport.publish(m.QUEUE, [m.message("a", dedup="d")]) == ["published"]

    async def test_a_refused_message_does_not_use_up_its_dedup_id(
        self, transport: Transport
    ) -> None:
        await m.made(transport)
        long = m.message("x" * (MAX_BODY_BYTES + 1), dedup="d")
        assert await transport.publish(m.QUEUE, [long]) == ["too_large"]
        assert await transport.publish(m.QUEUE, [m.message("a", dedup="d")]) == ["published"]

    async def test_a_message_older_than_the_retention_is_dropped(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport, retention_seconds=100)
        await m.publish(transport, "old")
        clock.advance(60)
        await m.publish(transport, "young")
        clock.advance(60)
        assert (await transport.depth(m.QUEUE)).waiting == 1
        assert m.bodies(await m.receive(transport)) == ["young"]

    async def test_a_message_on_loan_is_not_dropped_by_age(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport, lease_seconds=200, retention_seconds=100)
        await m.publish(transport, "a")
        delivery = await m.receive_one(transport)
        clock.advance(150)
        assert (await transport.depth(m.QUEUE)).in_flight == 1
        assert await m.ack(transport, delivery) == ("done",)

    async def test_what_is_too_old_goes_also_when_nobody_receives(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport, retention_seconds=100)
        await m.publish(transport, "a", "b")
        clock.advance(101)
        for _ in range(3):
            await m.publish(transport, "later", group="other")
            clock.advance(11)
        depth = await transport.depth(m.QUEUE)
        assert depth.waiting == 3
        assert depth.oldest_at is not None
        assert clock.now() - depth.oldest_at < 100
