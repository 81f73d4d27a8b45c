"""What a viewer reads of images and results, against pydicom and numpy."""

from __future__ import annotations

import io
import threading

import anyio
import httpx
import numpy as np
import pydicom
import pytest
from PIL import Image

from mip.server.app import create_app
from mip.server.routes import instances
from mip.server.viewing.viewer import Frame
from mip.testing.dicom import write_damaged

from .house import ADMIN
from .pictures import READER, SAMPLES, hang, open_gallery, store_result

GREY = (
    "CT_small.dcm",
    "MR_small_RLE.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_bigendian.dcm",
    "693_J2KI.dcm",
    "rtdose.dcm",
)


def pixels(answer: httpx.Response) -> np.ndarray:
    rows, columns, samples, kind = (
        answer.headers[f"x-mip-{name}"] for name in ("rows", "columns", "samples", "type")
    )
    raw = np.frombuffer(answer.content, np.dtype(kind).newbyteorder("<"))
    shape = (int(rows), int(columns), int(samples))
    return raw.reshape(shape if samples != "1" else shape[:2])


@pytest.mark.parametrize("name", GREY)
async def test_raw_frames_are_the_stored_values(tmp_path, name):
    picture = hang(tmp_path, name)
    expected = pydicom.dcmread(picture.path).pixel_array
    frames = expected if expected.ndim == 3 else expected[np.newaxis]
    async with open_gallery(tmp_path) as house:
        for number in {1, len(frames)}:
            url = f"/instances/{picture.sop}/frames/{number}"
            answer = await house.http.get(url, headers=READER)
            assert answer.status_code == 200, answer.text
            assert np.array_equal(pixels(answer), frames[number - 1])
        beyond = await house.http.get(
            f"/instances/{picture.sop}/frames/{len(frames) + 1}", headers=READER
        )
        assert beyond.status_code == 404


@pytest.mark.parametrize("name", ["examples_rgb_color.dcm", "examples_palette.dcm"])
async def test_colour_comes_in_threes_of_eight_bits(tmp_path, name):
    picture = hang(tmp_path, name)
    async with open_gallery(tmp_path) as house:
        answer = await house.http.get(f"/instances/{picture.sop}/frames/1", headers=READER)
        assert pixels(answer).shape[2] == 3
        assert answer.headers["x-mip-type"] == "uint8"


async def test_the_sidecar_says_what_pixels_mean(tmp_path):
    picture = hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        url = f"/instances/{picture.sop}/frames/1/info"
        told = (await house.http.get(url, headers=READER)).json()
    assert (told["rows"], told["columns"], told["bits"], told["signed"]) == (128, 128, 16, True)
    assert (told["slope"], told["intercept"], told["units"]) == (1.0, -1024.0, "HU")
    assert told["photometric"] == "MONOCHROME2"
    assert (told["inverted"], told["frames"], told["frame"]) == (False, 1, 1)
    assert told["spacing"] == [0.661468, 0.661468]
    assert told["windows"] == []
    assert told["padding"] == [-2000.0, -2000.0]


async def test_a_preview_averages_areas(tmp_path):
    picture = hang(tmp_path, "CT_small.dcm")
    stored = pydicom.dcmread(picture.path).pixel_array
    expected = stored.reshape(32, 4, 32, 4).mean(axis=(1, 3))
    async with open_gallery(tmp_path) as house:
        url = f"/instances/{picture.sop}/frames/1?size=32"
        small = pixels(await house.http.get(url, headers=READER))
        assert small.dtype == np.int16
        assert np.abs(small - expected).max() <= 0.5
        same = pixels(await house.http.get(url.replace("=32", "=999"), headers=READER))
        assert np.array_equal(same, stored)


