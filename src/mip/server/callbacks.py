"""Calls the URLs that results are owed to: one at a time for each job, until one call succeeds."""

from __future__ import annotations

import logging
import random
import ssl
from collections import Counter
from socket import SOCK_STREAM
from typing import TYPE_CHECKING, Final

import anyio
import httpx
import msgspec

from ..contracts import JobKey
from ..control.callbacks import is_public, signature, verdict
from ..errors import InvalidJobError, JobNotFoundError, StateError
from ..telemetry import fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyio.abc import TaskGroup

    from ..clock import Clock
    from ..contracts import Result
    from ..control import CallbackRules
    from ..control.callbacks import Target
    from ..state import JobStore
    from ..state.callbacks import Callback, CallbackState, CallbackStore
    from .links import Links

log = logging.getLogger(__name__)

AT_ONCE: Final = 32
PER_CLIENT: Final = 4
"""Of one client's at a time, so that its slow receiver leaves places to others."""
LOOK_SECONDS: Final = 1.0
"""While calls are under way: what is due then may be a client's that has all its places."""
CALL_SECONDS: Final = 15.0
"""For all of a call: finding the host, connecting, sending, the first line of the answer."""
LEASE_SECONDS: Final = 60.0
"""Above the time of a call, so that nobody else makes it meanwhile."""
LONGEST_SLEEP_SECONDS: Final = 60.0
"""The wall clock may be set while we sleep."""
PAUSE_SECONDS: Final = 5.0
"""After records did not answer."""
KEPT_SECONDS: Final = 30 * 86_400.0
"""How long it is known what became of a callback; above what a queue keeps a message that would
owe it again."""

REFUSED: Final = "callback.refused"
NO_RESULT: Final = "callback.no_result"
UNREACHABLE: Final = "callback.unreachable"
TIMEOUT: Final = "callback.timeout"

_encode = msgspec.json.Encoder().encode


