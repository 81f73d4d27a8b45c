"""What every callback store must do: one test per sentence of :mod:`mip.state.callbacks`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import anyio
import pytest
from msgspec.structs import replace

from ..contracts import JobKey, job_key
from ..state import Callback, CallbackState, CallbackStore

if TYPE_CHECKING:
    from .clock import FakeClock

LEASE_SECONDS = 60.0
Reopen = Callable[[], Awaitable[CallbackStore]]


class CallbackStoreConformance:
    """Subclass it and give three fixtures.

    ``clock``
        The store's clock, a :class:`mip.testing.FakeClock`.
    ``store``
        An open, empty store.
    ``reopen``
        An async function that opens what ``store`` keeps anew, as another process would.
    """

    async def test_a_callback_is_kept_as_it_was_owed(
        self, store: CallbackStore, clock: FakeClock
    ) -> None:
        callback = _callback("a", at=clock.now())
        await store.owe(callback)
        assert await store.get(_key("a")) == callback
        assert await store.get(_key("b")) is None

    async def test_a_job_has_one_callback(self, store: CallbackStore, clock: FakeClock) -> None:
        callback = _callback("a", at=clock.now())
        await store.owe(callback)
        await store.owe(replace(callback, url="https://other.example.com/", next_at=0.0))
        assert await store.get(_key("a")) == callback
        await store.settle(_key("a"), state="delivered", answer="200")
        await store.owe(callback)
        assert await _due(store) == []

    async def test_a_callback_is_due_when_its_time_has_come(
        self, store: CallbackStore, clock: FakeClock
    ) -> None:
        await store.owe(_callback("a", at=clock.now() + 5))
        assert await _due(store) == []
        clock.advance(5)
        assert await _due(store) == ["a"]

    async def test_callbacks_are_lent_oldest_first(
        self, store: CallbackStore, clock: FakeClock
    ) -> None:
        for job_id, seconds in (("a", 3), ("b", 1), ("c", 2), ("d", 1)):
            await store.owe(_callback(job_id, at=clock.now() + seconds))
        clock.advance(10)
        assert await _due(store, limit=3) == ["b", "d", "c"]
        assert await _due(store) == ["a"]

    async def test_what_is_lent_is_hidden_until_the_lease_ends(
        self, store: CallbackStore, clock: FakeClock
    ) -> None:
        await store.owe(_callback("a", at=clock.now()))
        [lent] = await store.due(limit=10, lease_seconds=LEASE_SECONDS)
        assert lent.next_at == clock.now() + LEASE_SECONDS
        assert lent == await store.get(_key("a"))
        clock.advance(LEASE_SECONDS - 1)
        assert await _due(store) == []
        clock.advance(1)
        assert await _due(store) == ["a"]

    async def test_those_who_ask_at_a_time_get_different_ones(
        self, store: CallbackStore, clock: FakeClock, reopen: Reopen
    ) -> None:
        for number in range(40):
            await store.owe(_callback(str(number), at=clock.now()))
        other = await reopen()
        lent: list[str] = []

        async def take(source: CallbackStore) -> None:
            while found := await _due(source, limit=3):
                lent.extend(found)

        try:
            async with anyio.create_task_group() as tasks:
                for source in (store, other) * 3:
                    tasks.start_soon(take, source)
        finally:
            await other.aclose()
        assert sorted(lent, key=int) == [str(number) for number in range(40)]

    async def test_no_client_is_lent_more_than_its_places(
        self, store: CallbackStore, clock: FakeClock
    ) -> None:
        for number in range(8):
            await store.owe(_callback(f"a{number}", at=clock.now()))
        for number in range(3):
            callback = _callback(f"b{number}", at=clock.now() + 1)
            await store.owe(replace(callback, client_id="other"))
        clock.advance(1)
        assert await _due(store, limit=4, per_client=3) == ["a0", "a1", "a2", "b0"]
        in_hand = {"client": 3, "other": 1}
        assert await _due(store, limit=4, per_client=3, in_hand=in_hand) == ["b1", "b2"]
        in_hand = {"client": 2, "other": 3}
        assert await _due(store, limit=4, per_client=3, in_hand=in_hand) == ["a3"]
        assert await _due(store) == ["a4", "a5", "a6", "a7"]

    @pytest.mark.parametrize("state", ["delivered", "given_up"])
    async def test_what_has_ended_is_never_due_again(
        self, store: CallbackStore, clock: FakeClock, state: CallbackState
    ) -> None:
        await store.owe(_callback("a", at=clock.now()))
        await _due(store)
        await store.settle(_key("a"), state=state, answer="200")
        ended = await store.get(_key("a"))
        assert ended is not None
        assert (ended.state, ended.tries, ended.last_answer) == (state, 1, "200")
        await store.settle(_key("a"), state="pending", answer="503", next_at=clock.now())
        clock.advance(10 * LEASE_SECONDS)
        assert await _due(store) == []
        assert await store.get(_key("a")) == ended

    async def test_a_try_that_failed_is_counted_and_due_again_at_its_instant(
        self, store: CallbackStore, clock: FakeClock
    ) -> None:
        await store.owe(_callback("a", at=clock.now()))
        for tries in (1, 2):
            assert await _due(store) == ["a"]
            again_at = clock.now() + 5
            await store.settle(_key("a"), state="pending", answer="503", next_at=again_at)
            found = await store.get(_key("a"))
            assert found is not None
            assert (found.state, found.tries, found.last_answer) == ("pending", tries, "503")
            assert await store.next_due_at() == again_at
            clock.advance(4)
            assert await _due(store) == []
            clock.advance(1)

    async def test_the_next_instant_is_that_of_the_first_that_is_owed(
        self, store: CallbackStore, clock: FakeClock
    ) -> None:
        assert await store.next_due_at() is None
        for job_id, seconds in (("a", 3), ("b", 1)):
            await store.owe(_callback(job_id, at=clock.now() + seconds))
        assert await store.next_due_at() == clock.now() + 1
        await store.settle(_key("b"), state="delivered", answer="200")
        assert await store.next_due_at() == clock.now() + 3
        await store.settle(_key("a"), state="given_up", answer="callback.refused")
        assert await store.next_due_at() is None

    async def test_a_lent_callback_is_next_due_when_its_lease_ends(
        self, store: CallbackStore, clock: FakeClock
    ) -> None:
        await store.owe(_callback("a", at=clock.now()))
        await _due(store)
        assert await store.next_due_at() == clock.now() + LEASE_SECONDS

    async def test_old_callbacks_that_ended_are_forgotten(
        self, store: CallbackStore, clock: FakeClock
    ) -> None:
        for job_id in "abc":
            await store.owe(_callback(job_id, at=clock.now()))
        await store.settle(_key("a"), state="delivered", answer="200")
        await store.settle(_key("b"), state="given_up", answer="404")
        clock.advance(10)
        await store.owe(_callback("d", at=clock.now()))
        await store.settle(_key("d"), state="delivered", answer="200")
        assert await store.purge(before=clock.now()) == 2
        left = [job_id for job_id in "abcd" if await store.get(_key(job_id)) is not None]
        assert left == ["c", "d"]

    async def test_everything_is_there_for_the_next_process(
        self, store: CallbackStore, clock: FakeClock, reopen: Reopen
    ) -> None:
        for job_id in "ab":
            await store.owe(_callback(job_id, at=clock.now()))
        await store.settle(_key("a"), state="delivered", answer="200")
        assert await _due(store) == ["b"]
        other = await reopen()
        try:
            for job_id in "ab":
                assert await other.get(_key(job_id)) == await store.get(_key(job_id))
            assert await _due(other) == []
            clock.advance(LEASE_SECONDS)
            assert await _due(other) == ["b"]
        finally:
            await other.aclose()


def _key(job_id: str) -> JobKey:
    return job_key("client", job_id)


def _callback(job_id: str, *, at: float) -> Callback:
    return Callback(
        key=_key(job_id),
        client_id="client",
        job_id=job_id,
        url="https://client.example.com/results?a=b",
        owed_at=at,
        next_at=at,
    )


async def _due(
    store: CallbackStore,
    *,
    limit: int = 100,
    per_client: int | None = None,
    in_hand: dict[str, int] | None = None,
) -> list[str]:
    lent = await store.due(
        limit=limit, lease_seconds=LEASE_SECONDS, per_client=per_client, in_hand=in_hand
    )
    return [callback.job_id for callback in lent]
