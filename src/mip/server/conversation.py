"""What is said over one WebSocket: results in order, answers to what the client says, no more.

Whatever the client says is only noted where it is heard; one task sends, so that results keep
their order, and memory holds one page of results and a few short answers.
"""

from __future__ import annotations

import logging
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

import anyio
import msgspec

from ..errors import QuotaExceededError, StateError
from ..telemetry import fields
from .errors import error_body
from .limits import RateLimit
from .listening import PING_SECONDS
from .queries import MAX_SEQ

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..clock import Clock
    from ..contracts import Result
    from ..control import Push
    from ..transport.waiting import Bell

log = logging.getLogger(__name__)

SEND_SECONDS: Final = 20.0
"""How long one frame may wait for a client to read what was sent before."""
CONFIRM_SECONDS: Final = 2 * PING_SECONDS + 5.0
"""A connection that lives for so long after a frame has answered a ping that was sent after it."""
LEAVING_SECONDS: Final = 5.0
"""What was sent so long before a client closes the connection has come, and was dealt with."""
MAX_FRAMES_PER_MINUTE: Final = 300
MAX_ANSWERS: Final = 64
"""Answers that wait to be sent; a client that has so many does not read them."""
MAX_TEXT: Final = 4096
LONGEST_SLEEP_SECONDS: Final = 60.0
"""The wall clock may be set while we sleep."""

Ended: TypeAlias = Literal["left", "lost", "slow", "flood", "failing", "expired"]
"""How a conversation ended: the client closed it, the connection broke, or we give it up: the
client does not read, says too much, the records do not answer, or the client's token is over."""

_encode = msgspec.json.Encoder().encode
_PONG: Final = b'{"type":"pong"}'
_RESET: Final = b'{"type":"reset"}'
_EXPECTED: Final = 'expected {"type": "ping"} or {"type": "resume", "after": N}'


class Channel(Protocol):
    """A WebSocket that was accepted."""

    async def send(self, text: bytes) -> None:
        """Send a frame of text; waits while the client does not read.

        Raises
        ------
        ConnectionError
            The client is gone.
        """
        ...

    async def receive(self) -> bytes | None:
        """Return what a client says; None for what is no text.

        Raises
        ------
        EOFError
            It closed the connection.
        ConnectionError
            The connection broke.
        """
        ...


