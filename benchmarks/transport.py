#!/usr/bin/env python3
"""The SQLite transport beside other queues on SQLite, in one interleaved run.

Every contender moves the same messages through publish, take and ack, at its own best durable
setting unless the label says otherwise; rounds alternate, and ratios are taken within a round, so
that a busy machine slows all alike. huey has no lease and no ack: its cycle does less.

    python benchmarks/transport.py [--messages 2000] [--rounds 5] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mip.transport import Message, QueueOptions
from mip.transport.sqlite import open_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from mip.transport import Transport

QUEUE = "bench.fifo"
BODY = b"x" * 450
BATCH = 10


def message(number: int, kind: str = "") -> Message:
    """Make a message as jobs are: a group and a dedup id that are a hash."""
    id_ = hashlib.sha256(f"{kind}{number}".encode()).hexdigest()
    return Message(body=BODY, group_id=id_, dedup_id=id_)


async def in_turn(transport: Transport, count: int, batch: int) -> None:
    """Publish all; then take and ack batch after batch."""
    for start in range(0, count, batch):
        await transport.publish(QUEUE, [message(n) for n in range(start, start + batch)])
    done = 0
    while done < count:
        deliveries = await transport.receive(QUEUE, max_messages=batch)
        await transport.settle(QUEUE, acks=[each.receipt for each in deliveries])
        done += len(deliveries)


async def as_worker(transport: Transport, count: int, batch: int) -> None:
    """Publish all; then, as a worker does, ack a batch while the next is fetched."""
    for start in range(0, count, batch):
        await transport.publish(QUEUE, [message(n) for n in range(start, start + batch)])
    done = 0
    acks: list[str] = []
    while done < count or acks:
        deliveries, _ = await asyncio.gather(
            transport.receive(QUEUE, max_messages=batch), transport.settle(QUEUE, acks=acks)
        )
        acks = [each.receipt for each in deliveries]
        done += len(deliveries)


async def many_tasks(transport: Transport, count: int, batch: int) -> None:
    """Let tasks publish and settle one by one: the writer groups their commits."""

    async def publish(task: int) -> None:
        for number in range(task, count, batch):
            await transport.publish(QUEUE, [message(number)])

    async def consume() -> None:
        while deliveries := await transport.receive(QUEUE):
            await transport.settle(QUEUE, acks=[deliveries[0].receipt])

    await asyncio.gather(*(publish(task) for task in range(batch)))
    await asyncio.gather(*(consume() for _ in range(batch)))


def mip(
    run: Callable[[Transport, int, int], object], *, batch: int, is_durable: bool = True
) -> Callable[[Path, int], None]:
    """Return a contender that runs one of the above."""

    async def main(folder: Path, count: int) -> None:
        transport = open_file(folder / "mip.db", is_durable=is_durable)
        await transport.create_queue(QUEUE, QueueOptions())
        await run(transport, count, batch)  # type: ignore[misc] # each is a coroutine function
        depth = await transport.depth(QUEUE)
        if (depth.waiting, depth.in_flight) != (0, 0):
            raise RuntimeError(f"expected an empty queue, got {depth}")
        await transport.aclose()

    return lambda folder, count: asyncio.run(main(folder, count))


def huey(*, fsync: bool) -> Callable[[Path, int], None]:
    """Return huey's SQLite storage."""

    def run(folder: Path, count: int) -> None:
        from huey import SqliteHuey  # noqa: PLC0415 - others run without it

        storage = SqliteHuey(filename=str(folder / "huey.db"), fsync=fsync).storage
        for _ in range(count):
            storage.enqueue(BODY)
        for _ in range(count):
            storage.dequeue()
        storage.close()

    return run


def litequeue(folder: Path, count: int) -> None:
    """Run litequeue (synchronous=NORMAL: a power cut can undo its last commits)."""
    from litequeue import LiteQueue  # noqa: PLC0415

    queue = LiteQueue(str(folder / "lite.db"))
    text = BODY.decode()
    for _ in range(count):
        queue.put(text)
    for _ in range(count):
        queue.done(queue.pop().message_id)
    queue.conn.close()


