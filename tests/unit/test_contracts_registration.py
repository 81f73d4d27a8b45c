from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from mip.contracts import (
    AlgorithmPatch,
    AlgorithmRecord,
    AlgorithmSpec,
    Registration,
    check_parameters,
    decode_patch,
    decode_registration,
    patched_pair,
    show_public,
    show_record,
)
from mip.contracts.fargate import MEMORY_OF_CPU, is_valid_pair
from mip.contracts.registration import (
    MAX_COMMAND,
    MAX_DESCRIPTION,
    MAX_DESIRED_COUNT,
    MAX_ENV,
    MAX_IMAGE_URI,
    MAX_TEXT,
    RESERVED_ENV,
)
from mip.errors import InvalidRegistrationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mip.contracts import AlgorithmStatus, JsonValue

    Fields = dict[str, JsonValue]

LEAST: Fields = {"algo_id": "processing_1", "image_uri": "python:mip.algorithms:window"}
SIGMA: Fields = {"sigma": {"type": "number", "default": 1.5}}
RECORD = AlgorithmRecord(
    algorithm_id="window",
    version="1.0.0",
    status="ACTIVE",
    image_uri="registry.example.com/window:latest",
    cpu=1024,
    memory=2048,
    desired_count=1,
    env={"SECRET": "s"},
    parameters={"type": "object", "properties": SIGMA},
    digest="0" * 64,
    created_at="2026-01-02T03:04:05.678Z",
    updated_at="2026-01-02T03:04:05.678Z",
)
VALID_PAIRS = [
    (cpu, memory)
    for cpu, row in MEMORY_OF_CPU.items()
    for memory in row
    if is_valid_pair(cpu, memory)
]


def bad_fields(decode: Callable[[Fields], object], value: Fields) -> dict[str, str]:
    """Return the fields that are refused, and why."""
    with pytest.raises(InvalidRegistrationError) as caught:
        decode(value)
    fields = [error.field for error in caught.value.errors]
    assert len(set(fields)) == len(fields)
    return {error.field: error.message for error in caught.value.errors}


def registering(**fields: JsonValue) -> Fields:
    return {**LEAST, **fields}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("desired_count", 1001, "expected integer of at most 1000"),
        ("desired_count", "2", "expected integer, got string"),
        ("description", None, "expected string, got null"),
        ("algorithm_type", "perl", "expected one of python, openmp"),
        ("scope", "volume", "expected one of image, series"),
    ],
)
def test_what_was_expected_is_said_in_the_words_of_json(
    field: str, value: JsonValue, words: str
) -> None:
    assert bad_fields(decode_registration, registering(**{field: value})) == {field: words}


# The two sets of fields


def test_what_is_left_out_has_its_default() -> None:
    assert decode_registration(LEAST) == Registration(
        algorithm_id="processing-1",
        image_uri="python:mip.algorithms:window",
        version="",
        cpu=1024,
        memory=2048,
        desired_count=1,
        command=("/app/worker.sh",),
        env={},
        algorithm_type="python",
        runtime="python",
        scope=None,
        description="",
        parameters=None,
    )


def test_every_field_is_read() -> None:
    read = decode_registration(
        {
            "name": "edges",
            "image_uri": "registry.example.com/mip-edges:latest",
            "version": "2.1.0",
            "cpu": 2048,
            "memory": 8192,
            "desired_count": 3,
            "command": ["/app/run", "--fast"],
            "env": {"OMP_NUM_THREADS": 4, "EXTRA_DEBUG": True, "SHARE": 0.5, "MODE": "a b"},
            "algorithm_type": "openmp",
            "runtime": "foreign",
            "scope": "series",
            "description": "Find edges.",
            "parameters": {"type": "object", "properties": SIGMA, "required": ["sigma"]},
        }
    )
    assert read == Registration(
        algorithm_id="edges",
        image_uri="registry.example.com/mip-edges:latest",
        version="2.1.0",
        cpu=2048,
        memory=8192,
        desired_count=3,
        command=("/app/run", "--fast"),
        env={"OMP_NUM_THREADS": "4", "EXTRA_DEBUG": "true", "SHARE": "0.5", "MODE": "a b"},
        algorithm_type="openmp",
        runtime="foreign",
        scope="series",
        description="Find edges.",
        parameters={"type": "object", "properties": SIGMA, "required": ["sigma"]},
    )


@pytest.mark.parametrize("key", ["algo_id", "name", "algorithm_id"])
def test_the_id_has_three_names(key: str) -> None:
    read = decode_registration({key: "otsu_1", "image_uri": "python:m:n"})
    assert read.algorithm_id == "otsu-1"


