from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from mip.clock import SystemClock
from mip.contracts import PathReference, UidReference
from mip.errors import InstanceNotFoundError, SettingsError
from mip.pacs import open_pacs
from mip.pacs.config import check_url, headers_of, read_config, server_from
from mip.pacs.named import NamedPacs, check_archives, find_archive
from mip.testing.pacs import SERIES, STUDY, dicom_bytes
from tests.pacs.server import Server, dicomweb, serving

if TYPE_CHECKING:
    from pathlib import Path

UIDS = (STUDY, SERIES, f"{SERIES}.1")


def write(folder: Path, text: str) -> Path:
    path = folder / "pacs.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("default = 1", "default"),
        ('default = "a"', "servers"),
        ('default = "a"\n[servers.b]\nurl = "folder:x"', "one of b"),
        ('default = "a"\n[servers.a]\nurl = "folder:x"\npassword = "p"', "password"),
        ('default = "a"\nextra = 1\n[servers.a]\nurl = "folder:x"', "extra"),
        ('default = "a b"\n[servers."a b"]\nurl = "folder:x"', "names"),
        ("not toml", "no TOML"),
        ("\x00", "no TOML"),
    ],
)
def test_a_wrong_configuration_is_refused_and_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        read_config(write(tmp_path, text))


async def test_a_configuration_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        await open_pacs(f"config:{tmp_path / 'none.toml'}")


@pytest.mark.parametrize(
    "url",
    [
        "", "folder", "folder:", "dicomweb:", "s3:bucket", "dicomweb:ftp://x", "https:",
        "dicomweb:http://", "http://user:pass@host/x", "https://host/x?token=y", "http://h:99999",
        "dicomweb:http://a b/", "config:",
    ],
)  # fmt: skip
async def test_a_url_of_no_pacs_is_refused(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        await open_pacs(url)
    assert "pass@" not in str(caught.value)


def test_a_url_of_a_service_is_taken_as_it_is() -> None:
    for url in ("http://127.0.0.1:8042/dicom-web", "https://pacs.example/x", "http://[::1]:80/"):
        assert check_url(url) == url


def server(tmp_path: Path, **secrets: str) -> dict[str, str]:
    lines = "\n".join(f'{name} = "{value}"' for name, value in secrets.items())
    path = write(tmp_path, f'default = "a"\n[servers.a]\nurl = "https://x"\n{lines}')
    return headers_of(read_config(path).servers["a"])


def test_secrets_come_from_variables_and_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "geheim")
    (tmp_path / "secret").write_text("geheim\n")
    basic = {"Authorization": "Basic dTpnZWhlaW0="}
    assert server(tmp_path, user="u", password_env="SECRET") == basic  # noqa: S106 - a name
    assert server(tmp_path, user="u", password_file=f"{tmp_path}/secret") == basic
    bearer = {"Authorization": "Bearer geheim"}
    assert server(tmp_path, token_env="SECRET") == bearer  # noqa: S106 - a name
    assert server(tmp_path, key_env="SECRET") == {"x-api-key": "geheim"}
    assert server(tmp_path) == {}


@pytest.mark.parametrize(
    "secrets",
    [
        {"user": "u"},
        {"password_env": "SECRET", "password_file": "x"},
        {"token_env": "ABSENT"},
        {"token_file": "/absent"},
        {"token_env": "SECRET", "key_env": "SECRET"},
        {"key_env": "BROKEN"},
    ],
)
def test_secrets_that_are_missing_or_unclear_are_told_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secrets: dict[str, str]
) -> None:
    monkeypatch.setenv("SECRET", "geheim")
    monkeypatch.setenv("BROKEN", "ge\nheim")
    with pytest.raises(SettingsError) as caught:
        server(tmp_path, **secrets)
    assert "heim" not in str(caught.value)


def test_a_key_alone_is_what_its_service_takes() -> None:
    assert server_from("https://x", key="k", is_dicomweb=False)[1] == {"x-api-key": "k"}
    assert server_from("https://x", key="k", is_dicomweb=True)[1] == {"Authorization": "Bearer k"}
    assert server_from("https://x", key="u:p", is_dicomweb=True)[1] == {
        "Authorization": "Basic dTpw"
    }
    assert server_from("https://x", key="", is_dicomweb=True)[1] == {}


