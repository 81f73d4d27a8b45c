"""What every client store must do: one test per sentence of :mod:`mip.state.clients`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import anyio

from ..state import ClientRecord, ClientStore

if TYPE_CHECKING:
    from .clock import FakeClock

Reopen = Callable[[], Awaitable[ClientStore]]


class ClientStoreConformance:
    """Subclass it and give three fixtures.

    ``clock``
        The store's clock, a :class:`mip.testing.FakeClock`.
    ``store``
        An open, empty store.
    ``reopen``
        An async function that opens what ``store`` keeps anew, as another process would.
    """

    async def test_a_client_is_recorded_with_the_time(
        self, store: ClientStore, clock: FakeClock
    ) -> None:
        record = await store.create("client")
        assert record == ClientRecord(client_id="client", created_at=clock.now())

    async def test_a_client_is_recorded_once(self, store: ClientStore, clock: FakeClock) -> None:
        first = await store.create("client")
        clock.advance(10)
        assert await store.create("client") == first

    async def test_of_many_that_record_a_client_at_once_all_get_one_record(
        self, store: ClientStore
    ) -> None:
        records: set[ClientRecord] = set()

        async def create() -> None:
            records.add(await store.create("client"))

        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(create)
        assert len(records) == 1

    async def test_a_client_that_was_never_given_anything_has_zero(
        self, store: ClientStore
    ) -> None:
        await store.create("client")
        assert await store.delivered("client") == 0
        assert await store.delivered("nobody") == 0

    async def test_what_a_client_was_given_is_noted_for_it_alone(self, store: ClientStore) -> None:
        for client_id in ("one", "two"):
            await store.create(client_id)
        await store.advance("one", seq=3)
        assert await store.delivered("one") == 3
        assert await store.delivered("two") == 0
        assert (await store.create("one")).delivered_seq == 3

    async def test_what_a_client_was_given_never_goes_back(self, store: ClientStore) -> None:
        for seq in (5, 3, 5):
            await store.advance("client", seq=seq)
        assert await store.delivered("client") == 5

    async def test_the_furthest_of_many_notes_at_once_stays(self, store: ClientStore) -> None:
        async def advance(seq: int) -> None:
            await store.advance("client", seq=seq)

        async with anyio.create_task_group() as tasks:
            for seq in (4, 9, 2, 7):
                tasks.start_soon(advance, seq)
        assert await store.delivered("client") == 9

    async def test_a_client_that_nobody_created_is_noted_and_may_be_later(
        self, store: ClientStore, clock: FakeClock
    ) -> None:
        await store.advance("anonymous", seq=2)
        assert await store.delivered("anonymous") == 2
        record = await store.create("anonymous")
        assert record == ClientRecord(
            client_id="anonymous", created_at=clock.now(), delivered_seq=2
        )

    async def test_everything_is_there_for_the_next_process(
        self, store: ClientStore, reopen: Reopen
    ) -> None:
        created = await store.create("client")
        await store.advance("client", seq=4)
        await store.advance("anonymous", seq=2)
        other = await reopen()
        try:
            record = await other.create("client")
            assert (record.created_at, record.delivered_seq) == (created.created_at, 4)
            assert await other.delivered("anonymous") == 2
            await other.advance("client", seq=3)
        finally:
            await other.aclose()
        assert await store.delivered("client") == 4
