"""Synthetic CT: valid, placed in space, the same each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest

from mip.dicom import decode_series
from mip.dicom.synthetic import SyntheticSeries, write_image, write_series

DCIODVFY = Path(sys.executable).parent / "dciodvfy"
VOLUME = np.arange(4 * 6 * 8, dtype=np.int16).reshape(4, 6, 8) - 1000


def test_a_synthetic_image_has_no_error_for_the_validator(tmp_path):
    write_image(tmp_path / "ct.dcm", VOLUME[0])
    run = subprocess.run(
        [DCIODVFY, tmp_path / "ct.dcm"], capture_output=True, encoding="latin-1", check=False
    )
    assert run.returncode == 0
    assert "Error" not in run.stderr


def test_pydicom_reads_the_hounsfield_units_that_were_written(tmp_path):
    write_image(tmp_path / "ct.dcm", VOLUME[0])
    dataset = pydicom.dcmread(tmp_path / "ct.dcm")
    assert np.array_equal(dataset.pixel_array - 1024, VOLUME[0])


def test_a_series_comes_back_as_the_volume_that_was_written(tmp_path):
    series = SyntheticSeries(spacing_mm=(3.0, 0.5, 0.25))
    paths = write_series(tmp_path, VOLUME, series=series)
    volume = decode_series(paths[::-1]).image
    assert np.array_equal(volume.pixels, VOLUME.astype(np.float32))
    assert volume.geometry.slice_spacing_mm == pytest.approx(3.0)
    assert volume.geometry.pixel_spacing_mm == (0.5, 0.25)


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    write_image(tmp_path / "a.dcm", VOLUME[1], index=1)
    write_image(tmp_path / "b.dcm", VOLUME[1], index=1)
    assert (tmp_path / "a.dcm").read_bytes() == (tmp_path / "b.dcm").read_bytes()


@pytest.mark.parametrize("pixels", [np.zeros((2, 2)), np.full((2, 2), 40_000), np.zeros(3, int)])
def test_what_a_ct_cannot_hold_is_refused(tmp_path, pixels):
    with pytest.raises(ValueError, match="expected"):
        write_image(tmp_path / "ct.dcm", pixels)
