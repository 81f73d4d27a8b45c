"""A PACS that is dead, slow, wrong or hostile: the right error, in time, and nothing left."""

from __future__ import annotations

import gzip
import logging
from typing import TYPE_CHECKING

import anyio
import pytest
from msgspec.structs import replace

from mip.clock import SystemClock
from mip.contracts import PathReference, UidReference
from mip.errors import (
    ImageTooLargeError,
    InstanceNotFoundError,
    MipError,
    PacsAuthError,
    PacsError,
    PacsRefusedError,
    StorageError,
)
from mip.pacs import Instance
from mip.pacs.dicomweb import DicomwebPacs
from mip.pacs.http import Access, HttpLimits, PacsHttp
from mip.pacs.opening import open_service
from mip.pacs.rest import RestPacs
from mip.pacs.spool import Spool
from mip.testing import FakeClock
from mip.testing.pacs import SERIES, STUDY, dicom_bytes
from tests.pacs import server as faults
from tests.pacs.server import BOUNDARY, Answer, Server, dicomweb, multipart, pacs_api, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.pacs.server import Fault, Request

UIDS = (STUDY, SERIES, f"{SERIES}.1")
REFERENCE = UidReference(study_uid=STUDY, series_uid=SERIES, instance_uid=UIDS[2])
WHOLE = UidReference(study_uid=STUDY, series_uid=SERIES)
LIMITS = HttpLimits(
    idle_seconds=20.0,
    answer_seconds=30.0,
    transfer_seconds=30.0,
    answer_bytes=100_000,
    file_bytes=1_000_000,
    first_pause_seconds=0.001,
    longest_pause_seconds=1.0,
    auth_pause_seconds=0.0,
)
IMPATIENT = replace(LIMITS, idle_seconds=0.2, answer_seconds=0.5, transfer_seconds=0.5)
"""Where nothing is expected to come in time."""
OTHER = dicom_bytes(STUDY, SERIES, f"{SERIES}.2")
HEAD = f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(dicomweb) as server:
        server.add("one", dicom_bytes(*UIDS))
        yield server


async def open_dicomweb(
    server: Server, folder: Path, *, limits: HttpLimits = LIMITS, clock: FakeClock | None = None
) -> DicomwebPacs:
    http = PacsHttp(Access(), limits=limits, clock=clock or SystemClock())
    return DicomwebPacs(f"{server.url}/dicom-web", http=http, spool=await Spool.open(folder))


@pytest.fixture
async def pacs(server: Server, tmp_path: Path) -> AsyncIterator[DicomwebPacs]:
    pacs = await open_dicomweb(server, tmp_path)
    yield pacs
    await pacs.aclose()


def without_search_over_all(server: Server, request: Request) -> Answer:
    if request.path == "/dicom-web/series":
        return Answer(404)
    return dicomweb(server, request)


async def test_series_are_listed_study_by_study_where_there_is_no_search_over_all(
    tmp_path: Path,
) -> None:
    async with serving(without_search_over_all) as server:
        server.add("one", dicom_bytes(*UIDS))
        server.add("two", OTHER)
        server.add("other", dicom_bytes("1.2.9", "1.2.9.1", "1.2.9.1.1"))
        pacs = await open_dicomweb(server, tmp_path)
        listed = [(each.study_uid, each.instances) for each in await pacs.series()]
        await pacs.aclose()
    assert listed == sorted([(STUDY, 2), ("1.2.9", 1)])


async def fetched(pacs: DicomwebPacs | RestPacs) -> bytes:
    (instance,) = await pacs.resolve(REFERENCE)
    async with pacs.fetch(instance) as path:
        return await anyio.Path(path).read_bytes()


async def refused(pacs: DicomwebPacs) -> MipError:
    """Fetch what is found and cannot be fetched; return the error."""
    (instance,) = await pacs.resolve(REFERENCE)
    return await error_of(pacs, instance)


async def error_of(pacs: DicomwebPacs, instance: Instance) -> MipError:
    with anyio.fail_after(20.0), pytest.raises(MipError) as caught:
        async with pacs.fetch(instance):
            raise AssertionError("fetched what is not whole")
    assert "127.0.0.1" not in str(caught.value)
    assert "patient" not in str(caught.value)
    return caught.value