def test_an_id_that_is_given_twice_must_be_one() -> None:
    assert decode_registration(registering(name="processing-1")).algorithm_id == "processing-1"
    assert bad_fields(decode_registration, registering(name="other")) == {
        "name": "differs from algo_id; send one"
    }
    value: Fields = registering(name="processing_1", algorithm_id="other")
    assert bad_fields(decode_registration, value) == {
        "algorithm_id": "differs from algo_id; send one"
    }


@pytest.mark.parametrize(
    "algorithm_id",
    ["", "ab", "a" * 57, "A-b", "a--b", "a_-b", "-ab", "ab-", "../x", "a\0b", 7, None],
)
def test_a_wrong_id_is_refused(algorithm_id: JsonValue) -> None:
    assert set(bad_fields(decode_registration, registering(algo_id=algorithm_id))) == {"algo_id"}


@pytest.mark.parametrize(("kind", "runtime"), [("python", "python"), ("openmp", "native")])
def test_the_type_says_how_it_runs_unless_the_runtime_does(kind: str, runtime: str) -> None:
    assert decode_registration(registering(algorithm_type=kind)).runtime == runtime
    foreign = decode_registration(registering(algorithm_type=kind, runtime="foreign"))
    assert foreign.runtime == "foreign"


# What is refused


def test_nothing_at_all_misses_the_id_and_the_image() -> None:
    assert set(bad_fields(decode_registration, {})) == {"algo_id", "image_uri"}


def test_every_bad_field_is_named() -> None:
    value: Fields = {
        "name": "A",
        "image_uri": 7,
        "version": "1 0",
        "cpu": "1024",
        "memory": 1,
        "desired_count": -1,
        "command": "/app/worker.sh",
        "env": {"A": None, "1A": "x", "B": "ok"},
        "algorithm_type": "fortran",
        "runtime": "jvm",
        "scope": "study",
        "description": ["d"],
        "parameters": {"sigma": {"type": "float"}},
        "colour": "red",
        "status": "ACTIVE",
    }
    bad = set(bad_fields(decode_registration, value))
    assert bad == {*value, "env.A", "env.1A"} - {"env"}


@pytest.mark.parametrize("decode", [decode_registration, decode_patch])
@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("image_uri", "x" * MAX_IMAGE_URI, "x" * (MAX_IMAGE_URI + 1)),
        ("image_uri", "python:m:n", ""),
        ("image_uri", "file:/a b", "file:/a\nb"),
        ("version", "1.0.0-rc.1+b_2", "1.0.0-"),
        ("version", "x" * 64, ""),
        ("description", "d" * MAX_DESCRIPTION, "d" * (MAX_DESCRIPTION + 1)),
        ("desired_count", 0, -1),
        ("desired_count", MAX_DESIRED_COUNT, MAX_DESIRED_COUNT + 1),
        ("desired_count", 2, 2.5),
        ("desired_count", 1, True),
        ("command", ["a"], []),
        ("command", ["a"] * MAX_COMMAND, ["a"] * (MAX_COMMAND + 1)),
        ("command", ["a" * MAX_TEXT], ["a" * (MAX_TEXT + 1)]),
        ("command", ["a", ""], ["a\0b"]),
        ("env", {f"A{n}": "" for n in range(MAX_ENV)}, {f"A{n}": "" for n in range(MAX_ENV + 1)}),
        ("env", {}, ["A=1"]),
    ],
)
def test_limits_are_kept(
    decode: Callable[[Fields], Registration | AlgorithmPatch],
    field: str,
    good: JsonValue,
    bad: JsonValue,
) -> None:
    start: Fields = LEAST if decode is decode_registration else {}
    assert isinstance(decode({**start, field: good}), Registration | AlgorithmPatch)
    assert set(bad_fields(decode, {**start, field: bad})) == {field}


def test_a_wrong_word_of_a_command_is_named() -> None:
    assert set(bad_fields(decode_registration, registering(command=["a", 1]))) == {"command[1]"}


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A=B", "\u00c4", "A" * 129, "A\n"])
def test_a_variable_with_a_wrong_name_is_refused(name: str) -> None:
    assert set(bad_fields(decode_registration, registering(env={name: "x"}))) == {
        f"env.{name[:128]}"
    }


@pytest.mark.parametrize("name", sorted(RESERVED_ENV))
def test_variables_of_the_platform_are_refused(name: str) -> None:
    assert bad_fields(decode_registration, registering(env={name: "x"})) == {
        f"env.{name}": "is given by the platform; choose another name"
    }


@pytest.mark.parametrize("value", [None, [], {}, "a\0b", "a" * (MAX_TEXT + 1)])
def test_a_variable_with_a_wrong_value_is_refused(value: JsonValue) -> None:
    assert set(bad_fields(decode_registration, registering(env={"A": value}))) == {"env.A"}


