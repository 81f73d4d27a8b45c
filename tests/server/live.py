"""The server behind a real socket, and clients that know only the WebSocket protocol."""

from __future__ import annotations

import json
import socket
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import anyio
import uvicorn
from websockets.asyncio.client import connect

from mip.server.app import create_app
from mip.server.listening import UVICORN, bound
from mip.server.services import opened
from mip.state import Ending

from .house import config, job_of, no_workers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from websockets.asyncio.client import ClientConnection

    from mip.server.services import Services

SECONDS = 30
"""Longer than any answer takes, also on a machine that is busy."""


@dataclass(frozen=True, kw_only=True)
class Live:
    """A server that listens, and what it works with."""

    services: Services
    port: int

    def url(self, path: str = "/", **query: Any) -> str:
        return f"ws://127.0.0.1:{self.port}{path}?{urlencode(query)}"

    def token(self, client_id: str) -> str:
        return self.services.tokens.issue(client_id).token

    @asynccontextmanager
    async def socket(
        self, client_id: str, *, path: str = "/", **query: Any
    ) -> AsyncIterator[ClientConnection]:
        """Open a WebSocket of a client."""
        url = self.url(path, client_id=client_id, token=self.token(client_id), **query)
        async with connect(url, compression=None) as connection:
            yield connection

    async def results(self, client_id: str, job_ids: list[str], *, announce: bool = True) -> None:
        """End jobs of a client as workers do, in this order."""
        for job_id in job_ids:
            finish = await self.services.stores.jobs.finish(
                job_of(client_id, job_id), Ending(outcome="succeeded", meta={"job": job_id})
            )
            if announce:
                await self.services.outbox.announce(finish.result)


@contextmanager
def listening(port: int = 0) -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound(listener)
        listener.bind(("127.0.0.1", port))
        listener.listen(100)
        yield listener


@asynccontextmanager
async def live(root: Path, *, port: int = 0, **settings: Any) -> AsyncIterator[Live]:
    """Serve on loopback until the block ends; the port is free for the next server then."""
    async with opened(config(root, **settings), provisioner=no_workers) as services:
        options: dict[str, Any] = dict(UVICORN)
        server = uvicorn.Server(
            uvicorn.Config(create_app(services), log_config=None, lifespan="off", **options)
        )
        with listening(port) as listener:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(server.serve, [listener])
                try:
                    yield Live(services=services, port=listener.getsockname()[1])
                finally:
                    server.should_exit = True


async def take(connection: ClientConnection, count: int) -> list[dict[str, Any]]:
    """Receive so many frames."""
    with anyio.fail_after(SECONDS):
        return [json.loads(await connection.recv()) for _ in range(count)]


async def say(connection: ClientConnection, frame: Any) -> None:
    await connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))


def jobs(frames: list[dict[str, Any]]) -> list[str]:
    return [frame["job_id"] for frame in frames]