WRONG = {
    "break_off": faults.break_off,
    "cut_short": faults.cut_short,
    "hang_up": faults.hang_up,
    "say_nothing": faults.say_nothing,
    "stall": faults.stall,
    "drip": faults.drip,
    "server error": faults.status(500),
    "not implemented": faults.status(501),
    "not ready": faults.status(503),
    "too many": faults.status(429, Retry_After="3600"),
    "sent elsewhere": faults.status(302, Location="http://169.254.169.254/latest"),
    "no type": faults.body(b"x", content_type=""),
    "login page": faults.body(b"<html>login</html>", content_type="text/html"),
    "other instance": faults.body(multipart(OTHER)),
    "two instances": faults.body(multipart(dicom_bytes(*UIDS), OTHER)),
    "no instance": faults.body(f"--{BOUNDARY}--\r\n".encode()),
    "no boundary": faults.body(b"x" * 100),
    "no boundary for long": faults.endless(b""),
    "no boundary named": faults.body(b"", content_type="multipart/related"),
    "boundary too long": faults.body(b"", content_type=f"multipart/related; boundary={'b' * 5000}"),
    "no line end": faults.body(f"--{BOUNDARY}garbage\r\n".encode()),
    "endless headers": faults.endless(f"--{BOUNDARY}\r\nX: ".encode()),
    "wrong part length": faults.body(
        f"--{BOUNDARY}\r\nContent-Length: 5\r\n\r\nabcdefgh\r\n--{BOUNDARY}--\r\n".encode()
    ),
    "not dicom": faults.body(multipart(b"not DICOM" * 100)),
    "empty file": faults.body(multipart(b"")),
}


@pytest.mark.usefixtures("no_blocking")
@pytest.mark.parametrize("fault", WRONG.values(), ids=WRONG.keys())
async def test_what_is_no_whole_instance_is_an_outage(
    server: Server, pacs: DicomwebPacs, tmp_path: Path, fault: Fault
) -> None:
    (instance,) = await pacs.resolve(REFERENCE)
    impatient = await open_dicomweb(server, tmp_path, limits=IMPATIENT)
    server.faults = [fault] * 3
    error = await error_of(impatient, instance)
    assert type(error) is PacsError
    assert error.retryable
    await impatient.aclose()
    assert not [path async for path in anyio.Path(tmp_path).glob("pacs-*/*")]


@pytest.mark.usefixtures("no_blocking")
@pytest.mark.parametrize("name", ["hang_up", "break_off", "not ready"])
async def test_what_passes_is_tried_again_at_once(
    server: Server, pacs: DicomwebPacs, name: str
) -> None:
    server.faults = [WRONG[name], WRONG[name]]
    assert await fetched(pacs) == dicom_bytes(*UIDS)


async def test_a_pause_that_the_pacs_asks_for_is_kept(server: Server, tmp_path: Path) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    http = PacsHttp(Access(), limits=LIMITS, clock=SystemClock(), sleep=sleep, jitter=lambda: 1.0)
    pacs = DicomwebPacs(f"{server.url}/dicom-web", http=http, spool=await Spool.open(tmp_path))
    server.faults = [faults.status(429, Retry_After="1"), faults.status(503)]
    await pacs.resolve(REFERENCE)
    assert pauses == [1.0, 0.002]
    await pacs.aclose()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (401, PacsAuthError),
        (403, PacsAuthError),
        (404, InstanceNotFoundError),
        (410, InstanceNotFoundError),
        (400, PacsRefusedError),
        (406, PacsRefusedError),
    ],
)
async def test_a_status_that_is_an_answer_is_not_tried_again(
    server: Server, pacs: DicomwebPacs, code: int, kind: type[MipError]
) -> None:
    (instance,) = await pacs.resolve(REFERENCE)
    asked = len(server.requests)
    server.faults = [faults.status(code)] * 3
    error = await error_of(pacs, instance)
    assert type(error) is kind
    assert not error.retryable
    assert len(server.requests) == asked + 1


