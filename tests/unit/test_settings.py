from __future__ import annotations

import pytest

from mip.errors import SettingsError
from mip.settings import WorkerSettings, worker_settings
from mip.worker import ChildLimits

MINIMAL = {
    "QUEUE_URL": "sqlite:q.db#mip-window-requests.fifo",
    "OUTPUT_BUCKET": "folder:out",
    "ALGO_ID": "window",
    "PACS_API_BASE": "folder:in",
    "MIP_STATE": "sqlite:state.db",
}


def test_the_environment_becomes_settings() -> None:
    settings = worker_settings({**MINIMAL, "MIP_CONCURRENCY": "4", "MIP_DEBUG": "1", "PATH": "x"})
    assert settings.algo_id == "window"
    assert settings.mip_concurrency == 4
    assert settings.mip_debug is True


def test_every_missing_variable_is_named() -> None:
    with pytest.raises(SettingsError, match=r"OUTPUT_BUCKET, ALGO_ID"):
        worker_settings({k: v for k, v in MINIMAL.items() if k not in ("OUTPUT_BUCKET", "ALGO_ID")})


def test_a_wrong_variable_is_named() -> None:
    with pytest.raises(SettingsError, match="MIP_CONCURRENCY"):
        worker_settings({**MINIMAL, "MIP_CONCURRENCY": "many"})


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("MIP_CONCURRENCY", "many", "expected integer, got string"),
        ("MIP_CONCURRENCY", "-1", "expected integer of at least 0"),
        ("MIP_LEASE_SECONDS", "soon", "expected number, got string"),
        ("MIP_LOG", "secret", "expected one of console, json"),
    ],
)
def test_what_was_expected_is_said_in_plain_words(name: str, text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: {words}; see docs") as caught:
        worker_settings({**MINIMAL, name: text})
    assert text == "-1" or text not in str(caught.value)


def test_every_wrong_variable_is_named_beside_the_missing_ones() -> None:
    wrong = {"MIP_LEASE_SECONDS": "0", "MIP_MAX_ATTEMPTS": "none", "ALGO_ID": ""}
    with pytest.raises(SettingsError, match=r"ALGO_ID.*MIP_LEASE_SECONDS.*MIP_MAX_ATTEMPTS"):
        worker_settings({**MINIMAL, **wrong})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MIP_CONCURRENCY", "-1"),
        ("MIP_LEASE_SECONDS", "0"),
        ("MIP_LEASE_SECONDS", "nan"),
        ("MIP_LEASE_SECONDS", "inf"),
        ("MIP_DRAIN_SECONDS", "-1"),
        ("MIP_MAX_ATTEMPTS", "0"),
        ("MIP_MAX_CRASHES", "0"),
        ("MIP_RECORDS_DAYS", "29"),
        ("MIP_RECORDS_DAYS", "0"),
        ("MIP_DECODE_TIMEOUT_SECONDS", "0"),
        ("MIP_RUN_TIMEOUT_SECONDS", "-1"),
        ("MIP_MEMORY_MIB", "-1"),
        ("OMP_NUM_THREADS", "-1"),
        ("MIP_LOG", "xml"),
    ],
)
def test_a_value_that_cannot_work_is_refused(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=name):
        worker_settings({**MINIMAL, name: text})


def test_decoding_has_one_default_limit_with_and_without_a_worker() -> None:
    limit = worker_settings(MINIMAL).mip_decode_timeout_seconds
    assert ChildLimits().decode_timeout_seconds == limit


def test_settings_survive_the_way_through_an_environment() -> None:
    settings = worker_settings({**MINIMAL, "MIP_LEASE_SECONDS": "2.5"})
    assert worker_settings(settings.environment()) == settings
    assert isinstance(settings, WorkerSettings)