class Conversation:
    """Gives one connection its client's results.

    What counts as delivered, for clients that never tell how far they are: what was sent more than
    :data:`LEAVING_SECONDS` before the client closes the connection by itself, and what a connection
    has outlived by :data:`CONFIRM_SECONDS`. What was sent shortly before a connection ended is sent
    again: it may have been on its way still, and a double is better than a loss.

    Parameters
    ----------
    channel : Channel
        Where to.
    client_id : str
        Whose results.
    push : Push
        Reads them.
    present : callable
        Writes a result as clients see it.
    bell : Bell
        Rings when there may be more.
    clock : Clock
        Monotonic time.
    notes_delivery : bool
        Note what was given as delivered; not for operators, who only look.
    expires_at : float, optional
        When it has to end, in seconds since 1970.
    """

    def __init__(
        self,
        channel: Channel,
        *,
        client_id: str,
        push: Push,
        present: Callable[[Result], dict[str, Any]],
        bell: Bell,
        clock: Clock,
        notes_delivery: bool = True,
        expires_at: float | None = None,
    ) -> None:
        self._channel = channel
        self._client_id = client_id
        self._push = push
        self._present = present
        self._bell = bell
        self._clock = clock
        self._notes_delivery = notes_delivery
        self._expires_at = expires_at
        self._rate = RateLimit(MAX_FRAMES_PER_MINUTE, clock=clock)
        self._answers: deque[bytes] = deque()
        self.results = 0  # that were sent
        self._cursor = 0
        self._noted = 0
        self._resume_after: int | None = None
        self._owes_end = False
        self._sent: deque[tuple[float, int]] = deque()

    async def run(self, *, after: int | None) -> Ended:
        """Talk until the client goes, or has to; return how it ended."""
        self._resume_after = after
        ended: list[Ended] = []
        async with anyio.create_task_group() as tasks:

            async def end_with(part: Callable[[], Any]) -> None:
                ended.append(await part())
                tasks.cancel_scope.cancel()

            tasks.start_soon(end_with, self._listen)
            tasks.start_soon(end_with, self._speak)
            if self._expires_at is not None:
                tasks.start_soon(end_with, partial(self._expire, self._expires_at))
        if ended[0] == "left":
            try:
                await self._note(self._take_sent(older_than=LEAVING_SECONDS))
            except StateError as error:
                self._log_failure(error)
        return ended[0]

    async def _expire(self, at: float) -> Ended:
        while (left := at - self._clock.now()) > 0:  # noqa: ASYNC110 - time has no event
            await anyio.sleep(min(left, LONGEST_SLEEP_SECONDS))
        return "expired"

    async def _listen(self) -> Ended:
        try:
            while True:
                text = await self._channel.receive()
                try:
                    self._rate.take(self._client_id)
                except QuotaExceededError:
                    return "flood"
                self._heed(text)
                if len(self._answers) > MAX_ANSWERS:
                    return "flood"
                self._bell.ring()
        except EOFError:
            return "left"
        except ConnectionError:
            return "lost"

    def _heed(self, text: bytes | None) -> None:
        match _said(text):
            case "ping", _:
                self._answers.append(_PONG)
            case "resume", int(after):
                self._resume_after = after
            case _:
                error = error_body("contract.invalid_request", _EXPECTED, request_id="")["error"]
                self._answers.append(_encode({"type": "error", "error": error}))

    async def _speak(self) -> Ended:
        try:
            if self._resume_after is None:
                self._cursor = (await self._push.begin(self._client_id, after=None)).cursor
            while True:
                self._bell.reset()
                await self._answer()
                await self._resume()
                if await self._send_page():
                    continue
                if self._owes_end:
                    self._owes_end = False
                    await self._send(_encode({"type": "replay_end", "seq": self._cursor}))
                await self._confirm_and_wait()
        except TimeoutError:
            return "slow"
        except ConnectionError:
            return "lost"
        except StateError as error:  # records may answer at the client's next connection
            self._log_failure(error)
            return "failing"

    def _log_failure(self, error: StateError) -> None:
        log.warning("push.failed", extra=fields(client_id=self._client_id, code=error.code))

    async def _answer(self) -> None:
        while self._answers:
            await self._send(self._answers.popleft())

    async def _resume(self) -> None:
        """Go on from where the client says it is; it knows the frames that belong to this."""
        if self._resume_after is None:
            return
        after, self._resume_after = self._resume_after, None
        beginning = await self._push.begin(self._client_id, after=after)
        self._cursor = beginning.cursor
        self._sent.clear()  # it may not have got what was sent before
        self._owes_end = True
        if self._cursor:
            await self._note(self._cursor)
        if beginning.is_reset:
            await self._send(_RESET)

    async def _send_page(self) -> bool:
        """Send the next results; tell whether there were any."""
        page = await self._push.page(self._client_id, cursor=self._cursor)
        for result in page:
            if self._resume_after is not None:
                return True  # the client is elsewhere
            await self._send(_encode(self._present(result)))
            self._cursor = result.seq or self._cursor
            self.results += 1
            if self._answers:
                await self._answer()
        if page:
            self._remember_sent()
        return bool(page)

    async def _send(self, text: bytes) -> None:
        with anyio.fail_after(SEND_SECONDS):
            await self._channel.send(text)

    def _remember_sent(self) -> None:
        """Remember when what was sent; once a second, so that few are remembered."""
        now = self._clock.monotonic()
        if self._sent and self._sent[-1][0] // 1 == now // 1:
            self._sent.pop()
        self._sent.append((now, self._cursor))

    def _take_sent(self, *, older_than: float) -> int:
        """Return the last seq that was sent so many seconds ago, 0 if none; forget until there."""
        now = self._clock.monotonic()
        taken = 0
        while self._sent and self._sent[0][0] + older_than <= now:
            taken = self._sent.popleft()[1]
        return taken

    async def _confirm_and_wait(self) -> None:
        """Note what was delivered, and wait for a ring or until more of it was."""
        await self._note(self._take_sent(older_than=CONFIRM_SECONDS))
        now = self._clock.monotonic()
        at_most = self._sent[0][0] + CONFIRM_SECONDS - now if self._sent else None
        with anyio.move_on_after(at_most):
            await self._bell.rung()

    async def _note(self, seq: int) -> None:
        if self._notes_delivery and seq > self._noted:
            self._noted = seq
            await self._push.delivered(self._client_id, seq=seq)


def _said(text: bytes | None) -> tuple[str, int | None]:
    """Read a frame of a client as a word and a number; the word is empty for anything else."""
    if text is None or len(text) > MAX_TEXT:
        return "", None
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return "", None
    if not isinstance(value, dict):
        return "", None
    word = value.get("type", value.get("action"))
    after = value.get("after")
    is_seq = isinstance(after, int) and not isinstance(after, bool) and 0 <= after <= MAX_SEQ
    return word if isinstance(word, str) else "", after if is_seq else None
