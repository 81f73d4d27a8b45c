"""What only a server needs, and may not be installed."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from .invocation import CommandError

_EXTRA: Final = ("starlette", "uvicorn", "websockets")


def check_server_extra() -> None:
    """Refuse to start without the packages that only a server needs.

    Raises
    ------
    CommandError
        One is missing.
    """
    for name in _EXTRA:
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            raise CommandError(
                f"the server needs {name}, which is not installed",
                remedy="pip install 'mip-imaging[server]'",
                code="cli.extra_missing",
            ) from error
