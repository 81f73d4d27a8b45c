"""HTTP as a PACS is spoken to: bounded in size and time, with a few tries, and errors of ours.

Nothing of httpx leaves this module but responses being read. No answer is inflated: it is asked
for as it is, and one that comes compressed all the same is refused, so that no small answer becomes
a large one. Redirects are not followed, the environment's proxies are not used, and an error
tells neither addresses nor what was asked for.
"""

from __future__ import annotations

import random
import ssl
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, TypeVar

import anyio
import httpx
import msgspec

from ..dicom import ReadLimits
from ..errors import InstanceNotFoundError, PacsAuthError, PacsError, PacsRefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

    from ..clock import Clock

_T = TypeVar("_T")

KEEPALIVE_SECONDS = 5.0
"""A connection that was idle for longer is not used again: the PACS may have closed it."""

# Answers that a moment later may be others (RFC 9110 section 15.6, RFC 6585 section 4).
_PASSING = frozenset({429, 502, 503, 504})
_NOT_OUR_FAULT = frozenset({408, 425})
_GONE = frozenset({404, 410})
_AUTH = frozenset({401, 403, 407})
_FORBIDDEN = 403
"""May be said of one study alone, to somebody who is known."""


class HttpLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a PACS is believed, and for how long it is waited for.

    Attributes
    ----------
    connect_seconds, idle_seconds : float
        For a connection, and for the next byte in either direction.
    answer_seconds, transfer_seconds : float
        For a whole listing, and for a whole file.
    answer_bytes, file_bytes : int
        Longest listing, and longest file.
    connections : int
        Calls under way at once.
    tries : int
        Of one call, while what went wrong may have passed.
    first_pause_seconds, longest_pause_seconds : float
        Between tries; doubles, with jitter. A PACS that asks for more is not tried again here.
    auth_pause_seconds : float
        After a 401 nothing is asked for so long: an account that many wrong tries would lock
        is spared.
    """

    connect_seconds: float = 10.0
    idle_seconds: float = 30.0
    answer_seconds: float = 60.0
    transfer_seconds: float = 900.0
    answer_bytes: int = 64 * 1024**2
    file_bytes: int = ReadLimits().file_bytes
    connections: int = 8
    tries: int = 3
    first_pause_seconds: float = 0.2
    longest_pause_seconds: float = 5.0
    auth_pause_seconds: float = 15.0


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How to ask: headers that hold the secret, and the context of TLS if any."""

    headers: dict[str, str] = {}
    tls: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        """Show nothing of it."""
        return "Access(…)"


