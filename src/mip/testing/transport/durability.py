"""Durability: what a transport that says so still knows after its processes ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...transport import Nack, SetAside, Transport
from . import messages as m

if TYPE_CHECKING:
    from ..clock import FakeClock


class DurableTransportConformance:
    """For transports whose ``capabilities`` say ``is_durable`` and ``is_shared``."""

    async def test_it_says_that_it_is_durable_and_shared(self, transport: Transport) -> None:
        assert transport.capabilities.is_durable
        assert transport.capabilities.is_shared

    async def test_messages_survive_closing(self, transport: Transport, another: m.Another) -> None:
        await m.made(transport)
        await m.publish(transport, "1", "2")
        await transport.aclose()
        later = await another()
        assert m.bodies(await m.receive(later)) == ["1"]

    async def test_loans_survive_closing(self, transport: Transport, another: m.Another) -> None:
        await m.made(transport)
        await m.publish(transport, "1", "2")
        delivery = await m.receive_one(transport)
        await transport.aclose()
        later = await another()
        assert await m.receive(later) == []
        assert await m.ack(later, delivery) == ("done",)
        assert m.bodies(await m.receive(later)) == ["2"]

    async def test_loans_expire_while_nobody_is_there(
        self, transport: Transport, clock: FakeClock, another: m.Another
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "1")
        await m.receive_one(transport)
        await transport.aclose()
        clock.advance(m.LEASE_SECONDS)
        assert (await m.receive_one(await another())).deliveries == 2

    async def test_dedup_ids_attempts_delays_and_options_survive_closing(
        self, transport: Transport, clock: FakeClock, another: m.Another
    ) -> None:
        await m.made(transport)
        await transport.publish(m.QUEUE, [m.message("a", "a", "d"), m.message("b", "b")])
        first, second = await transport.receive(m.QUEUE, max_messages=2, attempt_id="one")
        await transport.aclose()
        later = await another()
        assert await later.publish(m.QUEUE, [m.message("a", dedup="d")]) == ["duplicate"]
        again = await later.receive(m.QUEUE, max_messages=2, attempt_id="one")
        assert [x.receipt for x in again] == [first.receipt, second.receipt]
        assert again[0].deadline == first.deadline
        await m.settle(later, Nack(first.receipt, 10))
        await later.aclose()
        last = await another()
        clock.advance(9)
        assert await m.receive(last) == []
        clock.advance(1)
        assert m.bodies(await m.receive(last)) == ["a"]

    async def test_dead_letters_survive_closing(
        self, transport: Transport, another: m.Another
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        await m.settle(transport, SetAside((await m.receive_one(transport)).receipt, "no"))
        await transport.aclose()
        later = await another()
        assert [letter.reason for letter in await later.dead_letters(m.QUEUE)] == ["no"]
        assert await later.redrive(m.QUEUE) == 1
        assert m.bodies(await m.receive(later)) == ["a"]

    async def test_two_users_never_hold_the_same_message(
        self, transport: Transport, another: m.Another
    ) -> None:
        await m.made(transport)
        for group in "abcdef":
            await m.publish(transport, group, group=group)
        other = await another()
        got = []
        for _ in range(3):
            got += await transport.receive(m.QUEUE)
            got += await other.receive(m.QUEUE)
        assert sorted(m.bodies(got)) == list("abcdef")
