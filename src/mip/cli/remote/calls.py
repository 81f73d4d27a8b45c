"""Calls of the API over HTTP, and what goes wrong with them in words."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx
import msgspec

from ..advice import ADVICE, Exit, advice_for
from ..invocation import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

_T = TypeVar("_T")

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 60.0
MAX_ANSWER_BYTES: Final = 64 * 1024**2
"""A thousand results of a page, each with many outputs, are far below."""
MAX_WORDS: Final = 2000

_EXITS: Final = {
    401: Exit.AUTH,
    403: Exit.AUTH,
    404: Exit.NOT_FOUND,
    409: Exit.USAGE,
    413: Exit.USAGE,
    422: Exit.USAGE,
    429: Exit.UNREACHABLE,
}


class Calls:
    """Makes calls of one server.

    Parameters
    ----------
    http : httpx.AsyncClient
        Connections; closed by whoever opened it.
    address : str
        URL of the server, without a slash at its end.
    """

    def __init__(self, http: httpx.AsyncClient, *, address: str) -> None:
        self._http = http
        self.address = address

    async def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, object] | None = None,
        body: object = None,
    ) -> dict[str, Any]:
        """Make one call, and return its answer.

        Parameters
        ----------
        method, path : str
            Of the call; the path begins with a slash, and what varies in it is percent-encoded.
        headers : mapping
            Who asks.
        query : mapping, optional
            Values that are None are left out.
        body : object, optional
            Sent as JSON.

        Raises
        ------
        CommandError
            The server does not answer, or answers with an error, or is none of ours.
        """
        shown = {name: str(value) for name, value in (query or {}).items() if value is not None}
        status, content = await self._exchange(
            method,
            f"{self.address}{path}",
            params=shown,
            headers=dict(headers),
            content=None if body is None else msgspec.json.encode(body),
        )
        try:
            answer = msgspec.json.decode(content)
        except (msgspec.DecodeError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise self.strange(f"it answered {status} and no JSON object")
        # A health report comes with 503, too, and is no error.
        if status >= httpx.codes.BAD_REQUEST and "status" not in answer:
            raise self._refused(status, answer)
        return answer

    def read(self, value: object, kind: type[_T]) -> _T:
        """Read a part of an answer as what it should be.

        Raises
        ------
        CommandError
            It is something else.
        """
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            raise self.strange(f"its answer is not as expected: {error}") from None

    def strange(self, what: str) -> CommandError:
        """Return what is raised when the server does not answer as ours does."""
        return CommandError(
            f"{self.address} is no server of mip: {what}",
            remedy="check the address: --server URL or MIP_SERVER",
            ends=Exit.UNREACHABLE,
            code="cli.not_a_server",
        )

    async def fetch(self, url: str) -> bytes:
        """Return what a link of this server leads to.

        Raises
        ------
        CommandError
            As :meth:`call`; or the link leads to another server.
        """
        if not url.startswith(f"{self.address}/"):
            raise self.strange("a link in its answer leads elsewhere")
        status, content = await self._exchange("GET", url)
        if status != httpx.codes.OK:
            raise self._refused(status, {})
        return content

    @property
    def trusts_environment(self) -> bool:
        """True when the proxies of the environment are heeded."""
        return self._http.trust_env

    async def _exchange(self, method: str, url: str, **options: Any) -> tuple[int, bytes]:
        content = bytearray()
        try:
            async with self._http.stream(method, url, **options) as response:
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > MAX_ANSWER_BYTES:
                        raise self.strange(f"its answer is longer than {MAX_ANSWER_BYTES} bytes")
        except httpx.TransportError as error:
            raise CommandError(
                f"{self.address} does not answer: {_reason(error)}",
                remedy="check that the server runs (mip serve), and its address",
                ends=Exit.UNREACHABLE,
                code="cli.server_unreachable",
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self.strange(type(error).__name__) from error
        return response.status_code, bytes(content)

    def _refused(self, status: int, answer: dict[str, Any]) -> CommandError:
        error = answer.get("error")
        if not isinstance(error, dict):
            return self.strange(f"it answered {status}")
        code, message = str(error.get("code", "")), str(error.get("message", ""))
        advice = advice_for(code)
        ends = _EXITS.get(status, Exit.UNREACHABLE)
        return CommandError(
            plain(message) or f"the server answered {status}",
            remedy=advice.remedy if code in ADVICE else "see the server's log",
            ends=ends,
            code=plain(code) or "cli.not_a_server",
        )


def plain(text: str) -> str:
    """Return what a server said without what a terminal would obey, and not too much of it."""
    return "".join(each if each.isprintable() else "?" for each in text[:MAX_WORDS])


def new_http(*, trusts_environment: bool = True) -> httpx.AsyncClient:
    """Return a client that follows no redirect: a token is for the server that was named alone."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=trusts_environment,
        headers={"accept": "application/json", "content-type": "application/json"},
    )


def _reason(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it takes too long"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message}); SSL_CERT_FILE"
        cause = cause.__cause__ or cause.__context__
    return plain(str(error)) or type(error).__name__
