"""One connection of HTTP, for uvicorn: gives up on who is slow or sends no HTTP, and says so once.

uvicorn waits for ever for a request whose head does not end, and for the rest of a body that it has
answered already. And when what follows a request is no
HTTP, it answers 400 for that in place of the request's own answer, which then fails, with a
traceback in the log for each such client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

if TYPE_CHECKING:
    import asyncio

HEAD_SECONDS: Final = 20.0
"""In which the head of a request has to come, from the connection or the answer before it; and the
rest of a body after its answer, from the first bytes that come then."""

_CAN_ANSWER: Final = (h11.IDLE, h11.SEND_RESPONSE)


class Connection(H11Protocol):
    """Give as ``http=`` to ``uvicorn.Config``."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the head of a request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; a head that is whole is waited for no longer."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE and not self._is_left_over():
            self._stop_waiting()
        elif self._deadline is None:
            self._wait()  # from the first bytes on: more of them win no time

    def send_400_response(self, msg: str) -> None:
        """Answer that this is no HTTP, if an answer can be given, and close the connection."""
        can_answer = self.conn.our_state in _CAN_ANSWER
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True  # what the application answers goes nowhere
            cycle.message_event.set()
            can_answer = can_answer and self.scope["method"] != "HEAD"  # whose answer has no body
        if can_answer:
            super().send_400_response(msg)
        else:
            self.transport.close()

    def _is_left_over(self) -> bool:
        """Tell whether the body that comes has its answer; nobody reads it."""
        cycle: RequestResponseCycle | None = self.cycle
        is_answered = cycle is not None and cycle.response_complete
        return is_answered and self.conn.their_state is h11.SEND_BODY

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
