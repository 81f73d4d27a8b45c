"""Leases: receipts, deadlines, attempts, the backstop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from ...transport import Extend, Nack, SetAside, Transport
from ...transport.base import DEDUP_SECONDS
from . import messages as m

if TYPE_CHECKING:
    from ..clock import FakeClock

SETTLINGS: tuple[Callable[[str], str | Nack | Extend | SetAside], ...] = (
    str,
    Nack,
    lambda receipt: Extend(receipt, 100),
    lambda receipt: SetAside(receipt, "no"),
)
each_settling = pytest.mark.parametrize(
    "make", SETTLINGS, ids=["ack", "nack", "extend", "dead_letter"]
)


class LeaseConformance:
    """What loans promise."""

    async def test_a_loan_lasts_as_long_as_the_queue_says(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        delivery = await m.receive_one(transport)
        assert delivery.deadline == pytest.approx(clock.now() + m.LEASE_SECONDS)
        clock.advance(m.LEASE_SECONDS - 1)
        assert await m.receive(transport) == []
        clock.advance(1)
        assert m.bodies(await m.receive(transport)) == ["a"]

    async def test_a_call_can_ask_for_its_own_lease(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        (delivery,) = await transport.receive(m.QUEUE, lease_seconds=5)
        assert delivery.deadline == pytest.approx(clock.now() + 5)
        clock.advance(5)
        assert m.bodies(await m.receive(transport)) == ["a"]

    async def test_each_loan_has_its_own_receipt(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        first = await m.receive_one(transport)
        clock.advance(m.LEASE_SECONDS)
        second = await m.receive_one(transport)
        assert first.receipt != second.receipt

    async def test_deliveries_counts_loans(self, transport: Transport, clock: FakeClock) -> None:
        await m.made(transport, max_receives=10)
        await m.publish(transport, "a", "b")
        counts = []
        for _ in range(3):
            counts.append((await m.receive_one(transport)).deliveries)
            clock.advance(m.LEASE_SECONDS)
        await m.ack(transport, await m.receive_one(transport))
        counts.append((await m.receive_one(transport)).deliveries)
        assert counts == [1, 2, 3, 1]

    @each_settling
    async def test_a_standing_receipt_is_done(
        self, transport: Transport, clock: FakeClock, make: Callable[[str], str]
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        delivery = await m.receive_one(transport)
        clock.advance(m.LEASE_SECONDS - 1)
        assert await m.settle(transport, make(delivery.receipt)) == "done"

    @each_settling
    async def test_an_expired_receipt_is_lost_and_changes_nothing(
        self, transport: Transport, clock: FakeClock, make: Callable[[str], str]
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a", "b")
        delivery = await m.receive_one(transport)
        clock.advance(m.LEASE_SECONDS)
        assert await m.settle(transport, make(delivery.receipt)) == "lease_lost"
        depth = await transport.depth(m.QUEUE)
        assert (depth.waiting, depth.in_flight, depth.dead_letters) == (2, 0, 0)
        assert m.bodies(await m.receive(transport)) == ["a"]

    @each_settling
    async def test_a_replaced_receipt_is_lost_and_changes_nothing(
        self, transport: Transport, clock: FakeClock, make: Callable[[str], str]
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a", "b")
        old = await m.receive_one(transport)
        clock.advance(m.LEASE_SECONDS)
        new = await m.receive_one(transport)
        assert await m.settle(transport, make(old.receipt)) == "lease_lost"
        clock.advance(m.LEASE_SECONDS - 1)
        assert await m.ack(transport, new) == ("done",)
        assert m.bodies(await m.receive(transport)) == ["b"]

    @each_settling
    async def test_a_receipt_is_spent_by_an_ack(
        self, transport: Transport, make: Callable[[str], str]
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a", "b")
        delivery = await m.receive_one(transport)
        await m.ack(transport, delivery)
        assert await m.settle(transport, make(delivery.receipt)) == "lease_lost"
        assert m.bodies(await m.receive(transport)) == ["b"]

    @each_settling
    async def test_a_receipt_is_spent_by_a_nack(
        self, transport: Transport, make: Callable[[str], str]
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        delivery = await m.receive_one(transport)
        await m.settle(transport, Nack(delivery.receipt, 10))
        assert await m.settle(transport, make(delivery.receipt)) == "lease_lost"
        assert (await transport.depth(m.QUEUE)).delayed == 1

    @pytest.mark.parametrize(
        "receipt",
        [
            *("", "x", "1", "1-1", "1-1-1", "-1-1-1", "1-1-1\n", "9" * 40, "¹-1-1"),
            *(f"{10**19}-1-1", f"1-{10**19}-1", f"{'9' * 5000}-1-1"),
        ],
    )
    async def test_what_never_was_a_receipt_is_lost(
        self, transport: Transport, receipt: str
    ) -> None:
        await m.made(transport)
        assert await m.settle(transport, receipt) == "lease_lost"

    async def test_each_item_of_a_batch_has_its_own_outcome(self, transport: Transport) -> None:
        await m.made(transport)
        for group in "abcd":
            await m.publish(transport, group, group=group)
        a, b, c, d = [delivery.receipt for delivery in await m.receive(transport)]
        settlement = await transport.settle(
            m.QUEUE,
            acks=[a, "1-1-1", a],
            nacks=[Nack(b), Nack(a)],
            extends=[Extend(c, 60), Extend(b, 60)],
            dead_letters=[SetAside(d, "no"), SetAside(d, "no")],
        )
        assert settlement.acks == ("done", "lease_lost", "lease_lost")
        assert settlement.nacks == ("done", "lease_lost")
        assert settlement.extends == ("done", "lease_lost")
        assert settlement.dead_letters == ("done", "lease_lost")

    async def test_nothing_to_settle_is_allowed(self, transport: Transport) -> None:
        await m.made(transport)
        settlement = await transport.settle(m.QUEUE)
        assert (settlement.acks, settlement.nacks, settlement.extends) == ((), (), ())

    async def test_an_extension_begins_the_lease_anew(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        delivery = await m.receive_one(transport)
        clock.advance(20)
        assert await m.settle(transport, Extend(delivery.receipt, 20)) == "done"
        clock.advance(19)
        assert await m.receive(transport) == []
        assert await m.ack(transport, delivery) == ("done",)

    async def test_an_extension_can_shorten_the_lease(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        delivery = await m.receive_one(transport)
        await m.settle(transport, Extend(delivery.receipt, 1))
        clock.advance(1)
        assert m.bodies(await m.receive(transport)) == ["a"]

    async def test_a_nack_hides_the_message_and_its_group_for_the_delay(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "1", "2")
        first = await m.receive_one(transport)
        await m.settle(transport, Nack(first.receipt, 10))
        clock.advance(9)
        assert await m.receive(transport) == []
        clock.advance(1)
        assert m.bodies(await m.receive(transport)) == ["1"]

    async def test_a_repeated_attempt_returns_the_same_loans_begun_anew(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        for group in "ab":
            await m.publish(transport, group, group=group)
        first = await transport.receive(m.QUEUE, max_messages=10, attempt_id="one")
        clock.advance(20)
        again = await transport.receive(m.QUEUE, max_messages=10, attempt_id="one")
        assert transport.capabilities.has_attempt_ids == bool(again)
        if again:
            assert [x.receipt for x in again] == [x.receipt for x in first]
            assert [x.deliveries for x in again] == [1, 1]
            clock.advance(m.LEASE_SECONDS - 1)
            assert await m.ack(transport, *first) == ("done", "done")

    async def test_another_attempt_returns_no_loan_of_the_first(self, transport: Transport) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        await transport.receive(m.QUEUE, attempt_id="one")
        assert await transport.receive(m.QUEUE, attempt_id="two") == []

    async def test_an_attempt_that_found_nothing_may_find_something_later(
        self, transport: Transport
    ) -> None:
        await m.made(transport)
        assert await transport.receive(m.QUEUE, attempt_id="one") == []
        await m.publish(transport, "a")
        assert m.bodies(await transport.receive(m.QUEUE, attempt_id="one")) == ["a"]

    async def test_a_settled_attempt_is_over(self, transport: Transport) -> None:
        await m.made(transport)
        for group in "abc":
            await m.publish(transport, group, group=group)
        first = await transport.receive(m.QUEUE, max_messages=2, attempt_id="one")
        await m.ack(transport, first[0])
        again = await transport.receive(m.QUEUE, max_messages=2, attempt_id="one")
        assert m.bodies(again) == ["c"]

    async def test_an_expired_attempt_is_over(self, transport: Transport, clock: FakeClock) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        (first,) = await transport.receive(m.QUEUE, attempt_id="one")
        clock.advance(m.LEASE_SECONDS)
        (again,) = await transport.receive(m.QUEUE, attempt_id="one")
        assert again.receipt != first.receipt
        assert again.deliveries == 2

    async def test_an_attempt_is_forgotten_after_five_minutes(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport, lease_seconds=900)
        await m.publish(transport, "a")
        await transport.receive(m.QUEUE, attempt_id="one")
        clock.advance(DEDUP_SECONDS)
        assert await transport.receive(m.QUEUE, attempt_id="one") == []

    async def test_a_message_that_is_never_acked_becomes_a_dead_letter(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "poison", "next")
        for _ in range(m.MAX_RECEIVES):
            assert m.bodies(await m.receive(transport)) == ["poison"]
            clock.advance(m.LEASE_SECONDS)
        assert await transport.dead_letters(m.QUEUE) == []
        assert m.bodies(await m.receive(transport)) == ["next"]
        (letter,) = await transport.dead_letters(m.QUEUE)
        assert (letter.body, letter.reason) == (b"poison", "max_receives")
        assert letter.deliveries == m.MAX_RECEIVES

    async def test_the_last_loan_can_still_be_acked(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport, max_receives=1)
        await m.publish(transport, "a")
        delivery = await m.receive_one(transport)
        clock.advance(m.LEASE_SECONDS - 1)
        assert await m.ack(transport, delivery) == ("done",)
        assert await transport.dead_letters(m.QUEUE) == []

    @pytest.mark.parametrize("seconds", [-100_000_000.0, 100_000_000.0])
    async def test_setting_the_wall_clock_ends_no_lease(
        self, transport: Transport, clock: FakeClock, seconds: float
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        delivery = await m.receive_one(transport)
        clock.jump(seconds)
        assert await m.receive(transport) == []
        assert await m.ack(transport, delivery) == ("done",)

    @pytest.mark.parametrize("seconds", [-100_000_000.0, 100_000_000.0])
    async def test_setting_the_wall_clock_drops_no_message_and_no_dedup_id(
        self, transport: Transport, clock: FakeClock, seconds: float
    ) -> None:
        await m.made(transport)
        await transport.publish(m.QUEUE, [m.message("a", dedup="d")])
        clock.jump(seconds)
        assert await transport.publish(m.QUEUE, [m.message("a", dedup="d")]) == ["duplicate"]
        assert m.bodies(await m.receive(transport)) == ["a"]
