"""Who calls, and what they may: tokens of clients, the operators' key, the key of image readers."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Literal, TypeAlias

import anyio.to_thread
import msgspec

from ..errors import NotAllowedError, UnauthenticatedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..control import AdminKey, Tokens
    from .endpoint import Access
    from .limits import RateLimit

Role: TypeAlias = Literal["operator", "client", "reader", "anyone"]

ADMIN_KEY_HEADER = "x-admin-key"
API_KEY_HEADER = "x-api-key"
MAX_GUESSES = 2
"""Wrong admin keys that are computed at a time: each costs a core some 10 ms."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls; ``client_id`` is None for one who is no client, or may name any.

    ``expires_at`` is when the caller's token ends, in seconds since 1970; None for one without.
    """

    role: Role
    client_id: str | None = None
    expires_at: float | None = None

    def may_see(self, client_id: str) -> bool:
        """Tell whether what belongs to ``client_id`` is this caller's to see."""
        return self.role == "operator" or self.client_id in (None, client_id)

    def acting_as(self, named: str | None) -> str:
        """Return the client that a call is about: the caller, or whom the call names.

        Raises
        ------
        NotAllowedError
            The call names another client than the caller.
        UnauthenticatedError
            Neither tells.
        """
        if named is not None and not self.may_see(named):
            raise NotAllowedError("the token is of another client than the one that is named")
        client_id = named or self.client_id
        if client_id is None:
            raise UnauthenticatedError("expected client_id: whose this is")
        return client_id


class Doorkeeper:
    """Tells who calls by what they show.

    Parameters
    ----------
    tokens, admin_key
        Check what clients and operators show.
    wrong_keys : RateLimit
        How often one address may show a wrong key, of operators or readers.
    api_key : str
        Reads images; no such key when empty.
    is_open : bool
        Take clients without a token at their word.
    """

    def __init__(
        self,
        tokens: Tokens,
        admin_key: AdminKey,
        *,
        wrong_keys: RateLimit,
        api_key: str = "",
        is_open: bool = False,
    ) -> None:
        self._tokens = tokens
        self._admin_key = admin_key
        self._wrong_keys = wrong_keys
        self._api_key = api_key.encode()
        self._is_open = is_open
        self._guesses = anyio.CapacityLimiter(MAX_GUESSES)

    async def admit(
        self,
        headers: Mapping[str, str],
        access: Access,
        *,
        address: str = "",
        token: str | None = None,
    ) -> Caller:
        """Return who calls, if they may make a call of this ``access``.

        Parameters
        ----------
        headers : mapping
            Of the request, with lower-case names.
        access : Access
            What the call asks for.
        address : str
            Where the call comes from.
        token : str, optional
            A token that came another way than by header, as that of a WebSocket.

        Raises
        ------
        UnauthenticatedError
            They show nothing, or something that is not ours.
        NotAllowedError
            They are known, and may not make this call.
        QuotaExceededError
            Too many wrong keys came from this address; no key is looked at for a while.
        """
        if access == "anyone":
            return Caller(role="anyone")
        if ADMIN_KEY_HEADER in headers:
            return await self._operator(headers[ADMIN_KEY_HEADER], address)
        if access == "link":  # which the handler checks
            return Caller(role="anyone")
        token = token or bearer_of(headers)
        if access == "operator":
            if token is not None:
                self._tokens.verify(token)
                raise NotAllowedError("this call is for operators; send the key as x-admin-key")
            self._admin_key.check(None)
        if access == "reader" and API_KEY_HEADER in headers:
            return self._reader(headers[API_KEY_HEADER], address)
        if token is None and self._is_open:
            return Caller(role="client")
        claims = self._tokens.verify(token)
        return Caller(role="client", client_id=claims.client_id, expires_at=claims.expires_at)

    async def _operator(self, key: str, address: str) -> Caller:
        # Each key counts as wrong until it is known to be right: those that are computed at the
        # same time are counted too.
        self._wrong_keys.take(address)
        if not self._admin_key.recognizes(key):
            await anyio.to_thread.run_sync(self._admin_key.check, key, limiter=self._guesses)
        self._wrong_keys.give_back(address)
        return Caller(role="operator")

    def _reader(self, key: str, address: str) -> Caller:
        self._wrong_keys.take(address)
        given = key.encode("utf-8", "surrogatepass")
        if not self._api_key or not hmac.compare_digest(self._api_key, given):
            raise UnauthenticatedError("the key in the header x-api-key is wrong")
        self._wrong_keys.give_back(address)
        return Caller(role="reader")


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """Return the token of ``Authorization: Bearer`` (RFC 6750 section 2.1)."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
