"""Secrets of one server: made at its first start, kept in its data folder, readable by it alone."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..control import AdminKey
from ..errors import SettingsError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

SECRET_BYTES = 32
SECRETS_FOLDER = "secrets"


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What a server signs with, and what it knows its operators by.

    ``callback_secret`` is text, since receivers of callbacks are given it; ``new_admin_key`` is the
    key that was made at this start, and is kept nowhere.
    """

    token_secret: bytes
    link_secret: bytes
    callback_secret: str
    admin_key: AdminKey
    new_admin_key: str | None = None


def open_secrets(data: Path, admin_key: str) -> Secrets:
    """Read the secrets of a data folder, making those that are missing.

    Parameters
    ----------
    data : Path
        The data folder.
    admin_key : str
        The operators' key as the environment gives it. When empty, the key whose hash is kept
        holds; the first time one is made.

    Raises
    ------
    StorageError
        They cannot be read or written.
    SettingsError
        A secret on disk is damaged.
    """
    folder = data / SECRETS_FOLDER
    try:
        _make_folder(folder)
        token_secret = _secret(folder / "tokens.key", secrets.token_bytes(SECRET_BYTES))
        link_secret = _secret(folder / "links.key", secrets.token_bytes(SECRET_BYTES))
        callback_secret = read_callback_secret(data)
        if admin_key:
            return Secrets(
                token_secret=token_secret,
                link_secret=link_secret,
                callback_secret=callback_secret,
                admin_key=AdminKey(AdminKey.hashed(admin_key)),
            )
        made = secrets.token_urlsafe(SECRET_BYTES)
        ours = AdminKey.hashed(made)
        stored = _kept(folder / "admin.hash", ours.encode()).decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise StorageError(f"the secrets in {folder} cannot be used: {reason}") from error
    return Secrets(
        token_secret=token_secret,
        link_secret=link_secret,
        callback_secret=callback_secret,
        admin_key=AdminKey(stored),
        new_admin_key=made if stored == ours else None,
    )


def read_callback_secret(data: Path) -> str:
    """Return what callbacks are signed with; receivers need it to check them. Made when missing.

    Raises
    ------
    OSError
        It cannot be read or written.
    SettingsError
        It is damaged.
    """
    folder = data / SECRETS_FOLDER
    _make_folder(folder)
    return _secret(folder / "callbacks.key", secrets.token_hex(SECRET_BYTES).encode()).decode()


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync(folder.parent)


def _secret(path: Path, new: bytes) -> bytes:
    """Return what :func:`_kept` does, if nobody can guess it.

    Raises
    ------
    SettingsError
        It is shorter than those that are made here.
    """
    found = _kept(path, new)
    if len(found) < len(new):
        raise SettingsError(
            f"expected a secret of {len(new)} bytes in {path}, got {len(found)}: it is damaged. "
            "Restore it, or remove the file for a new one, which makes void what the old one signed"
        )
    return found


def _kept(path: Path, new: bytes) -> bytes:
    """Return what a file holds; make it with ``new``, whole or not at all, when it is missing."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(fd, new)
            os.fsync(fd)
        finally:
            os.close(fd)
        try:
            os.link(draft, path)  # creates, and never replaces what another start made meanwhile
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        _sync(path.parent)  # what is shown, or signed with, has to be there after a power cut
    return path.read_bytes()


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
