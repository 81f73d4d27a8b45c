"""Who asks: tokens that clients are given, and the key of operators.

A token is ``v1.PAYLOAD.SIGNATURE``: a payload that says whose it is and when it ends, and its
HMAC-SHA256 under a secret of the server (RFC 2104). Nothing is stored for it, and a token is good
for as long as it says, also after a restart with the same secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

import msgspec

from ..contracts import is_valid_id
from ..errors import SettingsError, UnauthenticatedError

if TYPE_CHECKING:
    from ..clock import Clock

TOKEN_SECONDS = 7 * 86_400.0
MIN_SECRET_BYTES = 32
MAX_TOKEN = 1024
"""Far above any token of ours: an id is at most 128 characters."""

_FORM = "v1"

# RFC 7914: 4 MiB and some 10 ms for each guess; the right key is recognized without it after the
# first time.
_SCRYPT = {"n": 2**12, "r": 8, "p": 1}
_SCRYPT_FORM = "scrypt-12-8-1"
_SALT_BYTES = 16
MAX_KEY = 1024


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says: of whom it is, and until when in seconds since 1970."""

    client_id: str = msgspec.field(name="client")
    expires_at: float = msgspec.field(name="until")


class IssuedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token, and when it ends in seconds since 1970."""

    token: str
    expires_at: float


class Tokens:
    """Makes and checks the tokens of clients.

    Parameters
    ----------
    secret : bytes
        At least 32 random bytes; another secret makes all tokens void.
    clock : Clock
        Wall-clock time, which tokens expire by.
    lifetime_seconds : float
        How long a token is good for.

    Raises
    ------
    SettingsError
        The secret is too short.
    """

    def __init__(
        self, secret: bytes, *, clock: Clock, lifetime_seconds: float = TOKEN_SECONDS
    ) -> None:
        if len(secret) < MIN_SECRET_BYTES:
            raise SettingsError(
                f"expected a secret of at least {MIN_SECRET_BYTES} bytes, got {len(secret)}"
            )
        self._secret = secret
        self._clock = clock
        self._lifetime_seconds = lifetime_seconds

    def issue(self, client_id: str) -> IssuedToken:
        """Make a token of a client."""
        expires_at = self._clock.now() + self._lifetime_seconds
        claims = Claims(client_id=client_id, expires_at=expires_at)
        signed = f"{_FORM}.{_to_text(msgspec.json.encode(claims))}"
        return IssuedToken(token=f"{signed}.{self._signature(signed)}", expires_at=expires_at)

    def verify(self, token: str | None) -> Claims:
        """Return whose token this is, and until when.

        Raises
        ------
        UnauthenticatedError
            There is none, it is not ours, or it has expired. The message does not show it.
        """
        if not token:
            raise UnauthenticatedError("expected a token; POST /provision gives one")
        signed, _, signature = token[:MAX_TOKEN].rpartition(".")
        # Before anything is read from it, and in constant time. Bytes: a str must be ASCII.
        ours = self._signature(signed).encode()
        if not hmac.compare_digest(ours, signature.encode("utf-8", "surrogatepass")):
            raise UnauthenticatedError("the token is not one of this server; get another")
        claims = _claims(signed.removeprefix(f"{_FORM}."))
        if claims.expires_at <= self._clock.now():
            raise UnauthenticatedError("the token has expired; get another (POST /provision)")
        return claims

    def _signature(self, signed: str) -> str:
        text = signed.encode("utf-8", "surrogatepass")
        # Unlike hmac.digest, this keeps Python's lock, which under load comes back only later.
        return _to_text(hmac.new(self._secret, text, "sha256").digest())


class AdminKey:
    """The operators' key, known by its salted hash alone.

    Parameters
    ----------
    stored : str
        What :meth:`hashed` made.

    Raises
    ------
    SettingsError
        It is not of that form.
    """

    def __init__(self, stored: str) -> None:
        self._salt, self._hash = _read_hash(stored)
        # The right key is not stretched at every request: it is told by a digest under a random
        # key of this process.
        self._fast_key = secrets.token_bytes(32)
        self._fast: bytes | None = None

    @staticmethod
    def hashed(key: str) -> str:
        """Return what to store of a key.

        Raises
        ------
        SettingsError
            There is no key, or it is longer than any.
        """
        if not 0 < len(key) <= MAX_KEY:
            raise SettingsError(f"expected an admin key of 1 to {MAX_KEY} characters")
        salt = secrets.token_bytes(_SALT_BYTES)
        return f"{_SCRYPT_FORM}.{_to_text(salt)}.{_to_text(_stretched(key, salt))}"

    def check(self, given: str | None) -> None:
        """Accept the key, in constant time, and nothing else.

        A wrong key costs some 10 ms of computing: a server limits how often it is tried.

        Raises
        ------
        UnauthenticatedError
            There is none, or it is wrong. The message does not show it.
        """
        if not given:
            raise UnauthenticatedError("expected the admin key in the header x-admin-key")
        if len(given) > MAX_KEY or not self._matches(given):
            raise UnauthenticatedError("the admin key is wrong")

    def recognizes(self, given: str) -> bool:
        """Tell, at little cost, whether this is the key that was accepted before.

        False says nothing: :meth:`check` decides.
        """
        return self._fast is not None and hmac.compare_digest(self._fast, self._digest(given))

    def _matches(self, given: str) -> bool:
        if self.recognizes(given):
            return True
        if not hmac.compare_digest(self._hash, _stretched(given, self._salt)):
            return False
        self._fast = self._digest(given)
        return True

    def _digest(self, given: str) -> bytes:
        return hmac.digest(self._fast_key, given.encode("utf-8", "surrogatepass"), "sha256")


def _claims(payload: str) -> Claims:
    """Read what a token says; it was signed, so only a bug or another release writes it wrong."""
    try:
        claims = msgspec.json.decode(_from_text(payload), type=Claims)
    except (binascii.Error, ValueError) as error:
        raise UnauthenticatedError("the token is of another release; get another") from error
    if not is_valid_id(claims.client_id):
        raise UnauthenticatedError("the token is of another release; get another")
    return claims


def _read_hash(stored: str) -> tuple[bytes, bytes]:
    form, _, rest = stored.partition(".")
    salt, _, digest = rest.partition(".")
    try:
        values = _from_text(salt), _from_text(digest)
    except (binascii.Error, ValueError):
        values = b"", b""
    if form != _SCRYPT_FORM or not all(values):
        raise SettingsError("expected the hash of an admin key as mip writes it")
    return values


def _stretched(key: str, salt: bytes) -> bytes:
    return hashlib.scrypt(key.encode("utf-8", "surrogatepass"), salt=salt, dklen=32, **_SCRYPT)


def _to_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_text(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