def persist_queue(folder: Path, count: int) -> None:
    """Run persist-queue's queue with acks."""
    from persistqueue import SQLiteAckQueue  # noqa: PLC0415

    queue = SQLiteAckQueue(str(folder / "persist"), auto_commit=True)
    for _ in range(count):
        queue.put(BODY)
    for _ in range(count):
        queue.ack(queue.get())
    queue.close()


OURS = f"mip, batches of {BATCH}"
AS_WORKER = f"mip, batches of {BATCH}, ack with the next take"
CONTENDERS: dict[str, Callable[[Path, int], None]] = {
    OURS: mip(in_turn, batch=BATCH),
    AS_WORKER: mip(as_worker, batch=BATCH),
    f"mip, {BATCH} tasks, one by one": mip(many_tasks, batch=BATCH),
    "mip, one by one": mip(in_turn, batch=1),
    f"mip, batches of {BATCH}, no fsync": mip(in_turn, batch=BATCH, is_durable=False),
    "huey, fsync": huey(fsync=True),
    "persist-queue": persist_queue,
    "litequeue, no fsync": litequeue,
    "huey, no fsync": huey(fsync=False),
}


def throughput(messages: int, rounds: int) -> dict[str, list[float]]:
    """Return messages per second of each contender in each round."""
    rates: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name, run in CONTENDERS.items():
            with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
                started_at = time.perf_counter()
                run(Path(folder), messages)
                rates[name].append(messages / (time.perf_counter() - started_at))
    return rates


# Several processes: each is this script again, with a part to play.


async def play_producer(path: str, count: int) -> None:
    """Tell when it begins, and publish in batches."""
    transport = open_file(path)
    await transport.queues()  # opened
    sys.stdout.write(f"{time.monotonic()}\n")
    for start in range(0, count, BATCH):
        await transport.publish(QUEUE, [message(n) for n in range(start, start + BATCH)])
    await transport.aclose()


async def play_consumer(path: str, _: int) -> None:
    """Take and ack until nothing comes any more; tell when the last came."""
    transport = open_file(path)
    last = 0.0
    patience = 20.0
    while deliveries := await transport.receive(QUEUE, max_messages=BATCH, wait_seconds=patience):
        await transport.settle(QUEUE, acks=[each.receipt for each in deliveries])
        last, patience = time.monotonic(), 1.0
    sys.stdout.write(f"{last}\n")
    await transport.aclose()


async def play_sleeper(path: str, count: int) -> None:
    """Tell how long each message took from the call of publish to here."""
    transport = open_file(path)
    for _ in range(count):
        deliveries = await transport.receive(QUEUE, wait_seconds=20)
        sys.stdout.write(f"{time.monotonic() - float(deliveries[0].body)}\n")
        await transport.settle(QUEUE, acks=[deliveries[0].receipt])
    await transport.aclose()


async def play_idler(path: str, seconds: int) -> None:
    """Tell how much processor time waiting costs."""
    transport = open_file(path)
    await transport.receive(QUEUE, wait_seconds=1)  # everything is loaded and open after this
    before = time.process_time()
    await transport.receive(QUEUE, wait_seconds=seconds)
    sys.stdout.write(f"{(time.process_time() - before) / seconds}\n")
    await transport.aclose()


PARTS = {
    "producer": play_producer,
    "consumer": play_consumer,
    "sleeper": play_sleeper,
    "idler": play_idler,
}


