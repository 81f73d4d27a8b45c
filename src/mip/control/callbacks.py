"""Callbacks, as far as they are rules: where they may go, and what follows from an answer.

Nothing here resolves a name or opens a connection. A client names the URL, so it is
bounded on every side: https, a host that the operator has listed, addresses that are public,
nothing followed, nothing read.
"""

from __future__ import annotations

import hmac
import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

import msgspec

from ..contracts.jobs import MAX_URL_LENGTH
from ..errors import FieldError, InvalidJobError, SettingsError
from ..state.callbacks import CallbackState

HTTPS_PORT: Final = 443
MAX_PORT: Final = 65_535

RETRY_SECONDS: Final = (10.0, 60.0, 300.0, 900.0, 3600.0, 7200.0, 14_400.0)
"""Pauses between tries: eight tries in some seven hours and a half."""
LONGEST_RETRY_SECONDS: Final = 6 * 3600.0
"""What a receiver may ask for at most by ``Retry-After``."""
JITTER: Final = 0.2

GONE: Final = 410
_TEMPORARY: Final = frozenset({429, 503})

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_VISIBLE = re.compile(r"[!-~]+")

# IPv6 addresses that are handed out to the public (RFC 4291 section 2.4), and what within them
# stands for something else: protocol assignments with Teredo, documentation (RFC 9637 for the
# second).
_GLOBAL: Final = IPv6Network("2000::/3")
_NOT_GLOBAL: Final = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a callback goes: a host and port to connect to, and a path with its query."""

    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The host as its header names it."""
        return self.host if self.port == HTTPS_PORT else f"{self.host}:{self.port}"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a callback after a try; the next one is at ``next_at`` when it is pending."""

    state: CallbackState
    next_at: float = 0.0


class CallbackRules:
    """Which URLs a ``callback_url`` may be.

    Parameters
    ----------
    hosts : str
        Hosts with commas between. ``.example.com`` is every host below it; a port other than 443
        has to be named with its host (``hooks.example.com:8443``).

    Raises
    ------
    SettingsError
        One of them is no host.
    """

    def __init__(self, hosts: str) -> None:
        entries = [each.strip().lower() for each in hosts.split(",")]
        self._allowed = {_allowed(entry) for entry in entries if entry}

    def target(self, url: str) -> Target:
        """Return where a URL leads.

        Raises
        ------
        InvalidJobError
            It is none that may be called; the field is named.
        """
        if not self._allowed:
            raise _wrong("is not possible here: no host is allowed (MIP_CALLBACK_HOSTS)")
        if len(url) > MAX_URL_LENGTH or not _VISIBLE.fullmatch(url) or "\\" in url:
            raise _wrong(f"expected a URL of at most {MAX_URL_LENGTH} plain ASCII characters")
        try:
            parts = urlsplit(url)
            port = HTTPS_PORT if parts.port is None else parts.port
        except ValueError:
            raise _wrong("expected https://HOST/PATH") from None
        host = parts.netloc.lower().partition(":")[0]
        if parts.scheme != "https" or parts.fragment or "#" in url:
            raise _wrong("expected https://HOST/PATH, without a fragment")
        if not _is_host(host) or parts.netloc.lower() not in (host, f"{host}:{port}"):
            raise _wrong("expected the name of a host, no address, no user and no other port")
        if not self._is_allowed(host, port):
            raise _wrong("names a host or port that is not allowed here (MIP_CALLBACK_HOSTS)")
        path = parts.path or "/"
        return Target(host=host, port=port, path=f"{path}?{parts.query}" if parts.query else path)

    def _is_allowed(self, host: str, port: int) -> bool:
        labels = host.split(".")
        above = {"." + ".".join(labels[number:]) for number in range(1, len(labels))}
        return any((name, port) in self._allowed for name in {host, *above})


def is_public(address: str) -> bool:
    """Tell whether an IP address may be called: one of the public internet, and no disguise.

    An address that has another one inside is public when that one is: IPv4 within IPv6 as it is
    mapped, translated (NAT64) or tunnelled (6to4).
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False  # with a zone, or no address at all
    if isinstance(ip, IPv6Address):
        inner = _inside(ip)
        if inner is None:
            return ip in _GLOBAL and not any(ip in network for network in _NOT_GLOBAL)
        ip = inner
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def signature(secret: str, body: bytes, *, at: int) -> str:
    """Return the header ``mip-signature``: when, and an HMAC-SHA256 of that and the body."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
    return f"t={at},v1={digest}"


def verdict(
    answer: int | None,
    *,
    tries: int,
    now: float,
    chance: float,
    retry_after: str | None = None,
) -> Verdict:
    """Tell what becomes of a callback.

    Parameters
    ----------
    answer : int or None
        The HTTP status; None when there was none.
    tries : int
        How many there were, this one included.
    now, chance : float
        The time, and a random number in [0, 1) that spreads the next tries.
    retry_after : str, optional
        The header of that name; seconds are heeded after 429 and 503.
    """
    if answer is not None and 200 <= answer < 300:  # noqa: PLR2004 - RFC 9110 section 15.3
        return Verdict(state="delivered")
    if answer == GONE or tries > len(RETRY_SECONDS):
        return Verdict(state="given_up")
    pause = RETRY_SECONDS[tries - 1] * (1 + JITTER * (2 * chance - 1))
    if answer in _TEMPORARY and retry_after is not None and retry_after.isdecimal():
        asked = float(retry_after[:9])
        pause = max(pause, min(asked, LONGEST_RETRY_SECONDS))
    return Verdict(state="pending", next_at=now + pause)


def _allowed(entry: str) -> tuple[str, int]:
    name, _, port = entry.partition(":")
    is_port = port.isascii() and port.isdecimal() and 0 < int(port[:6]) <= MAX_PORT
    if not _is_host(name.removeprefix(".")) or (":" in entry and not is_port):
        raise SettingsError(
            f"MIP_CALLBACK_HOSTS: expected hosts such as hooks.example.com, got {entry!r}"
        )
    return name, int(port) if port else HTTPS_PORT


def _is_host(name: str) -> bool:
    """Tell whether it is the name of a host, and cannot be read as an address in any notation."""
    last = name.rpartition(".")[2]
    return bool(_HOST.fullmatch(name)) and len(name) <= 253 and not last[0].isdigit()  # noqa: PLR2004 - RFC 1035 section 2.3.4


def _inside(ip: IPv6Address) -> IPv4Address | None:
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return None


def _wrong(message: str) -> InvalidJobError:
    return InvalidJobError([FieldError("callback_url", message)])