# CPU and memory


@pytest.mark.parametrize(
    ("given_fields", "pair"),
    [
        ({}, (1024, 2048)),
        ({"cpu": 4096}, (4096, 8192)),
        ({"cpu": 256}, (256, 2048)),
        ({"memory": 8192}, (1024, 8192)),
        ({"memory": 16384}, (2048, 16384)),
        ({"memory": 512}, (256, 512)),
        ({"cpu": None, "memory": None}, (1024, 2048)),
        ({"cpu": 512, "memory": 1024}, (512, 1024)),
    ],
)
def test_of_cpu_and_memory_one_follows_the_other(
    given_fields: Fields, pair: tuple[int, int]
) -> None:
    read = decode_registration(registering(**given_fields))
    assert (read.cpu, read.memory) == pair


@pytest.mark.parametrize(
    ("given_fields", "field", "message"),
    [
        ({"cpu": 1000}, "cpu", "expected one of 256, 512, 1024, 2048, 4096, 8192, 16384, got 1000"),
        ({"memory": 3000}, "memory", "such as 2048, got 3000"),
        ({"cpu": 256, "memory": 4096}, "memory", "got 4096; the nearest is 2048"),
        ({"cpu": 1000, "memory": 2048}, "cpu", "got 1000"),
    ],
)
def test_a_pair_that_is_not_offered_is_refused(
    given_fields: Fields, field: str, message: str
) -> None:
    bad = bad_fields(decode_registration, registering(**given_fields))
    assert set(bad) == {field}
    assert message in bad[field]


@pytest.mark.parametrize(
    ("change", "pair", "notes"),
    [
        ({"description": "d"}, (1024, 2048), ()),
        ({"memory": 3072}, (1024, 3072), ()),
        ({"cpu": 512}, (512, 2048), ()),
        ({"cpu": 4096}, (4096, 8192), ("memory was set to 8192 MiB to go with cpu 4096",)),
        ({"memory": 16384}, (2048, 16384), ("cpu was set to 2048 to go with memory 16384 MiB",)),
        ({"memory": 512}, (256, 512), ("cpu was set to 256 to go with memory 512 MiB",)),
        ({"cpu": 256, "memory": 512}, (256, 512), ()),
    ],
)
def test_a_change_of_one_moves_the_other_and_says_so(
    change: Fields, pair: tuple[int, int], notes: tuple[str, ...]
) -> None:
    assert patched_pair(decode_patch(change), cpu=1024, memory=2048) == (*pair, notes)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cpu": 1000}, "cpu"),
        ({"memory": 1000}, "memory"),
        ({"cpu": 256, "memory": 4096}, "memory"),
    ],
)
def test_a_change_to_what_is_not_offered_is_refused(change: Fields, field: str) -> None:
    def decode(value: Fields) -> object:
        return patched_pair(decode_patch(value), cpu=1024, memory=2048)

    assert set(bad_fields(decode, change)) == {field}


@given(
    before=st.sampled_from(VALID_PAIRS),
    fields=st.fixed_dictionaries(
        {},
        optional={
            "cpu": st.sampled_from(sorted(MEMORY_OF_CPU)),
            "memory": st.sampled_from(sorted({memory for _, memory in VALID_PAIRS})),
        },
    ),
)
def test_whatever_is_changed_a_valid_pair_stays_one(
    before: tuple[int, int], fields: dict[str, int]
) -> None:
    wanted = (fields.get("cpu", before[0]), fields.get("memory", before[1]))
    patch = decode_patch({"description": "d", **fields})
    if len(fields) == 2 and not is_valid_pair(*wanted):
        with pytest.raises(InvalidRegistrationError):
            patched_pair(patch, cpu=before[0], memory=before[1])
        return
    cpu, memory, notes = patched_pair(patch, cpu=before[0], memory=before[1])
    assert is_valid_pair(cpu, memory)
    assert fields.items() <= {"cpu": cpu, "memory": memory}.items()
    assert bool(notes) == ((cpu, memory) != wanted)


# Parameter schemas


@pytest.mark.parametrize(
    ("parameters", "properties"),
    [
        (SIGMA, SIGMA),
        ({"type": "object", "properties": SIGMA}, SIGMA),
        ({"properties": SIGMA}, SIGMA),
        ({}, {}),
        ({"type": "object"}, {}),
        ({"type": {"type": "string"}}, {"type": {"type": "string"}}),
        (
            {"type": "object", "properties": {"type": {"type": "string"}}},
            {"type": {"type": "string"}},
        ),
        ({"properties": {"type": "integer"}}, {"properties": {"type": "integer"}}),
        ({"required": {"type": "boolean"}}, {"required": {"type": "boolean"}}),
    ],
)
def test_parameters_are_a_schema_or_a_schema_for_each_name(
    parameters: Fields, properties: Fields
) -> None:
    for schema in (
        decode_registration(registering(parameters=parameters)).parameters,
        decode_patch({"parameters": parameters}).parameters,
    ):
        assert isinstance(schema, dict)
        assert schema["type"] == "object"
        assert schema.get("properties", {}) == properties


