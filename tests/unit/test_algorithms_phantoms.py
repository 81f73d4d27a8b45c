"""The synthetic abdomen is one, and the same everywhere."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from mip.algorithms.phantoms import abdomen, abdomen_spacing_mm


def test_every_voxel_is_the_same_on_every_machine():
    volume = abdomen(slices=3, size=64)
    assert volume.dtype == np.int16
    digest = hashlib.sha256(volume.astype("<i2").tobytes()).hexdigest()
    assert digest == "65070cce1cd9e17f405cb80bf959f99d1098229a4d9e059211f0eb1be666227a"


def test_it_holds_air_fat_liver_and_bone():
    middle = abdomen(slices=1, size=128)[0]
    assert middle[0, 0] < -900
    liver = middle[45:52, 44:50]
    assert abs(float(liver.mean()) - 105) < 8
    assert middle.max() > 300
    assert (np.abs(middle + 100) < 30).mean() > 0.05


def test_noise_has_the_spread_it_claims():
    air = abdomen(slices=1, size=256)[0, :20, :20]
    assert 10 < air.std() < 14


def test_seeds_change_the_noise_alone():
    one, two = abdomen(slices=1, size=64), abdomen(slices=1, size=64, seed=2)
    assert not np.array_equal(one, two)
    assert np.abs(one.astype(int) - two).max() < 100


def test_slices_differ_in_anatomy():
    volume = abdomen(slices=24, size=64)
    assert (volume[0] > 70).sum() != (volume[12] > 70).sum()


def test_spacing_covers_the_field_of_view():
    assert abdomen_spacing_mm(size=512) == (5.0, 360 / 512, 360 / 512)


@pytest.mark.parametrize(("slices", "size"), [(0, 64), (1, 15)])
def test_impossible_sizes_are_refused(slices, size):
    with pytest.raises(ValueError, match="expected at least 1 slice"):
        abdomen(slices=slices, size=size)
