"""A receiver of callbacks: an HTTPS server with a certificate of an authority made here."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def answer(status: int, **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    return f"HTTP/1.1 {status} X\r\n{''.join(lines)}content-length: 0\r\n\r\n".encode()


@dataclass
class Receiver:
    """What it was sent, and what it answers: one after another, and then always the last."""

    port: int
    tls: ssl.SSLContext
    answers: list[bytes | None] = field(default_factory=lambda: [OK])
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0
    names: list[str | None] = field(default_factory=list)
    is_endless: bool = False
    silent: str | None = None
    """A call whose path holds this gets no answer."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *lines = head.rstrip().split("\r\n")
            headers = {name.lower(): value for name, value in (x.split(": ", 1) for x in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            self.requests.append((line, headers, body))
            if self.silent is not None and self.silent in line:
                await reader.read()
            reply = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
            if reply is None:
                await reader.read()  # say nothing until the other side goes
            else:
                writer.write(reply)
                while self.is_endless:
                    writer.write(b"x" * 100_000)
                    await writer.drain()
            writer.close()
            await writer.wait_closed()


@asynccontextmanager
async def receiving(*names: str, is_trusted: bool = True) -> AsyncIterator[Receiver]:
    authority = trustme.CA()
    server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(server_tls)
    client_tls = ssl.create_default_context()
    (authority if is_trusted else trustme.CA()).configure_trust(client_tls)
    receiver = Receiver(port=0, tls=client_tls)
    server_tls.sni_callback = lambda _socket, name, _context: receiver.names.append(name)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=server_tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()
