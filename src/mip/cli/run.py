"""``mip run``: an algorithm on files and folders, without a queue."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anyio
import anyio.to_thread
import click
import msgspec

from ..clock import SystemClock
from ..settings import MAX_CONCURRENCY, MAX_MEMORY_MIB
from ..storage import open_store
from ..worker import ChildLimits, ChildPool
from ..worker.closing import close
from ..worker.options import available_cores
from .advice import Exit, exit_for_outcomes
from .arguments import FilePath, Seconds, Text
from .batch import Batch, unfinished
from .completion import complete_algorithm
from .describing import describe_lines
from .inputs import Found, Input, find_inputs
from .invocation import CommandError, Invocation, json_option
from .manifest import Manifest
from .preview import Previewer
from .progress import Progress, duration
from .reference import algorithm_reference, describe, read_parameters
from .report import JobReport, object_path, outcome_words
from .stopping import stoppable

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from ..contracts import AlgorithmSpec, JsonValue, Scope
    from .console import Console
    from .stopping import Stop

MIB: Final = 1024**2

_LEFT_OUT_SHOWN: Final = 10
"""So many of what is left out are named in text; then comes how many more there are."""


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What the command line asks for."""

    algorithm: str
    inputs: tuple[Path, ...]
    output: Path
    parameters: tuple[str, ...]
    jobs: int | None
    scope: Scope | None
    timeout: float | None
    memory: int | None
    resume: bool
    preview: bool
    describe: bool


@click.command(
    short_help="Run an algorithm on files, without a queue.",
    epilog="\b\nmip run window scan.dcm\n"
    "mip run my_algorithm.py scans/ -o results -p threshold=0.7 -j 4 --resume\n"
    "mip run processing_1 --describe",
)
@click.argument("algorithm", type=Text(), shell_complete=complete_algorithm)
@click.argument("inputs", nargs=-1, type=FilePath())
@click.option(
    "-o",
    "--output",
    default="mip-out",
    show_default=True,
    type=FilePath(),
    metavar="DIR",
    help="Folder for results and for the manifest of what is done.",
)
@click.option(
    "-p",
    "--parameter",
    "parameters",
    type=Text(),
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the algorithm; may be given many times.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, MAX_CONCURRENCY),
    metavar="N",
    help="Inputs processed at once.  [default: one per core]",
)
@click.option(
    "--scope",
    type=click.Choice(["image", "series"]),
    help="Refuse an algorithm that takes its inputs otherwise.",
)
@click.option(
    "--timeout",
    type=Seconds(),
    metavar="SECONDS",
    help="Longest time for the algorithm on one input.  [default: the algorithm's]",
)
@click.option(
    "--memory",
    type=click.IntRange(64, MAX_MEMORY_MIB),
    metavar="MIB",
    help="Most memory for one input.  [default: the algorithm's]",
)
@click.option("--resume", is_flag=True, help="Leave out what an earlier run into DIR has done.")
@click.option("--preview", is_flag=True, help="Show before and after in the terminal.")
@click.option("--describe", is_flag=True, help="Show what ALGORITHM is and takes, and run nothing.")
@json_option
@click.pass_obj
def run(invocation: Invocation, /, **options: Any) -> int:
    """Run ALGORITHM on INPUTS, files or folders, and write derived DICOM below DIR.

    ALGORITHM is the id of an installed one, a Python file, file:PATH or python:MODULE:NAME.
    Folders are looked through to the bottom, without files and folders whose names begin with a
    dot; an algorithm of scope "series" gets one volume for each series found. Every input has one
    outcome, and one that fails does not stop the rest. What is no image in a folder is left out
    and named (left_out in --json); a damaged image, or what calls itself .dcm, fails.
    """
    asked = RunOptions(**options)
    if asked.describe:
        return _describe(invocation.console, asked.algorithm)
    if not asked.inputs:
        raise click.UsageError("expected INPUTS, files or folders; or --describe")
    return anyio.run(_Run(invocation, asked).main)


def _describe(console: Console, algorithm: str) -> int:
    spec = anyio.run(describe, algorithm_reference(algorithm))
    if console.is_json:
        console.json(algorithms=[msgspec.structs.asdict(spec)])
    else:
        for line in describe_lines(spec):
            console.data(line)
    return Exit.OK


