"""Order: within a group as published, between groups by waiting time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...transport import Nack, SetAside, Transport
from . import messages as m

if TYPE_CHECKING:
    from ..clock import FakeClock


class OrderConformance:
    """What groups promise."""

    async def test_a_group_is_delivered_in_the_order_of_publishing(
        self, transport: Transport
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "1", "2")
        await m.publish(transport, "3")
        got = []
        for _ in range(3):
            delivery = await m.receive_one(transport)
            got.append(delivery.body)
            await m.ack(transport, delivery)
        assert got == [b"1", b"2", b"3"]

    async def test_one_message_of_a_group_is_out_at_a_time(self, transport: Transport) -> None:
        await m.made(transport)
        await m.publish(transport, "1", "2")
        assert m.bodies(await m.receive(transport)) == ["1"]
        assert await m.receive(transport) == []

    async def test_a_message_published_behind_a_lent_one_waits(self, transport: Transport) -> None:
        await m.made(transport)
        await m.publish(transport, "1")
        first = await m.receive_one(transport)
        await m.publish(transport, "2")
        assert await m.receive(transport) == []
        await m.ack(transport, first)
        assert m.bodies(await m.receive(transport)) == ["2"]

    async def test_a_held_group_does_not_hold_others(self, transport: Transport) -> None:
        await m.made(transport)
        await m.publish(transport, "a1", "a2", group="a")
        await m.receive_one(transport)
        await m.publish(transport, "b1", group="b")
        assert m.bodies(await m.receive(transport)) == ["b1"]

    async def test_one_call_gives_at_most_one_message_per_group(self, transport: Transport) -> None:
        await m.made(transport)
        for group in "ab":
            await m.publish(transport, f"{group}1", f"{group}2", group=group)
        assert m.bodies(await m.receive(transport)) == ["a1", "b1"]

    async def test_one_call_gives_at_most_what_was_asked_for(self, transport: Transport) -> None:
        await m.made(transport)
        for group in "abc":
            await m.publish(transport, group, group=group)
        assert m.bodies(await m.receive(transport, 2)) == ["a", "b"]
        assert m.bodies(await m.receive(transport, 2)) == ["c"]

    async def test_an_acked_message_is_not_delivered_again(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "1")
        await m.ack(transport, await m.receive_one(transport))
        clock.advance(m.LEASE_SECONDS + 1)
        assert await m.receive(transport) == []

    async def test_a_nacked_message_keeps_its_place(self, transport: Transport) -> None:
        await m.made(transport)
        await m.publish(transport, "1", "2")
        first = await m.receive_one(transport)
        await m.settle(transport, Nack(first.receipt))
        assert m.bodies(await m.receive(transport)) == ["1"]

    async def test_an_expired_message_keeps_its_place(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "1", "2")
        await m.receive_one(transport)
        clock.advance(m.LEASE_SECONDS)
        assert m.bodies(await m.receive(transport)) == ["1"]

    async def test_a_dead_lettered_message_frees_its_group(self, transport: Transport) -> None:
        await m.made(transport)
        await m.publish(transport, "1", "2")
        first = await m.receive_one(transport)
        await m.settle(transport, SetAside(first.receipt, "no"))
        assert m.bodies(await m.receive(transport)) == ["2"]

    async def test_the_group_that_is_ready_longest_is_served_first(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a1", "a2", group="a")
        clock.advance(1)
        await m.publish(transport, "b1", "b2", group="b")
        got = []
        for _ in range(4):
            clock.advance(1)
            delivery = await m.receive_one(transport)
            got.append(delivery.body)
            await m.ack(transport, delivery)
        assert got == [b"a1", b"b1", b"a2", b"b2"]

    async def test_a_long_group_does_not_starve_a_new_one(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, *map(str, range(50)), group="long")
        clock.advance(1)
        await m.publish(transport, "new", group="short")
        clock.advance(1)
        first = await m.receive_one(transport)
        await m.ack(transport, first)
        assert m.bodies([await m.receive_one(transport)]) == ["new"]

    async def test_a_nacked_group_goes_behind_those_that_wait(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        for group in "ab":
            await m.publish(transport, group, group=group)
        clock.advance(1)
        first = await m.receive_one(transport)
        await m.settle(transport, Nack(first.receipt))
        assert m.bodies(await m.receive(transport, 2)) == ["b", "a"]

    async def test_a_group_whose_lease_expired_waits_from_that_instant_on(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "expires", group="a")
        await m.receive_one(transport)
        clock.advance(m.LEASE_SECONDS + 5)
        await m.publish(transport, "later", group="b")
        clock.advance(5)
        assert m.bodies(await m.receive(transport)) == ["expires", "later"]