class _PassingError(PacsError):
    """It may have passed in a moment; ``pause_seconds`` is what the PACS asked for."""

    def __init__(self, message: str, *, pause_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.pause_seconds = pause_seconds


class _UnknownError(PacsAuthError):
    """Whoever asks is not known, whatever was asked for."""


class PacsHttp:
    """Speaks to one PACS.

    Parameters
    ----------
    access : Access
        Sent with every call to the PACS itself.
    limits : HttpLimits
        Bounds.
    clock : Clock
        Tells how long ago access was refused.
    sleep, jitter : callable
        Wait some seconds; return a random number in [0, 1).
    """

    def __init__(
        self,
        access: Access,
        *,
        limits: HttpLimits,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.limits = limits
        self._headers = {"Accept-Encoding": "identity", **access.headers}
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._slots = anyio.Semaphore(limits.connections)
        self._refused_at: float | None = None
        timeout = httpx.Timeout(limits.idle_seconds, connect=limits.connect_seconds, pool=None)
        self._timeout = timeout.as_dict()
        # Not a client: that writes every URL to the log, with the UIDs or the token in it.
        self._transport = httpx.AsyncHTTPTransport(
            # Without TLS no certificates are read, which takes a while.
            verify=access.tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            trust_env=False,
            limits=httpx.Limits(
                max_connections=limits.connections,
                max_keepalive_connections=limits.connections,
                keepalive_expiry=KEEPALIVE_SECONDS,
            ),
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def call(self, action: Callable[[], Awaitable[_T]], *, seconds: float) -> _T:
        """Do ``action`` within ``seconds``, again when it failed of what may pass.

        Parameters
        ----------
        action : callable
            One whole exchange, its answer read to the end; harmless to repeat.
        seconds : float
            For all tries together, once one of the connections is free.

        Raises
        ------
        PacsError
            In one of its kinds: nothing foreign comes through.
        """
        self._check_access()
        async with self._slots:
            with _whole(seconds):
                return await self._tried(action)

    async def _tried(self, action: Callable[[], Awaitable[_T]]) -> _T:
        for tried in range(1, self.limits.tries + 1):
            try:
                with map_errors():
                    return await action()
            except _PassingError as error:
                pause = min(
                    self.limits.longest_pause_seconds,
                    self.limits.first_pause_seconds * 2.0 ** (tried - 1),
                )
                pause = max(error.pause_seconds, pause * (0.5 + 0.5 * self._jitter()))
                if tried == self.limits.tries or pause > self.limits.longest_pause_seconds:
                    raise PacsError(str(error)) from error
            except _UnknownError as error:
                self._refused_at = self._clock.monotonic()
                raise PacsAuthError(str(error)) from error
            await self._sleep(pause)
        raise AssertionError("unreachable: the last try returns or raises")

    @asynccontextmanager
    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        content: AsyncIterator[bytes] | None = None,
        is_own: bool = True,
        understood: frozenset[int] = frozenset({200}),
    ) -> AsyncIterator[httpx.Response]:
        """Hold the answer to one request, its body unread; only within :meth:`call`.

        Parameters
        ----------
        is_own : bool
            Whether it goes to the PACS itself, and the secret with it.
        understood : frozenset of int
            Statuses that are answers; each other is an error.
        """
        own = self._headers if is_own else {"Accept-Encoding": "identity"}
        request = httpx.Request(
            method,
            url,
            headers={**own, **headers},
            params=params,
            content=content,
            extensions={"timeout": self._timeout},
        )
        response = await self._transport.handle_async_request(request)
        try:
            if response.status_code not in understood:
                raise _refusal(response, is_own=is_own)
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise PacsError("expected an answer as it is from the PACS, got a compressed one")
            yield response
        finally:
            await response.aclose()

    async def read(self, response: httpx.Response) -> bytes:
        """Read a short answer whole.

        Raises
        ------
        PacsError
            It is not short.
        """
        parts: list[bytes] = []
        length = 0
        async for part in response.aiter_raw():
            length += len(part)
            if length > self.limits.answer_bytes:
                raise PacsError(
                    f"expected a listing of at most {self.limits.answer_bytes} bytes from the PACS"
                )
            parts.append(part)
        return b"".join(parts)

    def _check_access(self) -> None:
        if self._refused_at is None:
            return
        if self._clock.monotonic() - self._refused_at < self.limits.auth_pause_seconds:
            raise PacsAuthError("the PACS refused access a moment ago; it is not asked again yet")
        self._refused_at = None


@contextmanager
def map_errors() -> Iterator[None]:
    """Turn what httpx raises into errors of ours, without its text: that may hold an address."""
    try:
        yield
    except (httpx.ConnectTimeout, httpx.ReadTimeout, httpx.WriteTimeout) as error:
        raise PacsError("the PACS did not answer in time; look at its load and network") from error
    except httpx.NetworkError as error:
        if _is_about_trust(error):
            raise PacsError(
                "the certificate of the PACS is not trusted; name its CA file"
            ) from error
        raise _PassingError("the PACS cannot be reached or broke the connection off") from error
    except httpx.RemoteProtocolError as error:
        raise _PassingError("the PACS broke its answer off, or it was no HTTP") from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise PacsError(f"the PACS could not be asked: {type(error).__name__}") from error
    except ssl.SSLError as error:
        raise _PassingError("the encrypted connection to the PACS failed") from error


@contextmanager
def _whole(seconds: float) -> Iterator[None]:
    with anyio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise PacsError(f"the PACS did not end its answer within {seconds:g} s")


def _refusal(response: httpx.Response, *, is_own: bool) -> PacsError:
    """Return the error that a status is."""
    status = response.status_code
    if status in _AUTH:
        return _no_access(status, is_own=is_own)
    if status in _GONE:
        return InstanceNotFoundError("the PACS has no such study, series or instance")
    if status in _PASSING:
        return _PassingError(
            f"the PACS is not ready (HTTP {status})",
            pause_seconds=_seconds(response.headers.get("retry-after", "")),
        )
    if 300 <= status < 400:  # noqa: PLR2004 - redirects
        return PacsError(
            f"the PACS sends elsewhere (HTTP {status}), which is not followed; "
            "configure the address where it really is"
        )
    if 400 <= status < 500 and status not in _NOT_OUR_FAULT:  # noqa: PLR2004 - client errors
        return PacsRefusedError(f"the PACS refuses what it was asked (HTTP {status})")
    return PacsError(f"the PACS failed (HTTP {status})")


def _no_access(status: int, *, is_own: bool) -> PacsError:
    if not is_own:
        # The right that a URL carries ends; the next one has a new one.
        return PacsError(f"the URL of an image was refused (HTTP {status}); it may have expired")
    kind = PacsAuthError if status == _FORBIDDEN else _UnknownError
    return kind(f"the PACS refuses access (HTTP {status}); correct its user or key")


def _seconds(retry_after: str) -> float:
    """Read a Retry-After of seconds; a date in its place is as good as none."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0


def _is_about_trust(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
