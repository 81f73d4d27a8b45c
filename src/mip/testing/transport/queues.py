"""Queues themselves: made, listed, measured and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ...errors import ContractError, QueueNotEmptyError, QueueNotFoundError, TransportClosedError
from ...transport import Nack, QueueOptions, SetAside, Transport
from . import messages as m

if TYPE_CHECKING:
    from ..clock import FakeClock


class QueueConformance:
    """Creating, deleting and looking at queues."""

    async def test_created_queues_are_listed_by_name(self, transport: Transport) -> None:
        for name in ("b", "a", "c"):
            await transport.create_queue(name)
        assert await transport.queues() == ["a", "b", "c"]

    async def test_creating_a_queue_again_keeps_its_messages(self, transport: Transport) -> None:
        await m.made(transport)
        await m.publish(transport, "kept")
        await transport.create_queue(m.QUEUE, QueueOptions(lease_seconds=7))
        assert m.bodies(await m.receive(transport)) == ["kept"]

    async def test_creating_a_queue_again_changes_its_options(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await transport.create_queue(m.QUEUE, QueueOptions(lease_seconds=7))
        await m.publish(transport, "a")
        delivery = await m.receive_one(transport)
        assert delivery.deadline == pytest.approx(clock.now() + 7)

    async def test_a_deleted_queue_is_gone(self, transport: Transport) -> None:
        await m.made(transport)
        await transport.delete_queue(m.QUEUE)
        assert await transport.queues() == []
        with pytest.raises(QueueNotFoundError):
            await transport.depth(m.QUEUE)

    async def test_a_queue_that_holds_messages_is_deleted_only_by_force(
        self, transport: Transport
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        with pytest.raises(QueueNotEmptyError, match="force"):
            await transport.delete_queue(m.QUEUE)
        await transport.delete_queue(m.QUEUE, force=True)
        assert await transport.queues() == []

    async def test_a_queue_made_after_a_deleted_one_is_empty(self, transport: Transport) -> None:
        await m.made(transport)
        await transport.publish(m.QUEUE, [m.message(x, dedup=x) for x in "ab"])
        first = await m.receive_one(transport)
        await m.settle(transport, SetAside(first.receipt, "no"))
        await transport.delete_queue(m.QUEUE, force=True)
        await m.made(transport)
        assert await m.receive(transport) == []
        assert await transport.dead_letters(m.QUEUE) == []
        assert await transport.publish(m.QUEUE, [m.message("a", dedup="a")]) == ["published"]

    async def test_a_receipt_of_a_deleted_queue_is_lost(self, transport: Transport) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        old = await m.receive_one(transport)
        await transport.delete_queue(m.QUEUE, force=True)
        await m.made(transport)
        await m.publish(transport, "a")
        await m.receive_one(transport)
        assert await m.ack(transport, old) == ("lease_lost",)

    @pytest.mark.parametrize(
        "call",
        [
            lambda t: t.delete_queue("missing"),
            lambda t: t.publish("missing", [m.message("a")]),
            lambda t: t.receive("missing"),
            lambda t: t.receive("missing", wait_seconds=20),
            lambda t: t.settle("missing", acks=["1-1-1"]),
            lambda t: t.depth("missing"),
            lambda t: t.dead_letters("missing"),
            lambda t: t.redrive("missing"),
            lambda t: t.drop_dead_letters("missing"),
        ],
    )
    async def test_a_missing_queue_is_told(self, transport: Transport, call: m.Call) -> None:
        with pytest.raises(QueueNotFoundError, match="missing"):
            await call(transport)

    async def test_depth_counts_waiting_lent_delayed_and_dead(self, transport: Transport) -> None:
        await m.made(transport)
        for group in "abcde":
            await m.publish(transport, f"{group}1", f"{group}2", group=group)
        lent, delayed, dead = await m.receive(transport, 3)
        await transport.settle(
            m.QUEUE, nacks=[Nack(delayed.receipt, 60)], dead_letters=[SetAside(dead.receipt, "no")]
        )
        depth = await transport.depth(m.QUEUE)
        assert lent.body == b"a1"
        assert (depth.waiting, depth.in_flight, depth.delayed, depth.dead_letters) == (7, 1, 1, 1)

    async def test_depth_tells_when_the_oldest_message_was_published(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        assert (await transport.depth(m.QUEUE)).oldest_at is None
        begun_at = clock.now()
        await m.publish(transport, "old")
        clock.advance(5)
        await m.publish(transport, "new")
        assert (await transport.depth(m.QUEUE)).oldest_at == pytest.approx(begun_at)

    async def test_queues_do_not_share_messages_or_dedup_ids(self, transport: Transport) -> None:
        for name in ("a", "b"):
            await transport.create_queue(name)
            outcomes = await transport.publish(name, [m.message(name, dedup="same")])
            assert outcomes == ["published"]
        assert m.bodies(await transport.receive("b", max_messages=10)) == ["b"]

    async def test_a_receipt_of_another_queue_is_lost(self, transport: Transport) -> None:
        await m.made(transport)
        await transport.create_queue("other")
        await m.publish(transport, "a")
        delivery = await m.receive_one(transport)
        settlement = await transport.settle("other", acks=[delivery.receipt])
        assert settlement.acks == ("lease_lost",)
        assert await m.ack(transport, delivery) == ("done",)

    @pytest.mark.parametrize(
        "call",
        [
            lambda t: t.receive(m.QUEUE, max_messages=0),
            lambda t: t.receive(m.QUEUE, max_messages=1001),
            lambda t: t.receive(m.QUEUE, wait_seconds=-1),
            lambda t: t.receive(m.QUEUE, wait_seconds=21),
            lambda t: t.receive(m.QUEUE, lease_seconds=43_201),
            lambda t: t.publish(m.QUEUE, [m.message("a")] * 1001),
            lambda t: t.settle(m.QUEUE, acks=["1-1-1"] * 1001),
            lambda t: t.settle(m.QUEUE, nacks=[Nack("1-1-1", float("nan"))]),
            lambda t: t.create_queue(m.QUEUE, QueueOptions(max_receives=0)),
        ],
    )
    async def test_arguments_out_of_range_are_refused(
        self, transport: Transport, call: m.Call
    ) -> None:
        await m.made(transport)
        with pytest.raises(ContractError, match="expected"):
            await call(transport)

    async def test_a_closed_transport_refuses_calls(self, transport: Transport) -> None:
        await m.made(transport)
        await transport.aclose()
        with pytest.raises(TransportClosedError):
            await transport.publish(m.QUEUE, [m.message("a")])
        with pytest.raises(TransportClosedError):
            await transport.receive(m.QUEUE)

    async def test_closing_twice_is_allowed(self, transport: Transport) -> None:
        await m.made(transport)
        await transport.aclose()
        await transport.aclose()
