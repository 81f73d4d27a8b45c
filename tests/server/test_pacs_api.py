"""The PACS API as mip serves it: listings, links, and ids that mean harm."""

from __future__ import annotations

import asyncio
import logging
import os
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .house import ADMIN
from .pictures import READER, hang, open_gallery, store_result

SECRET = b"not of this PACS"
HOSTILE = (
    "%2e%2e",  # as it is, dots are resolved before a client sends them
    "../secret.dcm",
    "../../../../etc/passwd",
    "/etc/passwd",
    "%2e%2e%2fsecret.dcm",
    "%252e%252e%252fsecret.dcm",
    "%2e%2e/secret.dcm",
    "..%2fsecret.dcm",
    "..\\secret.dcm",
    "..%5csecret.dcm",
    "a/../../secret.dcm",
    "a//secret.dcm",
    "./secret.dcm",
    "link/secret.dcm",
    "%00",
    "D55-01.dcm%00",
    "x" * 5000,
    "a/" * 600 + "a",
    "%c0%ae%c0%ae%c0%afsecret.dcm",
    "%ff%fe",
    "%ed%a0%80",
    "~root",
    "$(id)",
    "%0d%0aset-cookie: a=b",
    "\u202e",
    "*",
)


def put_secret(root: Path) -> None:
    (root / "secret.dcm").write_bytes(SECRET)
    (root / "pacs").mkdir(exist_ok=True)
    (root / "pacs" / "link").symlink_to(root)


def encodings(hostile: str) -> set[str]:
    """Return an id as it is, where a path can carry it, and encoded once and twice."""
    once = quote(hostile, safe="")
    is_one_segment = hostile.isascii() and not set(hostile) & set("/\\ \0")
    return {once, quote(once, safe="")} | ({hostile} if is_one_segment else set())


async def test_studies_are_listed_with_their_series(tmp_path):
    hang(tmp_path, "CT_small.dcm", number=1)
    hang(tmp_path, "CT_small.dcm", number=2)
    async with open_gallery(tmp_path) as house:
        answer = await house.http.get("/studies", headers=READER)
        series = {"series_id": "1.2.3.4", "modality": "CT", "images": 2}
        assert answer.json() == {"studies": [{"study_id": "1.2.3", "series": [series]}]}
        _, client = await house.client()
        assert (await house.http.get("/studies", headers=client)).status_code == 200
        assert (await house.http.get("/studies")).status_code == 401
        wrong = await house.http.get("/studies", headers={"x-api-key": "wrong"})
        assert wrong.status_code == 401


@pytest.mark.parametrize("ids", [("1.2.3", "1.2.3.4"), ("liver1", "dataset")])
async def test_images_of_a_series_come_with_links(tmp_path, ids):
    study, series = ids
    pictures = [hang(tmp_path, "CT_small.dcm", number=number) for number in (1, 2)]
    async with open_gallery(tmp_path) as house:
        url = f"/studies/{study}/images?series_id={series}"
        images = (await house.http.get(url, headers=READER)).json()["images"]
        assert [image["instance_uid"] for image in images] == [each.sop for each in pictures]
        for image, picture in zip(images, pictures, strict=True):
            assert image["key"].startswith(f"{study}/{series}/")
            body = await house.http.get(image["url"])
            assert body.headers["content-type"] == "application/dicom"
            assert body.content == picture.path.read_bytes()


@pytest.mark.parametrize("ids", [("liver1", "liver1/dataset"), ("liver1/dataset", "deep/er")])
async def test_a_listed_link_leads_to_the_image_and_not_to_one_of_its_name(tmp_path, ids):
    study, series = ids
    hang(tmp_path, "MR_small.dcm", folder=".")
    picture = hang(tmp_path, "CT_small.dcm")
    deep = hang(tmp_path, "CT_small.dcm", number=2, folder="liver1/dataset/deep/er")
    async with open_gallery(tmp_path) as house:
        url = f"/studies/{quote(study, safe='')}/images"
        answer = await house.http.get(url, params={"series_id": series}, headers=READER)
        (image,) = answer.json()["images"]
        body = await house.http.get(image["url"])
        expected = picture if series == "liver1/dataset" else deep
        assert body.content == expected.path.read_bytes()


async def test_a_study_tells_the_images_of_all_its_series(tmp_path):
    picture = hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        images = (await house.http.get("/studies/1.2.3/images", headers=READER)).json()["images"]
        assert [image["key"] for image in images] == [f"1.2.3/1.2.3.4/{picture.sop}"]
        assert (await house.http.get("/studies/1.2.9/images", headers=READER)).status_code == 404
        path = await house.http.get("/studies/liver1/images", headers=READER)
        assert path.json()["error"]["fields"][0]["field"] == "series_id"


