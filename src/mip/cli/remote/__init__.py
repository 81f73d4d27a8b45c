"""A server of ours behind its URL: the same services that commands use on a data folder."""

from __future__ import annotations

from .desk import RemoteDesk, open_remote
from .logins import Login, Logins

__all__ = ["Login", "Logins", "RemoteDesk", "open_remote"]