@pytest.mark.parametrize(
    "lines",
    [
        'url = "http://x"\nca_file = "x"',
        'url = "https://x"\nca_file = "/absent"',
        'url = "https://x"\nclient_key_file = "/absent"',
        'url = "https://x"\nclient_cert_file = "/absent"',
        'url = "folder:/absent"',
    ],
)
async def test_what_cannot_be_opened_is_told_at_the_start(tmp_path: Path, lines: str) -> None:
    path = write(tmp_path, f'default = "a"\n[servers.a]\n{lines}')
    with pytest.raises(SettingsError):
        await open_pacs(f"config:{path}", folder=tmp_path)


async def configured(tmp_path: Path, service: Server) -> NamedPacs:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "ct.dcm").write_bytes(dicom_bytes(*UIDS, modality="MR"))
    text = f"""
        default = "web"
        [servers.web]
        url = "dicomweb:{service.url}/dicom-web"
        [servers.disk]
        url = "folder:{tmp_path / "images"}"
        [servers.api]
        url = "{service.url}"
    """
    path = write(tmp_path, text)
    pacs = await open_pacs(f"config:{path}", clock=SystemClock(), folder=tmp_path)
    assert isinstance(pacs, NamedPacs)
    return pacs


async def test_a_reference_goes_to_the_pacs_that_it_names(tmp_path: Path) -> None:
    async with serving(dicomweb) as service:
        service.add("x", dicom_bytes(*UIDS))
        pacs = await configured(tmp_path, service)
        for name, modality in ((None, b"CT"), ("web", b"CT"), ("disk", b"MR")):
            reference = UidReference(study_uid=STUDY, series_uid=SERIES, server=name)
            (instance,) = await pacs.resolve(reference)
            async with pacs.fetch(instance) as path:
                assert modality in path.read_bytes()
        path_reference = PathReference(
            study_id="s", series_id="s", image_id="ct.dcm", server="disk"
        )
        assert len(await pacs.resolve(path_reference)) == 1
        with pytest.raises(InstanceNotFoundError, match="api, disk, web"):
            await pacs.resolve(UidReference(study_uid=STUDY, series_uid=SERIES, server="x"))
        (listed,) = await pacs.instances(STUDY, SERIES)
        async with pacs.fetch(listed) as path:
            assert path.exists()
        assert len(await pacs.series()) == 1
        await pacs.aclose()


async def test_an_instance_is_found_by_its_uid_alone_where_a_pacs_can_tell(tmp_path: Path) -> None:
    async with serving(dicomweb) as service:
        service.add("x", dicom_bytes(*UIDS))
        pacs = await configured(tmp_path, service)
        found = await pacs.find_instance(UIDS[2])
        assert found is not None
        async with pacs.fetch(found) as path:
            assert b"MR" in path.read_bytes()
        assert await pacs.find_instance("1.2.3") is None
        await pacs.aclose()


async def test_an_archive_is_found_by_name_and_checked_at_the_start(tmp_path: Path) -> None:
    async with serving(dicomweb) as service:
        pacs = await configured(tmp_path, service)
        default: object = find_archive(pacs, None)
        disk: object = find_archive(pacs, "disk")
        assert default is pacs.named("web")
        assert disk is pacs.named("disk")
        check_archives(pacs, "disk")
        check_archives(pacs.named("disk"), "source")
        for policy in ("source", "api", "nobody"):
            with pytest.raises(SettingsError):
                check_archives(pacs, policy)
        with pytest.raises(SettingsError, match="by name"):
            check_archives(pacs.named("disk"), "disk")
        await pacs.aclose()


async def test_nothing_of_a_secret_is_logged_or_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SECRET", "geheim")
    caplog.set_level(logging.DEBUG)
    text = 'default = "a"\n[servers.a]\nurl = "dicomweb:http://127.0.0.1:9"\ntoken_env = "SECRET"'
    pacs = await open_pacs(f"config:{write(tmp_path, text)}", folder=tmp_path)
    assert "geheim" not in caplog.text
    assert "geheim" not in repr(vars(pacs))
    await pacs.aclose()
