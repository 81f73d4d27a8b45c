"""The callback contract: which results are still owed to a client's URL.

Guarantees, each with a test in :class:`mip.testing.CallbackStoreConformance`
----------------------------------------------------------------------------
* ``owe`` records one callback per job; a second call changes nothing.
* ``due`` lends callbacks whose time has come, oldest first, and hides what it lent for
  ``lease_seconds``: two that ask at a time get different ones, and one whose sender died is due
  again. While one is lent, ``next_at`` is when the loan ends. A sender settles within its lease;
  one that is late may make its callback due while another sends it.
* ``due`` lends at most ``per_client`` callbacks of one client, less those that ``in_hand`` counts,
  and goes on to other clients' behind them: a receiver that is slow holds up nobody else's.
* ``settle`` records how a try ended: delivered, to be tried again at an instant, or given up. What
  was delivered or given up is never due again, and stays as it is.
* ``next_due_at`` tells when the first callback is due that has not ended, lent ones included.
* ``get`` tells what became of a job's callback, with the number of tries and the last answer;
  ``purge`` forgets those that ended and were owed before an instant, and nothing else.
* What a returned call recorded survives a crash of any process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..contracts import JobKey

CallbackState: TypeAlias = Literal["pending", "delivered", "given_up"]


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """A result owed to a URL. Instants are seconds since 1970.

    ``last_answer`` is an HTTP status such as ``503``, or a code such as ``callback.refused``.
    """

    key: str
    client_id: str
    job_id: str
    url: str
    state: CallbackState = "pending"
    tries: int = 0
    owed_at: float
    next_at: float
    last_answer: str = ""


class CallbackStore(Protocol):
    """Callbacks; every guarantee is in the module's docstring."""

    async def owe(self, callback: Callback) -> None:
        """Record a callback, unless this job has one."""
        ...

    async def due(
        self,
        *,
        limit: int,
        lease_seconds: float,
        per_client: int | None = None,
        in_hand: Mapping[str, int] | None = None,
    ) -> list[Callback]:
        """Lend callbacks whose time has come; ``per_client`` is as many as there are by default."""
        ...

    async def settle(
        self, key: JobKey, *, state: CallbackState, answer: str, next_at: float = 0.0
    ) -> None:
        """Record how a try ended, and count it."""
        ...

    async def next_due_at(self) -> float | None:
        """Return when the next callback is due; None when none is owed."""
        ...

    async def get(self, key: JobKey) -> Callback | None:
        """Return a job's callback, if it has one."""
        ...

    async def purge(self, *, before: float) -> int:
        """Forget callbacks that ended and were owed before an instant; return how many."""
        ...

    async def aclose(self) -> None:
        """Release files and threads."""
        ...
