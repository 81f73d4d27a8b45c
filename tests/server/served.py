"""The application behind a real socket on loopback, in a thread of its own."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import uvicorn

from mip.server.app import create_app
from mip.server.connection import Connection
from mip.server.services import opened

from .house import ADMIN_KEY, config, no_workers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_SECONDS = 30.0


@dataclass
class Served:
    """Where the server is, and what it has logged."""

    address: tuple[str, int]
    records: list[logging.LogRecord] = field(default_factory=list)

    @property
    def url(self) -> str:
        host, port = self.address
        return f"http://{host}:{port}"

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=30.0)

    def register(self, name: str = "noop", *, admin_key: str = ADMIN_KEY, **fields: Any) -> None:
        body = {"algo_id": name, "image_uri": "noop", **fields}
        with self.client(**{"x-admin-key": admin_key}) as http:
            assert http.post("/admin/algorithms", json=body).status_code == 202
            for _ in range(1000):
                if http.get(f"/admin/algorithms/{name}").json()["status"] == "ACTIVE":
                    return
        raise AssertionError(f"{name} did not become active")

    def complaints(self) -> list[str]:
        """Return what the log holds of unhandled exceptions and of defects."""
        return [
            f"{record.name}: {record.getMessage()} {record.exc_info}"
            for record in self.records
            if _is_complaint(record)
        ]

    def forget_the_rest(self) -> None:
        """Keep no more of the log than that."""
        self.records[:] = [record for record in self.records if _is_complaint(record)]


def _is_complaint(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR or record.exc_info is not None


class _Keeper(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.DEBUG)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def served(root: Path, **settings: Any) -> Iterator[Served]:
    """Serve for a block; what goes wrong in the thread is raised at its end."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    here = Served(address=listener.getsockname())
    stop: list[uvicorn.Server] = []
    failures: list[BaseException] = []
    ready = threading.Event()

    async def serve() -> None:
        async with opened(config(root, **settings), provisioner=no_workers) as services:
            server = _Server(
                uvicorn.Config(
                    create_app(services),
                    loop="asyncio",
                    http=Connection,
                    ws="none",
                    lifespan="off",
                    log_config=None,
                    access_log=False,
                    server_header=False,
                    timeout_graceful_shutdown=2,
                )
            )
            stop.append(server)
            ready.set()
            await server.serve(sockets=[listener])

    def run() -> None:
        try:
            anyio.run(serve)
        except BaseException as error:  # noqa: BLE001 - raised in the thread of the test
            failures.append(error)
        finally:
            ready.set()

    keeper = _Keeper(here.records)
    thread = threading.Thread(target=run, name="served")
    with _kept(keeper):
        thread.start()
        try:
            assert ready.wait(START_SECONDS)
            assert not failures, failures
            yield here
        finally:
            for server in stop:
                server.should_exit = True
            thread.join(START_SECONDS)
            listener.close()
    assert not thread.is_alive()
    assert not failures, failures


@contextmanager
def _kept(keeper: logging.Handler) -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("mip", "uvicorn", "asyncio")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(keeper)
        logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(keeper)
            logger.setLevel(level)
