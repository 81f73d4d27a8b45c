"""The file behind ``config:FILE``: several PACSes by name, in TOML.

A secret is never in the file: ``*_env`` names a variable of the environment that holds it, and
``*_file`` a file.
"""

from __future__ import annotations

import ssl
import tomllib
from base64 import b64encode
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio.to_thread
import httpx
import msgspec

from ..contracts import is_valid_server_name
from ..errors import SettingsError
from ..settings import named_variable
from .http import Access

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FILE_BYTES = 1024**2
MAX_SECRET_BYTES = 64 * 1024


class Server(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One PACS.

    Attributes
    ----------
    url : str
        ``folder:PATH``, ``dicomweb:https://…`` or ``https://…`` of a PACS API.
    user, password_env, password_file : str
        Basic authentication.
    token_env, token_file : str
        A bearer token.
    key_env, key_file : str
        The ``x-api-key`` of a PACS API.
    ca_file : str
        Certificates that sign the server's, in place of the public ones; beside them for a PACS
        API, whose files may be elsewhere.
    client_cert_file, client_key_file : str
        What we show the server (mutual TLS).
    """

    url: str
    user: str = ""
    password_env: str = ""
    password_file: str = ""
    token_env: str = ""
    token_file: str = ""
    key_env: str = ""
    key_file: str = ""
    ca_file: str = ""
    client_cert_file: str = ""
    client_key_file: str = ""


class PacsConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PACSes by name, and which of them is meant when no name is given."""

    default: str
    servers: dict[str, Server]


def read_config(path: Path) -> PacsConfig:
    """Read a configuration file; blocking.

    Raises
    ------
    SettingsError
        It is not there, no TOML, or a key of it is missing, unknown or wrong.
    """
    try:
        with path.expanduser().open("rb") as file:
            text = file.read(MAX_FILE_BYTES).decode()
        config = msgspec.convert(tomllib.loads(text), PacsConfig)
    except OSError as error:
        raise SettingsError(f"the PACS configuration {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the PACS configuration {path} is no TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise SettingsError(f"the PACS configuration {path}: {error}") from error
    for name in config.servers:
        if not is_valid_server_name(name):
            raise SettingsError(f"{path}: expected names of 1 to 64 of A-Z a-z 0-9 . _ -")
    if config.default not in config.servers:
        known = ", ".join(sorted(config.servers)) or "none"
        raise SettingsError(f"{path}: default: expected one of {known}, got {config.default!r}")
    return config


def server_from(url: str, *, key: str, is_dicomweb: bool) -> tuple[Server, dict[str, str]]:
    """Return a PACS that is given by URL and key alone, and the headers that the key makes.

    The key of a PACS API is its ``x-api-key``; that of a DICOMweb service is ``user:password``
    or a bearer token.
    """
    if not key:
        return Server(url=url), {}
    if not is_dicomweb:
        return Server(url=url), {"x-api-key": _printable(key)}
    user, is_basic, password = key.partition(":")
    return Server(url=url), basic(user, password) if is_basic else bearer(key)


def headers_of(server: Server) -> dict[str, str]:
    """Return the headers that let us in; blocking, for it reads files.

    Raises
    ------
    SettingsError
        A secret is missing, or there is more than one way.
    """
    ways = list(_ways(server))
    if len(ways) > 1:
        raise SettingsError("expected one of user and password, token and key of a PACS, got more")
    return ways[0] if ways else {}


def _ways(server: Server) -> Iterator[dict[str, str]]:
    if server.user or server.password_env or server.password_file:
        yield basic(server.user, _secret(server.password_env, server.password_file, "password"))
    if server.token_env or server.token_file:
        yield bearer(_secret(server.token_env, server.token_file, "token"))
    if server.key_env or server.key_file:
        yield {"x-api-key": _printable(_secret(server.key_env, server.key_file, "key"))}


def basic(user: str, password: str) -> dict[str, str]:
    """Return the header of basic authentication (RFC 7617)."""
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


def bearer(token: str) -> dict[str, str]:
    """Return the header of a bearer token (RFC 6750)."""
    return {"Authorization": f"Bearer {_printable(token)}"}


async def access_to(server: Server, headers: dict[str, str]) -> Access:
    """Put together how to ask a PACS.

    Raises
    ------
    SettingsError
        Its URL is none, or a certificate cannot be read.
    """
    is_dicomweb = server.url.startswith("dicomweb:")
    url = check_url(server.url.removeprefix("dicomweb:"))
    has_files = server.ca_file or server.client_cert_file or server.client_key_file
    if urlsplit(url).scheme == "http" and has_files:
        raise SettingsError("certificates of a PACS need https in its url")
    if urlsplit(url).scheme == "http" and is_dicomweb:
        return Access(headers=headers)
    tls = await anyio.to_thread.run_sync(partial(_tls, server, is_dicomweb=is_dicomweb))
    return Access(headers=headers, tls=tls)


def check_url(url: str) -> str:
    """Return the URL of a service when it can be asked.

    Raises
    ------
    SettingsError
        It is no http or https URL of a host, or holds a secret.
    """
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in url
        _ = parts.port
    except (ValueError, httpx.InvalidURL):
        raise SettingsError("expected an http or https URL of a PACS") from None
    if not is_usable or parts.query or parts.fragment:
        raise SettingsError("expected an http or https URL of a PACS, without query")
    if parts.username is not None:
        raise SettingsError(
            "expected the URL of a PACS without user and password; give them as its key, or in a "
            "configuration: docs/pacs.md"
        )
    return url


def _tls(server: Server, *, is_dicomweb: bool) -> ssl.SSLContext:
    if server.client_key_file and not server.client_cert_file:
        raise SettingsError("expected client_cert_file beside client_key_file")
    try:
        if server.ca_file and is_dicomweb:
            context = ssl.create_default_context(cafile=Path(server.ca_file).expanduser())
        else:
            context = httpx.create_ssl_context(trust_env=False)
            if server.ca_file:
                context.load_verify_locations(Path(server.ca_file).expanduser())
        if server.client_cert_file:
            certificate = Path(server.client_cert_file).expanduser()
            key = Path(server.client_key_file).expanduser() if server.client_key_file else None
            # Without an answer of ours OpenSSL would ask the terminal for a passphrase.
            context.load_cert_chain(certificate, key, password="")
    except (OSError, ssl.SSLError, ValueError) as error:
        raise SettingsError(
            f"a certificate or key of a PACS cannot be used: {type(error).__name__}"
        ) from error
    return context


def _secret(variable: str, file: str, what: str) -> str:
    """Read a secret from where the configuration says that it is."""
    if bool(variable) == bool(file):
        raise SettingsError(f"expected {what}_env or {what}_file of a PACS, and not both")
    if variable:
        return named_variable(variable)
    try:
        with Path(file).expanduser().open("rb") as source:
            secret = source.read(MAX_SECRET_BYTES).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{what}_file of a PACS cannot be read: {file}") from error
    if not secret:
        raise SettingsError(f"{what}_file of a PACS is empty: {file}")
    return secret


def _printable(secret: str) -> str:
    """Return a secret that can stand in a header; its text is not told."""
    if not (secret.isascii() and secret.isprintable()) or not secret.strip():
        raise SettingsError("expected printable ASCII in the key or token of a PACS")
    return secret
