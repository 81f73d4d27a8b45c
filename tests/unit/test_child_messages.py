"""Messages between a worker and its children, and the board that they share."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mip.errors import InvalidParametersError
from mip.worker import DerivedFile, ProcessReport, ProcessRequest
from mip.worker.messages import from_wire, pack, pack_request, readable, to_wire, unpack_request
from mip.worker.stages import Stage, StageBoard


def request(**values) -> ProcessRequest:
    return ProcessRequest(**{"paths": ("/a",), "scope": "image", "folder": "/out", **values})


def test_message_is_its_length_and_its_body():
    data = pack(request())
    assert int.from_bytes(data[:4], "big") == len(data) - 4
    assert unpack_request(data[4:]) == request()


@given(st.binary(min_size=1).filter(lambda name: b"\0" not in name))
def test_any_file_name_crosses(name):
    path = os.fsdecode(b"/" + name)
    wire = to_wire(path)
    wire.encode()
    assert from_wire(wire) == path


def test_paths_are_absolute_on_the_wire(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    packed = unpack_request(pack_request(request(paths=("a.dcm", "/b.dcm"), folder="out"))[4:])
    assert isinstance(packed, ProcessRequest)
    assert packed.paths == (str(tmp_path / "a.dcm"), "/b.dcm")
    assert packed.folder == str(tmp_path / "out")


def test_report_gets_back_the_names_that_are_not_unicode():
    path = os.fsdecode(b"/results/m\xfcnchen/1.dcm")
    output = DerivedFile(
        role="mask", sop_instance_uid="1.2", sop_class_uid="1.3", path=to_wire(path), sha256="0"
    )
    assert readable(ProcessReport(outputs=(output,))).outputs[0].path == path


@pytest.mark.parametrize("value", ["\udcff", object()])
def test_parameters_that_json_cannot_carry_are_refused(value):
    with pytest.raises(InvalidParametersError, match="JSON"):
        pack_request(request(parameters={"value": value}))


def test_stage_written_through_one_mapping_is_read_through_another():
    board = StageBoard.create()
    other = StageBoard(os.dup(board.fd))
    try:
        assert board.read()[0] is Stage.IDLE
        before = time.monotonic()
        other.enter(Stage.RUN)
        stage, since = board.read()
        assert stage is Stage.RUN
        assert before <= since <= time.monotonic()
    finally:
        other.close()
        board.close()


def test_board_works_without_memfd(monkeypatch):
    monkeypatch.delattr(os, "memfd_create")
    board = StageBoard.create()
    board.enter(Stage.DECODE)
    assert board.read()[0] is Stage.DECODE
    board.close()


def test_scribbled_board_reads_as_running():
    board = StageBoard.create()
    try:
        os.pwrite(board.fd, b"\x7f" * 16, 0)
        assert board.read()[0] is Stage.RUN
    finally:
        board.close()


def test_closing_a_board_twice_closes_nothing_else():
    board = StageBoard.create()
    fd = board.fd
    board.close()
    with Path(os.devnull).open() as reuse:
        board.close()
        assert os.fstat(reuse.fileno())
    assert fd != board.fd
