"""The table of an algorithm's statuses, whole; and what operators' changes make of a record."""

from __future__ import annotations

from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mip.contracts import (
    AlgorithmSpec,
    AlgorithmStatus,
    decode_patch,
    decode_registration,
)
from mip.control.changes import learned, patched, registered, scaled
from mip.control.lifecycle import (
    TABLE,
    Event,
    asked,
    found,
    queue_options,
    wanted_workers,
)
from mip.errors import AlgorithmInactiveError, InvalidRegistrationError, NotRegisteredError
from mip.outbox import REQUEST_QUEUE_OPTIONS
from tests.unit.control_house import make_record

STATUSES: tuple[AlgorithmStatus, ...] = get_args(AlgorithmStatus)
EVENTS: tuple[Event, ...] = get_args(Event)
ASKED: tuple[Event, ...] = ("start", "stop", "set_aside", "delete")
NOW = 1_700_000_000.0
LATER = "2023-11-14T22:13:20.000Z"

# From each status: by start, stop, provisioned, workers_ended, fail, set_aside, delete, removed.
EXPECTED: dict[AlgorithmStatus, tuple[AlgorithmStatus | None, ...]] = {
    "REGISTERED": (
        *("PROVISIONING", "SCALING_DOWN", None, None, "ERROR", "ERROR", "DELETING"),
        None,
    ),
    "PROVISIONING": (
        *("PROVISIONING", "SCALING_DOWN", "ACTIVE", None, "ERROR", "ERROR", "DELETING"),
        None,
    ),
    "ACTIVE": ("ACTIVE", "SCALING_DOWN", "ACTIVE", None, "ERROR", "ERROR", "DELETING", None),
    "SCALING_DOWN": (
        *("PROVISIONING", "SCALING_DOWN", None, "SCALED_DOWN", "ERROR", "ERROR", "DELETING"),
        None,
    ),
    "SCALED_DOWN": (
        *("PROVISIONING", "SCALED_DOWN", None, "SCALED_DOWN", None, "ERROR", "DELETING"),
        None,
    ),
    "DELETING": (None, None, None, None, "DELETING", None, "DELETING", "DELETED"),
    "DELETED": (None, None, None, None, None, None, None, None),
    "ERROR": (
        *("PROVISIONING", "SCALING_DOWN", None, None, "ERROR", "ERROR", "DELETING"),
        None,
    ),
}


@pytest.mark.parametrize(("status", "event"), [*product(STATUSES, EVENTS)])
def test_every_pair_of_status_and_event_goes_where_it_should(
    status: AlgorithmStatus, event: Event
) -> None:
    expected = EXPECTED[status][EVENTS.index(event)]
    assert TABLE.get((status, event)) == expected
    assert found(make_record(status), event) == (expected or status)


@pytest.mark.parametrize(("status", "event"), [*product(STATUSES, ASKED)])
def test_what_an_operator_asks_happens_or_is_refused(status: AlgorithmStatus, event: Event) -> None:
    expected = EXPECTED[status][EVENTS.index(event)]
    if expected is not None:
        assert asked(make_record(status), event) == expected
    elif status == "DELETED":
        with pytest.raises(NotRegisteredError):
            asked(make_record(status), event)
    else:
        with pytest.raises(AlgorithmInactiveError, match="being deleted"):
            asked(make_record(status), event)


@given(st.lists(st.sampled_from(EVENTS), max_size=30))
def test_a_deleted_algorithm_stays_so_and_a_delete_has_no_way_back(events: list[Event]) -> None:
    record = make_record("DELETING")
    for event in events:
        record = make_record(found(record, event))
    assert record.status == ("DELETED" if "removed" in events else "DELETING")


@pytest.mark.parametrize("status", STATUSES)
def test_only_algorithms_that_are_to_take_jobs_want_workers(status: AlgorithmStatus) -> None:
    wanted = wanted_workers(make_record(status, desired_count=3))
    assert wanted == (3 if status in {"PROVISIONING", "ACTIVE"} else 0)


def test_a_queue_of_foreign_workers_has_a_lower_limit_of_receives() -> None:
    assert queue_options(make_record(runtime="foreign")).max_receives == 3
    assert queue_options(make_record(runtime="native")) == REQUEST_QUEUE_OPTIONS
    assert queue_options(make_record(runtime="python")) == REQUEST_QUEUE_OPTIONS


# Changes


def test_a_registration_becomes_a_record() -> None:
    registration = decode_registration(
        {"name": "my_filter", "image_uri": "x/y:1", "env": {"EXTRA_DEBUG": True}, "cpu": 512}
    )
    record = registered(registration, now=NOW)
    assert (record.algorithm_id, record.status) == ("my-filter", "REGISTERED")
    assert (record.version, record.cpu, record.memory) == ("1.0.0", 512, 2048)
    assert (record.created_at, record.updated_at) == (LATER, LATER)
    assert record.env == {"EXTRA_DEBUG": "true"}
    assert record.parameters is None


def change(status: AlgorithmStatus = "ACTIVE", patch: dict[str, Any] | None = None, **of: object):
    return patched(make_record(status, **of), decode_patch(patch or {}), now=NOW)


