"""What a worker process sets up for itself, and how it ends when it cannot start or go on."""

from __future__ import annotations

import sys

import anyio
import pytest

from mip.errors import MipError, StateCorruptError, TransportCorruptError
from mip.settings import WorkerSettings
from mip.worker import run_worker, service

RECORDS, QUEUES = StateCorruptError("records"), TransportCorruptError("queues")
DEFECT = KeyError("defect")


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (RECORDS, RECORDS),
        (ExceptionGroup("", [DEFECT]), DEFECT),
        (ExceptionGroup("", [ExceptionGroup("", [RECORDS]), QUEUES]), RECORDS),
    ],
)
def test_what_a_group_of_tasks_failed_of_is_raised_as_itself(raised, expected):
    with pytest.raises(type(expected)) as caught, service._without_group():
        raise raised
    assert caught.value is expected


def test_group_with_a_defect_in_it_stays_whole():
    group = ExceptionGroup("", [RECORDS, DEFECT])
    with pytest.raises(ExceptionGroup) as caught, service._without_group():
        raise group
    assert caught.value is group


def test_worker_that_cannot_start_says_so_in_its_log(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(service, "configure", lambda **_: None)  # the log is this test's
    settings = WorkerSettings(
        queue_url=f"sqlite:{tmp_path / 'queue.db'}#q",
        output_bucket="nowhere:",
        algo_id="noop",
        pacs_api_base=f"folder:{tmp_path}",
        mip_state=f"sqlite:{tmp_path / 'state.db'}",
    )
    with pytest.raises(MipError):
        run_worker(settings)
    last = caplog.records[-1]
    assert (last.levelname, last.getMessage()) == ("ERROR", "worker.failed")


@pytest.fixture
def interval():
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("interval")
def test_worker_process_lets_no_thread_wait_long_for_another(monkeypatch):
    settings = WorkerSettings(
        queue_url="memory:#q",
        output_bucket="folder:out",
        algo_id="noop",
        pacs_api_base="folder:scans",
        mip_state="sqlite:state.db",
    )
    intervals = []
    monkeypatch.setattr(anyio, "run", lambda *_: intervals.append(sys.getswitchinterval()))
    monkeypatch.setattr(service, "configure", lambda **_: None)
    sys.setswitchinterval(0.005)
    assert run_worker(settings) == 0
    assert intervals == [pytest.approx(service.SWITCH_SECONDS)]
