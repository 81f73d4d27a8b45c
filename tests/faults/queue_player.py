"""A process that publishes or consumes at random and records what it did; made to be killed."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys

from mip.clock import SystemClock
from mip.testing import RecordingTransport
from mip.transport import Message
from mip.transport.sqlite import open_file

QUEUE = "q"
LEASE_SECONDS = 0.4


def recording(path, log):
    """Open the queue; each record is one write to the log."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    return RecordingTransport(
        open_file(path, is_durable=False),  # a kill is not a power cut
        QUEUE,
        record=lambda line: os.write(file, line),
        clock=SystemClock(),
    )


async def publish(transport, name, chance):
    """Publish to three groups, in batches, for ever."""
    number = 0
    while True:
        batch = []
        for _ in range(chance.randint(1, 4)):
            number += 1
            group = f"{name}-{chance.randrange(3)}"
            batch.append(Message(body=b"x", group_id=group, dedup_id=f"{name}:{number}"))
        await transport.publish(batch)
        await asyncio.sleep(chance.random() * 0.02)


async def consume(transport, _, chance):
    """Take and ack for ever; sometimes forget a message, sometimes hold it too long."""
    while True:
        deliveries = await transport.receive(
            max_messages=5, wait_seconds=1, lease_seconds=LEASE_SECONDS
        )
        if chance.random() < 0.05:
            await asyncio.sleep(LEASE_SECONDS * 1.5)
        receipts = [each.receipt for each in deliveries if chance.random() < 0.95]
        if receipts:
            await transport.ack(receipts)


async def stop_and_ack(transport, *_):
    """Take one message, stop as a frozen machine does, and ack when set going again."""
    (delivery,) = await transport.receive(
        max_messages=1, wait_seconds=20, lease_seconds=LEASE_SECONDS
    )
    os.kill(os.getpid(), signal.SIGSTOP)
    await transport.ack([delivery.receipt])


PARTS = {"publisher": publish, "consumer": consume, "zombie": stop_and_ack}

if __name__ == "__main__":
    part, path, log, name, seed = sys.argv[1:]
    asyncio.run(PARTS[part](recording(path, log), name, random.Random(seed)))
