"""``mip worker``: work on one algorithm's queue, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import anyio
import click

from ..settings import MAX_CONCURRENCY
from ..worker import known_algorithms, not_installed, run_worker
from .arguments import Text
from .completion import complete_algorithm
from .datafolder import DataFolder, data_option
from .pacs import pacs_url
from .reference import algorithm_reference, describe, installed_id

if TYPE_CHECKING:
    from pathlib import Path

    from .invocation import Invocation


@click.command(short_help="Work on an algorithm's queue until stopped.")
@click.argument("algorithm", type=Text(), shell_complete=complete_algorithm)
@data_option
@click.option(
    "--pacs",
    type=Text(),
    metavar="PACS",
    help="Folder of images, or another PACS: docs/pacs.md.  [default: DIR/pacs]",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, MAX_CONCURRENCY),
    metavar="N",
    help="Jobs computed at once.  [default: MIP_CONCURRENCY, else one per core]",
)
@click.option(
    "--log",
    type=click.Choice(["console", "json"]),
    help="Form of the log on standard error.  [default: MIP_LOG, else console]",
)
@click.pass_obj
def worker(
    invocation: Invocation,
    /,
    *,
    algorithm: str,
    data: Path,
    pacs: str | None,
    jobs: int | None,
    log: Literal["console", "json"] | None,
) -> int:
    """Work on the queue of ALGORITHM in the data folder DIR.

    SIGTERM or Ctrl-C finishes the jobs in hand or hands them back; a second one hands them back
    at once. Limits, such as MIP_MEMORY_MIB, come from the environment: docs/worker.md. The same
    worker without a data folder is python -m mip.worker.
    """
    reference = algorithm_reference(algorithm)
    name = _known_id(reference)
    folder = DataFolder.open(data)
    settings = folder.worker_settings(
        name,
        reference=reference,
        pacs=None if pacs is None else pacs_url(pacs),
        concurrency=jobs,
        log=log,
        debug=invocation.is_debug,
    )
    return run_worker(settings)


def _known_id(reference: str) -> str:
    """Return the id of an algorithm, before anything is made for one that is not there."""
    name = installed_id(reference)
    if name is None:
        return anyio.run(describe, reference).id
    if name not in known_algorithms():
        raise not_installed(name)
    return name
