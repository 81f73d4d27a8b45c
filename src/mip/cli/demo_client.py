"""One client of ``mip demo``: submits, receives results in order, and downloads what they name."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from msgspec.structs import replace

from .advice import Exit
from .invocation import CommandError
from .report import first_output, report_of_result

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from ..contracts import Result
    from .demo_plan import PlannedJob
    from .remote import RemoteDesk
    from .report import JobReport, OutputFile


class Numbers:
    """Sees to it that no result of a client is missing, and none comes twice."""

    def __init__(self, client: str) -> None:
        self._client = client
        self.last = 0

    def take(self, result: Result) -> None:
        """Note a result.

        Raises
        ------
        CommandError
            Another number was expected: a result was lost, or came again.
        """
        if result.seq != self.last + 1:
            raise CommandError(
                f"result {self.last + 1} of {self._client} is missing, {result.seq} came",
                remedy="this must not happen: report it with the data folder",
                ends=Exit.ALL_FAILED,
                code="cli.result_missing",
            )
        self.last = result.seq


class DemoClient:
    """A client at a server.

    Parameters
    ----------
    desk : RemoteDesk
        The server, as this client sees it.
    client_id : str
        The client.
    folder : Path
        Where outputs are downloaded to.
    """

    def __init__(self, desk: RemoteDesk, *, client_id: str, folder: Path) -> None:
        self._desk = desk
        self._client = client_id
        self._folder = folder
        self._numbers = Numbers(client_id)

    async def submit(self, job: PlannedJob) -> None:
        """Submit a job."""
        await self._desk.jobs.submit(job.request(self._client), target=job.algorithm)

    async def receive(
        self, jobs: Sequence[PlannedJob]
    ) -> AsyncGenerator[tuple[PlannedJob, JobReport], None]:
        """Yield each job with its report, in the order of the client's results."""
        names = {job.name: job for job in jobs}
        async with aclosing(self._desk.follow(self._client, after=self._numbers.last)) as batches:
            async for results in batches:
                for result in results:
                    self._numbers.take(result)
                    job = names.pop(result.job_id)
                    yield job, await self._downloaded(result, job)
                if not names:
                    return

    async def _downloaded(self, result: Result, job: PlannedJob) -> JobReport:
        report = report_of_result(result, image=job.what)
        outputs = tuple(
            [
                await self._download(file, key=output.key)
                for file, output in zip(report.outputs, result.outputs, strict=True)
            ]
        )
        return replace(report, outputs=outputs, dicom=first_output(outputs))

    async def _download(self, file: OutputFile, *, key: str) -> OutputFile:
        path = self._folder.joinpath(*key.split("/"))
        await self._desk.download(file.path, path)
        return replace(file, path=str(path))
