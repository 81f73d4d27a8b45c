"""``mip demo``: the whole job on one machine, shown on real DICOM.

Images go into a PACS folder, jobs through durable queues to worker processes, results come back in
the order of each client. Nothing here is made for the demonstration but the images and the table:
it uses the services that other commands use.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
import anyio.to_thread
import click

from ..clock import SystemClock
from ..contracts import RESULTS_QUEUE, request_queue
from ..outbox import REQUEST_QUEUE_OPTIONS
from ..worker import load_algorithm
from .advice import Exit, exit_for_outcomes
from .arguments import FilePath
from .checks import check_files
from .datafolder import DataFolder
from .demo_images import ABDOMEN, ABDOMEN_SLICES, write_images
from .demo_plan import CLIENTS, PLAN, PlannedJob, next_run
from .deployment import opened
from .fleet import Fleet
from .invocation import CommandError, Invocation, json_option
from .preview import Previewer
from .progress import Progress, duration
from .report import JobReport, report_of_result, table
from .stopping import stoppable

if TYPE_CHECKING:
    from ..contracts import AlgorithmSpec, Result
    from ..control import Jobs
    from ..settings import WorkerSettings
    from ..transport import Transport
    from .checks import Checked
    from .console import Console
    from .deployment import Deployment

TIME_LIMIT_SECONDS: Final = 120.0
_WAIT_SECONDS: Final = 5.0
_BATCH: Final = 100
_PAGE: Final = 1000


@click.command(short_help="Show the whole job on real DICOM: queue, workers, results.")
@click.option(
    "--data",
    default="mip-demo",
    show_default=True,
    type=FilePath(is_text=True),
    metavar="DIR",
    help="Folder for images, queues, records and results.",
)
@click.option(
    "-j",
    "--jobs",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    metavar="N",
    help="Jobs computed at once by each worker.",
)
@json_option
@click.pass_obj
def demo(invocation: Invocation, /, *, data: Path, jobs: int) -> int:
    """Take DICOM images through queues and worker processes and check what comes back.

    Real CT, MR, ultrasound and colour images, compressed and not, and a synthetic abdomen are
    processed by four algorithms for two clients. A second run into the same folder adds to it;
    into a fresh one it gives the same objects, byte for byte.
    """
    return anyio.run(_Demo(invocation, data=data, concurrency=jobs).main)


class _Demo:
    """One demonstration, step by step."""

    def __init__(self, invocation: Invocation, *, data: Path, concurrency: int) -> None:
        self._console: Console = invocation.console
        self._is_debug = invocation.is_debug
        self._folder = DataFolder.open(data)
        self._concurrency = concurrency
        self._clock = SystemClock()

    async def main(self) -> int:
        """Run it and return the exit code."""
        began = self._clock.monotonic()
        async with stoppable(self._console, steps=1) as stop:
            results = await self._results()
            outputs = [
                output for result in results.values() for output in report_of_result(result).outputs
            ]
            checked = await anyio.to_thread.run_sync(check_files, outputs)
            reports = [_report(job, results[job.name]) for job in PLAN]
            if not self._console.is_json:
                await self._show(reports)
        if stop.is_now:
            return Exit.INTERRUPTED
        return self._conclude(reports, checked, seconds=self._clock.monotonic() - began)

    async def _results(self) -> dict[str, Result]:
        """Start the workers, submit every job, and return the results by name."""
        self._folder.pacs.mkdir(exist_ok=True)
        results: dict[str, Result] = {}
        async with Fleet(self._folder.logs) as fleet, opened(self._folder) as deployment:
            for algorithm in sorted({job.algorithm for job in PLAN}):
                await deployment.transport.create_queue(
                    request_queue(algorithm), REQUEST_QUEUE_OPTIONS
                )
                await fleet.start(self._worker(algorithm))
            await deployment.outbox.create_results_queue()
            self._console.talk(f"workers are starting; their logs are in {self._folder.logs}")
            await anyio.to_thread.run_sync(write_images, self._folder.pacs)
            with anyio.move_on_after(TIME_LIMIT_SECONDS):
                await self._exchange(deployment, results)
        missing = sorted(job.name for job in PLAN if job.name not in results)
        if missing:
            raise CommandError(
                f"no result of {', '.join(missing)} within {TIME_LIMIT_SECONDS:.0f} s",
                remedy=f"see the workers' logs in {self._folder.logs}",
                ends=Exit.ALL_FAILED,
                code="cli.time_limit",
            )
        return results

    def _worker(self, algorithm: str) -> WorkerSettings:
        return self._folder.worker_settings(
            algorithm, reference=algorithm, concurrency=self._concurrency, debug=self._is_debug
        )

    async def _exchange(self, deployment: Deployment, results: dict[str, Result]) -> None:
        """Submit every job, then read each client's results in order until all are there."""
        specs = await anyio.to_thread.run_sync(_specs)
        ids = [
            record.job.job_id
            for client in CLIENTS
            for record in await deployment.jobs.page(client_id=client, limit=_PAGE)
        ]
        run = next_run(ids)
        inboxes = [Inbox(deployment.jobs, client) for client in CLIENTS]
        for inbox in inboxes:
            await inbox.skip()
        requests = {job.request(run).job_id: job for job in PLAN}
        for job in PLAN:
            await deployment.jobs.submit(job.request(run), specs[job.algorithm])
        progress = Progress(self._console, total=len(PLAN), clock=self._clock)
        while len(results) < len(PLAN):
            await _doze(deployment.transport)
            for inbox in inboxes:
                for result in await inbox.read():
                    results[requests[result.job_id].name] = result
                    progress.advance()
        progress.clear()

    async def _show(self, reports: list[JobReport]) -> None:
        header = ("client", "seq", "job", "algorithm", "image", "status", "ms", "output")
        for line in table(map(_row, reports), header=header):
            self._console.data(line)
        shown = next((report for report in reports if report.input == ABDOMEN.what), None)
        if shown is None or shown.dicom is None:
            return
        async with Previewer(self._console, as_data=True) as previewer:
            source = self._folder.pacs / ABDOMEN.slice_path(ABDOMEN_SLICES[0])
            await previewer.show(
                [("synthetic CT", str(source)), (shown.algorithm, shown.dicom.path)]
            )

    def _conclude(self, reports: list[JobReport], checked: Checked, *, seconds: float) -> int:
        failed = sum(report.status != "succeeded" for report in reports)
        if self._console.is_json:
            self._console.json(jobs=reports, checked=checked)
        for problem in checked.problems:
            self._console.talk(f"problem: {problem}")
        validated = f", {checked.validator} finds no Error" if checked.validator else ""
        if not checked.problems:
            self._console.talk(f"{checked.files} files: readable, SHA-256 as announced{validated}")
        self._console.talk(
            f"{len(reports) - failed} of {len(reports)} jobs succeeded in {duration(seconds)}; "
            f"results are in {self._folder.results}"
        )
        if checked.problems:
            return Exit.ALL_FAILED
        return exit_for_outcomes(succeeded=len(reports) - failed, failed=failed)


