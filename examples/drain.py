"""A worker of one's own: work until the queue is empty, then stop, as a nightly job might.

Configured by the environment of ``python -m mip.worker``.
"""

from __future__ import annotations

import anyio

import mip
from mip.settings import worker_settings
from mip.telemetry import configure
from mip.transport import open_transport, split_queue_url


async def main() -> None:
    """Work on the queue that ``QUEUE_URL`` names until nothing waits or runs."""
    settings = worker_settings()
    configure(form=settings.mip_log)
    url, queue = split_queue_url(settings.queue_url)
    transport = open_transport(url)
    worker = mip.Worker(settings)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run)
        while True:
            depth = await transport.depth(queue)
            if depth.waiting + depth.in_flight + depth.delayed == 0:
                break
            await anyio.sleep(0.2)
        worker.stop()
    await transport.aclose()


if __name__ == "__main__":
    anyio.run(main)