async def test_a_rendered_frame_follows_the_formula(tmp_path):
    picture = hang(tmp_path, "CT_small.dcm")
    data = pydicom.dcmread(picture.path)
    values = data.pixel_array * float(data.RescaleSlope) + float(data.RescaleIntercept)
    center, width = 40.0, 400.0
    expected = np.clip(((values - (center - 0.5)) / (width - 1) + 0.5) * 255, 0, 255)
    async with open_gallery(tmp_path) as house:
        url = f"/instances/{picture.sop}/frames/1/rendered?window=40,400"
        answer = await house.http.get(url, headers=READER)
        shown = np.asarray(Image.open(io.BytesIO(answer.content)))
        assert answer.headers["content-type"] == "image/png"
        assert np.abs(shown - expected).max() <= 1
        small = await house.http.get(f"{url}&size=64", headers=READER)
        assert Image.open(io.BytesIO(small.content)).size == (64, 64)


@pytest.mark.parametrize(
    ("window", "status"),
    [
        *[(each, 200) for each in ("40,400", "-600.5,1500", "1e-7,1", "0,1.25")],
        *[(each, 422) for each in ("", "40", "40,400,1", "40,0", "40,-1", "40,0.5", "nan,1")],
        *[(each, 422) for each in ("1,inf", "1_0,1", " 1,1", "1,1 ", "٣,1", f"{'9' * 400},1")],
    ],
)
async def test_a_window_is_two_numbers(tmp_path, window, status):
    picture = hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        url = f"/instances/{picture.sop}/frames/1/rendered"
        answer = await house.http.get(url, params={"window": window}, headers=READER)
        assert answer.status_code == status


async def test_monochrome1_is_rendered_inverted_and_is_not_raw(tmp_path):
    picture = hang(tmp_path, "MR_small.dcm")
    async with open_gallery(tmp_path) as house:
        base = f"/instances/{picture.sop}/frames/1"
        plain = await house.http.get(f"{base}/rendered", headers=READER)
    data = pydicom.dcmread(picture.path)
    data.PhotometricInterpretation = "MONOCHROME1"
    data.save_as(picture.path)
    async with open_gallery(tmp_path) as house:
        inverted = await house.http.get(f"{base}/rendered", headers=READER)
        raw = pixels(await house.http.get(base, headers=READER))
    one, other = (
        np.asarray(Image.open(io.BytesIO(answer.content))) for answer in (plain, inverted)
    )
    assert np.array_equal(one, 255 - other)
    assert np.array_equal(raw, data.pixel_array)


async def test_a_mask_is_labels(tmp_path):
    picture = hang(tmp_path, "liver_1frame.dcm")
    data = pydicom.dcmread(picture.path)
    data.SegmentSequence[0].SegmentNumber = 7
    group = data.PerFrameFunctionalGroupsSequence[0]
    group.SegmentIdentificationSequence[0].ReferencedSegmentNumber = 7
    data.save_as(picture.path)
    async with open_gallery(tmp_path) as house:
        url = f"/instances/{picture.sop}/frames/1"
        labels = pixels(await house.http.get(url, headers=READER))
        small = pixels(await house.http.get(f"{url}?size=64", headers=READER))
        told = (await house.http.get(f"{url}/info", headers=READER)).json()
    assert np.array_equal(labels, data.pixel_array * 7)
    assert set(np.unique(small)) == {0, 7}
    assert (told["segment"], told["label"]) == (7, 7)


async def test_tags_are_dicom_json_without_pixels(tmp_path):
    picture = hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        answer = await house.http.get(f"/instances/{picture.sop}/tags", headers=READER)
    assert answer.headers["content-type"] == "application/dicom+json"
    told = answer.json()
    assert told["00080018"] == {"vr": "UI", "Value": [picture.sop]}
    assert told["00281053"] == {"vr": "DS", "Value": [1.0]}
    assert "7FE00010" not in told


