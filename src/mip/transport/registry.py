"""Which transport a URL means."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..clock import Clock, SystemClock
from ..errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .base import Transport

ENTRY_POINTS = "mip.transports"

_BUILT_IN = {"memory": ".memory", "sqlite": ".sqlite"}


def open_transport(url: str, *, clock: Clock = SystemClock()) -> Transport:  # noqa: B008 - stateless
    """Open the transport that a URL names by its scheme; files are opened at the first call.

    ``memory:NAME`` lives in this process, ``sqlite:PATH`` in a file. Another package adds a scheme
    by an entry point of that name in the group ``mip.transports``, which refers to a function
    ``open_transport(url, *, clock) -> Transport``.

    Raises
    ------
    SettingsError
        The scheme is unknown, or its transport does not understand the URL.
    """
    scheme, colon, _ = url.partition(":")
    if not colon:
        raise SettingsError(f"expected a URL such as sqlite:/data/queue.db, got {url!r}")
    return _opener(scheme)(url, clock=clock)


def split_queue_url(url: str) -> tuple[str, str]:
    """Split ``TRANSPORT#QUEUE``, such as ``sqlite:/data/queue.db#mip-window-requests.fifo``.

    Raises
    ------
    SettingsError
        One of the two parts is missing.
    """
    transport, _, queue = url.rpartition("#")
    if not transport or not queue:
        raise SettingsError(
            f"expected a queue URL such as sqlite:/data/queue.db#NAME-OF-QUEUE, got {url!r}"
        )
    return transport, queue


def _opener(scheme: str) -> Callable[..., Transport]:
    if scheme in _BUILT_IN:
        opener: Callable[..., Transport] = import_module(
            _BUILT_IN[scheme], __package__
        ).open_transport
        return opener
    # Slow to import and needed by few.
    from importlib.metadata import entry_points  # noqa: PLC0415

    found = entry_points(group=ENTRY_POINTS)
    if scheme not in found.names:
        known = ", ".join(sorted({*_BUILT_IN, *found.names}))
        raise SettingsError(f"unknown transport {scheme!r}: known are {known}")
    third_party: Callable[..., Transport] = found[scheme].load()
    return third_party
