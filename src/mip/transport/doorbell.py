"""Ringing across processes: a datagram to every process that may be waiting.

Each waiting process listens on a socket in a folder beside the database. A lost ring costs time and
no message: whoever waits also looks by itself now and then.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_PAYLOAD = 2048
"""Names of queues that fit one datagram; with more, every bell rings."""

MANY = 8
"""So many datagrams at once mean that the socket may have been full and one was lost."""

MAX_ANSWERED = 64
"""Datagrams read in one go: the event loop has other things to do."""

MAX_ADDRESS = 100
"""Longest path of a socket that every system takes, in bytes."""

_OPEN_FOLDERS = Path("/proc/self/fd")


class Doorbell:
    """The socket of this process, and a way to ring those of others.

    ``open``, ``close`` and ``ring`` touch the disk and run in a thread; ``start`` and ``pause`` run
    on the event loop.
    """

    def __init__(self, folder: str, *, rung: Callable[[Iterable[str] | None], None]) -> None:
        self._folder = Path(folder)
        self._rung = rung
        self._name = f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
        self._listening: socket.socket | None = None
        self._sending: socket.socket | None = None
        self._folder_fd: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_open = False

    def open(self) -> None:
        """Make this process's socket; where there can be none, waiters still look by themselves."""
        self.is_open = True
        with contextlib.suppress(OSError):
            self._listening = self._listen()

    def start(self) -> None:
        """Call ``rung`` with the queues that other processes name; None stands for all."""
        if self._listening is not None and self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self._listening, self._answer)

    def pause(self) -> None:
        """Stop reading, as nobody waits; rings then cost this process nothing."""
        if self._listening is not None and self._loop is not None:
            self._loop.remove_reader(self._listening)
        self._loop = None

    def close(self) -> None:
        """Remove the socket, and the folder after the last one."""
        for each in (self._listening, self._sending):
            if each is not None:
                each.close()
        with contextlib.suppress(OSError):
            if self._listening is not None:
                (self._folder / self._name).unlink()
            self._folder.rmdir()
        if self._folder_fd is not None:
            os.close(self._folder_fd)
        self._listening = self._sending = self._folder_fd = None

    def ring(self, queues: Iterable[str]) -> None:
        """Tell all other processes; remove the sockets of those that are gone."""
        payload = "\n".join(queues).encode()
        if len(payload) > MAX_PAYLOAD:
            payload = b""
        try:
            names = os.listdir(self._folder)  # noqa: PTH208 - called often, names are enough
        except OSError:
            return  # nobody waits
        for name in names:
            if name != self._name:
                self._send(payload, name)

    def _send(self, payload: bytes, name: str) -> None:
        if self._sending is None:
            self._sending = _socket()
        try:
            self._sending.sendto(payload, self._address(name))
        except ConnectionRefusedError:
            # Its process was killed. Names are never used twice, so none but it can be meant.
            with contextlib.suppress(OSError):
                (self._folder / name).unlink()
        except OSError:
            pass  # full, so it has rings to answer; or it has closed a moment ago

    def _listen(self) -> socket.socket:
        listening = _socket()
        try:
            self._folder.mkdir(exist_ok=True)
            try:
                listening.bind(self._address(self._name))
            except FileNotFoundError:  # another process thought the folder unused
                self._folder.mkdir(exist_ok=True)
                listening.bind(self._address(self._name))
        except OSError:
            listening.close()
            raise
        return listening

    def _address(self, name: str) -> str:
        """Return the address of a socket; a path too long for one goes through an open folder."""
        path = str(self._folder / name)
        if len(os.fsencode(path)) <= MAX_ADDRESS:
            return path
        if not _OPEN_FOLDERS.is_dir():
            raise OSError(f"expected a path of at most {MAX_ADDRESS} bytes, got {path}")
        if self._folder_fd is None:
            self._folder_fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        return str(_OPEN_FOLDERS / str(self._folder_fd) / name)

    def _answer(self) -> None:
        queues: set[str] = set()
        count = 0
        listening = self._listening
        while listening is not None and count < MAX_ANSWERED:
            try:
                payload = listening.recv(MAX_PAYLOAD)
            except OSError:
                break
            count += 1
            queues.update(payload.decode(errors="replace").split("\n"))
        self._rung(None if count >= MANY or "" in queues else queues)


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made
