"""The environment that a child process is started with."""

from __future__ import annotations

from mip.worker.handle import _environment


def test_numeric_libraries_get_the_child_s_share_of_threads():
    made = _environment(3)
    assert made["OMP_NUM_THREADS"] == made["OPENBLAS_NUM_THREADS"] == "3"


def test_waiting_threads_sleep_rather_than_spin():
    assert _environment(3)["OMP_WAIT_POLICY"] == "passive"


def test_the_rest_of_the_environment_is_kept(monkeypatch):
    monkeypatch.setenv("EXTRA_DEBUG", "1")
    assert _environment(1)["EXTRA_DEBUG"] == "1"
