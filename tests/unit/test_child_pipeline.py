"""One request, stage by stage, with decoding and derivation stood in for."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import mip
from mip import dicom
from mip.errors import InvalidJobError, InvalidParametersError
from mip.worker import ProcessReport, ProcessRequest
from mip.worker.pipeline import Pipeline
from mip.worker.stages import Stage, StageBoard

IMAGE = mip.Image(stored=np.zeros((1, 4, 5), np.int16))
VOLUME = mip.Volume(stored=np.zeros((3, 4, 5), np.int16))


@mip.algorithm(id="everything", version="2.0")
def everything(image: mip.Image, *, level: float = 0.5) -> tuple[mip.Mask, dict[str, float]]:
    """Return a mask and what it measured."""
    return mip.Mask(labels=image.pixels > level), {"level": level}


@mip.algorithm(id="count-slices", version="1", scope="series")
def count_slices(volume: mip.Volume) -> dict[str, int]:
    """Measure only."""
    return {"slices": volume.frames}


class Imaging:
    """Stands in for :mod:`mip.dicom` and remembers what it was asked, and in which stage."""

    def __init__(self, board: StageBoard) -> None:
        self.board = board
        self.asked: list[Any] = []
        self.stages: list[Stage] = []

    def decode_image(self, path: Path) -> Any:
        return self._decode("image", path, IMAGE)

    def decode_series(self, paths: list[Path]) -> Any:
        return self._decode("series", paths, VOLUME)

    def derive(self, source, outputs, *, provenance, folder) -> Any:
        self.stages.append(self.board.read()[0])
        self.asked.append((outputs, provenance))
        return [
            dicom.DerivedObject(
                role=outputs[0].role,
                sop_instance_uid="2.25.1",
                sop_class_uid="1.2.3",
                path=folder / "2.25.1.dcm",
                sha256="abc",
            )
        ]

    def _decode(self, kind: str, asked: object, image: mip.Image) -> Any:
        self.stages.append(self.board.read()[0])
        self.asked.append((kind, asked))
        return SimpleNamespace(image=image)


@pytest.fixture
def imaging(monkeypatch):
    board = StageBoard.create()
    imaging = Imaging(board)
    for name in ("decode_image", "decode_series", "derive"):
        monkeypatch.setattr(dicom, name, getattr(imaging, name))
    yield imaging
    board.close()


def process(imaging: Imaging, algorithm: Any, **values: Any) -> ProcessReport:
    fields = {"paths": ("/a.dcm",), "scope": "image", "folder": "/unused", **values}
    return Pipeline(algorithm, board=imaging.board).process(ProcessRequest(**fields))


def test_outputs_are_reported_as_they_were_derived(imaging, tmp_path):
    folder = tmp_path / "made" / "when missing"
    report = process(imaging, everything, folder=str(folder))
    (output,) = report.outputs
    assert (output.role, output.sop_instance_uid, output.sha256) == ("mask", "2.25.1", "abc")
    assert output.path == str(folder / "2.25.1.dcm")
    assert folder.is_dir()


def test_provenance_has_the_code_and_the_parameters_with_defaults(imaging, tmp_path):
    report = process(imaging, everything, folder=str(tmp_path))
    _, (_, provenance) = imaging.asked
    spec = everything.spec
    assert (provenance.algorithm_id, provenance.version) == ("everything", "2.0")
    assert (provenance.digest, provenance.parameters) == (spec.digest, {"level": 0.5})
    assert report.parameters == {"level": 0.5}


def test_each_stage_is_noted_and_timed(imaging, tmp_path):
    report = process(imaging, everything, folder=str(tmp_path))
    assert imaging.stages == [Stage.DECODE, Stage.DERIVE]
    assert list(report.timings) == ["decode", "run", "derive"]
    assert all(milliseconds >= 0 for milliseconds in report.timings.values())


def test_series_is_decoded_as_one_volume(imaging):
    report = process(imaging, count_slices, paths=("/a", "/b"), scope="series")
    assert imaging.asked == [("series", [Path("/a"), Path("/b")])]
    assert report.meta == {"slices": 3}


def test_measurements_alone_leave_no_folder(imaging, tmp_path):
    report = process(imaging, count_slices, scope="series", folder=str(tmp_path / "none"))
    assert report.outputs == ()
    assert not (tmp_path / "none").exists()


def test_bad_parameters_are_refused_before_decoding(imaging):
    with pytest.raises(InvalidParametersError, match="level"):
        process(imaging, everything, parameters={"level": "high"})
    assert imaging.asked == []


@pytest.mark.parametrize(
    ("algorithm", "values", "field"),
    [
        (everything, {"scope": "series"}, "pacs.scope"),
        (count_slices, {"scope": "image"}, "pacs.scope"),
        (everything, {"paths": ("/a", "/b")}, "pacs"),
        (everything, {"paths": ()}, "pacs"),
    ],
)
def test_request_that_does_not_fit_the_algorithm_is_refused(imaging, algorithm, values, field):
    with pytest.raises(InvalidJobError) as caught:
        process(imaging, algorithm, **values)
    assert [error.field for error in caught.value.errors] == [field]
    assert imaging.asked == []
