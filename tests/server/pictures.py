"""Images for a house: pydicom's files with UIDs of their own, in its PACS and among its results."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydicom
import pydicom.data

from mip.contracts import Output

from .house import House, open_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SAMPLES = Path(pydicom.data.__file__).parent / "test_files"
READER = {"x-api-key": "images"}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An image of the PACS: its UIDs, and its file."""

    study: str
    series: str
    sop: str
    path: Path


@asynccontextmanager
async def open_gallery(root: Path, **settings: Any) -> AsyncIterator[House]:
    """Open a house whose images can be read with :data:`READER`."""
    async with open_house(root, mip_pacs_api_key=READER["x-api-key"], **settings) as house:
        yield house


def hang(root: Path, name: str, *, number: int = 1, folder: str = "liver1/dataset") -> Picture:
    """Put a sample into the PACS under UIDs of its own."""
    path = root / "pacs" / folder / f"D55-{number:02}.dcm"
    path.parent.mkdir(parents=True, exist_ok=True)
    data = pydicom.dcmread(SAMPLES / name)
    study, series, sop = "1.2.3", "1.2.3.4", f"1.2.3.4.{number}"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.SOPInstanceUID = study, series, sop
    data.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.UID(sop)
    data.save_as(path)
    return Picture(study=study, series=series, sop=sop, path=path)


async def store_result(
    house: House, client: str, header: dict[str, str], picture: Picture, *, job_id: str = "j1"
) -> str:
    """Give a client a result that is this picture; return its key."""
    body = {"job_id": job_id, "pacs": {"study_id": "s", "series_id": "s", "image_id": "i"}}
    answer = await house.http.post("/process/noop", json=body, headers=header)
    assert answer.status_code == 202, answer.text
    staged = picture.path.with_suffix(".copy")
    shutil.copy(picture.path, staged)
    digest = hashlib.sha256(staged.read_bytes()).hexdigest()
    key = f"noop/{picture.sop}.dcm"
    objects = house.services.objects
    await objects.put(key, staged)
    output = Output(
        role="image",
        sop_instance_uid=picture.sop,
        bucket=objects.bucket,
        key=key,
        sha256=digest,
    )
    await house.finish(client, job_id, outputs=(output,))
    return key
