"""One request inside a child: decode, run, derive, with the stage noted and timed."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import dicom
from ..dicom import Provenance, Source
from ..errors import FieldError, InvalidJobError
from .messages import DerivedFile, ProcessReport, ProcessRequest, from_wire, to_wire
from .stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..contracts import AlgorithmSpec, JsonValue
    from .authoring import Algorithm
    from .outputs import Returned
    from .stages import StageBoard


class Pipeline:
    """Runs an algorithm on requests, one at a time."""

    def __init__(self, algorithm: Algorithm[..., Any], *, board: StageBoard) -> None:
        self._algorithm = algorithm
        self._board = board

    def process(self, request: ProcessRequest) -> ProcessReport:
        """Do all that one request asks for.

        Raises
        ------
        Exception
            Whatever decoding, the author's code or derivation raises.
        """
        _check_scope(request, self._algorithm.spec)
        parameters = self._algorithm.parameters.check(request.parameters)
        timings: dict[str, float] = {}
        with self._stage(Stage.DECODE, timings):
            source = _decode(request)
        with self._stage(Stage.RUN, timings):
            returned = self._algorithm.run(source.image, parameters)
        with self._stage(Stage.DERIVE, timings):
            outputs = self._derive(source, returned, parameters, Path(from_wire(request.folder)))
        return ProcessReport(
            outputs=outputs, meta=returned.meta, parameters=parameters, timings=timings
        )

    def _derive(
        self,
        source: Source,
        returned: Returned,
        parameters: dict[str, JsonValue],
        folder: Path,
    ) -> tuple[DerivedFile, ...]:
        if not returned.items:
            return ()
        spec = self._algorithm.spec
        folder.mkdir(parents=True, exist_ok=True)
        derived = dicom.derive(
            source,
            returned.items,
            provenance=Provenance(
                algorithm_id=spec.id,
                version=spec.version,
                digest=spec.digest,
                parameters=parameters,
            ),
            folder=folder,
        )
        return tuple(
            DerivedFile(
                role=each.role,
                sop_instance_uid=each.sop_instance_uid,
                sop_class_uid=each.sop_class_uid,
                path=to_wire(str(each.path)),
                sha256=each.sha256,
            )
            for each in derived
        )

    @contextmanager
    def _stage(self, stage: Stage, timings: dict[str, float]) -> Iterator[None]:
        self._board.enter(stage)
        begun = time.perf_counter()
        yield
        timings[stage.name.lower()] = round((time.perf_counter() - begun) * 1000, 3)


def _check_scope(request: ProcessRequest, spec: AlgorithmSpec) -> None:
    if request.scope != spec.scope:
        message = f"expected {spec.scope}, the scope of {spec.id}, got {request.scope}"
        raise InvalidJobError([FieldError("pacs.scope", message)])
    if request.scope == "image" and len(request.paths) != 1:
        message = f"expected one file for scope image, got {len(request.paths)}"
        raise InvalidJobError([FieldError("pacs", message)])


def _decode(request: ProcessRequest) -> Source:
    paths = [Path(from_wire(path)) for path in request.paths]
    if request.scope == "series":
        return dicom.decode_series(paths)
    return dicom.decode_image(paths[0])
