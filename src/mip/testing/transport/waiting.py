"""Waiting: as soon as possible, never longer, nothing lost to a cancellation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import pytest

from ...errors import QueueNotFoundError, TransportClosedError
from ...transport import Delivery, Extend, Nack, SetAside, Transport
from . import messages as m

if TYPE_CHECKING:
    from ..clock import FakeClock

PATIENCE_SECONDS = 10.0
"""Real time after which a test gives up on a transport that hangs."""


class WaitingConformance:
    """What a ``receive`` with ``wait_seconds`` promises."""

    async def test_waiting_ends_at_once_when_there_is_a_message(self, transport: Transport) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        assert m.bodies(await transport.receive(m.QUEUE, wait_seconds=20)) == ["a"]

    async def test_waiting_ends_empty_when_the_time_is_up(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        assert await _received_while(transport, clock, lambda: _advance(clock, 20)) == []

    async def test_waiting_ends_when_a_message_is_published(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        got = await _received_while(transport, clock, lambda: m.publish(transport, "a"))
        assert m.bodies(got) == ["a"]

    async def test_waiting_ends_when_another_user_of_the_queues_publishes(
        self, transport: Transport, clock: FakeClock, another: m.Another
    ) -> None:
        await m.made(transport)
        other = await another()
        got = await _received_while(transport, clock, lambda: m.publish(other, "a"))
        assert m.bodies(got) == ["a"]

    @pytest.mark.parametrize("make", [str, Nack, lambda receipt: SetAside(receipt, "no")])
    async def test_waiting_ends_when_a_group_is_freed(
        self, transport: Transport, clock: FakeClock, make: Callable[[str], str]
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "1", "2")
        item = make((await m.receive_one(transport)).receipt)
        got = await _received_while(transport, clock, lambda: m.settle(transport, item))
        assert m.bodies(got) == (["1"] if isinstance(item, Nack) else ["2"])

    async def test_waiting_ends_when_a_dead_letter_is_redriven(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        await m.settle(transport, SetAside((await m.receive_one(transport)).receipt, "no"))
        got = await _received_while(transport, clock, lambda: transport.redrive(m.QUEUE))
        assert m.bodies(got) == ["a"]

    async def test_waiting_ends_when_a_lease_expires(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport, lease_seconds=7)
        await m.publish(transport, "a")
        await m.receive_one(transport)
        got = await _received_while(transport, clock, lambda: _advance(clock, 7))
        assert m.bodies(got) == ["a"]

    async def test_waiting_ends_when_a_delay_is_over(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        await m.settle(transport, Nack((await m.receive_one(transport)).receipt, 7))
        got = await _received_while(transport, clock, lambda: _advance(clock, 7))
        assert m.bodies(got) == ["a"]

    @pytest.mark.parametrize(
        "make", [lambda receipt: Nack(receipt, 3), lambda receipt: Extend(receipt, 3)]
    )
    async def test_waiting_ends_at_a_time_that_was_set_meanwhile(
        self, transport: Transport, clock: FakeClock, make: Callable[[str], Nack]
    ) -> None:
        await m.made(transport)
        await m.publish(transport, "a")
        item = make((await m.receive_one(transport)).receipt)

        async def change() -> None:
            await m.settle(transport, item)
            await anyio.wait_all_tasks_blocked()
            await _advance(clock, 3)

        assert m.bodies(await _received_while(transport, clock, change)) == ["a"]

    async def test_one_message_goes_to_one_of_many_who_wait(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        got: list[list[Delivery]] = []

        async def wait() -> None:
            got.append(await transport.receive(m.QUEUE, wait_seconds=20))

        with anyio.fail_after(PATIENCE_SECONDS):
            async with anyio.create_task_group() as group:
                for _ in range(3):
                    group.start_soon(wait)
                await clock.until_sleeping(3)
                await m.publish(transport, "a")
                while len(got) < 1:
                    await anyio.wait_all_tasks_blocked()
                while len(got) < 3:
                    clock.advance(20)
                    await anyio.wait_all_tasks_blocked()
        assert sorted(map(len, got)) == [0, 0, 1]

    async def test_a_cancelled_wait_takes_nothing(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        with anyio.fail_after(PATIENCE_SECONDS):
            async with anyio.create_task_group() as group:
                group.start_soon(_wait_for_ever, transport)
                await clock.until_sleeping()
                group.cancel_scope.cancel()
        await m.publish(transport, "a")
        assert (await m.receive_one(transport)).deliveries == 1

    @pytest.mark.parametrize("turns", range(6))
    async def test_a_cancelled_receive_gives_back_what_it_took(
        self, transport: Transport, turns: int
    ) -> None:
        await m.made(transport)
        for group in "ab":
            await m.publish(transport, group, group=group)
        got: list[list[Delivery]] = []

        async def take() -> None:
            got.append(await transport.receive(m.QUEUE, max_messages=2))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(take)
            for _ in range(turns):  # cancelled early, late, or after it had its answer
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
        if not got:
            with anyio.fail_after(PATIENCE_SECONDS):
                while len(got) < 2:
                    got.append(await transport.receive(m.QUEUE, wait_seconds=20))
        deliveries = [delivery for some in got for delivery in some]
        assert sorted(m.bodies(deliveries)) == ["a", "b"]
        assert [delivery.deliveries for delivery in deliveries] == [1, 1]

    async def test_closing_ends_every_wait(self, transport: Transport, clock: FakeClock) -> None:
        await m.made(transport)
        with pytest.raises(TransportClosedError):
            await _received_while(transport, clock, transport.aclose)

    async def test_deleting_a_queue_ends_every_wait_for_it(
        self, transport: Transport, clock: FakeClock
    ) -> None:
        await m.made(transport)
        with pytest.raises(QueueNotFoundError):
            await _received_while(transport, clock, lambda: transport.delete_queue(m.QUEUE))


async def _received_while(
    transport: Transport, clock: FakeClock, change: Callable[[], Awaitable[object]]
) -> list[Delivery]:
    """Wait for a message, and once it is waited for, change something."""
    received: list[Delivery] = []
    error: list[Exception] = []

    async def wait() -> None:
        try:
            received.extend(await transport.receive(m.QUEUE, wait_seconds=20))
        except (QueueNotFoundError, TransportClosedError) as exc:
            error.append(exc)

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            await clock.until_sleeping()
            await change()
    if error:
        raise error[0]
    return received


async def _advance(clock: FakeClock, seconds: float) -> None:
    await clock.until_sleeping()
    clock.advance(seconds)


async def _wait_for_ever(transport: Transport) -> None:
    while True:
        await transport.receive(m.QUEUE, wait_seconds=20)
