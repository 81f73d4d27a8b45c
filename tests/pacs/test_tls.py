"""Encrypted connections: the PACS proves who it is, and asks us to."""

from __future__ import annotations

import ssl
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import pytest

from mip.clock import SystemClock
from mip.contracts import UidReference
from mip.errors import PacsError
from mip.pacs import open_pacs
from mip.testing.pacs import SERIES, STUDY, dicom_bytes
from tests.pacs import server as faults
from tests.pacs.server import Server, dicomweb, pacs_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.pacs.server import Answer, Request

WHOLE = UidReference(study_uid=STUDY, series_uid=SERIES)


class Pair(NamedTuple):
    certificate: Path
    key: Path


def openssl(*arguments: str | Path) -> None:
    command = ["openssl", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def make_authority(folder: Path) -> Pair:
    pair = Pair(folder / "ca.pem", folder / "ca.key")
    openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test-ca",
        "-keyout", pair.key, "-out", pair.certificate,
    )  # fmt: skip
    return pair


def make_signed(folder: Path, name: str, authority: Pair) -> Pair:
    pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
    extensions.write_text("subjectAltName=IP:127.0.0.1")
    openssl(
        "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
        "-keyout", pair.key, "-out", request,
    )  # fmt: skip
    openssl(
        "x509", "-req", "-in", request, "-CA", authority.certificate, "-CAkey", authority.key,
        "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", pair.certificate,
    )  # fmt: skip
    return pair


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Pair:
    return make_authority(folder)


@pytest.fixture(scope="module")
def client(folder: Path, authority: Pair) -> Pair:
    return make_signed(folder, "client", authority)


@pytest.fixture(scope="module")
def context(folder: Path, authority: Pair) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.certificate)
    context.load_cert_chain(*make_signed(folder, "server", authority))
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@asynccontextmanager
async def secured(
    handle: Callable[[Server, Request], Answer], context: ssl.SSLContext
) -> AsyncIterator[Server]:
    server = Server(handle)
    server.add("study/series/one", dicom_bytes(STUDY, SERIES, f"{SERIES}.1"))
    await server.start(context)
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture
async def server(context: ssl.SSLContext) -> AsyncIterator[Server]:
    async with secured(dicomweb, context) as server:
        yield server


async def find(folder: Path, server: Server, *lines: str) -> int:
    config = folder / "pacs.toml"
    url = f'url = "dicomweb:https://127.0.0.1:{server.port}/dicom-web"'
    config.write_text("\n".join(['default = "a"', "[servers.a]", url, *lines]))
    pacs = await open_pacs(f"config:{config}", clock=SystemClock(), folder=folder)
    try:
        return len(await pacs.resolve(WHOLE))
    finally:
        await pacs.aclose()


async def test_who_shows_a_certificate_is_let_in(
    tmp_path: Path, server: Server, authority: Pair, client: Pair
) -> None:
    ca, own = f'ca_file = "{authority.certificate}"', f'client_cert_file = "{client.certificate}"'
    assert await find(tmp_path, server, ca, own, f'client_key_file = "{client.key}"') == 1


async def test_who_shows_none_is_not(tmp_path: Path, server: Server, authority: Pair) -> None:
    with pytest.raises(PacsError):
        await find(tmp_path, server, f'ca_file = "{authority.certificate}"')


async def test_a_pacs_that_nobody_vouches_for_is_told(tmp_path: Path, server: Server) -> None:
    with pytest.raises(PacsError, match="not trusted"):
        await find(tmp_path, server)


async def test_the_key_of_a_pacs_api_does_not_go_to_where_its_files_are(
    tmp_path: Path, context: ssl.SSLContext, authority: Pair, client: Pair
) -> None:
    lines = (
        f'ca_file = "{authority.certificate}"',
        f'client_cert_file = "{client.certificate}"',
        f'client_key_file = "{client.key}"',
        f'key_file = "{tmp_path / "key"}"',
    )
    (tmp_path / "key").write_text("geheim")
    async with secured(pacs_api, context) as api, secured(pacs_api, context) as files:
        config = tmp_path / "pacs.toml"
        url = f'url = "https://127.0.0.1:{api.port}/api"'
        config.write_text("\n".join(['default = "a"', "[servers.a]", url, *lines]))
        pacs = await open_pacs(f"config:{config}", folder=tmp_path)
        (instance,) = await pacs.resolve(WHOLE)
        elsewhere = f"https://127.0.0.1:{files.port}/files/study%2Fseries%2Fone"
        link = faults.body(f'{{"url": "{elsewhere}"}}'.encode(), content_type="application/json")
        api.faults = [link]
        async with pacs.fetch(instance) as path:
            assert path.read_bytes() == dicom_bytes(STUDY, SERIES, f"{SERIES}.1")
        assert {request.headers.get("x-api-key") for request in api.requests} == {"geheim"}
        assert [request.headers.get("x-api-key") for request in files.requests] == [None]
        api.faults, files.faults = [link], [faults.status(403)]
        with pytest.raises(PacsError, match="expired") as caught:
            async with pacs.fetch(instance):
                raise AssertionError("fetched by a URL that was refused")
        assert caught.value.retryable
        await pacs.aclose()
