"""A PACS that others wrote: images of every common syntax there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pydicom
import pytest

from mip.clock import SystemClock
from mip.errors import InstanceNotFoundError, PacsAuthError
from mip.pacs import open_pacs
from mip.pacs.opening import open_service
from tests.pacs.images import BY_SYNTAX, SAMPLES, make_image, make_series
from tests.pacs.orthanc import KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mip.pacs.dicomweb import DicomwebPacs
    from tests.pacs.orthanc import Orthanc


@pytest.fixture
async def pacs(orthanc: Orthanc, tmp_path: Path) -> AsyncIterator[DicomwebPacs]:
    pacs = await open_service(orthanc.url, key=KEY, clock=SystemClock(), folder=tmp_path)
    yield pacs  # type: ignore[misc] # as the URL says
    await pacs.aclose()


@pytest.mark.parametrize("name", BY_SYNTAX.values(), ids=BY_SYNTAX.keys())
async def test_an_image_is_sent_found_and_fetched_as_it_was(
    pacs: DicomwebPacs, tmp_path: Path, name: str
) -> None:
    image = make_image(SAMPLES / name, tmp_path / "image.dcm")
    with pytest.raises(InstanceNotFoundError):
        await pacs.resolve(image.reference)
    for _ in range(2):
        (sent,) = await pacs.send([image.path])
        assert (sent.status, sent.instance_uid) == ("stored", image.reference.instance_uid)
    (instance,) = await pacs.resolve(image.reference)
    async with pacs.fetch(instance) as path:
        fetched, original = pydicom.dcmread(path), pydicom.dcmread(image.path)
        assert fetched.file_meta.TransferSyntaxUID == original.file_meta.TransferSyntaxUID
        assert fetched.PixelData == original.PixelData
        assert fetched.Rows == original.Rows
    listed = await pacs.instances(image.reference.study_uid, image.reference.series_uid)
    assert len(listed) == 1


async def test_a_series_is_found_listed_and_fetched(pacs: DicomwebPacs, tmp_path: Path) -> None:
    paths, reference = make_series(tmp_path)
    assert {each.status for each in await pacs.send(paths)} == {"stored"}
    found = await pacs.resolve(reference)
    assert len(found) == len(paths) == 5
    assert [each.instance_uid for each in found] == sorted(str(each.instance_uid) for each in found)
    originals = {pydicom.dcmread(path).SOPInstanceUID: path for path in paths}
    for instance in found:
        async with pacs.fetch(instance) as path:
            assert pydicom.dcmread(path).PixelData == (
                pydicom.dcmread(originals[instance.instance_uid]).PixelData
            )
    (summary,) = await pacs.series(reference.study_uid)
    assert (summary.series_uid, summary.modality, summary.instances) == (
        reference.series_uid,
        "CT",
        5,
    )
    assert summary in await pacs.series()


async def test_a_file_that_it_cannot_take_is_refused_and_told(
    pacs: DicomwebPacs, tmp_path: Path
) -> None:
    image = make_image(SAMPLES / "CT_small.dcm", tmp_path / "image.dcm")
    (tmp_path / "text.dcm").write_bytes(b"no DICOM")
    sent = await pacs.send([tmp_path / "text.dcm", image.path])
    assert [each.status for each in sent] == ["refused", "stored"]


async def test_a_wrong_password_is_no_access(orthanc: Orthanc, tmp_path: Path) -> None:
    image = make_image(SAMPLES / "CT_small.dcm", tmp_path / "image.dcm")
    pacs = await open_pacs(orthanc.url, key="mip:wrong", folder=tmp_path)
    with pytest.raises(PacsAuthError):
        await pacs.resolve(image.reference)
    await pacs.aclose()


async def test_what_it_does_not_have_is_not_found(pacs: DicomwebPacs) -> None:
    assert await pacs.series("1.2.3") == []
    assert await pacs.instances("1.2.3", "1.2.4") == []
