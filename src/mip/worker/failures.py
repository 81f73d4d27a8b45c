"""Failures on their way from a child to its parent.

In the child an exception becomes a :class:`~mip.worker.messages.Failure`; in the parent that
becomes the same exception again. Text of an author's or a library's exception may quote patient
data, so it is left behind: its type and its line are told instead.
"""

from __future__ import annotations

import traceback
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..contracts.results import shortened
from ..errors import (
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
from .messages import Failure
from .stages import Stage

if TYPE_CHECKING:
    from types import TracebackType

RETRY_AFTER = "retry_after"
DISCARD = "discard"
MAX_TEXT_LENGTH = 1000
MAX_NAME_LENGTH = 80
MAX_RETRY_SECONDS = 14 * 86_400.0
"""As long as a queue keeps a message."""


def describe(
    error: BaseException, *, stage: Stage, source: Path | None, with_traceback: bool
) -> Failure:
    """Turn an exception that a child caught into a message.

    Parameters
    ----------
    error : BaseException
        Decoders raise BaseExceptions of their own, and authors call ``sys.exit``.
    stage : Stage
        What the child was doing.
    source : Path or None
        The algorithm's file; the line given is the last one in it.
    with_traceback : bool
        Tell the author everything; not for logs or clients.
    """
    told = _clean("".join(traceback.format_exception(error))) if with_traceback else ""
    if isinstance(error, RetryAfter) and (seconds := _seconds(error)) is not None:
        return Failure(
            kind=RETRY_AFTER, message=_text(error.reason), seconds=seconds, traceback=told
        )
    if isinstance(error, Discard):
        return Failure(kind=DISCARD, message=_text(error.reason), traceback=told)
    known = _known(error, stage, source)
    fields, more = (known.errors, known.more) if isinstance(known, FieldsError) else ((), 0)
    return Failure(
        kind=known.code,
        message=_text(known),
        fields=tuple((_text(field), _text(message)) for field, message in fields),
        more_fields=more,
        traceback=told,
        is_spent=isinstance(error, MemoryError),
    )


def rebuild(failure: Failure) -> Exception:
    """Return the exception that a child described; its traceback, if any, is a note on it."""
    error = _rebuild(failure)
    if failure.traceback:
        error.add_note(failure.traceback)
    return error


def _rebuild(failure: Failure) -> Exception:
    if failure.kind == RETRY_AFTER:
        return RetryAfter(failure.seconds, failure.message)
    if failure.kind == DISCARD:
        return Discard(failure.message)
    kind = _kinds().get(failure.kind, AlgorithmFailedError)
    if issubclass(kind, FieldsError):
        return kind([FieldError(*field) for field in failure.fields], failure.more_fields)
    return kind(failure.message)


@cache
def _kinds() -> dict[str, type[MipError]]:
    """Return every error class by its code."""
    found: dict[str, type[MipError]] = {}
    left = list(MipError.__subclasses__())
    while left:
        kind = left.pop()
        left += kind.__subclasses__()
        if "code" in vars(kind) and kind.__module__ == MipError.__module__:
            found[kind.code] = kind
    return found


def _known(error: BaseException, stage: Stage, source: Path | None) -> MipError:
    if isinstance(error, MipError):
        return error
    if isinstance(error, RetryAfter):
        return AlgorithmFailedError(
            f"expected RetryAfter with 0 to {MAX_RETRY_SECONDS:.0f} seconds, got something else"
        )
    return _classify(error, stage, source)


def _classify(error: BaseException, stage: Stage, source: Path | None) -> MipError:
    """Find the error of ours that a foreign exception in a stage amounts to."""
    name = class_name(error)
    if isinstance(error, MemoryError):
        return _out_of_memory(stage)
    if stage is Stage.RUN:
        return AlgorithmFailedError(f"the algorithm raised {name}{_place(error, source)}")
    if stage is Stage.LOAD:
        return InvalidAlgorithmError(f"the algorithm does not load: {name}{_place(error, source)}")
    if isinstance(error, OSError):
        return StorageError(f"a file could not be read or written: {error.strerror or name}")
    if stage is Stage.DECODE:
        return DecodeFailedError(f"the image does not decode: {name}")
    return AlgorithmFailedError(f"no DICOM object could be derived from what it returned: {name}")


def _out_of_memory(stage: Stage) -> MipError:
    if stage is Stage.DECODE:
        return ImageTooLargeError("decoding needs more memory than the limit; raise memory_bytes")
    return AlgorithmMemoryError(
        "the algorithm needs more memory than its limit; raise memory_bytes or use less"
    )


def _text(value: object) -> str:
    """Bound what somebody else wrote."""
    return _clean(shortened(str(value), MAX_TEXT_LENGTH))


def class_name(value: object) -> str:
    """Return the name of a value's class, which need be no identifier, in a few plain words."""
    return shortened(ascii(type(value).__name__)[1:-1], MAX_NAME_LENGTH)


def _clean(text: str) -> str:
    """Replace what is not valid Unicode: an odd file name in it would keep it off the wire."""
    return text.encode(errors="replace").decode()


def _seconds(error: RetryAfter) -> float | None:
    """Return how long an author puts a job off; None when it is no time that can be waited."""
    try:
        seconds = float(error.seconds)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds <= MAX_RETRY_SECONDS else None


def _place(error: BaseException, source: Path | None) -> str:
    if source is None:
        return ""
    line = _last_line(error.__traceback__, str(source))
    return f" at line {line} of {source.name}" if line else ""


def _last_line(trace: TracebackType | None, path: str) -> int | None:
    lines = [
        f.lineno for f in traceback.extract_tb(trace) if str(Path(f.filename).resolve()) == path
    ]
    return lines[-1] if lines else None
