"""Whole jobs by worker processes on a real PACS, and on one that does not do what it should."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import pytest
from msgspec.structs import replace

from mip.clock import SystemClock
from mip.contracts import JobRequest
from mip.pacs.dicomweb import DicomwebPacs
from mip.pacs.opening import open_service
from tests.faults.site import CLIENT, Site, submit_all, terminate, until, wait_finished
from tests.pacs.images import BY_SYNTAX, SAMPLES, make_image, make_series
from tests.pacs.orthanc import KEY, Orthanc, require
from tests.pacs.server import Answer, dicomweb, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from mip.contracts import JsonValue, Result, UidReference
    from tests.faults.site import Services
    from tests.pacs.server import Request, Server

JOBS = 24
WADO_SEGMENTS = 7
QUICK: dict[str, object] = {"mip_max_outage_seconds": 0.2, "mip_max_attempts": 2}
"""Give up soon what is tested to be given up."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "site").prepare()
    yield site
    site.clear()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "stack", algorithm="stack").prepare()
    yield site
    site.clear()


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Orthanc]:
    """A server that a test may kill."""
    require()
    server = Orthanc(tmp_path / "orthanc")
    server.start()
    yield server
    server.kill()


@asynccontextmanager
async def opened(orthanc: Orthanc, folder: Path) -> AsyncIterator[DicomwebPacs]:
    pacs = await open_service(orthanc.url, key=KEY, clock=SystemClock(), folder=folder)
    assert isinstance(pacs, DicomwebPacs)
    try:
        yield pacs
    finally:
        await pacs.aclose()


@asynccontextmanager
async def working(site: Site, url: str, **changes: object) -> AsyncIterator[Services]:
    """Open a site with a worker on it that sends results to where images come from."""
    settings: dict[str, object] = {
        "pacs_api_base": url,
        "pacs_api_key": KEY,
        "mip_send_results": "source",
        "mip_lease_seconds": 30.0,
        **changes,
    }
    async with site.open() as services:
        worker = site.start_worker(**settings)
        try:
            yield services
            assert worker.poll() is None
        finally:
            await anyio.to_thread.run_sync(terminate, worker)
        assert all(record.is_final for record in await services.jobs.jobs())


def request(name: str, reference: UidReference, **parameters: JsonValue) -> JobRequest:
    return JobRequest(job_id=name, client_id=CLIENT, pacs=reference, parameters=parameters)


async def results_of(services: Services, count: int) -> list[Result]:
    await wait_finished(services, count, seconds=90.0)
    return list(await services.jobs.results_after(CLIENT, 0))


async def uids_in(pacs: DicomwebPacs, study_uid: str) -> list[str]:
    return [
        str(instance.instance_uid)
        for series in await pacs.series(study_uid)
        for instance in await pacs.instances(study_uid, series.series_uid)
    ]


async def test_images_of_every_syntax_are_processed_and_sent_back(
    site: Site, orthanc: Orthanc, tmp_path: Path
) -> None:
    images = {
        name: make_image(SAMPLES / file, tmp_path / f"{name}.dcm")
        for name, file in BY_SYNTAX.items()
    }
    async with opened(orthanc, tmp_path) as pacs:
        await pacs.send([image.path for image in images.values()])
        async with working(site, orthanc.url) as services:
            jobs = [request(name, image.reference) for name, image in images.items()]
            await submit_all(site, services, jobs)
            results = await results_of(services, len(jobs))
        for result in results:
            assert result.status == "succeeded", result.error
            assert result.timings["send"] > 0
            reference = images[result.job_id].reference
            (output,) = result.outputs
            assert sorted(await uids_in(pacs, reference.study_uid)) == sorted(
                [str(reference.instance_uid), output.sop_instance_uid]
            )


async def test_a_series_is_processed_and_sent_back(
    stack: Site, orthanc: Orthanc, tmp_path: Path
) -> None:
    paths, reference = make_series(tmp_path)
    async with opened(orthanc, tmp_path) as pacs:
        await pacs.send(paths)
        async with working(stack, orthanc.url) as services:
            await submit_all(stack, services, [request("series", reference)])
            (result,) = await results_of(services, 1)
        assert result.status == "succeeded", result.error
        assert result.meta == {"slices": len(paths)}
        assert result.outputs
        assert {output.sop_instance_uid for output in result.outputs} < set(
            await uids_in(pacs, reference.study_uid)
        )


