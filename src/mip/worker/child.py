"""The process in which images are decoded and algorithms run: ``python -m mip.worker.child``.

It is started by :class:`mip.worker.children.ChildPool` with three inherited file descriptors
and may be killed at any time: it holds nothing that is not written anew by the next attempt.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import socket
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..contracts import DEFAULT_MEMORY_BYTES
from .confinement import die_with_parent, give_way, leave_stopping_to_parent, limit_memory
from .failures import describe
from .messages import (
    LENGTH_BYTES,
    Answer,
    Failure,
    Load,
    Loaded,
    ProcessRequest,
    Request,
    UnpackReport,
    UnpackRequest,
    from_wire,
    pack,
    unpack_request,
)
from .stages import Stage, StageBoard

if TYPE_CHECKING:
    from ..contracts import AlgorithmSpec
    from .authoring import Algorithm
    from .pipeline import Pipeline


class Child:
    """Answers one parent, message by message."""

    def __init__(self, channel: socket.socket, board: StageBoard) -> None:
        self._channel = channel
        self._board = board
        self._load: Load | None = None
        self._algorithm: Algorithm[..., Any] | None = None
        self._pipeline: Pipeline | None = None
        self._is_loaded = False

    def serve(self) -> None:
        """Answer until the parent closes the channel, or loading fails."""
        while (request := self._receive()) is not None:
            answer = self._answer(request)
            self._board.enter(Stage.IDLE)
            self._channel.sendall(pack(answer))
            if not self._is_loaded:
                return

    def _answer(self, request: Request) -> Answer:
        try:
            if isinstance(request, ProcessRequest):
                assert self._pipeline is not None  # noqa: S101 - the parent loads first
                return self._pipeline.process(request)
            if isinstance(request, UnpackRequest):
                return self._unpacked(request)
            return self._loaded(request)
        except BaseException as error:  # noqa: BLE001 - the boundary: decoders raise BaseExceptions, authors call sys.exit
            return self._failure(error)

    def _failure(self, error: BaseException) -> Failure:
        stage, _ = self._board.read()
        failure = describe(
            error,
            stage=stage,
            source=None if self._algorithm is None else self._algorithm.source_path,
            with_traceback=self._load is not None and self._load.with_tracebacks,
        )
        # An exception holds the frames it passed, and these the image: let both go now.
        error.__traceback__ = None
        return failure

    def _loaded(self, load: Load) -> Loaded:
        self._load = load
        sys.path[:] = load.search_path
        # Numpy, pydicom and the author's imports take most of a second: not before this message.
        from .. import dicom  # noqa: PLC0415

        spec = None if load.reference is None else self._load_algorithm(load.reference)
        dicom.warm_up(masks=self._algorithm is not None and self._algorithm.announces_masks)
        gc.collect()
        gc.freeze()
        limit_memory(load.memory_bytes or (DEFAULT_MEMORY_BYTES if not spec else spec.memory_bytes))
        self._is_loaded = True
        return Loaded(spec=spec)

    def _load_algorithm(self, reference: str) -> AlgorithmSpec:
        from .loading import load_algorithm  # noqa: PLC0415 - as above
        from .pipeline import Pipeline  # noqa: PLC0415 - as above

        self._algorithm = load_algorithm(reference)
        spec = self._algorithm.spec
        self._algorithm.prepare()
        self._pipeline = Pipeline(self._algorithm, board=self._board)
        return spec

    def _unpacked(self, request: UnpackRequest) -> UnpackReport:
        from .. import dicom  # noqa: PLC0415 - as above

        self._board.enter(Stage.DECODE)
        path, folder = Path(from_wire(request.path)), Path(from_wire(request.folder))
        return UnpackReport(size=dicom.unpack(path, folder))

    def _receive(self) -> Request | None:
        header = self._read(LENGTH_BYTES)
        if header is None:
            return None
        body = self._read(int.from_bytes(header, "big"))
        return None if body is None else unpack_request(body)

    def _read(self, size: int) -> bytes | None:
        """Read ``size`` bytes; None when the parent has closed its end."""
        parts = bytearray()
        while len(parts) < size:
            part = self._channel.recv(size - len(parts))
            if not part:
                return None
            parts += part
        return bytes(parts)


def main(arguments: list[str]) -> None:
    """Serve the parent on inherited file descriptors: channel, lifeline, stage board."""
    channel, lifeline, board = inherited = [int(argument) for argument in arguments]
    for fd in inherited:
        os.set_inheritable(fd, False)  # Programs that the algorithm starts have no part in them.
    die_with_parent(lifeline)
    leave_stopping_to_parent()
    give_way()
    # What an algorithm prints goes to the worker's log, line by line; the worker's own standard
    # output may be a report that somebody parses.
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text file, always
    faulthandler.enable()
    Child(socket.socket(fileno=channel), StageBoard(board)).serve()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ConnectionError:
        pass  # The parent is gone, and with it whoever wanted an answer.
    except BaseException:  # noqa: BLE001 - told, then the process ends in any case
        traceback.print_exc()
        os._exit(1)
    sys.stdout.flush()
    # Threads that an author left behind must not keep the process.
    os._exit(0)
