"""The server's socket and its HTTP: uvicorn with its limits, told to stop by its owner alone."""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import TYPE_CHECKING, Final

import uvicorn

from ..errors import SettingsError
from .connection import Connection
from .listening import UVICORN, bound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp

BACKLOG: Final = 2048
MAX_HEAD_BYTES: Final = 64 * 1024
"""Of a request line with its headers; h11's own bound, as a longest token is far below it."""
MAX_CONNECTIONS: Final = 4096
"""At a time, idle ones included; what comes on one more is answered with 503."""
GRACE_SECONDS: Final = 10
"""For answers under way when the server stops; WebSockets are closed at once, with 1012."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is any that is free.

    Raises
    ------
    OSError
        The port is taken, or the address is not one of this machine.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        bound(listener)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def address_of(listener: socket.socket, *, is_tls: bool) -> str:
    """Return the URL at which a listening socket is reached from this machine."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared with, not bound to
        host = "localhost"
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if is_tls else 'http'}://{shown}:{port}"


def check_certificate(certificate: Path, key: Path | None) -> None:
    """Refuse a certificate that cannot be used, before anything is started.

    Raises
    ------
    SettingsError
        A file cannot be read, is no certificate, or the key is another one's.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except OSError as error:  # which errors of TLS are, too
        reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
        raise SettingsError(
            f"expected a certificate and its key in PEM, {certificate} cannot be used: {reason}"
        ) from error


class Listener(uvicorn.Server):
    """Serves an application on a socket until :meth:`stop`.

    Parameters
    ----------
    app : ASGI application
        What is served.
    certificate, key : Path, optional
        For TLS, in PEM; :func:`check_certificate` has accepted them.
    """

    def __init__(
        self, app: ASGIApp, *, certificate: Path | None = None, key: Path | None = None
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http=Connection,
                h11_max_incomplete_event_size=MAX_HEAD_BYTES,
                ws="websockets-sansio",
                lifespan="off",
                log_config=None,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=MAX_CONNECTIONS,
                timeout_graceful_shutdown=GRACE_SECONDS,
                ssl_certfile=certificate,
                ssl_keyfile=key,
                **UVICORN,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the owner."""
        yield

    def stop(self) -> None:
        """Take nothing new, close WebSockets, let answers under way finish; again: not even that.

        May be called before serving has begun, which then ends at once.
        """
        self.force_exit = self.should_exit
        self.should_exit = True
