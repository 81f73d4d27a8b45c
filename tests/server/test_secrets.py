"""The secrets of a data folder: made once, whole, and never taken when they are damaged."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from mip.errors import SettingsError
from mip.server.secrets import open_secrets, read_callback_secret

if TYPE_CHECKING:
    from pathlib import Path

KEYS = ("tokens.key", "links.key", "callbacks.key")


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("length", [0, 1, 31])
def test_a_secret_that_is_cut_short_is_refused_by_name(
    tmp_path: Path, name: str, length: int
) -> None:
    open_secrets(tmp_path, "key")
    path = tmp_path / "secrets" / name
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(SettingsError, match=name):
        open_secrets(tmp_path, "key")
    path.unlink()
    open_secrets(tmp_path, "key")


def test_a_callback_secret_that_is_empty_is_refused(tmp_path: Path) -> None:
    read_callback_secret(tmp_path)
    (tmp_path / "secrets" / "callbacks.key").write_bytes(b"")
    with pytest.raises(SettingsError, match="damaged"):
        read_callback_secret(tmp_path)


def test_the_secrets_of_one_start_are_those_of_the_next(tmp_path: Path) -> None:
    first, second = open_secrets(tmp_path, ""), open_secrets(tmp_path, "")
    assert first.new_admin_key is not None
    assert second.new_admin_key is None
    assert (first.token_secret, first.link_secret, first.callback_secret) == (
        second.token_secret,
        second.link_secret,
        second.callback_secret,
    )


def test_the_folders_are_on_disk_before_a_key_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: dict[int, set[str]] = {}
    sync = os.fsync

    def noted(fd: int) -> None:
        status = os.fstat(fd)
        if stat.S_ISDIR(status.st_mode):
            synced[status.st_ino] = set(os.listdir(fd))
        sync(fd)

    monkeypatch.setattr(os, "fsync", noted)
    assert open_secrets(tmp_path, "").new_admin_key is not None
    assert "secrets" in synced[tmp_path.stat().st_ino]
    folder = (tmp_path / "secrets").stat().st_ino
    assert synced[folder] == {*KEYS, "admin.hash"}
