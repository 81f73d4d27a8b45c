"""From a job to the files that its algorithm gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import msgspec

from ..contracts import canonical_algorithm_id, check_parameters
from ..errors import UnknownAlgorithmError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AsyncExitStack
    from pathlib import Path

    from ..contracts import AlgorithmSpec, Job
    from ..pacs import Instance, Pacs

FETCHES = 4
"""Instances of one series that are fetched at a time."""


class Inputs:
    """Fetches the images of jobs that are meant for one algorithm.

    Parameters
    ----------
    pacs : Pacs
        Where they are.
    spec : AlgorithmSpec
        The algorithm that runs here.
    """

    def __init__(self, pacs: Pacs, spec: AlgorithmSpec) -> None:
        self._pacs = pacs
        self._spec = spec

    async def fetch(
        self, files: AsyncExitStack, job: Job, *, pinned: tuple[str, ...] | None = None
    ) -> list[tuple[Instance, Path]]:
        """Fetch what a job names; the files stay as long as ``files``.

        Parameters
        ----------
        files : AsyncExitStack
            Holds them.
        job : Job
            What is asked for.
        pinned : tuple of str, optional
            Instances of its series, in place of those that the series has now.

        Raises
        ------
        UnknownAlgorithmError, InvalidParametersError
            The job is for another algorithm, or cannot run with these parameters.
        PacsError
            There is no such image, or the PACS did not answer.
        """
        if canonical_algorithm_id(job.algo_id) != canonical_algorithm_id(self._spec.id):
            raise UnknownAlgorithmError(
                f"expected a job for {self._spec.id}, got one for {job.algo_id}; use its queue"
            )
        check_parameters(self._spec.parameters, job.parameters)
        reference = job.pacs
        if pinned is not None:
            reference = msgspec.structs.replace(reference, instance_uids=pinned)
        instances = await self._pacs.resolve(reference)
        paths = await self._fetch_all(files, instances)
        return list(zip(instances, paths, strict=True))

    async def _fetch_all(self, files: AsyncExitStack, instances: Sequence[Instance]) -> list[Path]:
        """Fetch several at a time: over a network most of the time of each is waiting."""
        paths: dict[int, Path] = {}
        waiting = iter(enumerate(instances))

        async def fetch() -> None:
            for index, instance in waiting:
                paths[index] = await files.enter_async_context(self._pacs.fetch(instance))

        if len(instances) == 1:
            await fetch()
        else:
            try:
                async with anyio.create_task_group() as tasks:
                    for _ in range(min(len(instances), FETCHES)):
                        tasks.start_soon(fetch)
            except ExceptionGroup as group:
                # What the others failed of, if they did, is the same or its echo.
                raise group.exceptions[0] from None
        return [paths[index] for index in range(len(instances))]
