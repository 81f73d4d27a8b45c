"""The queues, records and services of a data folder, open for the length of a block."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from ..clock import SystemClock
from ..control import DeadLetters, Jobs
from ..outbox import Outbox
from ..state import open_job_store
from ..transport import open_transport
from ..worker.closing import close

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from ..contracts import JobKey
    from ..state import JobRecord, JobStore
    from ..transport import Transport
    from .datafolder import DataFolder

_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What commands work on."""

    transport: Transport
    records: JobStore
    outbox: Outbox
    jobs: Jobs
    dead_letters: DeadLetters


@asynccontextmanager
async def opened(folder: DataFolder) -> AsyncIterator[Deployment]:
    """Open a data folder, and close it whatever happens, also when cancelled.

    Raises
    ------
    StateError, TransportError, SchemaTooNewError
        Its databases cannot be used.
    """
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        transport = open_transport(folder.transport_url, clock=clock)
        stack.push_async_callback(close, transport)
        records = await open_job_store(folder.state_url, clock=clock)
        stack.push_async_callback(close, records)
        outbox = Outbox(transport, records, clock=clock)
        yield Deployment(
            transport=transport,
            records=records,
            outbox=outbox,
            jobs=Jobs(records, outbox=outbox),
            dead_letters=DeadLetters(transport, records, outbox=outbox),
        )


async def wait_for_end(records: JobStore, key: JobKey) -> JobRecord:
    """Return a job's record once it has ended; see :func:`pauses` for how it waits."""
    for pause in pauses():
        record = await records.get(key)
        if record.is_final:
            return record
        await anyio.sleep(pause)
    raise AssertionError("unreachable: pauses never end")


def pauses() -> Iterator[float]:
    """Yield growing pauses between looks at the records, for ever.

    A command looks again and again because records wake nobody, and because the messages of the
    results queue belong to whoever delivers results: taking one would keep it from them.
    """
    pause = _FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(_LONGEST_PAUSE_SECONDS, pause * 1.5)
