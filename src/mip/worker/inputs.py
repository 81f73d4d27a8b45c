"""From a job to the files that its algorithm gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ..contracts import canonical_algorithm_id, check_parameters
from ..errors import UnknownAlgorithmError

if TYPE_CHECKING:
    from contextlib import AsyncExitStack
    from pathlib import Path

    from ..contracts import AlgorithmSpec, Job
    from ..pacs import Instance, Pacs


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
        return [
            (instance, await files.enter_async_context(self._pacs.fetch(instance)))
            for instance in instances
        ]
