"""Waiting out an outage of the record store.

While records do not answer no job can begin or end, here or in any other worker. So a delivery is
kept, its lease renewed, and the call repeated: handing it back would only wear out the number of
deliveries that its queue allows, and make an innocent job a dead letter.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

import anyio

from ..errors import SchemaTooNewError, StateCorruptError, StateError, TransportCorruptError
from ..telemetry import fields
from .policy import backoff

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .options import WorkerOptions

log = logging.getLogger(__name__)

PERMANENT = (SchemaTooNewError, StateCorruptError, TransportCorruptError)
"""What no waiting mends, for this job or any other: the worker ends, and says why."""

_T = TypeVar("_T")


class Patience:
    """Repeats a call until it is answered.

    Parameters
    ----------
    options : WorkerOptions
        First and longest pause.
    jitter : callable
        Returns a random number in [0, 1).
    """

    def __init__(self, *, options: WorkerOptions, jitter: Callable[[], float]) -> None:
        self._options = options
        self._jitter = jitter

    async def insist(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """Call until records answer; what they answered is never lost to a cancellation.

        Parameters
        ----------
        call : callable
            Starts one call, which may be repeated.

        Raises
        ------
        StateError
            Trying again does not help.
        """
        tries = 0
        while True:
            try:
                with anyio.CancelScope(shield=True):
                    return await call()
            except StateError as error:
                if not error.retryable:
                    raise
                log.warning("records.not_answering", extra=fields(code=error.code))
            await anyio.sleep(backoff(tries, jitter=self._jitter(), options=self._options))
            tries += 1
