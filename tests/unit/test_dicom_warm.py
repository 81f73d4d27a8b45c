"""Warming up loads what jobs need, and importing the room does not."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LIST = "import json, sys; print(json.dumps(sorted(sys.modules)))"


def modules_after(code):
    run = subprocess.run(
        [sys.executable, "-c", f"{code}; {LIST}"], capture_output=True, check=True, text=True
    )
    return set(json.loads(run.stdout))


def test_importing_the_room_does_not_load_highdicom():
    assert "highdicom" not in modules_after("import mip.dicom")


@pytest.mark.parametrize("masks", [False, True])
def test_warming_up_loads_the_decoders_and_highdicom_only_for_masks(masks):
    loaded = modules_after(f"import mip.dicom; mip.dicom.warm_up(masks={masks})")
    assert loaded >= {"PIL.Image", "openjpeg", "jpeg_ls", "rle"}
    assert ("highdicom.seg" in loaded) is masks