async def test_an_endless_instance_is_too_large(server: Server, pacs: DicomwebPacs) -> None:
    (instance,) = await pacs.resolve(REFERENCE)
    server.faults = [faults.endless(HEAD)]
    assert type(await error_of(pacs, instance)) is ImageTooLargeError


async def test_what_is_compressed_in_transit_is_not_inflated(
    server: Server, pacs: DicomwebPacs
) -> None:
    bomb = gzip.compress(b"[" + b" " * 50_000_000 + b"]")

    async def fault(answer: faults.Answer, writer: object) -> None:
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/dicom+json"}
        writer.write(faults.Answer(200, bomb, headers).head() + bomb)  # type: ignore[attr-defined] # a stream

    server.faults = [fault]
    with pytest.raises(PacsError, match="compressed"):
        await pacs.resolve(REFERENCE)
    assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "answer", [b"[" + b" " * 200_000 + b"]", b"{", b"[1]", b'[{"00080018": 1}]', b"\xff", b"[{}]"]
)
async def test_a_listing_that_cannot_be_right_is_an_outage(
    server: Server, pacs: DicomwebPacs, answer: bytes
) -> None:
    server.faults = [faults.body(answer, content_type="application/dicom+json")]
    with pytest.raises(PacsError) as caught:
        await pacs.instances(STUDY, SERIES)
    assert type(caught.value) is PacsError


async def test_a_listing_that_never_ends_is_an_outage(server: Server, tmp_path: Path) -> None:
    pacs = await open_dicomweb(server, tmp_path, limits=IMPATIENT)
    server.faults = [faults.drip]
    with anyio.fail_after(20.0), pytest.raises(PacsError, match="within"):
        await pacs.resolve(REFERENCE)
    await pacs.aclose()


async def test_an_instance_as_a_single_part_is_taken(server: Server, pacs: DicomwebPacs) -> None:
    (instance,) = await pacs.resolve(REFERENCE)
    server.faults = [faults.body(dicom_bytes(*UIDS), content_type="application/dicom")]
    async with pacs.fetch(instance) as path:
        assert await anyio.Path(path).read_bytes() == dicom_bytes(*UIDS)


async def test_a_single_part_whose_length_nobody_knows_is_not_taken(
    server: Server, pacs: DicomwebPacs
) -> None:
    (instance,) = await pacs.resolve(REFERENCE)

    async def fault(answer: faults.Answer, writer: object) -> None:
        single = faults.Answer(200, dicom_bytes(*UIDS), {"Content-Type": "application/dicom"})
        await faults.without_length(single, writer)  # type: ignore[arg-type] # a stream

    server.faults = [fault]
    assert "length" in str(await error_of(pacs, instance))


async def test_a_multipart_answer_may_end_with_its_connection(
    server: Server, pacs: DicomwebPacs
) -> None:
    (instance,) = await pacs.resolve(REFERENCE)
    server.faults = [faults.without_length]
    async with pacs.fetch(instance) as path:
        assert await anyio.Path(path).read_bytes() == dicom_bytes(*UIDS)


async def test_a_broken_header_is_left_to_the_decoder(server: Server, pacs: DicomwebPacs) -> None:
    (instance,) = await pacs.resolve(REFERENCE)
    broken = b"\0" * 128 + b"DICM" + b"\xff" * 40
    server.faults = [faults.body(multipart(broken))]
    async with pacs.fetch(instance) as path:
        assert await anyio.Path(path).read_bytes() == broken


async def test_a_server_that_gives_short_pages_gives_them_all(
    server: Server, pacs: DicomwebPacs
) -> None:
    for number in range(2, 30):
        server.add(str(number), dicom_bytes(STUDY, SERIES, f"{SERIES}.{number}"))
    server.page = 7
    assert len(await pacs.resolve(WHOLE)) == 29


async def test_no_service_at_the_address_is_an_outage_and_no_missing_image(
    server: Server, tmp_path: Path
) -> None:
    pacs = await open_service(
        f"dicomweb:{server.url}/elsewhere",
        key="",
        clock=SystemClock(),
        folder=tmp_path,
        limits=LIMITS,
    )
    with pytest.raises(PacsError, match="address") as caught:
        await pacs.resolve(REFERENCE)
    assert caught.value.retryable
    await pacs.aclose()


