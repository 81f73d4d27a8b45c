"""Follow the results of a client: all of them, or those of some jobs until these have ended."""

from __future__ import annotations

from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING

from .report import outcome_words, report_of_result

if TYPE_CHECKING:
    from ..contracts import Outcome, Result
    from .console import Console
    from .desk import Desk, JobDesk


class Watcher:
    """Prints results in the order of their ``seq``, each once.

    Parameters
    ----------
    console : Console
        Where they are printed, for as long as somebody reads it.
    client : str
        Whose results.
    names : set of str
        The jobs to wait for, and the only ones to print; without any, all jobs, for ever.
    after : int
        Results up to this number are not printed; the jobs that they are of have ended.

    Attributes
    ----------
    counts : Counter
        How many of the jobs waited for, or printed, ended in each outcome.
    left : set of str
        The jobs that are still waited for.
    """

    def __init__(self, console: Console, *, client: str, names: set[str], after: int) -> None:
        self._console = console
        self._client = client
        self._names = frozenset(names)
        self._after = after
        self.counts: Counter[Outcome] = Counter()
        self.left = set(names)

    async def run(self, desk: Desk) -> None:
        """Print until every job that was named has ended, or nobody reads any more.

        Raises
        ------
        JobNotFoundError
            The client has no such job: it would never end.
        """
        for name in self._names:
            await desk.jobs.show(self._client, name)
        async with aclosing(desk.follow(self._client, after=self._after)) as batches:
            async for results in batches:
                for result in results:
                    self._take(result)
                if not results:
                    await self._leave_out(desk.jobs)
                if (self._names and not self.left) or not self._console.has_reader:
                    return

    def _take(self, result: Result) -> None:
        if self._names and result.job_id not in self._names:
            return
        self.counts[result.status] += 1
        self.left.discard(result.job_id)
        report = report_of_result(result)
        if self._console.is_json:
            self._console.json_line(job=report)
        else:
            self._console.data(f"{result.seq} {result.job_id} ", *outcome_words(report))

    async def _leave_out(self, jobs: JobDesk) -> None:
        """Wait no more for jobs whose results are not to be printed."""
        for name in sorted(self.left) if self._after else ():
            result = (await jobs.show(self._client, name)).result
            if result is not None and result.seq is not None and result.seq <= self._after:
                self.counts[result.status] += 1
                self.left.discard(name)