class _Run:
    """One invocation: look, check, process, report."""

    def __init__(self, invocation: Invocation, options: RunOptions) -> None:
        self._console: Console = invocation.console
        self._is_debug = invocation.is_debug
        self._options = options
        self._size = options.jobs or available_cores()
        self._clock = SystemClock()
        self._reports: dict[Input, JobReport] = {}

    async def main(self) -> int:
        """Run to the end and return the exit code."""
        began = self._clock.monotonic()
        await anyio.to_thread.run_sync(self._check_paths)
        async with self._pool() as pool:
            # Everything that a person may have got wrong is said before any work is done.
            spec = await pool.describe()
            self._check_scope(spec)
            parameters = read_parameters(spec, self._options.parameters)
            found = await self._find(spec)
            async with stoppable(self._console, steps=2) as stop:
                await self._process(pool, spec, parameters, found, stop)
        reports = [
            self._reports.get(item) or unfinished(item, spec, status="cancelled")
            for item in found.inputs
        ]
        seconds = self._clock.monotonic() - began
        return self._conclude(reports, found, stop, seconds=seconds)

    def _check_paths(self) -> None:
        missing = [str(path) for path in self._options.inputs if not path.exists()]
        if missing:
            raise CommandError(
                f"no such file or folder: {', '.join(missing)}",
                remedy="check the path; ls shows what is there",
                ends=Exit.NOT_FOUND,
                code="cli.input_not_found",
            )

    def _check_scope(self, spec: AlgorithmSpec) -> None:
        asked = self._options.scope
        if asked is not None and asked != spec.scope:
            raise CommandError(
                f"{spec.id} works on one {spec.scope} at a time, not on one {asked}",
                remedy=f"leave out --scope, or choose an algorithm of scope {asked}",
            )

    def _pool(self) -> ChildPool:
        memory = self._options.memory
        return ChildPool(
            algorithm_reference(self._options.algorithm),
            size=self._size,
            limits=ChildLimits(
                run_timeout_seconds=self._options.timeout,
                memory_bytes=None if memory is None else memory * MIB,
            ),
            threads_per_child=max(1, available_cores() // self._size),
            with_tracebacks=self._is_debug,
        )

    async def _find(self, spec: AlgorithmSpec) -> Found:
        find = partial(
            find_inputs,
            self._options.inputs,
            scope=spec.scope,
            exclude=self._options.output,
        )
        found = await anyio.to_thread.run_sync(find)
        for each in found.left_out[:_LEFT_OUT_SHOWN]:
            self._console.talk(f"left out {each.input}: {each.reason}")
        if more := found.left_out[_LEFT_OUT_SHOWN:]:
            self._console.talk(f"left out {len(more)} more; --json names all")
        if not found.inputs:
            raise CommandError(
                "expected at least one DICOM image, found none",
                remedy="give a DICOM file, or a folder that holds some",
                ends=Exit.NOT_FOUND,
                code="cli.input_not_found",
            )
        return found

    async def _process(
        self,
        pool: ChildPool,
        spec: AlgorithmSpec,
        parameters: dict[str, JsonValue],
        found: Found,
        stop: Stop,
    ) -> None:
        store = await open_store(f"folder:{self._options.output}")
        manifest = Manifest(Path(object_path(store.bucket, "")))
        done_before = {}
        if self._options.resume:
            done_before = await anyio.to_thread.run_sync(manifest.succeeded)
        batch = Batch(
            pool=pool,
            spec=spec,
            parameters=parameters,
            store=store,
            manifest=manifest,
            done_before=done_before,
            explain=self._console.talk_lines,
        )
        progress = Progress(self._console, total=len(found.inputs), clock=self._clock)
        try:
            async with self._previewer() as previewer:

                async def report(item: Input, outcome: JobReport) -> None:
                    self._reports[item] = outcome
                    progress.clear()
                    if not self._console.is_json:
                        self._console.data(*outcome_words(outcome))
                    if previewer is not None and outcome.dicom is not None:
                        middle = item.paths[len(item.paths) // 2]
                        await previewer.show(
                            [("before", str(middle)), ("after", outcome.dicom.path)]
                        )
                    progress.advance()

                await batch.run(found.inputs, concurrency=self._size, stop=stop, report=report)
        finally:
            progress.clear()
            await close(store)

    def _previewer(self) -> AbstractAsyncContextManager[Previewer | None]:
        return Previewer(self._console) if self._options.preview else nullcontext()

    def _conclude(
        self, reports: list[JobReport], found: Found, stop: Stop, *, seconds: float
    ) -> int:
        counts = Counter(report.status for report in reports)
        if self._console.is_json:
            self._console.json(jobs=reports, left_out=found.left_out)
        words = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
        self._console.talk(f"{words} in {duration(seconds)}")
        if stop.is_asked:
            return Exit.INTERRUPTED
        return exit_for_outcomes(succeeded=counts["succeeded"], failed=counts["failed"])