def test_cpu_alone_raises_memory_and_says_so() -> None:
    record, notes = change(patch={"cpu": 4096})
    assert (record.cpu, record.memory, record.status) == (4096, 8192, "ACTIVE")
    assert notes == ("memory was set to 8192 MiB to go with cpu 4096",)
    assert record.updated_at == LATER


def test_memory_alone_raises_cpu_and_says_so() -> None:
    record, notes = change(patch={"memory": 16384})
    assert (record.cpu, record.memory) == (2048, 16384)
    assert notes == ("cpu was set to 2048 to go with memory 16384 MiB",)


@pytest.mark.parametrize(
    ("status", "patch", "count", "expected"),
    [
        ("ACTIVE", {"desired_count": 3}, 3, "ACTIVE"),
        ("ACTIVE", {"desired_count": 0}, 0, "SCALING_DOWN"),
        ("ACTIVE", {"status": "inactive"}, 0, "SCALING_DOWN"),
        ("ACTIVE", {"status": "active"}, 1, "ACTIVE"),
        ("ACTIVE", {"status": "SCALED_DOWN", "desired_count": 0}, 0, "SCALING_DOWN"),
        ("SCALED_DOWN", {"desired_count": 2}, 2, "PROVISIONING"),
        ("SCALED_DOWN", {"status": "ACTIVE"}, 1, "PROVISIONING"),
        ("SCALED_DOWN", {"status": "ACTIVE", "desired_count": 4}, 4, "PROVISIONING"),
        ("SCALED_DOWN", {"cpu": 2048}, 0, "SCALED_DOWN"),
        ("ERROR", {"image_uri": "window"}, 1, "PROVISIONING"),
    ],
)
def test_a_change_says_how_many_workers_are_wanted(
    status: AlgorithmStatus, patch: dict[str, Any], count: int, expected: AlgorithmStatus
) -> None:
    record, _ = change(status, patch)
    assert (record.desired_count, record.status) == (count, expected)


@pytest.mark.parametrize(
    "patch", [{"status": "ACTIVE", "desired_count": 0}, {"status": "inactive", "desired_count": 1}]
)
def test_a_status_that_contradicts_the_count_is_refused(patch: dict[str, Any]) -> None:
    with pytest.raises(InvalidRegistrationError) as caught:
        change(patch=patch)
    assert [error.field for error in caught.value.errors] == ["status"]


def test_a_status_that_changes_the_count_says_so() -> None:
    assert change(patch={"status": "inactive"}).notes == (
        "desired_count was set to 0 to make it SCALED_DOWN",
    )
    assert change("SCALED_DOWN", {"status": "ACTIVE"}).notes == (
        "desired_count was set to 1 to make it ACTIVE",
    )


def test_a_change_forgets_the_error_and_keeps_what_is_not_named() -> None:
    record, notes = change("ERROR", {"env": {"A": "1"}}, last_error="no", description="d")
    assert (record.last_error, record.env, record.description) == ("", {"A": "1"}, "d")
    assert notes == ()


def test_another_image_forgets_what_the_last_one_said_of_itself() -> None:
    record, _ = change(
        patch={"image_uri": "window"}, digest="abc", timeout_seconds=5.0, memory_bytes=7
    )
    assert (record.digest, record.timeout_seconds) == ("", 600.0)
    same, _ = change(patch={"image_uri": "threshold-filter"}, digest="abc", timeout_seconds=5.0)
    assert (same.digest, same.timeout_seconds) == ("abc", 5.0)


def test_what_the_code_declares_holds_and_a_change_of_it_is_told_so() -> None:
    _, notes = change(patch={"version": "9"}, digest="abc")
    assert notes == ("version: what the code itself declares holds",)
    assert change(patch={"version": "9"}).notes == ()


def test_scaling_changes_the_count_and_the_status() -> None:
    assert scaled(make_record("ACTIVE"), 0, now=NOW).status == "SCALING_DOWN"
    assert scaled(make_record("ACTIVE"), 3, now=NOW).desired_count == 3
    assert scaled(make_record("SCALING_DOWN"), 1, now=NOW).status == "PROVISIONING"


def test_code_completes_a_record_and_wins_over_what_was_registered() -> None:
    spec = AlgorithmSpec(
        id="threshold-filter",
        version="2.0.0",
        scope="series",
        description="Of the code",
        parameters={"type": "object", "properties": {}},
        digest="d",
        timeout_seconds=5.0,
        memory_bytes=6,
    )
    record = learned(make_record(parameters={"x": 1}, description=""), spec)
    assert record.spec == spec
    assert learned(make_record(description="Mine"), spec).description == "Mine"


@pytest.mark.parametrize("status", ["ERROR", "failed"])
def test_an_operator_can_set_an_algorithm_aside_and_take_it_back(status: str) -> None:
    record, _ = patched(make_record(), decode_patch({"status": status}), now=NOW)
    assert (record.status, record.desired_count, wanted_workers(record)) == ("ERROR", 1, 0)
    assert "set it ACTIVE" in record.last_error
    record, _ = patched(record, decode_patch({"status": "ACTIVE"}), now=NOW)
    assert (record.status, record.last_error) == ("PROVISIONING", "")
