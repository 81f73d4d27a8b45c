"""Random histories: every transport does what a model in a page of lists does."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from mip.testing import FakeClock
from mip.transport import Extend, Message, Nack, QueueOptions, SetAside, memory, sqlite
from tests.model.queue_model import QueueModel

QUEUE = "q"
LEASE = 30.0
RETENTION = 700.0
MAX_RECEIVES = 3

_names = itertools.count()


class TransportMachine(RuleBasedStateMachine):
    """One transport, one model, one clock."""

    receipts = Bundle("receipts")

    @initialize()
    def begin(self):
        self.clock = FakeClock()
        self.runner = asyncio.Runner()
        self.transport = self.opened()
        self.model = QueueModel(LEASE, RETENTION, MAX_RECEIVES)
        self.bodies = itertools.count()
        self.attempts = {}
        options = QueueOptions(
            lease_seconds=LEASE, retention_seconds=RETENTION, max_receives=MAX_RECEIVES
        )
        self.run(self.transport.create_queue(QUEUE, options))

    def opened(self):
        raise NotImplementedError

    def run(self, call):
        return self.runner.run(call)

    @property
    def now(self):
        return self.clock.monotonic()

    @rule(
        batch=st.lists(
            st.tuples(st.sampled_from("abc"), st.sampled_from("12345678")), min_size=1, max_size=5
        )
    )
    def publish(self, batch):
        messages = [
            Message(body=b"%d" % next(self.bodies), group_id=group, dedup_id=dedup)
            for group, dedup in batch
        ]
        expected = [self.model.publish(m.body, m.group_id, m.dedup_id, self.now) for m in messages]
        assert self.run(self.transport.publish(QUEUE, messages)) == expected

    @rule(
        target=receipts,
        most=st.integers(1, 4),
        lease=st.sampled_from([None, 5.0, 60.0]),
        attempt=st.booleans(),
    )
    def receive(self, most, lease, attempt):
        id_ = f"attempt-{next(self.bodies)}" if attempt else None
        got = self.run(
            self.transport.receive(QUEUE, max_messages=most, lease_seconds=lease, attempt_id=id_)
        )
        expected = self.model.receive(most, self.now, lease)
        assert [(d.body, d.group_id, d.deliveries) for d in got] == [
            (m.body, m.group, m.deliveries) for m in expected
        ]
        for delivery, message in zip(got, expected, strict=True):
            message.receipt = delivery.receipt
        if attempt and got:
            self.attempts[id_] = (self.now, [d.receipt for d in got])
        return tuple(d.receipt for d in got)

    @precondition(lambda self: self.attempts)
    @rule(data=st.data())
    def repeat_an_attempt(self, data):
        id_ = data.draw(st.sampled_from(sorted(self.attempts)))
        begun, held = self.attempts[id_]
        messages = [self.model.holder(receipt, self.now) for receipt in held]
        if None in messages or self.now - begun >= 300:
            return
        got = self.run(self.transport.receive(QUEUE, attempt_id=id_))
        assert [d.receipt for d in got] == held
        self.attempts[id_] = (self.now, held)
        for receipt in held:
            self.model.extend(receipt, LEASE, self.now)

    @rule(held=receipts, data=st.data())
    def ack(self, held, data):
        self.settle(held, data, "acks", str, lambda receipt: self.model.ack(receipt, self.now))

    @rule(held=receipts, data=st.data(), delay=st.sampled_from([0.0, 10.0]))
    def nack(self, held, data, delay):
        self.settle(
            held,
            data,
            "nacks",
            lambda receipt: Nack(receipt, delay),
            lambda receipt: self.model.nack(receipt, delay, self.now),
        )

    @rule(held=receipts, data=st.data(), lease=st.sampled_from([1.0, 90.0]))
    def extend(self, held, data, lease):
        self.settle(
            held,
            data,
            "extends",
            lambda receipt: Extend(receipt, lease),
            lambda receipt: self.model.extend(receipt, lease, self.now),
        )

    @rule(held=receipts, data=st.data())
    def dead_letter(self, held, data):
        self.settle(
            held,
            data,
            "dead_letters",
            lambda receipt: SetAside(receipt, "why"),
            lambda receipt: self.model.dead_letter(receipt, "why", self.now),
        )

    def settle(self, held, data, kind, item, expected):
        chosen = data.draw(st.lists(st.sampled_from(held), max_size=4)) if held else []
        outcomes = [expected(receipt) for receipt in chosen]
        settlement = self.run(self.transport.settle(QUEUE, **{kind: list(map(item, chosen))}))
        assert getattr(settlement, kind) == tuple(outcomes)

    @rule(chosen=st.none() | st.sets(st.integers(0, 3)), drops=st.booleans())
    def empty_the_dead_letters(self, chosen, drops):
        letters = self.run(self.transport.dead_letters(QUEUE))
        expected = self.model.dead_letters(self.now)
        if chosen is None:
            ids = None
        else:
            chosen = {n for n in chosen if n < len(letters)}
            ids = [letters[n].id for n in chosen]
            expected = [expected[n] for n in sorted(chosen)]
        if drops:
            count = self.run(self.transport.drop_dead_letters(QUEUE, ids=ids))
            for letter in expected:
                self.model.dead.remove(letter)
        else:
            count = self.run(self.transport.redrive(QUEUE, ids=ids))
            self.model.redrive(expected, self.now)
        assert count == len(expected)

    @rule(seconds=st.sampled_from([0.5, 1.0, 4.5, 9.5, 29.5, 30.0, 60.0, 299.0, 400.0]))
    def advance(self, seconds):
        self.clock.advance(seconds)

    @rule(seconds=st.sampled_from([-1e9, -60.0, 60.0, 1e9]))
    def set_the_wall_clock(self, seconds):
        self.clock.jump(seconds)

    @rule()
    def reopen(self):
        following = self.opened()
        self.run(self.transport.aclose())
        self.transport = following

    @invariant()
    def holds_what_the_model_holds(self):
        if not hasattr(self, "transport"):
            return
        depth = self.run(self.transport.depth(QUEUE))
        found = (depth.waiting, depth.in_flight, depth.delayed, depth.dead_letters)
        assert found == self.model.depth(self.now)
        letters = self.run(self.transport.dead_letters(QUEUE))
        assert [(x.body, x.group_id, x.deliveries, x.reason) for x in letters] == [
            (m.body, m.group, m.deliveries, reason)
            for m, reason, _ in self.model.dead_letters(self.now)
        ]

    def teardown(self):
        if hasattr(self, "runner"):
            try:
                self.drain()
            finally:
                self.run(self.transport.aclose())
                self.runner.close()

    def drain(self):
        """Take all that is left: nothing is lost, and order holds to the end."""
        for _ in range(100):
            deliveries = self.run(self.transport.receive(QUEUE, max_messages=10))
            expected = self.model.receive(10, self.now)
            assert [d.body for d in deliveries] == [m.body for m in expected]
            for delivery, message in zip(deliveries, expected, strict=True):
                message.receipt = delivery.receipt
                self.model.ack(delivery.receipt, self.now)
            self.run(self.transport.settle(QUEUE, acks=[d.receipt for d in deliveries]))
            if not self.model.live:
                break
            self.clock.advance(0 if deliveries else 100)
        assert not self.model.live
        assert self.run(self.transport.receive(QUEUE)) == []


class MemoryMachine(TransportMachine):
    def opened(self):
        if not hasattr(self, "name"):
            self.name = f"model-{next(_names)}"
        return memory.open_transport(
            f"memory:{self.name}", clock=self.clock, sleep=self.clock.sleep
        )


class SqliteMachine(TransportMachine):
    boot = 0

    @property
    def now(self):
        return self.clock.monotonic() + self.transport._records._offset

    def opened(self):
        if not hasattr(self, "folder"):
            self.folder = tempfile.TemporaryDirectory()
        transport = sqlite.open_file(
            Path(self.folder.name) / "queue.db",
            clock=self.clock,
            sleep=self.clock.sleep,
            is_durable=False,  # nobody cuts the power here
            boot_id=f"boot-{self.boot}",
        )
        self.run(transport.queues())
        return transport

    @rule()
    def crash(self):
        """Go on with the files as they lie on the disk at this instant."""
        folder = tempfile.TemporaryDirectory()
        for name in ("queue.db", "queue.db-wal"):
            shutil.copy(Path(self.folder.name) / name, folder.name)
        self.run(self.transport.aclose())
        self.folder.cleanup()
        self.folder = folder
        self.transport = self.opened()

    @rule()
    def restart_the_machine(self):
        self.run(self.transport.aclose())
        before = self.now
        self.boot += 1
        self.clock = FakeClock(now=self.clock.now(), monotonic=5.0)
        self.transport = self.opened()
        # Time goes on from the last instant on record: never later than it was.
        assert self.now <= before
        self.model.restart_of_the_machine(self.now)

    def teardown(self):
        try:
            super().teardown()
        finally:
            if hasattr(self, "folder"):
                self.folder.cleanup()


def scaled(fraction):
    """Take a share of the examples that the profile in use has (``--hypothesis-profile=full``)."""
    assert settings.default is not None
    return settings(
        max_examples=int(settings.default.max_examples * fraction),
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


TestMemoryMachine = MemoryMachine.TestCase
TestMemoryMachine.settings = scaled(1.0)
TestSqliteMachine = SqliteMachine.TestCase
TestSqliteMachine.settings = scaled(0.25)