async def test_who_was_refused_does_not_ask_again_for_a_while(
    server: Server, tmp_path: Path
) -> None:
    clock = FakeClock()
    pacs = await open_dicomweb(
        server, tmp_path, limits=replace(LIMITS, auth_pause_seconds=15.0), clock=clock
    )
    server.authorization = "Basic other"
    for _ in range(20):
        with pytest.raises(PacsAuthError):
            await pacs.resolve(REFERENCE)
    assert len(server.requests) == 1
    server.authorization = ""
    clock.advance(16.0)
    assert await fetched(pacs) == dicom_bytes(*UIDS)
    await pacs.aclose()


async def test_a_study_that_is_forbidden_keeps_no_other_from_being_asked_for(
    server: Server, tmp_path: Path
) -> None:
    pacs = await open_dicomweb(server, tmp_path, limits=replace(LIMITS, auth_pause_seconds=15.0))
    server.faults = [faults.status(403)]
    with pytest.raises(PacsAuthError):
        await pacs.resolve(REFERENCE)
    assert await fetched(pacs) == dicom_bytes(*UIDS)
    await pacs.aclose()


async def test_a_full_disk_is_a_storage_outage(
    server: Server, pacs: DicomwebPacs, tmp_path: Path
) -> None:
    (instance,) = await pacs.resolve(REFERENCE)
    async for folder in anyio.Path(tmp_path).glob("pacs-*"):
        await folder.rmdir()
    assert type(await error_of(pacs, instance)) is StorageError


async def test_a_cancelled_fetch_leaves_no_file(
    server: Server, pacs: DicomwebPacs, tmp_path: Path
) -> None:
    (instance,) = await pacs.resolve(REFERENCE)
    server.faults = [faults.stall]
    with anyio.move_on_after(0.1):
        async with pacs.fetch(instance):
            raise AssertionError("fetched what never came")
    assert not [path async for path in anyio.Path(tmp_path).glob("pacs-*/*")]
    assert await fetched(pacs) == dicom_bytes(*UIDS)


async def test_calls_beyond_the_connections_wait_and_succeed(
    server: Server, tmp_path: Path
) -> None:
    pacs = await open_dicomweb(
        server, tmp_path, limits=replace(LIMITS, connections=2, transfer_seconds=10.0)
    )
    async with anyio.create_task_group() as tasks:
        for _ in range(40):
            tasks.start_soon(fetched, pacs)
    await pacs.aclose()


async def test_no_log_line_tells_a_secret_or_an_address(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    pacs = await open_service(
        f"dicomweb:{server.url}/dicom-web",
        key="user:geheim",
        clock=SystemClock(),
        folder=tmp_path,
        limits=LIMITS,
    )
    server.faults = [faults.status(500)]
    with pytest.raises(PacsError) as caught:
        await pacs.resolve(REFERENCE)
    assert server.requests[0].headers["authorization"] == "Basic dXNlcjpnZWhlaW0="
    for text in (str(caught.value), repr(pacs), caplog.text):
        assert "geheim" not in text
        assert "dXNlcjpnZWhlaW0" not in text
        assert "127.0.0.1" not in text
        assert STUDY not in text
    await pacs.aclose()


@pytest.fixture
async def api() -> AsyncIterator[Server]:
    async with serving(pacs_api) as server:
        server.add("study/series/image.dcm", dicom_bytes(*UIDS))
        yield server


async def open_rest(api: Server, folder: Path, *, limits: HttpLimits = LIMITS) -> RestPacs:
    http = PacsHttp(Access(headers={"x-api-key": "geheim"}), limits=limits, clock=SystemClock())
    return RestPacs(f"{api.url}/api", http=http, spool=await Spool.open(folder))


@pytest.fixture
async def rest(api: Server, tmp_path: Path) -> AsyncIterator[RestPacs]:
    pacs = await open_rest(api, tmp_path)
    yield pacs
    await pacs.aclose()


def link(url: str) -> Fault:
    return faults.body(f'{{"url": "{url}", "expires": "x"}}'.encode(), content_type="text/json")


async def test_the_key_goes_to_the_pacs_api_and_its_own_files(api: Server, rest: RestPacs) -> None:
    assert await fetched(rest) == dicom_bytes(*UIDS)
    assert {request.headers.get("x-api-key") for request in api.requests} == {"geheim"}


async def test_the_key_does_not_go_to_another_origin(
    api: Server, rest: RestPacs, server: Server
) -> None:
    (instance,) = await rest.resolve(REFERENCE)
    api.faults = [link(f"{server.url}/files/one")]
    with pytest.raises(PacsError, match="https"):
        async with rest.fetch(instance):
            raise AssertionError("fetched from another origin without TLS")
    assert server.requests == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "gopher://x", "http://[::1"])