class Callbacks:
    """Delivers what is owed to URLs, for as long as the server runs.

    What is owed is on record, and lent for a while to whoever calls: a call that the server did not
    live to note is made again, with the same ``mip-delivery``.

    Parameters
    ----------
    owed : CallbackStore
        What is owed.
    records : JobStore
        Where results are.
    rules : CallbackRules
        Which URLs may be called; looked at again before each call.
    links : Links
        Makes links to objects.
    base : str
        Where clients reach this server, for those links.
    secret : str
        Signs each call.
    clock : Clock
        Tells what is due.
    is_allowed : callable
        Tells whether an address may be called.
    tls : ssl.SSLContext, optional
        Whom to trust; the usual authorities by default.
    """

    def __init__(
        self,
        owed: CallbackStore,
        *,
        records: JobStore,
        rules: CallbackRules,
        links: Links,
        base: str,
        secret: str,
        clock: Clock,
        is_allowed: Callable[[str], bool] = is_public,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._owed = owed
        self._records = records
        self._rules = rules
        self._links = links
        self._base = base
        self._secret = secret
        self._clock = clock
        self._is_allowed = is_allowed
        self._tls = tls or ssl.create_default_context()
        self._asked = anyio.Event()
        self._in_hand: Counter[str] = Counter()

    def wake(self) -> None:
        """Look for what is due now."""
        self._asked.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with self._http() as http, anyio.create_task_group() as tasks:
            while True:
                self._asked = anyio.Event()
                try:
                    while await self._begin(tasks, http):
                        pass
                    await self._owed.purge(before=self._clock.now() - KEPT_SECONDS)
                    seconds = await self._seconds_until_due()
                except StateError as error:
                    log.warning("callbacks.failed", extra=fields(code=error.code))
                    seconds = PAUSE_SECONDS
                with anyio.move_on_after(seconds):
                    await self._asked.wait()

    async def deliver(self) -> int:
        """Make calls that are due, at most so many at a time; return how many.

        Raises
        ------
        StateError
            The records do not answer; what was lent is due again when its loan ends.
        """
        count = 0
        async with self._http() as http, anyio.create_task_group() as tasks:
            count = await self._begin(tasks, http)
        return count  # noqa: RET504 - as types go, the group may swallow an error

    def _http(self) -> httpx.AsyncHTTPTransport:
        # Not a client: that reads where an answer leads to, also when it is not to follow.
        # No proxy, which would resolve names itself; and no connection used twice, since one is
        # known by its address, which may be that of several hosts.
        return httpx.AsyncHTTPTransport(
            verify=self._tls,
            trust_env=False,
            limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=0),
        )

    async def _begin(self, tasks: TaskGroup, http: httpx.AsyncHTTPTransport) -> int:
        """Begin the calls that are due and that there are places for; return how many."""
        free = AT_ONCE - self._in_hand.total()
        if not free:
            return 0
        due = await self._owed.due(
            limit=free, lease_seconds=LEASE_SECONDS, per_client=PER_CLIENT, in_hand=self._in_hand
        )
        for callback in due:
            self._in_hand[callback.client_id] += 1
            tasks.start_soon(self._attend, callback, http)
        return len(due)

    async def _attend(self, callback: Callback, http: httpx.AsyncHTTPTransport) -> None:
        """Make one call, and give its place to the next."""
        try:
            await self._deliver(callback, http)
        finally:
            self._in_hand[callback.client_id] -= 1
            self._in_hand += Counter()  # without those that have none
            self.wake()

    async def _deliver(self, callback: Callback, http: httpx.AsyncHTTPTransport) -> None:
        """Make one call, and note how it went."""
        status: int | None = None
        retry_after: str | None = None
        try:
            target = self._rules.target(callback.url)
            body = _encode(self._links.present(await self._result(callback), base=self._base))
        except (InvalidJobError, JobNotFoundError) as error:
            answer = REFUSED if isinstance(error, InvalidJobError) else NO_RESULT
            await self._settle(callback, state="given_up", answer=answer)
            return
        except StateError as error:  # it is due again when its loan ends
            log.warning("callbacks.failed", extra=fields(code=error.code))
            return
        try:
            with anyio.fail_after(CALL_SECONDS):
                status, retry_after = await self._call(target, callback, body, http)
            answer = str(status)
        except TimeoutError:
            answer = TIMEOUT
        except _RefusedAddressError:
            answer = REFUSED
        except (OSError, httpx.HTTPError):
            answer = UNREACHABLE
        except Exception as error:  # noqa: BLE001 - no answer may end the calls to all others
            log.warning("callbacks.unexpected_error", extra=fields(type=type(error).__name__))
            answer = UNREACHABLE
        after = verdict(
            status,
            tries=callback.tries + 1,
            now=self._clock.now(),
            chance=random.random(),  # noqa: S311 - spreads tries, decides nothing
            retry_after=retry_after,
        )
        await self._settle(callback, state=after.state, answer=answer, next_at=after.next_at)

    async def _result(self, callback: Callback) -> Result:
        record = await self._records.get(JobKey(callback.key))
        if record.result is None:
            raise JobNotFoundError("the job has no result")
        return record.result

    async def _call(
        self, target: Target, callback: Callback, body: bytes, http: httpx.AsyncHTTPTransport
    ) -> tuple[int, str | None]:
        """Send a result to the very address that was checked; the answer's body is not read."""
        address = await self._address(target)
        request = httpx.Request(
            "POST",
            httpx.URL(
                scheme="https", host=address, port=target.port, raw_path=target.path.encode()
            ),
            content=body,
            headers={
                "host": target.authority,
                "content-type": "application/json",
                "user-agent": "mip",
                "mip-delivery": callback.key,
                "mip-signature": signature(self._secret, body, at=int(self._clock.now())),
            },
            extensions={"sni_hostname": target.host},
        )
        response = await http.handle_async_request(request)
        await response.aclose()
        return response.status_code, response.headers.get("retry-after")

    async def _address(self, target: Target) -> str:
        """Resolve a host, once; one address that may not be called refuses all."""
        found = await anyio.getaddrinfo(target.host, target.port, type=SOCK_STREAM)
        addresses = [str(each[4][0]) for each in found]
        if not addresses or not all(map(self._is_allowed, addresses)):
            raise _RefusedAddressError
        return addresses[0]

    async def _settle(
        self, callback: Callback, *, state: CallbackState, answer: str, next_at: float = 0.0
    ) -> None:
        log.info(
            "callback.tried",
            extra=fields(
                job_id=callback.job_id,
                client_id=callback.client_id,
                outcome=state,
                answer=answer,
                tries=callback.tries + 1,
            ),
        )
        try:
            await self._owed.settle(
                JobKey(callback.key), state=state, answer=answer, next_at=next_at
            )
        except StateError as error:  # it is due again when its loan ends
            log.warning("callbacks.failed", extra=fields(code=error.code))

    async def _seconds_until_due(self) -> float:
        if self._in_hand:
            return LOOK_SECONDS
        due_at = await self._owed.next_due_at()
        if due_at is None:
            return LONGEST_SLEEP_SECONDS
        return min(max(due_at - self._clock.now(), 0.0), LONGEST_SLEEP_SECONDS)


class _RefusedAddressError(Exception):
    """The host has an address that may not be called."""
