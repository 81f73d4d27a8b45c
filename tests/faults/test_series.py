"""Series jobs through a whole worker: what was there at the first start is what counts."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pydicom
import pydicom.data
import pytest

from mip.contracts import JobRequest, PathReference, UidReference
from tests.faults.site import CLIENT, Site, submit_all, terminate, wait_finished

if TYPE_CHECKING:
    from mip.contracts import ImageReference, JsonValue, Result

SAMPLES = Path(pydicom.data.__file__).parent / "test_files"
SLICES = sorted((SAMPLES / "dicomdirtests" / "98892001" / "CT5N").iterdir())
NAMES = ("add:string", "to:string", "remove:string")


def uids(path: Path) -> tuple[str, str, str]:
    header = pydicom.dcmread(path, stop_before_pixels=True)
    study, series, instance = (
        header.StudyInstanceUID,
        header.SeriesInstanceUID,
        header.SOPInstanceUID,
    )
    return str(study), str(series), str(instance)


def write_series(site: Site, name: str, slices: list[Path]) -> Path:
    folder = site.pacs / "study" / name
    folder.mkdir(parents=True)
    for path in slices:
        shutil.copy(path, folder)
    return folder


def request(name: str, pacs: ImageReference | None = None, **parameters: JsonValue) -> JobRequest:
    reference = pacs or PathReference(study_id="study", series_id=name, scope="series")
    return JobRequest(job_id=name, client_id=CLIENT, pacs=reference, parameters=parameters)


def requests(site: Site) -> list[JobRequest]:
    study, series, _ = uids(SLICES[0])
    two = tuple(sorted(uids(path)[2] for path in SLICES[1:3]))
    write_series(site, "whole", SLICES)
    write_series(site, "gap", SLICES[:2] + SLICES[3:])
    broken = write_series(site, "broken", SLICES[:3])
    (broken / "half.dcm").write_bytes(SLICES[3].read_bytes()[:2000])
    grows = write_series(site, "grows", SLICES[:3])
    gains = write_series(site, "gains-broken", SLICES[:3])
    spare = site.root / "spare.dcm"
    spare.write_bytes(SLICES[3].read_bytes()[:2000])
    shrinks = write_series(site, "shrinks", SLICES[:3])
    return [
        request("whole"),
        request("gap"),
        request("broken"),
        request("grows", add=str(SLICES[3]), to=str(grows)),
        request("gains-broken", add=str(spare), to=str(gains)),
        request("shrinks", remove=str(shrinks / SLICES[0].name)),
        request("none-such"),
        request("by-uid", UidReference(study_uid=study, series_uid=series)),
        request("two", UidReference(study_uid=study, series_uid=series, instance_uids=two)),
    ]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    site = Site(tmp_path_factory.mktemp("series") / "site", algorithm="stack").prepare()
    return anyio.run(work, site)


async def work(site: Site) -> dict[str, Result]:
    jobs = requests(site)
    async with site.open() as services:
        await submit_all(site, services, jobs, *NAMES)
        worker = site.start_worker()
        try:
            await wait_finished(services, len(jobs), seconds=60.0)
        finally:
            await anyio.to_thread.run_sync(terminate, worker)
        results = await services.jobs.results_after(CLIENT, 0)
    return {result.job_id: result for result in results}


@pytest.mark.parametrize(
    ("name", "slices"), [("whole", 5), ("by-uid", 5), ("two", 2), ("grows", 3), ("gains-broken", 3)]
)
def test_a_series_gives_one_object_for_each_slice_of_its_first_start(
    results: dict[str, Result], name: str, slices: int
) -> None:
    result = results[name]
    assert result.error is None
    assert result.meta == {"slices": slices}
    assert len(result.outputs) == slices


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("gap", "dicom.inconsistent_series"),
        ("broken", "dicom.malformed"),
        ("shrinks", "pacs.instance_not_found"),
        ("none-such", "pacs.instance_not_found"),
    ],
)
def test_a_series_that_is_no_volume_fails_with_its_code(
    results: dict[str, Result], name: str, code: str
) -> None:
    error = results[name].error
    assert error is not None
    assert error.code == code
