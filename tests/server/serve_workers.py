"""A server of workers alone, to be killed: ``serve_workers.py ROOT ALGORITHM RECORD``.

The record, as JSON, is what its registry says at the start; ``null`` for an empty registry. It
prints a line when it looks after its workers, and ends on SIGTERM.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import anyio
import msgspec

from mip.contracts import AlgorithmRecord
from mip.telemetry import configure
from tests.faults.site import Site as DataFolder
from tests.server.workers_house import opened


async def serve(root: str, algorithm: str, text: str) -> None:
    folder = DataFolder(Path(root), algorithm=algorithm)
    with anyio.open_signal_receiver(signal.SIGTERM) as signals:
        record = msgspec.json.decode(text, type=AlgorithmRecord | None)
        async with opened(folder, record=record):
            print("ready", flush=True)
            async for _ in signals:
                break


if __name__ == "__main__":
    configure(form="console")
    root, algorithm, record = sys.argv[1:]
    anyio.run(serve, root, algorithm, record)
