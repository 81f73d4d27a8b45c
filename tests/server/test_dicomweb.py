"""DICOMweb as another program reads it: dicomweb-client over a socket, and the rules of accept."""

from __future__ import annotations

import errno
import socket
import tempfile
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import numpy as np
import pydicom
import pytest
import requests
import uvicorn
from dicomweb_client.api import DICOMwebClient

from mip.server.app import create_app
from mip.server.viewing.holdings import PAGE
from mip.state import Ending
from mip.state.sqlite import SqliteJobStore

from .house import ADMIN, job_of
from .pictures import READER, Picture, hang, open_gallery, store_result

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .house import House

SERIES = "/dicom-web/studies/1.2.3/series/1.2.3.4"
OCTETS = "application/octet-stream"


@asynccontextmanager
async def serving(house: House) -> AsyncIterator[str]:
    """Serve a house on a socket of loopback; return its URL."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(house.services), log_config=None))
    with listening:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.serve, [listening])
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}/dicom-web"
            finally:
                server.should_exit = True


@asynccontextmanager
async def reading(house: House, headers: dict[str, str]) -> AsyncIterator[DICOMwebClient]:
    async with serving(house) as url:
        with requests.Session() as session:
            session.headers.update(headers)
            yield DICOMwebClient(url, session=session)


async def call(function, *arguments, **named):
    """Call what blocks in a thread, as the server runs in this one."""
    with anyio.fail_after(60):
        return await anyio.to_thread.run_sync(partial(function, *arguments, **named))


def uids(picture: Picture) -> tuple[str, str, str]:
    return picture.study, picture.series, picture.sop


def url_of(picture: Picture, what: str = "") -> str:
    study, series, sop = uids(picture)
    return f"/dicom-web/studies/{study}/series/{series}/instances/{sop}{what}"


async def test_a_client_finds_studies_series_and_instances(tmp_path):
    pictures = [hang(tmp_path, "CT_small.dcm", number=number) for number in (1, 2, 3)]
    async with open_gallery(tmp_path) as house, reading(house, READER) as client:
        [study] = await call(client.search_for_studies)
        assert study["0020000D"]["Value"] == ["1.2.3"]
        assert study["00100020"]["Value"] == ["1CT1"]
        assert study["00080061"]["Value"] == ["CT"]
        assert study["00201208"]["Value"] == [3]
        [series] = await call(client.search_for_series, "1.2.3")
        assert series["0020000E"]["Value"] == ["1.2.3.4"]
        assert series["00201209"]["Value"] == [3]
        found = await call(client.search_for_instances, "1.2.3", "1.2.3.4")
        assert [each["00080018"]["Value"][0] for each in found] == [each.sop for each in pictures]
        assert found[0]["00280010"]["Value"] == [128]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"StudyInstanceUID": "1.2.3"}, 1),
        ({"StudyInstanceUID": "1.2.9"}, 0),
        ({"0020000D": "1.2.9,1.2.3"}, 1),
        ({"ModalitiesInStudy": "CT"}, 1),
        ({"ModalitiesInStudy": "MR"}, 0),
        ({"PatientID": "1CT1"}, 1),
        ({"PatientID": "1CT"}, 0),
        ({"PatientID": "*"}, 1),
        ({"limit": "1", "offset": "1"}, 0),
        ({"includefield": "all", "fuzzymatching": "false"}, 1),
    ],
)
async def test_studies_are_matched(tmp_path, wanted, count):
    hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        answer = await house.http.get("/dicom-web/studies", params=wanted, headers=READER)
        assert answer.headers["content-type"] == "application/dicom+json"
        assert len(answer.json()) == count
        assert "warning" not in answer.headers


async def test_what_is_not_matched_is_said(tmp_path):
    hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        answer = await house.http.get("/dicom-web/studies?PatientName=X*", headers=READER)
        assert answer.headers["warning"].startswith("299 ")
        bad = await house.http.get("/dicom-web/studies?limit=0", headers=READER)
        assert bad.status_code == 422


async def test_a_client_retrieves_an_instance_as_it_is_stored(tmp_path):
    picture = hang(tmp_path, "MR_small_RLE.dcm")
    async with open_gallery(tmp_path) as house, reading(house, READER) as client:
        types = (("application/dicom", "*"),)
        got = await call(client.retrieve_instance, *uids(picture), media_types=types)
        assert got.file_meta.TransferSyntaxUID == pydicom.uid.RLELossless
        assert got == pydicom.dcmread(picture.path)
        single = {**READER, "accept": "application/dicom"}
        answer = await house.http.get(url_of(picture), headers=single)
        assert answer.content == picture.path.read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "CT_small.dcm",
        "MR_small_RLE.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_bigendian.dcm",
        "SC_rgb_rle_2frame.dcm",
        "liver_1frame.dcm",
        "examples_palette.dcm",
        "SC_ybr_full_422_uncompressed.dcm",
    ],
)
async def test_frames_are_what_the_metadata_say(tmp_path, name):
    picture = hang(tmp_path, name)
    async with open_gallery(tmp_path) as house, reading(house, READER) as client:
        told = await call(client.retrieve_instance_metadata, *uids(picture))
        data = pydicom.Dataset.from_json(told)
        count = int(data.get("NumberOfFrames", 1))
        numbers = sorted({1, count})
        got = await call(
            client.retrieve_instance_frames,
            *uids(picture),
            frame_numbers=numbers,
            media_types=((OCTETS, "*"),),
        )
    kind = f"<{'i' if data.PixelRepresentation else 'u'}{data.BitsAllocated // 8}"
    shape = (data.Rows, data.Columns, data.SamplesPerPixel)
    frames = [np.frombuffer(each, kind).reshape(shape) for each in got]
    assert data.PhotometricInterpretation in ("MONOCHROME2", "RGB")
    if data.SamplesPerPixel == 1:
        stored = pydicom.dcmread(picture.path).pixel_array.reshape(count, *shape)
        for number, frame in zip(numbers, frames, strict=True):
            assert np.array_equal(frame, stored[number - 1])


async def test_a_client_reads_the_metadata_of_a_series_and_sees_an_instance(tmp_path):
    pictures = [hang(tmp_path, "CT_small.dcm", number=number) for number in (1, 2)]
    async with open_gallery(tmp_path) as house, reading(house, READER) as client:
        told = await call(client.retrieve_series_metadata, "1.2.3", "1.2.3.4")
        assert [each["00080018"]["Value"][0] for each in told] == [each.sop for each in pictures]
        assert all("7FE00010" not in each for each in told)
        seen = await call(
            client.retrieve_instance_rendered, *uids(pictures[0]), media_types=("image/png",)
        )
        assert seen.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("what", "accept", "status"),
    [
        ("", 'multipart/related; type="application/dicom"', 200),
        ("", 'multipart/related; type="application/dicom"; transfer-syntax=*', 200),
        ("", "*/*", 200),
        ("", 'multipart/related; type="image/jpeg"', 406),
        ("", 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.50',
         406),
        ("", "text/html", 406),
        ("", "application/dicom; transfer-syntax=1.2.840.10008.1.2.4.50", 406),
        ("", "application/dicom; transfer-syntax=1.2.840.10008.1.2.1", 200),
        ("", "application/dicom; transfer-syntax=*", 200),
        ("/frames/1", "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.80", 406),
        ("/frames/1", "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1", 200),
        ("/frames/1", 'multipart/related; type="application/octet-stream"', 200),
        ("/frames/1", "multipart/related; type=application/octet-stream; transfer-syntax=*", 200),
        ("/frames/1", 'multipart/related; type="*/*"', 200),
        ("/frames/1", "application/octet-stream", 200),
        ("/frames/1,1", "application/octet-stream", 406),
        ("/frames/1", ('multipart/related; type="image/jpeg", multipart/related; '
         'type="application/octet-stream"'), 200),
        ("/frames/1", 'multipart/related; type="image/jls"', 406),
        ("/frames/1", "image/jpeg", 406),
        ("/frames/0", "*/*", 422),
        ("/frames/2", "*/*", 404),
        ("/frames/x", "*/*", 422),
        ("/frames/1,", "*/*", 422),
        ("/frames/01", "*/*", 422),
        ("/frames/" + ",".join(["1"] * 1001), "*/*", 422),
        ("/metadata", "application/dicom+json", 200),
        ("/metadata", "application/json", 200),
        ("/metadata", 'multipart/related; type="application/dicom+xml"', 406),
        ("/rendered", "image/png", 200),
        ("/rendered", "image/*;q=0.5", 200),
        ("/rendered", "image/jpeg", 406),
        ("/rendered", "image/png;q=0", 406),
    ],
)  # fmt: skip
async def test_what_cannot_be_had_is_406(tmp_path, what, accept, status):
    picture = hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        answer = await house.http.get(url_of(picture, what), headers={**READER, "accept": accept})
        assert answer.status_code == status, answer.text[:300]
        if status == 406:
            assert answer.json()["error"]["code"] == "http.not_acceptable"


@pytest.mark.parametrize("what", ["", "/frames/1", "/metadata", "/rendered"])
async def test_what_a_caller_has_is_not_sent_again(tmp_path, what):
    picture = hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        first = await house.http.get(url_of(picture, what), headers=READER)
        headers = {**READER, "if-none-match": first.headers["etag"]}
        again = await house.http.get(url_of(picture, what), headers=headers)
        assert (again.status_code, again.content) == (304, b"")


async def test_an_instance_belongs_to_the_study_and_series_that_it_is_asked_by(tmp_path):
    picture = hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        wrong = url_of(picture).replace("studies/1.2.3/", "studies/1.2.9/")
        assert (await house.http.get(wrong, headers=READER)).status_code == 404
        assert (await house.http.get(url_of(picture))).status_code == 401


async def test_results_are_listed_for_their_client_and_operators_alone(tmp_path):
    hang(tmp_path, "CT_small.dcm", number=1)
    result = hang(tmp_path / "elsewhere", "CT_small.dcm", number=2)
    async with open_gallery(tmp_path) as house:
        await house.register()
        client, own = await house.client()
        _, stranger = await house.client()
        await store_result(house, client, own, result)
        members = "/dicom-web/studies/1.2.3/series/1.2.3.4/instances"
        for headers, count in ((own, 2), (ADMIN, 2), (stranger, 1), (READER, 1)):
            assert len((await house.http.get(members, headers=headers)).json()) == count
            [study] = (await house.http.get("/dicom-web/studies", headers=headers)).json()
            assert study["00201208"]["Value"] == [count]
            for what in ("", "/frames/1", "/metadata", "/rendered"):
                answer = await house.http.get(url_of(result, what), headers=headers)
                assert answer.status_code == (200 if count == 2 else 404)
        by_study = (await house.http.get(f"{members}?limit=1&offset=1", headers=own)).json()
        assert [each["00080018"]["Value"] for each in by_study] == [[result.sop]]


async def test_results_are_listed_a_page_of_records_at_a_time(tmp_path, monkeypatch):
    held: list[int] = []
    read = SqliteJobStore.jobs

    async def noted(self, **wanted):
        records = await read(self, **wanted)
        held.append(len(records))
        return records

    monkeypatch.setattr(SqliteJobStore, "jobs", noted)
    async with open_gallery(tmp_path) as house:
        client, header = await house.client()
        await house.register()
        first, last = (
            hang(tmp_path, "CT_small.dcm", number=number, folder="other") for number in (1, 2)
        )
        await store_result(house, client, header, first)
        for number in range(PAGE):
            await house.services.stores.jobs.finish(
                job_of(client, f"n{number}"), Ending(outcome="cancelled")
            )
        await store_result(house, client, header, last, job_id="last")
        for picture in (first, last):
            picture.path.unlink()
        held.clear()
        answer = await house.http.get(f"{SERIES}/instances", headers=header)
        found = [each["00080018"]["Value"][0] for each in answer.json()]
        assert found == [first.sop, last.sop]
        assert held == [PAGE, 2]


async def test_metadata_of_a_series_leave_out_a_result_that_is_gone(tmp_path):
    gone = hang(tmp_path, "CT_small.dcm", number=1)
    kept = hang(tmp_path, "CT_small.dcm", number=2)
    async with open_gallery(tmp_path) as house:
        client, header = await house.client()
        await house.register()
        key = await store_result(house, client, header, gone)
        gone.path.unlink()
        url = f"{SERIES}/metadata"
        assert len((await house.http.get(url, headers=header)).json()) == 2
        (tmp_path / "results" / key).unlink()
        told = (await house.http.get(url, headers=header)).json()
        assert [each["00080018"]["Value"] for each in told] == [[kept.sop]]


async def test_a_full_disk_is_an_error_of_storage(tmp_path, monkeypatch):
    def full(*_names):
        raise OSError(errno.ENOSPC, "No space left on device")

    picture = hang(tmp_path / "elsewhere", "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        client, header = await house.client()
        await house.register()
        key = await store_result(house, client, header, picture)
        url, _ = house.services.links.link(key, base="http://mip")
        assert (await house.http.get(url)).content == picture.path.read_bytes()
        monkeypatch.setattr(tempfile, "mkdtemp", full)
        refused = await house.http.get(url)
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
        assert refused.json()["error"]["code"] == "storage.failed"


async def test_a_broken_file_keeps_nobody_from_the_others(tmp_path):
    picture = hang(tmp_path, "CT_small.dcm", number=1)
    broken = hang(tmp_path, "CT_small.dcm", number=2)
    broken.path.write_bytes(broken.path.read_bytes()[:-1000])
    async with open_gallery(tmp_path) as house:
        answer = await house.http.get(url_of(broken, "/frames/1"), headers=READER)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "dicom.malformed")
        assert (await house.http.get(url_of(picture, "/frames/1"), headers=READER)).is_success
        members = await house.http.get(
            "/dicom-web/studies/1.2.3/series/1.2.3.4/metadata", headers=READER
        )
        assert len(members.json()) == 2