class Inbox:
    """One client's results, each read once and in order."""

    def __init__(self, jobs: Jobs, client: str) -> None:
        self._jobs = jobs
        self._client = client
        self._last = 0

    async def skip(self) -> None:
        """Pass over what is there already."""
        while results := await self._jobs.results(self._client, after=self._last):
            self._last = results[-1].seq or self._last

    async def read(self) -> list[Result]:
        """Return what has come since.

        Raises
        ------
        CommandError
            A number is missing: a result was lost.
        """
        results = await self._jobs.results(self._client, after=self._last)
        for result in results:
            if result.seq != self._last + 1:
                raise CommandError(
                    f"result {self._last + 1} of {self._client} is missing, {result.seq} came",
                    remedy="this must not happen: report it with the data folder",
                    ends=Exit.ALL_FAILED,
                    code="cli.result_missing",
                )
            self._last = result.seq
        return results


async def _doze(transport: Transport) -> None:
    """Sleep until a result is announced, and take what announces it off the queue."""
    deliveries = await transport.receive(
        RESULTS_QUEUE, max_messages=_BATCH, wait_seconds=_WAIT_SECONDS
    )
    if deliveries:
        receipts = [delivery.receipt for delivery in deliveries]
        await transport.settle(RESULTS_QUEUE, acks=receipts)


def _specs() -> dict[str, AlgorithmSpec]:
    # The shipped algorithms are ours, so they may be loaded in this process.
    return {job.algorithm: load_algorithm(job.algorithm).spec for job in PLAN}


def _report(job: PlannedJob, result: Result) -> JobReport:
    return report_of_result(result, image=job.what)


def _row(report: JobReport) -> tuple[str, ...]:
    where = report.error.code if report.error is not None else ""
    if report.dicom is not None:
        path = Path(report.dicom.path)
        where = f"{path.parent.name}/…{path.name[-12:]}"
    more = f" +{len(report.outputs) - 1}" if len(report.outputs) > 1 else ""
    return (
        report.client_id,
        str(report.seq),
        report.job_id,
        report.algorithm,
        report.input,
        report.status,
        f"{sum(ms for stage, ms in report.timings.items() if stage != 'queue'):.0f}",
        f"{where}{more}",
    )
