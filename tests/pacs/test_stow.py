"""Sending: what an archive takes, refuses or loses is told of each instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from mip.clock import SystemClock
from mip.errors import PacsAuthError, PacsError, StorageError
from mip.pacs import stow
from mip.pacs.dicomweb import DicomwebPacs
from mip.pacs.http import Access, HttpLimits, PacsHttp
from mip.pacs.spool import Spool
from mip.pacs.stow import read_answer
from mip.testing.pacs import SERIES, STUDY, dicom_bytes
from tests.pacs import server as faults
from tests.pacs.server import Server, dicomweb, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LIMITS = HttpLimits(
    idle_seconds=20.0, answer_seconds=30.0, transfer_seconds=30.0, first_pause_seconds=0.001
)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(dicomweb) as server:
        yield server


@pytest.fixture
async def pacs(server: Server, tmp_path: Path) -> AsyncIterator[DicomwebPacs]:
    http = PacsHttp(Access(), limits=LIMITS, clock=SystemClock())
    pacs = DicomwebPacs(f"{server.url}/dicom-web", http=http, spool=await Spool.open(tmp_path))
    yield pacs
    await pacs.aclose()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number}.dcm" for number in (1, 2, 3)]
    for number, path in enumerate(paths, start=1):
        path.write_bytes(dicom_bytes(STUDY, SERIES, f"{SERIES}.{number}"))
    return paths


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stow, "FIND_PAUSES", (0.0, 0.0))


@pytest.mark.parametrize(
    ("reason", "status"),
    [(0xA900, "refused"), (0xC000, "refused"), (0x0122, "refused"), (0xA700, "failed")],
)
async def test_one_that_is_refused_is_told_and_the_others_are_stored(
    server: Server, pacs: DicomwebPacs, files: list[Path], reason: int, status: str
) -> None:
    server.reasons = {f"{SERIES}.2": reason}
    sent = await pacs.send(files)
    assert [each.status for each in sent] == ["stored", status, "stored"]
    assert f"{reason:04X}H" in sent[1].reason
    assert len(server.files) == 2


async def test_a_duplicate_is_there(server: Server, pacs: DicomwebPacs, files: list[Path]) -> None:
    await pacs.send(files)
    server.reasons = {f"{SERIES}.1": 0x0111}
    assert [each.status for each in await pacs.send(files)] == ["exists", "stored", "stored"]


@pytest.mark.usefixtures("no_pauses")
async def test_what_is_said_to_be_stored_and_is_not_found_has_failed(
    server: Server, pacs: DicomwebPacs, files: list[Path]
) -> None:
    server.is_forgetful = True
    assert {each.status for each in await pacs.send(files)} == {"failed"}


@pytest.mark.usefixtures("no_pauses")
async def test_a_duplicate_that_is_not_found_has_failed(
    server: Server, pacs: DicomwebPacs, files: list[Path]
) -> None:
    server.reasons = {f"{SERIES}.1": 0x0111}
    assert [each.status for each in await pacs.send(files[:1])] == ["failed"]


async def test_an_answer_that_got_lost_is_asked_for_again(
    server: Server, pacs: DicomwebPacs, files: list[Path]
) -> None:
    server.faults = [faults.hang_up]
    assert {each.status for each in await pacs.send(files)} == {"stored"}
    assert len(server.files) == 3


@pytest.mark.parametrize(
    ("code", "kind"), [(401, PacsAuthError), (500, PacsError), (404, PacsError), (503, PacsError)]
)
async def test_a_store_that_does_not_answer_right_is_an_error(
    server: Server, pacs: DicomwebPacs, files: list[Path], code: int, kind: type[PacsError]
) -> None:
    server.faults = [faults.status(code)] * 3
    with pytest.raises(PacsError) as caught:
        await pacs.send(files)
    assert type(caught.value) is kind


@pytest.mark.parametrize("code", [400, 413, 415])
async def test_a_request_refused_without_words_is_a_refusal_of_each(
    server: Server, pacs: DicomwebPacs, files: list[Path], code: int
) -> None:
    server.faults = [faults.status(code)] * 4
    sent = await pacs.send(files)
    assert {each.status for each in sent} == {"refused"}
    assert len(server.requests) == 4


async def test_what_was_refused_with_the_others_is_sent_alone(
    server: Server, pacs: DicomwebPacs, files: list[Path]
) -> None:
    server.faults = [faults.status(400)]
    assert {each.status for each in await pacs.send(files)} == {"stored"}


async def test_many_files_go_in_several_requests(
    server: Server, pacs: DicomwebPacs, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stow, "MAX_FILES", 2)
    monkeypatch.setattr(stow, "STEP_BYTES", 100)
    assert {each.status for each in await pacs.send(files)} == {"stored"}
    posts = [request for request in server.requests if request.method == "POST"]
    assert len(posts) == 2
    assert {len(request.body) for request in posts} == {
        int(request.headers["content-length"]) for request in posts
    }


async def test_a_file_that_changes_while_it_is_sent_is_not_sent_cut(
    pacs: DicomwebPacs, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    described = stow._describe(files[0])
    monkeypatch.setattr(stow, "_describe", lambda _: described)
    await anyio.Path(files[0]).write_bytes(b"short")
    with pytest.raises(StorageError, match="shorter"):
        await pacs.send(files[:1])


async def test_a_file_that_goes_away_while_it_is_sent_is_a_storage_error(
    pacs: DicomwebPacs, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    described = stow._describe(files[0])
    monkeypatch.setattr(stow, "_describe", lambda _: described)
    await anyio.Path(files[0]).unlink()
    with pytest.raises(StorageError, match="cannot be read"):
        await pacs.send(files[:1])


def test_an_answer_that_mentions_nothing_has_stored_nothing() -> None:
    for status, expected in ((200, "failed"), (202, "failed"), (400, "refused")):
        (sent,) = read_answer(["1.2"], status=status, answer={}).values()
        assert sent.status == expected