async def test_a_job_names_its_pacs_and_results_go_to_another(
    site: Site, orthanc: Orthanc, tmp_path: Path
) -> None:
    image = make_image(SAMPLES / "CT_small.dcm", tmp_path / "ct.dcm")
    async with opened(orthanc, tmp_path) as pacs:
        await pacs.send([image.path])
    archive, config = tmp_path / "archive", tmp_path / "pacs.toml"
    await anyio.Path(archive).mkdir()
    await anyio.Path(tmp_path / "password").write_text("mip-secret")
    await anyio.Path(config).write_text(f"""
        default = "disk"
        [servers.disk]
        url = "folder:{archive}"
        [servers.web]
        url = "{orthanc.url}"
        user = "mip"
        password_file = "{tmp_path / "password"}"
    """)
    async with working(site, f"config:{config}", mip_send_results="disk") as services:
        named = replace(image.reference, server="web")
        await submit_all(site, services, [request("a", named), request("b", image.reference)])
        results = {result.job_id: result for result in await results_of(services, 2)}
    assert results["a"].status == "succeeded", results["a"].error
    assert results["b"].error is not None
    assert results["b"].error.code == "pacs.instance_not_found"
    stored = [path.stem async for path in anyio.Path(archive).rglob("*.dcm")]
    assert stored == [output.sop_instance_uid for output in results["a"].outputs]


async def test_a_pacs_that_dies_under_load_is_waited_for(
    site: Site, mortal: Orthanc, tmp_path: Path
) -> None:
    image = make_image(SAMPLES / "CT_small.dcm", tmp_path / "ct.dcm")
    async with opened(mortal, tmp_path) as pacs:
        await pacs.send([image.path])
    async with working(site, mortal.url) as services:
        jobs = [request(f"job-{n}", image.reference, index=n) for n in range(JOBS)]
        await submit_all(site, services, jobs[: JOBS // 2])
        await wait_finished(services, 2, seconds=60.0)
        mortal.kill()
        await submit_all(site, services, jobs[JOBS // 2 :])
        await until(lambda: site.log().count("pacs.failed") >= 4)
        mortal.start()
        results = await results_of(services, JOBS)
        assert {result.status for result in results} == {"succeeded"}
        records = await services.jobs.jobs()
        assert {(record.failures, record.crashes) for record in records} == {(0, 0)}
        assert await services.transport.dead_letters(site.queue) == []
    async with opened(mortal, tmp_path) as pacs:
        stored = await uids_in(pacs, image.reference.study_uid)
    outputs = [output.sop_instance_uid for result in results for output in result.outputs]
    assert len(stored) == len(set(stored)) == JOBS + 1
    assert set(outputs) < set(stored)


async def test_a_wrong_password_fails_the_job_when_nobody_mends_it(
    site: Site, orthanc: Orthanc, tmp_path: Path
) -> None:
    image = make_image(SAMPLES / "CT_small.dcm", tmp_path / "ct.dcm")
    async with working(site, orthanc.url, pacs_api_key="mip:wrong", **QUICK) as services:
        await submit_all(site, services, [request("job", image.reference)])
        await assert_failed(services, "pacs.unauthorized")
    async with site.open() as services:  # a worker that is told to end has buried what it failed
        assert len(await services.transport.dead_letters(site.queue)) == 1
    assert "wrong" not in site.log()


def truncating(server: Server, request: Request) -> Answer:
    answer = dicomweb(server, request)
    if request.path.count("/") == WADO_SEGMENTS:
        answer.body = answer.body[:-20]
    return answer


def failing(server: Server, request: Request) -> Answer:
    return Answer(500)


def refusing(server: Server, request: Request) -> Answer:
    server.refuses_all = True
    return dicomweb(server, request)


def empty(server: Server, request: Request) -> Answer:
    server.files.clear()
    return dicomweb(server, request)


@pytest.mark.parametrize(
    ("handle", "code"),
    [
        (truncating, "pacs.failed"),
        (failing, "pacs.failed"),
        (refusing, "pacs.refused"),
        (empty, "pacs.instance_not_found"),
    ],
)
async def test_a_pacs_that_stays_bad_fails_the_job_by_its_kind(
    site: Site, tmp_path: Path, handle: Callable[[Server, Request], Answer], code: str
) -> None:
    image = make_image(SAMPLES / "CT_small.dcm", tmp_path / "ct.dcm")
    async with serving(handle) as server:
        server.add("ct", await anyio.Path(image.path).read_bytes())
        url = f"dicomweb:{server.url}/dicom-web"
        async with working(site, url, **QUICK) as services:
            await submit_all(site, services, [request("job", image.reference)])
            await assert_failed(services, code)
    for secret in ("CompressedSamples", "1CT1", "mip-secret"):
        assert secret not in site.log()


async def assert_failed(services: Services, code: str) -> None:
    (result,) = await results_of(services, 1)
    assert result.status == "failed"
    assert result.error is not None
    assert result.error.code == code


async def test_a_worker_that_could_not_send_does_not_start(site: Site, tmp_path: Path) -> None:
    worker = site.start_worker(
        pacs_api_base="https://127.0.0.1:9/api", mip_send_results="source", mip_lease_seconds=30.0
    )
    await until(lambda: worker.poll() is not None)
    assert worker.returncode == 2
    assert "takes objects" in site.log()