def start(part: str, path: Path, number: int) -> subprocess.Popen[str]:
    """Start a process that plays a part."""
    command = [sys.executable, __file__, "--play", part, str(path), str(number)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def output(process: subprocess.Popen[str]) -> list[float]:
    """Return the numbers that a process wrote."""
    written, _ = process.communicate(timeout=120)
    if process.returncode:
        raise RuntimeError(f"a process of the benchmark ended with {process.returncode}")
    return [float(line) for line in written.split()]


async def prepared(folder: str) -> Path:
    """Make a database with an empty queue."""
    path = Path(folder) / "mip.db"
    transport = open_file(path)
    await transport.create_queue(QUEUE, QueueOptions())
    await transport.aclose()
    return path


def several_processes(messages: int) -> float:
    """Return messages per second from one producer to two consumers."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        path = asyncio.run(prepared(folder))
        processes = [start("consumer", path, 0) for _ in range(2)]
        time.sleep(1.0)  # until they wait
        processes.append(start("producer", path, messages))
        first_end, second_end, began = (output(process)[0] for process in processes)
        return messages / (max(first_end, second_end) - began)


async def wake_ups(path: Path, count: int) -> list[float]:
    """Publish now and then to a process that waits; return seconds from call to delivery."""
    sleeper = start("sleeper", path, count)
    transport = open_file(path)
    await asyncio.sleep(1.0)  # until it waits
    for number in range(count):
        body = str(time.monotonic()).encode()
        await transport.publish(QUEUE, [Message(body=body, group_id="g", dedup_id=f"{number}")])
        await asyncio.sleep(0.02)
    await transport.aclose()
    return output(sleeper)


def wake_up(count: int) -> list[float]:
    """Measure wake-ups in milliseconds, sorted."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        path = asyncio.run(prepared(folder))
        return sorted(seconds * 1000 for seconds in asyncio.run(wake_ups(path, count)))


def idle(seconds: int) -> float:
    """Return the share of a core that a waiting process takes."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        path = asyncio.run(prepared(folder))
        return output(start("idler", path, seconds))[0]


def ratios(rates: dict[str, list[float]], ours: str) -> dict[str, float]:
    """Return how many times faster one contender is than each, round by round."""
    return {
        name: statistics.median(a / b for a, b in zip(rates[ours], each, strict=True))
        for name, each in rates.items()
    }


def measure(messages: int, rounds: int) -> dict[str, object]:
    """Measure everything."""
    rates = throughput(messages, rounds)
    times = wake_up(150)
    return {
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
        "messages": messages,
        "messages_per_second": {name: statistics.median(each) for name, each in rates.items()},
        "ratio_in_batches": ratios(rates, OURS),
        "ratio_as_a_worker_does": ratios(rates, AS_WORKER),
        "one_producer_two_consumers_per_second": several_processes(messages),
        "wake_up_ms": {
            "p50": times[len(times) // 2],
            "p99": times[int(len(times) * 0.99)],
        },
        "idle_share_of_a_core": idle(5),
    }


def show(figures: dict[str, object]) -> None:
    """Print figures as a table."""
    rates = _table(figures["messages_per_second"])
    plain, worker = _table(figures["ratio_in_batches"]), _table(figures["ratio_as_a_worker_does"])
    print(f"{'publish + take + ack, durable unless said':44} {'per second':>10}   ratio of mip's")
    print(f"{'':44} {'':>10} {'1st row':>8} {'2nd row':>8}")
    for name, rate in rates.items():
        print(f"{name:44} {rate:10.0f} {plain[name]:7.2f}x {worker[name]:7.2f}x")
    for name in ("one_producer_two_consumers_per_second", "wake_up_ms", "idle_share_of_a_core"):
        print(f"{name.replace('_', ' ')}: {figures[name]}")


def _table(value: object) -> dict[str, float]:
    if not isinstance(value, dict):
        raise TypeError("expected the figures of measure()")
    return value


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--play", nargs=3, metavar=("PART", "PATH", "NUMBER"), help="internal")
    arguments = parser.parse_args()
    if arguments.play:
        part, path, number = arguments.play
        asyncio.run(PARTS[part](path, int(number)))
        return
    figures = measure(arguments.messages, arguments.rounds)
    if arguments.json:
        print(json.dumps(figures, indent=2))
    else:
        show(figures)


if __name__ == "__main__":
    main()