@pytest.mark.parametrize("what", ["frames/1", "frames/1/info", "frames/1/rendered", "tags"])
async def test_what_a_caller_has_is_not_sent_again(tmp_path, what):
    picture = hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        url = f"/instances/{picture.sop}/{what}"
        first = await house.http.get(url, headers=READER)
        assert first.headers["cache-control"] == "private, max-age=31536000, immutable"
        etag = first.headers["etag"]
        again = await house.http.get(url, headers={**READER, "if-none-match": etag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        other = await house.http.get(url, headers={**READER, "if-none-match": '"x"'})
        assert other.content == first.content


async def test_a_far_caller_gets_it_compressed_under_another_tag(tmp_path):
    picture = hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        far = httpx.ASGITransport(app=create_app(house.services), client=("192.0.2.1", 1))
        async with httpx.AsyncClient(transport=far, base_url="http://mip") as http:
            url = f"/instances/{picture.sop}/frames/1"
            plain = await http.get(url, headers={**READER, "accept-encoding": "identity"})
            packed = await http.get(url, headers={**READER, "accept-encoding": "gzip"})
            assert packed.headers["content-encoding"] == "gzip"
            assert packed.content == plain.content
            assert packed.headers["etag"] != plain.headers["etag"]
            etag = packed.headers["etag"]
            again = await http.get(url, headers={**READER, "if-none-match": etag})
            assert again.status_code == 304


async def test_many_at_once_decode_once(tmp_path, monkeypatch):
    picture = hang(tmp_path, "CT_small.dcm")
    calls = []
    async with open_gallery(tmp_path) as house:
        pool = house.services.viewer._pool
        unpack = pool.unpack

        async def counted(path, folder):
            calls.append(path)
            return await unpack(path, folder)

        monkeypatch.setattr(pool, "unpack", counted)
        answers = []

        async def ask(number):
            url = f"/instances/{picture.sop}/frames/1{['', '/info', '/rendered'][number % 3]}"
            answers.append(await house.http.get(url, headers=READER))

        async with anyio.create_task_group() as tasks:
            for number in range(30):
                tasks.start_soon(ask, number)
    assert [answer.status_code for answer in answers] == [200] * 30
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("call", "make"), [("rendered?size=99", "png"), ("rendered", "png"), ("?size=99", "prepared")]
)
async def test_frames_are_read_only_when_it_is_their_turn(tmp_path, monkeypatch, call, make):
    picture = hang(tmp_path, "CT_small.dcm")
    may_go_on, in_hand = threading.Event(), []
    read, made = Frame.read, getattr(instances, make)

    async def watched(frame):
        in_hand.append(frame)
        return await read(frame)

    def held_up(*arguments, **named):
        assert may_go_on.wait(60)
        return made(*arguments, **named)

    monkeypatch.setattr(Frame, "read", watched)
    monkeypatch.setattr(instances, make, held_up)
    answers = []
    async with open_gallery(tmp_path) as house:
        path = f"/instances/{picture.sop}/frames/1"
        url = path + call if call.startswith("?") else f"{path}/{call}"

        async def ask():
            answers.append(await house.http.get(url, headers=READER))

        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(ask)
            with anyio.fail_after(60):
                while instances._PICTURES.statistics().tasks_waiting < 8 or len(in_hand) < 2:
                    await anyio.lowlevel.checkpoint()
            assert len(in_hand) == 2
            may_go_on.set()
    assert [answer.status_code for answer in answers] == [200] * 10


async def test_files_that_do_not_decode_are_422_and_the_server_lives(tmp_path):
    picture = hang(tmp_path, "CT_small.dcm")
    (tmp_path / "pacs" / "damaged").mkdir()
    damaged = write_damaged(tmp_path / "pacs" / "damaged")
    async with open_gallery(tmp_path) as house:
        for path, code in damaged.items():
            url = f"/instances/damaged%2F{path.name}/frames/1?study=x&series=y"
            answer = await house.http.get(url, headers=READER)
            if code is None:
                assert answer.status_code == 200, (path.name, answer.text)
            else:
                told = (answer.status_code, answer.json()["error"]["code"])
                assert told == (422, code), path.name
        fine = await house.http.get(f"/instances/{picture.sop}/frames/1", headers=READER)
        assert fine.status_code == 200


async def test_a_failure_is_remembered_for_a_while(tmp_path, monkeypatch):
    (tmp_path / "pacs").mkdir()
    (tmp_path / "pacs" / "broken.dcm").write_bytes((SAMPLES / "MR_truncated.dcm").read_bytes())
    calls = []
    async with open_gallery(tmp_path) as house:
        pool = house.services.viewer._pool
        unpack = pool.unpack

        async def counted(path, folder):
            calls.append(path)
            return await unpack(path, folder)

        monkeypatch.setattr(pool, "unpack", counted)
        url = "/instances/broken.dcm/frames/1?study=x&series=y"
        answers = [await house.http.get(url, headers=READER) for _ in range(3)]
        assert {answer.json()["error"]["code"] for answer in answers} == {"dicom.malformed"}
    assert len(calls) == 1


async def test_decoded_frames_take_no_more_room_than_they_may(tmp_path):
    pictures = [hang(tmp_path, "693_J2KI.dcm", number=number) for number in range(1, 6)]
    async with open_gallery(tmp_path, mip_viewer_cache_mib=1) as house:
        for picture in pictures:
            url = f"/instances/{picture.sop}/frames/1"
            assert (await house.http.get(url, headers=READER)).status_code == 200
        kept = sum(path.stat().st_size for path in (tmp_path / "frames").rglob("*"))
        assert house.services.viewer._cache.size <= 2**20
        assert 2**19 <= kept <= 2**20 + 2**16
        first = await house.http.get(f"/instances/{pictures[0].sop}/frames/1", headers=READER)
        assert np.array_equal(pixels(first), pydicom.dcmread(pictures[0].path).pixel_array)
    async with open_gallery(tmp_path):
        assert list((tmp_path / "frames").iterdir()) == []


async def test_results_are_seen_by_their_client_and_operators_alone(tmp_path):
    outside = tmp_path / "elsewhere"
    picture = hang(outside, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        await house.register()
        client, own = await house.client()
        _, stranger = await house.client()
        await store_result(house, client, own, picture)
        for what in ("frames/1", "frames/1/info", "frames/1/rendered", "tags"):
            url = f"/instances/{picture.sop}/{what}"
            assert (await house.http.get(url, headers=own)).status_code == 200
            assert (await house.http.get(url, headers=ADMIN)).status_code == 200
            assert (await house.http.get(url, headers=stranger)).status_code == 404
            assert (await house.http.get(url, headers=READER)).status_code == 404
            assert (await house.http.get(url)).status_code == 401
            named = f"{url}?client_id={client}"
            assert (await house.http.get(named, headers=stranger)).status_code == 403
            assert (await house.http.get(named, headers=READER)).status_code == 404


async def test_a_stored_result_that_is_damaged_is_not_shown(tmp_path):
    picture = hang(tmp_path / "elsewhere", "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        await house.register()
        client, own = await house.client()
        key = await store_result(house, client, own, picture)
        stored = tmp_path / "results" / key
        body = bytearray(stored.read_bytes())
        body[-1] ^= 1
        stored.chmod(0o600)
        stored.write_bytes(body)
        answer = await house.http.get(f"/instances/{picture.sop}/frames/1", headers=own)
        assert answer.status_code == 502


async def test_a_file_that_changes_is_seen_anew(tmp_path):
    picture = hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        url = f"/instances/{picture.sop}/frames/1"
        assert (await house.http.get(url, headers=READER)).status_code == 200
        data = pydicom.dcmread(picture.path)
        changed = data.pixel_array + 1
        data.PixelData = changed.tobytes()
        data.save_as(picture.path)
        house.services.locator._digests.clear()  # as after a minute
        assert np.array_equal(pixels(await house.http.get(url, headers=READER)), changed)
