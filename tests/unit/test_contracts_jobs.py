from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mip.contracts import (
    Job,
    PathReference,
    UidReference,
    Unreadable,
    decode_job,
    decode_request,
    encode_job,
    is_valid_id,
    make_job,
    make_retry,
    next_job_id,
    read_job,
)
from mip.errors import ContractError, InvalidJobError, UnsupportedVersionError

if TYPE_CHECKING:
    from mip.contracts import JsonValue

IMAGE: dict[str, JsonValue] = {"study_id": "s", "series_id": "s", "image_id": "i"}
DIALECT_A: dict[str, JsonValue] = {"client_id": "c", "pacs": IMAGE}
DIALECT_B: dict[str, JsonValue] = {
    "client_id": "c",
    "pacs": {"study_uid": "1.2", "series_uid": "1.2.3", "instance_uid": "1.2.3.4"},
}


EXTRAS: list[dict[str, JsonValue]] = [{}, {}, {"ordering_key": "k"}, {"ordering_key": "k"}]


def fields_of(error: InvalidJobError) -> set[str]:
    return {item.field for item in error.errors}


def test_dialect_a_is_read() -> None:
    request = decode_request(dict(DIALECT_A))
    assert request.pacs == PathReference(study_id="s", series_id="s", image_id="i")


def test_dialect_b_is_read() -> None:
    request = decode_request(dict(DIALECT_B))
    assert isinstance(request.pacs, UidReference)
    assert request.pacs.scope == "image"


def test_dialect_b_without_instance_means_the_series() -> None:
    request = decode_request({"client_id": "c", "pacs": {"study_uid": "1.2", "series_uid": "1.3"}})
    assert request.pacs.scope == "series"


def test_oldest_clients_may_name_themselves_in_callback() -> None:
    body: dict[str, JsonValue] = {"callback": {"client_id": "old"}, "pacs": DIALECT_A["pacs"]}
    assert decode_request(body).client_id == "old"


def test_every_bad_field_is_named() -> None:
    with pytest.raises(InvalidJobError) as caught:
        decode_request({"client_id": "a b", "colour": 1, "pacs": {"study_uid": "1.2", "x": 1}})
    assert fields_of(caught.value) == {"colour", "client_id", "pacs.x", "pacs.series_uid"}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("client_id", 5, "expected string, got integer"),
        ("callback_url", 1.5, "expected string or null, got number"),
        ("parameters", [], "expected object, got array"),
        ("pacs.study_id", None, "expected string, got null"),
        ("pacs.scope", "volume", "expected one of image, series"),
        ("pacs.instance_uids", True, "expected array or null, got boolean"),
        ("pacs.instance_uids[1]", 2, "expected string, got integer"),
    ],
)
def test_what_was_expected_is_said_in_the_words_of_json(
    field: str, value: JsonValue, words: str
) -> None:
    name, is_listed, _ = field.removeprefix("pacs.").partition("[")
    given: dict[str, JsonValue] = {name: ["1.2", value] if is_listed else value}
    if field.startswith("pacs."):
        given = {"pacs": {**IMAGE, **given}}
    with pytest.raises(InvalidJobError) as caught:
        decode_request({**DIALECT_A, **given})
    assert dict(caught.value.errors)[field] == words


@pytest.mark.parametrize(
    "image_id", ["../x", "/etc/passwd", "a//b", "a/./b", "a\x00b", "a\\b", "", "x" * 2000]
)
def test_hostile_path_ids_are_refused(image_id: str) -> None:
    body: dict[str, JsonValue] = {
        "client_id": "c",
        "pacs": {"study_id": "s", "series_id": "s", "image_id": image_id},
    }
    with pytest.raises(InvalidJobError) as caught:
        decode_request(body)
    assert fields_of(caught.value) == {"pacs.image_id"}


@pytest.mark.parametrize("uid", ["1", "1.", "1..2", ".1", "1.02", "1.2.a", "1." * 40 + "1", "../1"])
def test_wrong_uids_are_refused(uid: str) -> None:
    with pytest.raises(InvalidJobError):
        decode_request({"client_id": "c", "pacs": {"study_uid": uid, "series_uid": "1.2"}})


def test_paths_of_several_segments_are_ids() -> None:
    body: dict[str, JsonValue] = {
        "client_id": "c",
        "pacs": {
            "study_id": "liver1/dataset/D55-01",
            "series_id": "x",
            "image_id": "300/SHARP_300/IM-0135.dcm",
        },
    }
    assert isinstance(decode_request(body).pacs, PathReference)


def test_job_round_trips_and_ignores_keys_of_later_releases() -> None:
    job = make_job(decode_request(dict(DIALECT_B)), algo_id="window", version="1", now=0.0)
    body = encode_job(job)
    assert decode_job(body) == job
    assert decode_job(body[:-1] + b',"later":1}') == job


def test_a_newer_schema_is_refused() -> None:
    with pytest.raises(UnsupportedVersionError):
        decode_job(b'{"schema": 99}')


def test_a_made_job_id_is_a_version_7_uuid_in_order_of_time() -> None:
    request = decode_request(dict(DIALECT_A))
    first, second = (
        make_job(request, algo_id="window", version="1", now=now).job_id for now in (1e9, 1e9 + 1)
    )
    assert first < second
    assert first[14] == "7"


