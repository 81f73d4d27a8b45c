from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mip.errors import (
    AlgorithmFailedError,
    Discard,
    InstanceNotFoundError,
    MalformedDicomError,
    PacsAuthError,
    PacsError,
    PacsRefusedError,
    RetryAfter,
    StorageError,
)
from mip.worker.options import WorkerOptions
from mip.worker.policy import (
    Decision,
    Fail,
    TryAgain,
    after_failure,
    backoff,
    describe,
    has_crashed_too_often,
    is_outage,
    prefetch,
)

OPTIONS = WorkerOptions(max_attempts=3, max_crashes=10)


def decide(
    error: Exception,
    *,
    failures: int = 0,
    age_seconds: float = 0.0,
    outages: int = 0,
    outage_seconds: float = 0.0,
) -> Decision:
    return after_failure(
        error,
        failures=failures,
        age_seconds=age_seconds,
        outages=outages,
        outage_seconds=outage_seconds,
        jitter=0.0,
        options=OPTIONS,
    )


@pytest.mark.parametrize(
    "error", [MalformedDicomError("m"), InstanceNotFoundError("m"), Discard("m")]
)
def test_a_permanent_failure_ends_the_job_at_once(error: Exception) -> None:
    assert isinstance(decide(error), Fail)


@pytest.mark.parametrize("error", [AlgorithmFailedError("m"), ValueError("m")])
def test_other_failures_are_tried_to_the_limit(error: Exception) -> None:
    decisions = [decide(error, failures=failures) for failures in range(3)]
    assert [isinstance(decision, Fail) for decision in decisions] == [False, False, True]


@pytest.mark.parametrize("error", [PacsError("m"), StorageError("m")])
def test_an_outage_is_waited_out_and_is_no_attempt(error: Exception) -> None:
    for outages, seconds in ((1, 1.0), (2, 2.0), (100, 60.0)):
        decision = decide(error, failures=2, outages=outages, outage_seconds=seconds)
        assert decision == TryAgain(describe(error), min(30.0, 0.5 * 2.0 ** (outages - 1)), False)


def test_an_outage_without_end_is_tried_to_the_limit() -> None:
    decisions = [
        decide(PacsError("m"), failures=failures, outages=99, outage_seconds=600.0)
        for failures in range(3)
    ]
    assert [isinstance(decision, Fail) for decision in decisions] == [False, False, True]


def test_a_pacs_that_lets_nobody_in_is_an_outage_until_it_is_given_up() -> None:
    error = PacsAuthError("m")
    early = decide(error, outages=9, outage_seconds=599.0)
    assert isinstance(early, TryAgain)
    assert not early.counts
    assert isinstance(decide(error, outages=9, outage_seconds=600.0), Fail)


def test_an_image_that_is_not_there_is_no_outage() -> None:
    assert is_outage(PacsError("m"))
    assert not is_outage(PacsRefusedError("m"))
    assert not is_outage(InstanceNotFoundError("m"))
    assert not is_outage(AlgorithmFailedError("m"))


def test_putting_off_is_no_attempt_and_has_no_count() -> None:
    decision = decide(RetryAfter(90.0), failures=99)
    assert isinstance(decision, TryAgain)
    assert not decision.counts
    assert decision.delay_seconds == 90.0


@pytest.mark.parametrize(("seconds", "pause"), [(0.0, 1.0), (0.25, 1.0), (1.5, 1.5)])
def test_a_job_that_is_put_off_for_no_time_waits_a_second(seconds: float, pause: float) -> None:
    decision = decide(RetryAfter(seconds))
    assert isinstance(decision, TryAgain)
    assert decision.delay_seconds == pause


def test_a_job_is_not_put_off_for_ever() -> None:
    assert isinstance(decide(RetryAfter(1.0), age_seconds=8 * 86_400.0), Fail)


def test_a_job_is_not_put_off_until_its_queue_has_dropped_it() -> None:
    day = 86_400.0
    assert isinstance(decide(RetryAfter(8 * day), age_seconds=6.5 * day), Fail)
    assert isinstance(decide(RetryAfter(7 * day), age_seconds=6.5 * day), TryAgain)


def test_an_unknown_exception_is_named_by_its_type_alone() -> None:
    info = describe(ValueError("Doe^Jane"))
    assert "Doe" not in info.message
    assert "ValueError" in info.message
    assert info.code == "worker.internal"


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_backoff_stays_between_half_and_all_of_its_ceiling(failures: int, jitter: float) -> None:
    pause = backoff(failures, jitter=jitter, options=OPTIONS)
    ceiling = min(OPTIONS.max_backoff_seconds, OPTIONS.backoff_seconds * 2.0 ** min(failures, 30))
    assert ceiling / 2 <= pause <= ceiling


def test_a_job_that_crashed_to_the_limit_is_not_started_again() -> None:
    assert not has_crashed_too_often(9, options=OPTIONS)
    assert has_crashed_too_often(10, options=OPTIONS)


@given(st.floats(0, 1e6), st.integers(1, 64), st.integers(0, 200))
def test_what_is_prefetched_is_begun_soon(mean: float, concurrency: int, most: int) -> None:
    options = WorkerOptions(concurrency=concurrency, prefetch=most)
    count = prefetch(mean, options=options)
    assert 0 <= count <= most
    assert count * mean / concurrency <= 0.5 + 1e-9
