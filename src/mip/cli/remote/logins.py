"""Who this machine's user is at a server: a client id and its token, in a file for them alone."""

from __future__ import annotations

import os
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from ...errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A client of a server; instants are seconds since 1970."""

    server: str
    client_id: str
    token: str
    expires_at: float
    renew_at: float


class Logins:
    """Keeps one login for each server.

    Parameters
    ----------
    folder : Path
        Where; made when the first one is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, server: str) -> Login | None:
        """Return the login at a server; None when there is none, or none that can be read."""
        try:
            login = msgspec.json.decode(self._path(server).read_bytes(), type=Login)
        except (OSError, msgspec.MsgspecError):
            return None
        return login if login.server == server else None

    def keep(self, login: Login) -> None:
        """Keep a login in place of the one before.

        Raises
        ------
        StorageError
            It cannot be written.
        """
        path = self._path(login.server)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(fd, msgspec.json.encode(login))
            finally:
                os.close(fd)
            draft.replace(path)
        except OSError as error:
            raise StorageError(
                f"the login cannot be kept in {self._folder}: {error.strerror}"
            ) from error

    def _path(self, server: str) -> Path:
        return self._folder / f"{sha256(server.encode()).hexdigest()[:24]}.json"
