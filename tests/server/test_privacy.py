"""No line that a server or its worker logs names a patient, or holds a token or a key."""

from __future__ import annotations

import io
import logging
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pydicom
import pytest
from pydicom.data import get_testdata_file

from mip.telemetry import _ConsoleFormatter, _JsonFormatter
from tests.faults.site import ALGORITHMS, Site, terminate

from .house import ADMIN
from .served import served

if TYPE_CHECKING:
    import httpx

ADMIN_KEY = "operators-key-5c1f"
API_KEY = "images-key-77aa"
PERSONAL = {
    "PatientName": "Mustermann^Erika^Theodora",
    "PatientID": "MRN-7741893",
    "PatientBirthDate": "19610203",
    "PatientAddress": "Heidestrasse 17 Koeln",
    "ReferringPhysicianName": "Quacksalber^Hieronymus",
    "AccessionNumber": "ACC-5519028",
    "InstitutionName": "Charite Sonnenblick",
    "StudyDate": "20190817",
    "PatientComments": "allergic to peanuts",
}
IN_PATHS = "Mustermann-Erika/19610203/MRN-7741893.dcm"
MARKERS = {
    part for value in PERSONAL.values() for part in re.split(r"[\^ ]", value) if len(part) > 3
}


def write_image(path: Path) -> None:
    path.parent.mkdir(parents=True)
    dataset = pydicom.dcmread(str(get_testdata_file("CT_small.dcm")))
    for keyword, value in PERSONAL.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)


def calls(http: httpx.Client, token: str) -> None:
    """Make every kind of call, also those that are refused, with personal values in all places."""
    own = {"authorization": f"Bearer {token}"}
    encoded = IN_PATHS.replace("/", "%2F")
    reference = {"study_id": "Mustermann", "series_id": "Erika", "image_id": IN_PATHS}
    # The id of a job is in the log, as the documentation says: clients keep it free of names.
    good = {"job_id": "job-1", "pacs": reference, "parameters": {"note": "19610203"}}
    for body in (
        good,
        {**good, "parameters": {}},
        {**good, "Mustermann": "Erika"},
        {**good, "job_id": "Mustermann Erika"},
        {**good, "pacs": {"study_uid": "Mustermann", "series_uid": "19610203"}},
        {**good, "client_id": "Mustermann"},
        {**good, "job_id": "absent", "pacs": {**reference, "image_id": "Mustermann.dcm"}},
    ):
        http.post("/process/talkative", json=body, headers=own)
    http.post("/process/Mustermann", json=good, headers=own)
    http.post("/process/talkative", content=b'{"pacs": "Mustermann', headers=own)
    for method in ("GET", "DELETE", "POST"):
        http.request(method, f"/jobs/{encoded}", headers=own)
        http.request(method, f"/objects/{encoded}?until=1&signature={token}", headers=own)
        http.request(method, "/jobs?client_id=Mustermann&before=19610203", headers=own)
        http.request(method, "/Mustermann/19610203?token=" + token)
        http.request(method, f"/admin/algorithms/{encoded}", headers=ADMIN)
    http.get("/admin/queues", headers={"x-admin-key": ADMIN_KEY})
    http.get("/admin/queues", headers={"x-admin-key": f"{ADMIN_KEY}wrong"})
    http.get("/algorithms", headers={"x-api-key": API_KEY, "authorization": f"Bearer {token}x"})
    http.get("/health", headers={"x-forwarded-for": "Mustermann", "cookie": "name=Mustermann"})
    http.request("MUSTERMANN", "/jobs")


def finished(http: httpx.Client, token: str, *, count: int) -> list[dict[str, object]]:
    """Return the results of a client once there are so many."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = http.get("/results", headers={"authorization": f"Bearer {token}"})
        found: list[dict[str, object]] = answer.json()["results"]
        if len(found) == count:
            return found
    raise AssertionError("the worker did not end its jobs")


@pytest.mark.parametrize("form", [_JsonFormatter(), _ConsoleFormatter()], ids=["json", "console"])
def test_no_log_line_names_a_patient_or_holds_a_secret(tmp_path, form):
    site = Site(tmp_path, algorithm="talkative").prepare()
    write_image(site.pacs / IN_PATHS)
    settings = {"mip_admin_key": ADMIN_KEY, "mip_pacs_api_key": API_KEY}
    with served(tmp_path, **settings) as here, here.client() as http:
        here.register("talkative", admin_key=ADMIN_KEY, image_uri=f"file:{ALGORITHMS}/talkative.py")
        token = http.post("/provision").json()["token"]
        calls(http, token)
        worker = site.start_worker(mip_debug=True, mip_max_attempts=1)
        try:
            results = finished(http, token, count=2)
        finally:
            terminate(worker)
        links = re.findall(r"http://[^\"]+", str(results))
        for link in links:
            http.get(link.split("'")[0])
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(form)
    for record in here.records:
        handler.emit(record)
    text = written.getvalue() + site.log()
    assert text.count("http.request") > 20
    assert text.count("job.done") == 2
    signatures = {match for link in links for match in re.findall("signature=([0-9a-f]+)", link)}
    kept = {*MARKERS, token, token.split(".")[1], ADMIN_KEY, API_KEY, *signatures}
    assert [value for value in kept if value.lower() in text.lower()] == []