@pytest.mark.parametrize(
    "path",
    [
        "/studies/liver1/images/dataset/D55-01",
        "/studies/liver1/images/dataset/D55-01.dcm",
        "/studies/x/images/y/liver1%2Fdataset%2FD55-01",
        "/studies/liver1%2Fdataset/images/liver1/liver1%2Fdataset%2FD55-01.dcm",
        "/studies/1.2.3/images/1.2.3.4/1.2.3.4.1",
    ],
)
async def test_a_link_leads_to_the_file_for_a_while(tmp_path, path):
    picture = hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        told = (await house.http.get(path, headers=READER)).json()
        assert set(told) == {"url", "expires"}
        body = await house.http.get(told["url"])
        assert body.content == picture.path.read_bytes()
        assert (await house.http.get(f"{path}/file", headers=ADMIN)).content == body.content
        assert (await house.http.get(f"{path}/file")).status_code == 401
        assert (await house.http.get(told["url"] + "0")).status_code == 401


@pytest.mark.parametrize(
    "asked", ["bytes=99999999-", "bytes=5-2", "bytes=-", "lines=1-2", "bytes", "bytes=x-y"]
)
async def test_a_range_that_is_none_of_the_file_is_refused_and_the_file_let_go(tmp_path, asked):
    picture = hang(tmp_path, "CT_small.dcm")
    size = picture.path.stat().st_size
    async with open_gallery(tmp_path) as house:
        await house.register()
        client, header = await house.client()
        stored = f"/objects/{await store_result(house, client, header, picture)}"
        image = "/studies/1.2.3/images/1.2.3.4/1.2.3.4.1/file"
        for path in (stored, image):
            refused = await house.http.get(path, headers={**ADMIN, "range": asked})
            assert refused.status_code == 416, refused.text
            assert refused.json()["error"]["code"] == "http.bad_range"
            assert refused.headers["content-range"] == f"bytes */{size}"
            part = await house.http.get(path, headers={**ADMIN, "range": "bytes=128-131"})
            assert (part.status_code, part.content) == (206, b"DICM")
        assert list((tmp_path / "results").rglob("download-*")) == []


def files_of(key):
    """Return a stored result and an image as paths."""
    return (f"/objects/{key}", "/studies/1.2.3/images/1.2.3.4/1.2.3.4.1/file")


async def test_a_file_has_one_tag_and_its_own_time(tmp_path):
    picture = hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        await house.register()
        client, header = await house.client()
        key = await store_result(house, client, header, picture)
        made_at = 1_000_000_000
        for file in (tmp_path / "results" / key, picture.path):
            os.utime(file, (made_at, made_at))
        for path in files_of(key):
            first, second = [await house.http.get(path, headers=ADMIN) for _ in range(2)]
            assert first.headers["etag"] == second.headers["etag"]
            times = {each.headers["last-modified"] for each in (first, second)}
            assert times == {formatdate(made_at, usegmt=True)}


async def test_a_file_that_the_caller_has_is_not_sent_again(tmp_path):
    picture = hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        await house.register()
        client, header = await house.client()
        for path in files_of(await store_result(house, client, header, picture)):
            first = await house.http.get(path, headers=ADMIN)
            tag, at = first.headers["etag"], first.headers["last-modified"]
            for asked, status in (
                ({"if-none-match": tag}, 304),
                ({"if-none-match": f'"x", W/{tag}', "range": "bytes=0-3"}, 304),
                ({"if-none-match": "*"}, 304),
                ({"if-modified-since": at}, 304),
                ({"if-none-match": '"x"', "if-modified-since": at}, 200),
                ({"if-modified-since": "yesterday"}, 200),
            ):
                answer = await house.http.get(path, headers={**ADMIN, **asked})
                assert answer.status_code == status, asked
                assert answer.headers["etag"] == tag
                assert answer.headers["cache-control"] == first.headers["cache-control"]
                assert answer.headers["cache-control"].startswith("private, ")
                assert len(answer.content) == (0 if status == 304 else len(first.content))
        assert list((tmp_path / "results").rglob("download-*")) == []


