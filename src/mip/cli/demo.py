"""``mip demo``: the whole job on one machine, shown on real DICOM.

Images go into a PACS folder, jobs over HTTP to a server and through durable queues to its worker
processes, results come back over a WebSocket in the order of each client. Nothing here is made for
the demonstration but the images and the table: it is a client as any other.
"""

from __future__ import annotations

import secrets
import tempfile
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
import anyio.to_thread
import click

from ..clock import SystemClock
from ..errors import AlreadyRegisteredError
from .advice import Exit, exit_for_outcomes
from .arguments import FilePath
from .checks import check_files
from .datafolder import DataFolder
from .demo_client import DemoClient
from .demo_images import ABDOMEN, ABDOMEN_SLICES, write_images
from .demo_plan import ALGORITHMS, CLIENTS, PLAN
from .demo_server import demo_server
from .deployment import pauses
from .extra import check_server_extra
from .invocation import CommandError, Invocation, json_option
from .preview import Previewer
from .progress import Progress, duration
from .remote import open_remote
from .report import JobReport, table
from .stopping import stoppable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .checks import Checked
    from .console import Console
    from .demo_plan import PlannedJob
    from .remote import RemoteDesk

TIME_LIMIT_SECONDS: Final = 180.0


@click.command(short_help="Show the whole job on real DICOM: server, workers, results.")
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
    """Take DICOM images through a server and its workers and check what comes back.

    Real CT, MR, ultrasound and colour images, compressed and not, and a synthetic abdomen are
    processed by four algorithms for two clients. A second run into the same folder adds to it;
    into a fresh one it gives the same objects, byte for byte.
    """
    check_server_extra()
    # Each time the server has another address, and the clients are others.
    with tempfile.TemporaryDirectory(prefix="mip-demo-") as logins:
        made = _Demo(invocation, data=data, concurrency=jobs, logins=Path(logins))
        return anyio.run(made.main)


class _Demo:
    """One demonstration, step by step."""

    def __init__(
        self, invocation: Invocation, *, data: Path, concurrency: int, logins: Path
    ) -> None:
        self._console: Console = invocation.console
        self._is_debug = invocation.is_debug
        self._folder = DataFolder.open(data)
        self._concurrency = concurrency
        self._clock = SystemClock()
        self._admin_key = secrets.token_urlsafe()
        self._logins = logins

    async def main(self) -> int:
        """Run it and return the exit code."""
        began = self._clock.monotonic()
        async with stoppable(self._console, steps=1) as stop:
            received = await self._received()
            reports = [received[job.name] for job in PLAN]
            outputs = [output for report in reports for output in report.outputs]
            checked = await anyio.to_thread.run_sync(check_files, outputs)
            if not self._console.is_json:
                await self._show(reports)
        if stop.is_now:
            return Exit.INTERRUPTED
        return self._conclude(reports, checked, seconds=self._clock.monotonic() - began)

    async def _received(self) -> dict[str, JobReport]:
        """Start the server, submit every job, and return what clients have received, by job."""
        pacs, log = self._folder.pacs, self._folder.logs / "server.log"
        received: dict[str, JobReport] = {}
        with anyio.move_on_after(TIME_LIMIT_SECONDS):
            await anyio.to_thread.run_sync(partial(pacs.mkdir, exist_ok=True))
            self._console.talk(f"the server is starting; its log is {log}")
            async with demo_server(
                self._folder.root,
                pacs=pacs,
                log=log,
                admin_key=self._admin_key,
                debug=self._is_debug,
            ) as address:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(anyio.to_thread.run_sync, write_images, pacs)
                    await self._register(address)
                await self._exchange(address, received)
        missing = sorted(job.name for job in PLAN if job.name not in received)
        if missing:
            raise CommandError(
                f"no result of {', '.join(missing)} within {TIME_LIMIT_SECONDS:.0f} s",
                remedy=f"see the logs in {self._folder.logs}",
                ends=Exit.ALL_FAILED,
                code="cli.time_limit",
            )
        return received

    async def _register(self, address: str) -> None:
        """Have the server run every algorithm, and wait until each takes jobs."""
        async with self._desk(address, "operator", admin_key=self._admin_key) as desk:
            for name in ALGORITHMS:
                fields = {"env": {"MIP_CONCURRENCY": str(self._concurrency)}, "desired_count": 1}
                try:
                    await desk.algorithms.register(
                        {"algo_id": name, "image_uri": f"mip-{name}", **fields}
                    )
                except CommandError as error:
                    if error.code != AlreadyRegisteredError.code:
                        raise
                    await desk.algorithms.patch(name, fields)
            self._console.talk(f"workers are starting; their logs are in {self._folder.logs}")
            for name in ALGORITHMS:
                await self._until_active(desk, name)

    async def _until_active(self, desk: RemoteDesk, name: str) -> None:
        for pause in pauses():
            record = await desk.algorithms.show(name)
            if record.takes_jobs:
                return
            if record.status == "ERROR":
                raise CommandError(
                    f"{name} does not run: {record.last_error}",
                    remedy=f"see the logs in {self._folder.logs}",
                    ends=Exit.ALL_FAILED,
                    code="cli.worker_ended",
                )
            await anyio.sleep(pause)

    async def _exchange(self, address: str, received: dict[str, JobReport]) -> None:
        """Submit every job, then receive each client's results in order until all are there."""
        progress = Progress(self._console, total=len(PLAN), clock=self._clock)
        async with AsyncExitStack() as stack:
            clients = {
                name: await stack.enter_async_context(self._client(address, name))
                for name in CLIENTS
            }
            for job in PLAN:
                await clients[job.client].submit(job)

            async def receive(name: str) -> None:
                jobs = [job for job in PLAN if job.client == name]
                async with aclosing(clients[name].receive(jobs)) as reports:
                    async for job, report in reports:
                        received[job.name] = report
                        progress.advance()

            async with anyio.create_task_group() as tasks:
                for name in CLIENTS:
                    tasks.start_soon(receive, name)
        progress.clear()

    @asynccontextmanager
    async def _client(self, address: str, name: str) -> AsyncIterator[DemoClient]:
        """Become a new client of the server."""
        async with self._desk(address, name) as desk:
            login = await desk.identity.log_in()
            folder = self._folder.root / "received" / name
            yield DemoClient(desk, client_id=login.client_id, folder=folder)

    def _desk(
        self, address: str, name: str, *, admin_key: str = ""
    ) -> AbstractAsyncContextManager[RemoteDesk]:
        return open_remote(
            address,
            logins=self._logins / name,
            admin_key=admin_key,
            trusts_environment=False,  # no proxy leads to a port of this machine
        )

    async def _show(self, reports: list[JobReport]) -> None:
        header = ("client", "seq", "job", "algorithm", "image", "status", "ms", "output")
        for line in table(map(_row, PLAN, reports), header=header):
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
            f"results are in {self._folder.root / 'received'}"
        )
        if checked.problems:
            return Exit.ALL_FAILED
        return exit_for_outcomes(succeeded=len(reports) - failed, failed=failed)


def _row(job: PlannedJob, report: JobReport) -> tuple[str, ...]:
    where = report.error.code if report.error is not None else ""
    if report.dicom is not None:
        path = Path(report.dicom.path)
        where = f"{path.parent.name}/…{path.name[-12:]}"
    more = f" +{len(report.outputs) - 1}" if len(report.outputs) > 1 else ""
    return (
        job.client,
        str(report.seq),
        report.job_id,
        report.algorithm,
        report.input,
        report.status,
        f"{sum(ms for stage, ms in report.timings.items() if stage != 'queue'):.0f}",
        f"{where}{more}",
    )
