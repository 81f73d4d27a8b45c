"""The server in front of a real PACS: jobs by reference over HTTP, results found in it by QIDO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.faults.site import ALGORITHMS
from tests.pacs.images import BY_SYNTAX, SAMPLES, make_image, make_series
from tests.pacs.orthanc import KEY
from tests.server.process import ADMIN, Served, serving, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mip.contracts import UidReference
    from tests.pacs.orthanc import Orthanc

SOP_INSTANCE_UID = "00080018"


@pytest.fixture(scope="module")
def served(orthanc: Orthanc, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose images are in Orthanc, and whose workers send results back."""
    data = tmp_path_factory.mktemp("served") / "data"
    environment = {"PACS_API_KEY": KEY, "MIP_SEND_RESULTS": "source"}
    with serving(data, "--pacs", orthanc.url, "--no-algorithms", **environment) as server:
        for name in ("noop", "stack"):
            wanted = {"algo_id": name, "image_uri": f"file:{ALGORITHMS / name}.py"}
            server.http.post("/admin/algorithms", json=wanted, headers=ADMIN).raise_for_status()
        server.until_active("noop", "stack")
        yield server


@pytest.fixture
def pacs(orthanc: Orthanc) -> Iterator[httpx.Client]:
    """Orthanc as others speak to it."""
    url = orthanc.url.removeprefix("dicomweb:").removesuffix("/dicom-web")
    name, _, password = KEY.partition(":")
    with httpx.Client(base_url=url, auth=(name, password), trust_env=False, timeout=30) as http:
        yield http


def upload(pacs: httpx.Client, paths: list[Path]) -> None:
    for path in paths:
        pacs.post("/instances", content=path.read_bytes()).raise_for_status()


def uids_in(pacs: httpx.Client, study_uid: str) -> set[str]:
    """Ask by QIDO-RS which instances a study has."""
    answer = pacs.get(f"/dicom-web/studies/{study_uid}/instances")
    return {str(each[SOP_INSTANCE_UID]["Value"][0]) for each in answer.raise_for_status().json()}


def results_of(server: Served, algorithm: str, references: dict[str, UidReference]) -> Any:
    """Submit a job for each reference, as UIDs; return the results by job when all are there."""
    token = server.http.post("/provision").json()["token"]
    client = {"authorization": f"Bearer {token}"}
    for name, reference in references.items():
        uids = {"study_uid": reference.study_uid, "series_uid": reference.series_uid}
        if reference.instance_uid is not None:
            uids["instance_uid"] = reference.instance_uid
        body = {"job_id": name, "pacs": uids}
        answer = server.http.post(f"/process/{algorithm}", json=body, headers=client)
        assert answer.status_code == 202, answer.text

    def results() -> list[dict[str, Any]]:
        found = server.http.get("/results", headers=client).json()["results"]
        return list(found)

    until(lambda: len(results()) == len(references), seconds=90)
    for result in results():
        assert result["status"] == "succeeded", result
        link = server.http.get(result["dicom"]["url"])
        assert link.content[128:132] == b"DICM"
    return {result["job_id"]: result for result in results()}


def test_images_of_every_syntax_are_processed_and_their_results_found_by_qido(
    served: Served, pacs: httpx.Client, tmp_path: Path
) -> None:
    images = {
        name: make_image(SAMPLES / file, tmp_path / f"{name}.dcm")
        for name, file in BY_SYNTAX.items()
    }
    upload(pacs, [image.path for image in images.values()])
    references = {name: image.reference for name, image in images.items()}
    for name, result in results_of(served, "noop", references).items():
        (output,) = result["outputs"]
        source = references[name]
        assert uids_in(pacs, source.study_uid) == {source.instance_uid, output["sop_instance_uid"]}


def test_a_series_is_processed_and_its_results_found_by_qido(
    served: Served, pacs: httpx.Client, tmp_path: Path
) -> None:
    paths, reference = make_series(tmp_path)
    upload(pacs, paths)
    result = results_of(served, "stack", {"series": reference})["series"]
    assert result["meta"] == {"slices": len(paths)}
    stored = {output["sop_instance_uid"] for output in result["outputs"]}
    assert len(stored) == len(paths)
    assert len(uids_in(pacs, reference.study_uid)) == 2 * len(paths)
    assert stored < uids_in(pacs, reference.study_uid)
