"""What a worker and its child processes say to each other: small messages, never pixels.

A message is JSON behind its length (4 bytes, big-endian) on a stream socket. The parent sends one
:class:`Load`, then one :class:`ProcessRequest` or :class:`UnpackRequest` after another; each is
answered once.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

import msgspec

from ..contracts import AlgorithmSpec, JsonValue, Scope
from ..errors import FieldError, InvalidParametersError

LENGTH_BYTES = 4
MAX_MESSAGE_BYTES = 64 * 1024**2
"""Far above any real message (10 000 outputs take 4 MB); a longer one is a broken child."""


class Load(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Load an algorithm; the first message to a child.

    ``reference`` is None for a child that unpacks images and runs nothing. ``search_path`` is the
    parent's ``sys.path``, so that modules are found as they are there.
    """

    reference: str | None
    search_path: tuple[str, ...]
    memory_bytes: int | None = None
    with_tracebacks: bool = False


class ProcessRequest(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Process one image or series.

    Attributes
    ----------
    paths : tuple of str
        DICOM files: one for an image, all instances for a series, in any order.
    scope : {"image", "series"}
        What the paths are; it must be the algorithm's scope.
    parameters : dict
        As the client sent them; checked and completed in the child.
    folder : str
        Where derived objects are written; made when it is missing.
    """

    paths: tuple[str, ...]
    scope: Scope
    parameters: dict[str, JsonValue] = {}
    folder: str


class UnpackRequest(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Write the frames of one DICOM file, and what is known of them, into a folder that exists."""

    path: str
    folder: str


class Loaded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The child waits for requests; ``spec`` is that of its algorithm, if it has one."""

    spec: AlgorithmSpec | None


class DerivedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One derived DICOM object, written to ``path``."""

    role: str
    sop_instance_uid: str
    sop_class_uid: str
    path: str
    sha256: str


class ProcessReport(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What came of one request.

    Attributes
    ----------
    outputs : tuple of DerivedFile
        In the order in which the algorithm returned them.
    meta : dict
        What it measured.
    parameters : dict
        The parameters it ran with, defaults included.
    timings : dict
        Milliseconds per stage: ``decode``, ``run``, ``derive``.
    """

    outputs: tuple[DerivedFile, ...] = ()
    meta: dict[str, JsonValue] = {}
    parameters: dict[str, JsonValue] = {}
    timings: dict[str, float] = {}


class UnpackReport(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The frames are written; ``size`` is how many bytes there are in the folder."""

    size: int


class Failure(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A request, or loading, ended in an error.

    Attributes
    ----------
    kind : str
        Code of a :class:`~mip.errors.MipError`, or ``retry_after`` or ``discard``.
    message : str
        Without patient data.
    fields : list of (field, message)
        For errors that name fields.
    more_fields : int
        How many there are besides those.
    seconds : float
        For ``retry_after``.
    traceback : str
        For the author's eyes, and only when they asked for it: it may quote patient data.
    is_spent : bool
        The child should not be used again.
    """

    kind: str
    message: str
    fields: tuple[tuple[str, str], ...] = ()
    more_fields: int = 0
    seconds: float = 0.0
    traceback: str = ""
    is_spent: bool = False


def to_wire(path: str) -> str:
    """Write a path as text that JSON can carry, whatever bytes its names are made of."""
    return path if path.isascii() else os.fsencode(path).decode("latin-1")


def from_wire(text: str) -> str:
    """Read a path that :func:`to_wire` wrote."""
    return text if text.isascii() else os.fsdecode(text.encode("latin-1"))


Request: TypeAlias = Load | ProcessRequest | UnpackRequest
Answer: TypeAlias = Loaded | ProcessReport | UnpackReport | Failure

_encoder = msgspec.json.Encoder()
_requests: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_answers: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)


def pack(message: Request | Answer) -> bytes:
    """Write a message with its length in front."""
    body = _encoder.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def pack_request(request: ProcessRequest) -> bytes:
    """Pack a request with paths that hold wherever an algorithm moves its working directory.

    Raises
    ------
    InvalidParametersError
        They hold what JSON cannot carry.
    """
    portable = msgspec.structs.replace(
        request,
        paths=tuple(to_wire(str(Path(path).absolute())) for path in request.paths),
        folder=to_wire(str(Path(request.folder).absolute())),
    )
    try:
        return pack(portable)
    except (TypeError, ValueError):
        problem = FieldError("parameters", "expected values that JSON can carry")
        raise InvalidParametersError([problem]) from None


def pack_unpacking(path: Path, folder: Path) -> bytes:
    """Pack a request to unpack a file."""
    return pack(
        UnpackRequest(path=to_wire(str(path.absolute())), folder=to_wire(str(folder.absolute())))
    )


def readable(report: ProcessReport) -> ProcessReport:
    """Return a received report with its paths as the file system spells them."""
    if all(each.path.isascii() for each in report.outputs):
        return report
    outputs = tuple(
        msgspec.structs.replace(each, path=from_wire(each.path)) for each in report.outputs
    )
    return msgspec.structs.replace(report, outputs=outputs)


def unpack_request(body: bytes) -> Request:
    """Read a message of the parent, without its length."""
    return _requests.decode(body)


def unpack_answer(body: bytes) -> Answer:
    """Read a message of a child, without its length.

    Raises
    ------
    msgspec.MsgspecError
        It is none.
    """
    return _answers.decode(body)