async def test_a_url_that_is_no_https_is_not_fetched(api: Server, rest: RestPacs, url: str) -> None:
    (instance,) = await rest.resolve(REFERENCE)
    api.faults = [link(url)]
    with pytest.raises(PacsError):
        async with rest.fetch(instance):
            raise AssertionError("fetched what is no https URL")


async def test_ids_of_several_segments_travel_as_one(api: Server, rest: RestPacs) -> None:
    api.add("a/b/c/d/e.dcm", dicom_bytes(*UIDS))
    await rest.resolve(PathReference(study_id="a/b", series_id="c", image_id="d/e.dcm"))
    assert api.requests[-1].path == "/api/studies/a%2Fb/images/c/d%2Fe.dcm"


@pytest.mark.parametrize("name", ["break_off", "stall", "server error", "sent elsewhere"])
async def test_a_file_that_does_not_come_whole_is_an_outage(
    api: Server, rest: RestPacs, tmp_path: Path, name: str
) -> None:
    (instance,) = await rest.resolve(REFERENCE)
    impatient = await open_rest(api, tmp_path, limits=IMPATIENT)
    link_only = link("/files/study%2Fseries%2Fimage.dcm")
    api.faults = [link_only, WRONG[name], WRONG[name], WRONG[name]]
    with anyio.fail_after(20.0), pytest.raises(PacsError) as caught:
        async with impatient.fetch(instance):
            raise AssertionError("fetched what is not whole")
    await impatient.aclose()
    assert type(caught.value) is PacsError


@pytest.mark.parametrize("answer", [b"{}", b"[]", b'{"url": 1}', b"<html>", b"\xff"])
async def test_json_of_another_form_is_an_outage(
    api: Server, rest: RestPacs, answer: bytes
) -> None:
    api.faults = [faults.body(answer, content_type="application/json")]
    with pytest.raises(PacsError, match="PACS API") as caught:
        await rest.resolve(REFERENCE)
    assert type(caught.value) is PacsError


@pytest.mark.parametrize("key", ["study/series/..", "", "study/series/"])
async def test_a_key_that_names_no_image_is_an_outage_and_nothing_left_out(
    api: Server, rest: RestPacs, key: str
) -> None:
    listing = f'{{"images": [{{"url": "x", "key": "{key}"}}]}}'.encode()
    api.faults = [faults.body(listing, content_type="application/json")]
    with pytest.raises(PacsError, match="keys"):
        await rest.instances("study", "series")


async def test_studies_may_be_listed_by_id_alone(api: Server, rest: RestPacs) -> None:
    api.faults = [faults.body(b'["study"]', content_type="application/json")]
    assert [each.instances for each in await rest.series()] == [1]


async def test_an_image_of_other_uids_is_not_the_one_that_was_asked_for(
    api: Server, rest: RestPacs
) -> None:
    (instance,) = await rest.resolve(REFERENCE)
    api.files["study/series/image.dcm"] = api.files["study/series/image.dcm"]._replace(body=OTHER)
    with pytest.raises(PacsError, match="another"):
        async with rest.fetch(instance):
            raise AssertionError("fetched another instance")


async def test_a_locator_of_another_pacs_is_not_asked_for(
    server: Server, pacs: DicomwebPacs, api: Server, rest: RestPacs
) -> None:
    for locator in ("../x", "studies/1.2/series/1.2/instances/..", "http://127.0.0.1/x", ""):
        for each in (pacs, rest):
            with pytest.raises(InstanceNotFoundError):
                async with each.fetch(Instance(locator=locator)):
                    raise AssertionError("fetched what is not of this PACS")
    assert server.requests == api.requests == []
