"""Derived objects: what they say, and that they say it again."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import pytest

from mip.dicom import OutputItem, Provenance, decode_image, derive
from mip.imaging import Mask

DATA = Path(pydicom.__file__).parent / "data"
PROVENANCE = Provenance(
    algorithm_id="test-algorithm", version="1.2.0", digest="ab" * 32, parameters={"sigma": 1.5}
)


@cache
def sample(name: str) -> Path:
    return next(path for path in sorted(DATA.rglob(name)) if path.is_file())


def derived(name, make, folder):
    source = decode_image(sample(name))
    (item,) = derive(
        source,
        [OutputItem("image", make(source.image))],
        provenance=PROVENANCE,
        folder=folder,
    )
    return item, pydicom.dcmread(item.path)


def test_a_grey_result_keeps_the_class_and_values_of_its_source(tmp_path):
    item, dataset = derived("CT_small.dcm", lambda image: image.replace(image.pixels), tmp_path)
    original = pydicom.dcmread(sample("CT_small.dcm"))
    assert item.sop_class_uid == dataset.SOPClassUID == original.SOPClassUID
    assert np.array_equal(dataset.pixel_array, original.pixel_array)
    assert (dataset.RescaleSlope, dataset.RescaleIntercept) == (1, -1024)


@pytest.mark.parametrize(
    ("make", "sop_class"),
    [
        (lambda image: image.replace(image.pixels.astype(np.uint8)), "1.2.840.10008.5.1.4.1.1.7"),
        (lambda image: Mask(labels=image.pixels > 0), "1.2.840.10008.5.1.4.1.1.66.4"),
    ],
    ids=["picture", "mask"],
)
def test_each_kind_of_output_has_its_class(make, sop_class, tmp_path):
    item, dataset = derived("CT_small.dcm", make, tmp_path)
    assert item.sop_class_uid == dataset.SOPClassUID == sop_class


def test_two_runs_give_the_same_bytes(tmp_path):
    def twice(image):
        return image.replace(image.pixels * 2)

    first, _ = derived("CT_small.dcm", twice, tmp_path)
    before = first.path.read_bytes()
    first.path.unlink()
    second, _ = derived("CT_small.dcm", twice, tmp_path)
    assert second.path.read_bytes() == before
    assert second.sha256 == first.sha256
