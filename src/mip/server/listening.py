"""How the web server has to be run: bounds on connections that are not the application's to set."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PING_SECONDS: Final = 20.0
"""Between two pings of a WebSocket, and how long an answer may take; browsers answer by themselves.

Below the idle limits of proxies in between, most often 60 s.
"""
MAX_FRAME_BYTES: Final = 16 * 1024
"""Longest frame that a client may send; ours are a few words."""
MAX_SILENT_SECONDS: Final = 60.0
"""How long what was sent may stay unread or unacknowledged before a connection is given up."""

UVICORN: Final[Mapping[str, Any]] = {
    "ws_max_size": MAX_FRAME_BYTES,
    "ws_ping_interval": PING_SECONDS,
    "ws_ping_timeout": PING_SECONDS,
    "ws_per_message_deflate": False,  # memory for each connection, to save what a link costs
    "access_log": False,  # it would have queries, and with them tokens; ours has the route
    "log_level": "critical",  # as above; and each refused handshake would be an error of its own
}
"""Options of ``uvicorn.Config`` that the rest of the server counts on."""


def bound(listener: socket.socket) -> None:
    """Let connections of this listening socket end whose peer does not read.

    A peer that keeps a connection open and its window shut would else hold it, and what waits to
    be sent, for ever: closing waits until everything was read (RFC 1122 section 4.2.2.17, RFC
    5482). Accepted connections take the option over.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        milliseconds = int(MAX_SILENT_SECONDS * 1000)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