def test_jobs_group_by_ordering_key_when_one_is_given() -> None:
    jobs = [
        make_job(decode_request({**DIALECT_A, **extra}), algo_id="window", version="1", now=0.0)
        for extra in EXTRAS
    ]
    assert jobs[0].group_id != jobs[1].group_id
    assert jobs[2].group_id == jobs[3].group_id


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{", b"[" * 100_000])
def test_what_is_not_a_json_object_is_a_contract_error(body: bytes) -> None:
    with pytest.raises(ContractError):
        decode_request(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[]", "array"),
        (b"5", "integer"),
        (b'{"a": NaN}', "what is no JSON: invalid character (byte 6)"),
        (b'{"a": 1e400}', "a number out of range"),
        (b'{"a": 1' + b"0" * 5000 + b"}", "a number out of range"),
        (b'{"a": "\\ud800"}', "what is no JSON: invalid utf-16 surrogate pair (byte 7)"),
        (b'{"a": "\\udc00"}', "what is no JSON: invalid utf-16 surrogate pair (byte 13)"),
        (b"\xef\xbb\xbf{}", "a byte order mark before it; send UTF-8 without one"),
        (b'{"Doe": "\xff"}', "what is no UTF-8 (byte 9)"),
        (b'{"Doe": 1', "one that breaks off"),
        (b'{"Doe": 1}{', "what is no JSON: trailing characters (byte 11)"),
        (b'{"a":' * 100_000, "one that is nested too deeply"),
    ],
)
def test_what_is_wrong_with_a_body_is_told_with_its_place(body: bytes, words: str) -> None:
    with pytest.raises(ContractError) as caught:
        decode_request(body)
    assert str(caught.value) == f"expected one JSON object, got {words}"


BROKEN = b'{"client_id": "c", "job_id": "j", "pacs": 1}'


def read(body: bytes) -> Job | Unreadable:
    return read_job(body, algo_id="window", version="1.0", published_at=0.0)


def test_a_broken_message_is_read_as_a_job_of_its_client_that_cannot_run() -> None:
    message = read(BROKEN)
    assert isinstance(message, Unreadable)
    assert message.error.code == "contract.invalid_job"
    assert "algo_id" in message.error.message
    job = message.job
    assert job is not None
    assert (job.client_id, job.job_id, job.algo_id, job.version) == ("c", "j", "window", "1.0")
    assert job.submitted_at == "1970-01-01T00:00:00.000Z"
    assert decode_job(encode_job(job)) == job


@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        b"[]",
        b'{"client_id": 1, "job_id": "j"}',
        b'{"client_id": "c"}',
        b'{"client_id": "c", "job_id": "a b"}',
    ],
)
def test_a_message_that_does_not_tell_whose_job_it_is_is_nobody_s(body: bytes) -> None:
    message = read(body)
    assert isinstance(message, Unreadable)
    assert message.job is None


def test_a_message_of_a_newer_schema_is_unreadable_and_somebody_s() -> None:
    message = read(b'{"client_id": "c", "job_id": "j", "schema": 99}')
    assert isinstance(message, Unreadable)
    assert message.error.code == "contract.unsupported_version"
    assert message.job is not None


def test_the_reason_of_an_unreadable_message_is_short() -> None:
    message = read(b'{"client_id": "c", "job_id": "j", "schema": 1%s}' % (b"0" * 600))
    assert isinstance(message, Unreadable)
    assert len(message.error.message) == 500


def test_a_job_that_tells_no_time_was_submitted_when_its_message_was() -> None:
    body = b'{"client_id": "c", "job_id": "j", "algo_id": "window", "pacs": %s}'
    message = read(body % b'{"study_id": "s", "series_id": "s", "image_id": "i"}')
    assert isinstance(message, Job)
    assert message.submitted_at == "1970-01-01T00:00:00.000Z"


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=128))
def test_the_next_id_of_a_job_is_another_valid_id_that_does_not_grow(job_id: str) -> None:
    once = next_job_id(job_id)
    twice = next_job_id(once)
    assert is_valid_id(once)
    assert once == next_job_id(job_id) != job_id
    assert twice not in (once, job_id)
    assert len(twice) == len(once)


def test_a_retry_is_the_same_request_under_a_new_id() -> None:
    job = make_job(decode_request({**DIALECT_A, "job_id": "j"}), algo_id="w", version="1", now=0.0)
    retry = make_retry(job, now=60.0)
    assert retry == replace(
        job, job_id=next_job_id("j"), parent="j", submitted_at="1970-01-01T00:01:00.000Z"
    )
    assert make_retry(retry, now=60.0).parent == retry.job_id


def test_a_parent_that_can_be_no_job_is_refused() -> None:
    job = make_job(decode_request({**DIALECT_A}), algo_id="window", version="1", now=0.0)
    with pytest.raises(InvalidJobError) as caught:
        decode_job(encode_job(replace(job, parent="a b")))
    assert fields_of(caught.value) == {"parent"}


def test_a_client_cannot_say_what_its_job_s_parent_is() -> None:
    with pytest.raises(InvalidJobError) as caught:
        decode_request({**DIALECT_A, "parent": "j"})
    assert fields_of(caught.value) == {"parent"}
