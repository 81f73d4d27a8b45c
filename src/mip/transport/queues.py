"""The transport over a ledger: checks arguments, runs the rules, waits."""

from __future__ import annotations

import math
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from ..errors import ContractError, TransportClosedError
from . import dead_letters, rules
from .base import (
    MAX_BATCH,
    MAX_LEASE_SECONDS,
    MAX_WAIT_SECONDS,
    Capabilities,
    DeadLetter,
    Delivery,
    Depth,
    Extend,
    Message,
    Nack,
    PublishOutcome,
    QueueOptions,
    SetAside,
    Settlement,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..clock import Clock
    from .ledger import Ledger, Moment
    from .waiting import Bell, Sleep

TIDY_SECONDS = 10.0
"""How often what nobody can see any more is removed, while there is traffic."""

_T = TypeVar("_T")
_Change: TypeAlias = "Callable[[Ledger, str, Moment, list[str]], int]"


class Records(Protocol):
    """Where a ledger lives: runs functions over it, one transaction each."""

    capabilities: Capabilities
    recheck_seconds: float | None
    """How often to look without being rung for: the net below a ring that got lost."""

    async def write(
        self,
        function: Callable[[Ledger, Moment], _T],
        *,
        look: Callable[[Ledger, Moment], _T | None] | None = None,
        undo: Callable[[Ledger, Moment, _T], None] | None = None,
    ) -> _T:
        """Run and keep; ``undo`` follows when the caller was gone before it had the value.

        What ``look`` returns without changing anything, unless None, spares the run.
        """
        ...

    async def read(self, function: Callable[[Ledger, Moment], _T]) -> _T:
        """Run without changing anything."""
        ...

    def bell(self, queue: str) -> AbstractAsyncContextManager[Bell]:
        """Hang up a bell that rings when a message of ``queue`` may be ready earlier."""
        ...

    def ring_all(self) -> None:
        """Ring all bells of this transport."""
        ...

    async def aclose(self) -> None:
        """Release everything."""
        ...


class LedgerTransport:
    """A :class:`~mip.transport.base.Transport` that keeps its own queues."""

    def __init__(self, records: Records, *, clock: Clock, sleep: Sleep) -> None:
        self._records = records
        self._clock = clock
        self._sleep = sleep
        self._tidy_at = -math.inf  # on the time line of the queues, which begins anywhere
        self._is_closed = False

    @property
    def capabilities(self) -> Capabilities:
        """Return what this transport can do."""
        return self._records.capabilities

    async def create_queue(self, queue: str, options: QueueOptions = QueueOptions()) -> None:  # noqa: B008 - frozen
        """Create ``queue``, or give an existing one these options."""
        _check_lease(options.lease_seconds)
        _check_range("max_receives", options.max_receives, least=1, most=math.inf)
        _check_range("retention_seconds", options.retention_seconds, least=0, most=math.inf)
        await self._write(lambda ledger, _: ledger.save_queue(queue, options))

    async def delete_queue(self, queue: str, *, force: bool = False) -> None:
        """Delete ``queue`` with its dead letters."""
        await self._write(
            lambda ledger, moment: rules.delete_queue(ledger, queue, moment, force=force)
        )

    async def queues(self) -> list[str]:
        """Return the names of all queues, sorted."""
        return await self._read(lambda ledger, _: ledger.queue_names())

    async def publish(self, queue: str, messages: list[Message]) -> list[PublishOutcome]:
        """Append a batch; one outcome per message, in order."""
        _check_batch(len(messages))

        def run(ledger: Ledger, moment: Moment) -> list[PublishOutcome]:
            self._tidy(ledger, moment)
            return rules.publish(ledger, queue, messages, moment)

        return await self._write(run)

    async def receive(
        self,
        queue: str,
        *,
        max_messages: int = 1,
        wait_seconds: float = 0.0,
        lease_seconds: float | None = None,
        attempt_id: str | None = None,
    ) -> list[Delivery]:
        """Take up to ``max_messages`` on loan, at most one per group."""
        _check_range("max_messages", max_messages, least=1, most=MAX_BATCH)
        _check_range("wait_seconds", wait_seconds, least=0, most=MAX_WAIT_SECONDS)
        if lease_seconds is not None:
            _check_lease(lease_seconds)

        def take(ledger: Ledger, moment: Moment) -> rules.Received:
            return rules.receive(
                ledger,
                queue,
                moment,
                max_messages=max_messages,
                lease_seconds=lease_seconds,
                attempt_id=attempt_id,
            )

        def look(ledger: Ledger, moment: Moment) -> rules.Received | None:
            return rules.look(ledger, queue, moment)

        def give_back(ledger: Ledger, moment: Moment, received: rules.Received) -> None:
            rules.take_back(ledger, queue, received.taken, moment)

        receive = partial(self._write, take, undo=give_back)
        if not wait_seconds:
            return (await receive()).deliveries
        give_up_at = self._clock.monotonic() + wait_seconds
        async with self._records.bell(queue) as bell:
            received = await receive()
            while not received.deliveries and await self._wait(
                bell, ready_in=received.ready_in, give_up_at=give_up_at
            ):
                received = await receive(look=look)
        return received.deliveries

    async def settle(
        self,
        queue: str,
        *,
        acks: list[str] | None = None,
        nacks: list[Nack] | None = None,
        extends: list[Extend] | None = None,
        dead_letters: list[SetAside] | None = None,
    ) -> Settlement:
        """Settle or extend loans by receipt."""
        acks, nacks, extends, dead_letters = (
            acks or [],
            nacks or [],
            extends or [],
            dead_letters or [],
        )
        _check_batch(len(acks) + len(nacks) + len(extends) + len(dead_letters))
        for nack in nacks:
            _check_range("delay_seconds", nack.delay_seconds, least=0, most=MAX_LEASE_SECONDS)
        for extend in extends:
            _check_lease(extend.lease_seconds)
        return await self._write(
            lambda ledger, moment: rules.settle(
                ledger,
                queue,
                moment,
                acks=acks,
                nacks=nacks,
                extends=extends,
                dead_letters=dead_letters,
            )
        )

    async def depth(self, queue: str) -> Depth:
        """Return what ``queue`` holds."""
        return await self._read(lambda ledger, moment: rules.depth(ledger, queue, moment))

    async def dead_letters(
        self, queue: str, *, limit: int = 100, after: str | None = None
    ) -> list[DeadLetter]:
        """Return dead letters, oldest first."""
        return await self._read(
            lambda ledger, moment: dead_letters.show(
                ledger, queue, moment, limit=limit, after=after
            )
        )

    async def redrive(self, queue: str, *, ids: list[str] | None = None) -> int:
        """Publish dead letters anew."""
        return await self._in_chunks(queue, ids, dead_letters.redrive)

    async def drop_dead_letters(self, queue: str, *, ids: list[str] | None = None) -> int:
        """Forget dead letters."""
        return await self._in_chunks(queue, ids, dead_letters.drop)

    async def aclose(self) -> None:
        """Release files and threads; waiting calls raise ``TransportClosedError``."""
        if not self._is_closed:
            self._is_closed = True
            self._records.ring_all()
            await self._records.aclose()

    async def _wait(self, bell: Bell, *, ready_in: float | None, give_up_at: float) -> bool:
        """Wait until a message may be ready; False when the time is up."""
        if ready_in == 0:
            return True
        left = give_up_at - self._clock.monotonic()
        if left <= 0:
            return False
        limits = (left, ready_in, self._records.recheck_seconds)
        at_most = min(seconds for seconds in limits if seconds is not None)
        await bell.wait(at_most=at_most, sleep=self._sleep)
        bell.reset()
        return True

    async def _in_chunks(
        self,
        queue: str,
        ids: list[str] | None,
        change: _Change,
    ) -> int:
        """Change the dead letters that there are now, in transactions of bounded length."""
        if ids is None:
            ids = await self._read(
                lambda ledger, moment: dead_letters.show_ids(ledger, queue, moment)
            )
        done = 0
        for start in range(0, max(len(ids), 1), rules.CHUNK):
            chunk = ids[start : start + rules.CHUNK]
            done += await self._write(partial(_on_chunk, change, queue, chunk))
        return done

    async def _write(
        self,
        function: Callable[[Ledger, Moment], _T],
        *,
        look: Callable[[Ledger, Moment], _T | None] | None = None,
        undo: Callable[[Ledger, Moment, _T], None] | None = None,
    ) -> _T:
        self._check_open()
        return await self._records.write(function, look=look, undo=undo)

    async def _read(self, function: Callable[[Ledger, Moment], _T]) -> _T:
        self._check_open()
        return await self._records.read(function)

    def _check_open(self) -> None:
        if self._is_closed:
            raise TransportClosedError("the transport was closed: open it anew")

    def _tidy(self, ledger: Ledger, moment: Moment) -> None:
        """Now and then, as part of a publish, remove what nobody can see any more."""
        if moment.now >= self._tidy_at:
            has_more = rules.tidy(ledger, moment)
            self._tidy_at = moment.now + (0 if has_more else TIDY_SECONDS)


def _on_chunk(change: _Change, queue: str, chunk: list[str], ledger: Ledger, moment: Moment) -> int:
    return change(ledger, queue, moment, chunk)


def _check_batch(count: int) -> None:
    if count > MAX_BATCH:
        raise ContractError(f"expected at most {MAX_BATCH} items in a call, got {count}: split it")


def _check_range(name: str, value: float, *, least: float, most: float) -> None:
    if not least <= value <= most:  # false for NaN too
        raise ContractError(f"expected {name} from {least:g} to {most:g}, got {value!r}")


def _check_lease(seconds: float) -> None:
    _check_range("lease_seconds", seconds, least=0, most=MAX_LEASE_SECONDS)
