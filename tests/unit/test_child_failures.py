"""Failures, from the exception in a child to the exception in its parent."""

from __future__ import annotations

import inspect
import json
import math
from pathlib import Path

import pytest

from mip import errors
from mip.errors import (
    AlgorithmFailedError,
    AlgorithmMemoryError,
    DecodeFailedError,
    Discard,
    FieldError,
    FieldsError,
    ImageTooLargeError,
    InvalidAlgorithmError,
    MipError,
    RetryAfter,
    StorageError,
)
from mip.worker.failures import MAX_RETRY_SECONDS, MAX_TEXT_LENGTH, describe, rebuild
from mip.worker.messages import Failure, pack, unpack_answer
from mip.worker.stages import Stage

PATIENT = "Doe^Jane"

ERRORS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, MipError) and kind is not MipError and not kind.__name__.startswith("_")
]


class PanicException(BaseException):
    """As decoders written in Rust raise it."""


def sent(error: BaseException, *, stage: Stage = Stage.RUN, author: bool = False) -> Failure:
    """Describe an error and send it over the wire."""
    failure = describe(error, stage=stage, source=Path(__file__), with_traceback=author)
    answer = unpack_answer(pack(failure)[4:])
    assert isinstance(answer, Failure)
    return answer


def crossed(error: BaseException, *, stage: Stage = Stage.RUN) -> Exception:
    return rebuild(sent(error, stage=stage))


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_of_ours_arrives_as_it_was(kind, stage):
    if issubclass(kind, FieldsError):
        error = kind([FieldError("a.b", "is wrong"), FieldError("c", "is unknown")], 3)
    else:
        error = kind("expected one thing, got another")
    arrived = crossed(error, stage=stage)
    assert type(arrived) is kind
    assert str(arrived) == str(error)
    assert getattr(arrived, "errors", ()) == getattr(error, "errors", ())


@pytest.mark.parametrize(
    ("stage", "error", "kind", "words"),
    [
        (Stage.LOAD, RuntimeError(PATIENT), InvalidAlgorithmError, "not load: RuntimeError"),
        (Stage.DECODE, ValueError(PATIENT), DecodeFailedError, "ValueError"),
        (Stage.DECODE, PanicException(PATIENT), DecodeFailedError, "PanicException"),
        (Stage.DECODE, MemoryError(), ImageTooLargeError, "memory"),
        (Stage.DECODE, FileNotFoundError(2, "No such file", PATIENT), StorageError, "No such file"),
        (Stage.RUN, ValueError(PATIENT), AlgorithmFailedError, "raised ValueError"),
        (Stage.RUN, SystemExit(PATIENT), AlgorithmFailedError, "raised SystemExit"),
        (Stage.RUN, OSError(28, "No space left"), AlgorithmFailedError, "raised OSError"),
        (Stage.RUN, MemoryError(), AlgorithmMemoryError, "memory"),
        (Stage.DERIVE, OSError(28, "No space left", PATIENT), StorageError, "No space left"),
        (Stage.DERIVE, OSError(PATIENT), StorageError, "OSError"),
        (Stage.DERIVE, TypeError(PATIENT), AlgorithmFailedError, "derived.*TypeError"),
        (Stage.DERIVE, MemoryError(), AlgorithmMemoryError, "memory"),
    ],
)
def test_foreign_exception_is_classified_by_stage_without_its_text(stage, error, kind, words):
    arrived = crossed(error, stage=stage)
    assert type(arrived) is kind
    assert PATIENT not in str(arrived)
    with pytest.raises(kind, match=words):
        raise arrived


def test_line_is_the_last_one_in_the_algorithms_own_file():
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(PATIENT)  # raised three calls deeper
    line = caught.tb.tb_lineno
    assert str(crossed(caught.value)) == (
        f"the algorithm raised JSONDecodeError at line {line} of {Path(__file__).name}"
    )


def test_code_without_a_file_has_no_line_to_tell():
    failure = describe(ValueError(), stage=Stage.RUN, source=None, with_traceback=False)
    assert failure.message == "the algorithm raised ValueError"


def test_error_class_that_only_the_author_knows_is_a_failure_of_the_algorithm():
    class OwnError(errors.AlgorithmError):
        code = "own.code"

    arrived = crossed(OwnError("the model is missing"))
    assert type(arrived) is AlgorithmFailedError
    assert str(arrived) == "the model is missing"


@pytest.mark.parametrize("seconds", [0, 30, MAX_RETRY_SECONDS])
def test_pause_arrives_with_its_reason(seconds):
    arrived = crossed(RetryAfter(seconds, "busy"))
    assert isinstance(arrived, RetryAfter)
    assert (arrived.seconds, arrived.reason) == (seconds, "busy")


@pytest.mark.parametrize(
    "seconds", [-1, math.nan, math.inf, "soon", None, 10**400, MAX_RETRY_SECONDS + 1]
)
def test_pause_that_cannot_be_waited_is_a_failure_of_the_algorithm(seconds):
    arrived = crossed(RetryAfter(seconds, "busy"))
    assert type(arrived) is AlgorithmFailedError
    assert str(arrived) == "expected RetryAfter with 0 to 1209600 seconds, got something else"


def test_reason_of_a_discard_arrives():
    arrived = crossed(Discard("no liver"))
    assert isinstance(arrived, Discard)
    assert arrived.reason == "no liver"


def test_long_name_of_a_class_is_cut_and_what_it_has_of_control_characters_escaped():
    kind = type("Odd\nName\x1b[31m" * 100, (Exception,), {})
    message = str(crossed(kind()))
    assert message.startswith(r"the algorithm raised Odd\nName\x1b[31m")
    assert "…" in message
    assert len(message) < 150
    assert message.isprintable()


def test_long_text_is_cut_visibly_and_invalid_text_repaired():
    text = str(crossed(AlgorithmFailedError("x" * 5000)))
    assert len(text) == MAX_TEXT_LENGTH
    assert text.endswith("x…")
    reason = str(crossed(Discard("x" * 15_000)))
    assert (len(reason), reason[-1]) == (MAX_TEXT_LENGTH, "…")
    assert str(crossed(AlgorithmFailedError("file \udcff"))) == "file ?"


def test_traceback_is_sent_only_when_it_is_asked_for():
    assert sent(ValueError(PATIENT)).traceback == ""
    failure = sent(ValueError(PATIENT), author=True)
    assert PATIENT in failure.traceback
    assert rebuild(failure).__notes__ == [failure.traceback]


def test_child_is_spent_after_running_out_of_memory_only():
    assert sent(MemoryError()).is_spent
    assert not sent(ValueError()).is_spent
