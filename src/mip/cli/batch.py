"""Run one algorithm on many inputs, some at once, with one outcome for each."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import anyio
import anyio.to_thread
import msgspec

from ..contracts import AlgorithmSpec, ErrorInfo, JsonValue, Outcome, digest, output_key
from ..errors import Discard, MipError, RetryAfter
from ..worker import ProcessRequest
from ..worker.policy import describe
from .inputs import content_digests
from .manifest import Manifest, is_whole, job_key
from .report import JobReport, OutputFile, first_output, object_path

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from ..storage import ObjectStore
    from ..worker import ChildPool, ProcessReport
    from .inputs import Input
    from .stopping import Stop


Report: TypeAlias = "Callable[[Input, JobReport], Awaitable[None]]"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What every job of one ``mip run`` has in common."""

    pool: ChildPool
    spec: AlgorithmSpec
    parameters: dict[str, JsonValue]
    store: ObjectStore
    manifest: Manifest
    done_before: dict[str, JobReport]
    explain: Callable[[str], None]

    async def run(
        self,
        inputs: Sequence[Input],
        *,
        concurrency: int,
        stop: Stop,
        report: Report,
    ) -> None:
        """Process all inputs; ``report`` is called once for each one that ended."""
        waiting = iter(inputs)
        async with anyio.create_task_group() as group:
            for _ in range(min(concurrency, len(inputs))):
                group.start_soon(self._work, waiting, stop, report)

    async def _work(
        self,
        waiting: Iterator[Input],
        stop: Stop,
        report: Report,
    ) -> None:
        for item in waiting:
            if stop.is_asked:
                return
            await report(item, await self._process(item))

    async def _process(self, item: Input) -> JobReport:
        try:
            contents = await anyio.to_thread.run_sync(content_digests, item.paths)
            key = job_key(
                contents=contents, scope=item.scope, spec=self.spec, parameters=self.parameters
            )
            before = self.done_before.get(key)
            if before is not None and await anyio.to_thread.run_sync(is_whole, before):
                return self._resumed(item, before)
            done = await self._compute(item)
            await anyio.to_thread.run_sync(self.manifest.append, key, done)
        except (MipError, RetryAfter, Discard) as error:
            for traceback in getattr(error, "__notes__", ()):  # there only when asked for
                self.explain(traceback)
            return unfinished(item, self.spec, status="failed", error=describe(error))
        return done

    async def _compute(self, item: Input) -> JobReport:
        make = partial(tempfile.mkdtemp, dir=self.store.staging)
        folder = Path(await anyio.to_thread.run_sync(make))
        try:
            made = await self.pool.process(
                ProcessRequest(
                    paths=tuple(map(str, item.paths)),
                    scope=item.scope,
                    parameters=self.parameters,
                    folder=str(folder),
                )
            )
            outputs = await self._keep(made)
        finally:
            remove = partial(shutil.rmtree, folder, ignore_errors=True)
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(remove)
        return JobReport(
            job_id=job_id(item, self.spec),
            algorithm=self.spec.id,
            status="succeeded",
            input=item.label,
            dicom=first_output(outputs),
            outputs=outputs,
            meta=made.meta,
            timings=made.timings,
        )

    async def _keep(self, made: ProcessReport) -> tuple[OutputFile, ...]:
        outputs = []
        for output in made.outputs:
            key = output_key(self.spec.id, output.sop_instance_uid)
            await self.store.put(key, Path(output.path))
            outputs.append(
                OutputFile(
                    role=output.role,
                    sop_instance_uid=output.sop_instance_uid,
                    path=object_path(self.store.bucket, key),
                    sha256=output.sha256,
                )
            )
        return tuple(outputs)

    def _resumed(self, item: Input, before: JobReport) -> JobReport:
        return msgspec.structs.replace(
            before, job_id=job_id(item, self.spec), input=item.label, is_resumed=True
        )


def unfinished(
    item: Input, spec: AlgorithmSpec, *, status: Outcome, error: ErrorInfo | None = None
) -> JobReport:
    """Report an input that gave no output: it failed, or it was stopped."""
    return JobReport(
        job_id=job_id(item, spec), algorithm=spec.id, status=status, input=item.label, error=error
    )


def job_id(item: Input, spec: AlgorithmSpec) -> str:
    """Name the job of an input: the same in every run, another for every input."""
    return digest([item.label, spec.id])[:16]