def test_the_schema_of_a_map_of_names_checks_parameters() -> None:
    schema = decode_registration(registering(parameters=SIGMA)).parameters
    assert schema is not None
    assert check_parameters(schema, {}) == {"sigma": 1.5}


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({"sigma": {"type": "float"}}, "sigma.type"),
        ({"sigma": 1.5}, "sigma"),
        ({"type": "string"}, "object schema"),
        ({"type": "object", "properties": SIGMA, "$ref": "x"}, "ref"),
        ({"type": "object", "properties": SIGMA, "required": ["tau"]}, "required"),
        ({"sigma": {"type": "number", "default": "x"}}, "sigma.default"),
    ],
)
def test_a_schema_outside_the_subset_is_refused(parameters: Fields, word: str) -> None:
    bad = bad_fields(decode_registration, registering(parameters=parameters))
    assert set(bad) == {"parameters"}
    assert word in bad["parameters"]
    assert bad_fields(decode_patch, {"parameters": parameters}) == bad


# Changing


def test_what_is_not_changed_is_unset() -> None:
    patch = decode_patch({"env": {"A": 1, "B": False}, "cpu": 512})
    assert patch == AlgorithmPatch(env={"A": "1", "B": "false"}, cpu=512)
    assert patch.memory is patch.status is patch.parameters is UNSET


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("ACTIVE", "ACTIVE"),
        ("active", "ACTIVE"),
        ("Scaled_Down", "SCALED_DOWN"),
        ("inactive", "SCALED_DOWN"),
        ("INACTIVE", "SCALED_DOWN"),
        ("failed", "ERROR"),
        ("error", "ERROR"),
    ],
)
def test_a_status_is_read_in_any_case_and_by_its_other_name(
    text: str, status: AlgorithmStatus
) -> None:
    assert decode_patch({"status": text}).status == status


@pytest.mark.parametrize("text", ["DELETED", "registered", "PROVISIONING", "", "on", 1, None])
def test_a_status_that_the_platform_sets_is_refused(text: JsonValue) -> None:
    assert set(bad_fields(decode_patch, {"status": text})) == {"status"}


def test_an_empty_change_is_refused() -> None:
    bad = bad_fields(decode_patch, {})
    assert set(bad) == {"body"}
    assert "image_uri" in bad["body"]


def test_every_bad_field_of_a_change_is_named() -> None:
    value: Fields = {
        "algo_id": "other",
        "scope": "image",
        "cpu": "512",
        "memory": None,
        "image_uri": "",
        "status": "gone",
        "parameters": None,
        "env": {"ALGO_ID": "x"},
    }
    assert set(bad_fields(decode_patch, value)) == {*value, "env.ALGO_ID"} - {"env"}


# Showing


def test_operators_see_every_field_and_both_spellings_of_the_id() -> None:
    shown = show_record(RECORD)
    assert set(shown) == {*AlgorithmRecord.__struct_fields__, "name"}
    assert shown["algorithm_id"] == shown["name"] == "window"
    assert shown["command"] == ["/app/worker.sh"]
    assert shown["env"] == {"SECRET": "s"}
    assert shown["resource_status"] == {
        "queue_url": "",
        "queue_arn": "",
        "dlq_url": "",
        "task_definition": "",
        "service": "",
    }
    assert msgspec.json.decode(msgspec.json.encode(shown)) == shown


def test_clients_see_nothing_of_where_and_how_it_runs() -> None:
    assert show_public(RECORD) == {
        "algorithm_id": "window",
        "name": "window",
        "version": "1.0.0",
        "status": "ACTIVE",
        "scope": None,
        "description": "",
        "parameters": {"type": "object", "properties": SIGMA},
    }


def test_only_an_active_algorithm_takes_jobs() -> None:
    assert RECORD.takes_jobs
    assert not replace(RECORD, status="SCALED_DOWN").takes_jobs
    assert not replace(RECORD, status="ERROR").takes_jobs


def test_a_record_tells_the_algorithm_that_jobs_are_checked_against() -> None:
    assert RECORD.spec == AlgorithmSpec(
        id="window",
        version="1.0.0",
        scope="image",
        parameters={"type": "object", "properties": SIGMA},
        digest="0" * 64,
    )
    assert replace(RECORD, scope="series", parameters=None).spec.scope == "series"