async def test_a_download_that_broke_off_goes_on_where_it_was(tmp_path):
    picture = hang(tmp_path, "CT_small.dcm")
    async with open_gallery(tmp_path) as house:
        await house.register()
        client, header = await house.client()
        for path in files_of(await store_result(house, client, header, picture)):
            first = await house.http.get(path, headers=ADMIN)
            rest = {**ADMIN, "range": "bytes=128-"}
            for known in (first.headers["etag"], first.headers["last-modified"]):
                part = await house.http.get(path, headers={**rest, "if-range": known})
                assert (part.status_code, part.content) == (206, first.content[128:])
            for other in ('"x"', f"W/{first.headers['etag']}"):
                whole = await house.http.get(path, headers={**rest, "if-range": other})
                assert (whole.status_code, whole.content) == (200, first.content)


async def test_a_link_opens_nothing_but_its_own_image(tmp_path):
    hang(tmp_path, "CT_small.dcm", number=1)
    hang(tmp_path, "CT_small.dcm", number=2)
    async with open_gallery(tmp_path) as house:
        ids = ("1.2.3", "1.2.3.4", "1.2.3.4.1")
        url, _ = house.services.links.image_link(*ids, base="http://mip")
        other = url.replace("1.2.3.4.1/", "1.2.3.4.2/")
        assert (await house.http.get(url)).status_code == 200
        assert (await house.http.get(other)).status_code == 401
        query = url.partition("?")[2]
        key = "/".join(ids)
        assert (await house.http.get(f"/objects/{key}?{query}")).status_code == 401
        stored, _ = house.services.links.link(key, base="http://mip")
        query = stored.partition("?")[2]
        mixed = f"{url.partition('?')[0]}?{query}"
        assert (await house.http.get(mixed)).status_code == 401


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_hostile_ids_reach_nothing_outside(tmp_path, hostile):
    hang(tmp_path, "CT_small.dcm")
    put_secret(tmp_path)
    async with open_gallery(tmp_path) as house:
        for text in encodings(hostile):
            for path in (
                f"/studies/{text}/images/{text}/{text}",
                f"/studies/liver1/images/dataset/{text}",
                f"/studies/{text}/images?series_id={text}",
                f"/studies/{text}/images/x/secret.dcm",
                f"/instances/{text}/frames/1",
                f"/instances/{text}/frames/1?study={text}&series={text}",
                f"/instances/{text}/tags?study=x&series=y",
                f"/dicom-web/studies/{text}/series/{text}/instances/{text}",
            ):
                answer = await house.http.get(path, headers=READER)
                assert answer.status_code in (404, 422), (path[:100], answer.text)
                assert SECRET not in answer.content
                assert str(tmp_path) not in answer.text
            links = house.services.links
            for ids in ((text, text, text), ("x", "y", hostile)):
                url, _ = links.image_link(*ids, base="http://mip")
                answer = await house.http.get(url)
                assert answer.status_code in (404, 422)


PIECES = (
    "..",
    "../",
    "/",
    ".",
    "%",
    "%2f",
    "\\",
    "~",
    "a",
    "\0",
    "\n",
    "secret.dcm",
    "\u2025",
    "\uff0e",
)
ODD = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)


@given(ids=st.lists(st.tuples(ODD, ODD, ODD), min_size=20, max_size=20))
@settings(max_examples=5, deadline=None)
def test_no_ids_ever_read_a_file_outside(tmp_path_factory, ids):
    async def check(root: Path) -> None:
        async with open_gallery(root) as house:
            for study, series, image in ids:
                if {study, series, image} & {".", ".."}:
                    continue  # resolved before they are sent
                url, _ = house.services.links.image_link(study, series, image, base="http://mip")
                answer = await house.http.get(url)
                assert answer.status_code in (404, 422), (study, series, image)
                path = url.partition("/file?")[0]
                answer = await house.http.get(path, headers=READER)
                assert answer.status_code in (404, 422), (study, series, image)

    root = tmp_path_factory.mktemp("odd")
    put_secret(root)
    asyncio.run(check(root))


async def test_the_log_names_no_image(tmp_path, caplog):
    picture = hang(tmp_path, "CT_small.dcm")
    caplog.set_level(logging.DEBUG, logger="mip")
    async with open_gallery(tmp_path) as house:
        for path in (
            "/studies/1.2.3/images",
            "/studies/liver1/images/dataset/D55-01",
            f"/instances/{picture.sop}/tags",
            f"/instances/{picture.sop}/frames/1",
        ):
            assert (await house.http.get(path, headers=READER)).status_code == 200
    text = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "http.request" in text
    for secret in ("D55", "liver1", picture.sop, "CompressedSamples", "1CT1"):
        assert secret not in text
