"""What a worker logs, and what clients get, names no patient whatever the files hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import msgspec
import pydicom
import pytest
from pydicom.data import get_charset_files, get_testdata_file

from mip.testing.dicom import write_damaged
from tests.faults.site import CLIENT, Site, submit_all, terminate, wait_finished

if TYPE_CHECKING:
    from collections.abc import Iterator

WITH_NAMES = ("MR_small.dcm", "JPEG2000.dcm", "rtplan.dcm", "reportsi.dcm", "image_dfl.dcm")
SECRET = ("PatientName", "PatientID", "PatientBirthDate", "OtherPatientIDs", "PatientAddress")
SHORTEST = 4
"""Shorter values, such as ``id1``, occur in log lines by chance."""


def write_files(site: Site) -> None:
    for path in get_charset_files("*.dcm"):
        (site.pacs / Path(path).name).write_bytes(Path(path).read_bytes())
    for name in WITH_NAMES:
        (site.pacs / name).write_bytes(Path(str(get_testdata_file(name))).read_bytes())
    write_invalid_values(site.pacs / "invalid-values.dcm")
    write_damaged(site.pacs)


def write_invalid_values(path: Path) -> None:
    """Write a file whose personal values break the rules of their types, as real ones do."""
    whole = Path(str(get_testdata_file("CT_small.dcm"))).read_bytes()
    for value, wrong in (
        (b"CompressedSamples^CT1 ", b"Mustermann\\\x1b\xffErika\r\n "),
        (b"1CT1", b"ID\xff9"),
    ):
        assert value in whole
        whole = whole.replace(value, wrong.ljust(len(value))[: len(value)])
    path.write_bytes(whole)


def secrets(site: Site) -> set[str]:
    """Return every personal value in any of the files, and every part of a name."""
    found: set[str] = {"Mustermann", "Erika", "Damaged^File"}
    for path in site.pacs.iterdir():
        found.update(_values(path))
    return {value for value in found if len(value) >= SHORTEST}


def _values(path: Path) -> Iterator[str]:
    if path.stat().st_size > 1_000_000:  # a bomb
        return
    try:
        dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=[*SECRET])
        for keyword in SECRET:
            value = str(dataset.get(keyword, ""))
            yield value
            yield from value.replace("=", "^").split("^")
    except Exception:  # noqa: BLE001 - a damaged file; what it holds is known
        return


async def work(site: Site, form: str) -> list[bytes]:
    """Run a worker over all files, with all it ever logs; return the results as sent."""
    names = sorted(path.name for path in site.pacs.iterdir())
    async with site.open() as services:
        requests = [
            site.request(f"job-{number}", image=name, index=number)
            for number, name in enumerate(names)
        ]
        await submit_all(site, services, requests)
        worker = site.start_worker(mip_log=form, mip_debug=True, mip_max_attempts=1)
        try:
            await wait_finished(services, len(names), seconds=60.0)
        finally:
            await anyio.to_thread.run_sync(terminate, worker)
        results = await services.jobs.results_after(CLIENT, 0)
        events = [
            await services.jobs.events(record.job.key)
            for record in await services.jobs.jobs(limit=1000)
        ]
    return [msgspec.json.encode(item) for item in (*results, *events)]


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
@pytest.mark.parametrize("form", ["json", "console"])
async def test_no_log_and_no_result_names_a_patient(tmp_path: Path, form: str) -> None:
    site = Site(tmp_path / "site", algorithm="talkative").prepare()
    write_files(site)
    personal = secrets(site)
    assert len(personal) > 30
    told = await work(site, form)
    log = site.log()
    assert log.count("job.done") == len(list(site.pacs.iterdir()))
    assert [value for value in personal if value in log] == []
    text = b"\n".join(told).decode()
    assert [value for value in personal if value in text] == []
