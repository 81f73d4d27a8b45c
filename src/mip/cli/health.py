"""``mip health``: is everything well, and if not, what is not."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

import anyio
import click

from ..clock import SystemClock
from ..control import Health, Operations
from ..state import open_stores
from ..transport import open_transport
from ..worker.closing import close
from .advice import Exit
from .console import Painted
from .datafolder import DataFolder
from .deployment import pauses
from .invocation import CommandError, Invocation, json_option
from .place import place_options
from .report import table

if TYPE_CHECKING:
    from ..control import HealthReport
    from ..control.health import HealthStatus
    from .console import Style
    from .place import Place

WAIT_SECONDS: Final = 120.0

_EXITS: Final[dict[HealthStatus, Exit]] = {
    "healthy": Exit.OK,
    "starting": Exit.SOME_FAILED,
    "degraded": Exit.SOME_FAILED,
    "unhealthy": Exit.UNREACHABLE,
}
_STYLES: Final[dict[HealthStatus, Style]] = {
    "healthy": "good",
    "starting": "strong",
    "degraded": "strong",
    "unhealthy": "bad",
}


@click.command(
    short_help="Tell how a server or a data folder is.",
    epilog="\b\nmip health --server http://localhost:8080\nmip health --data data --json",
)
@place_options
@click.option(
    "--wait", is_flag=True, help=f"Wait until all is healthy, at most {WAIT_SECONDS:.0f} s."
)
@json_option
@click.pass_obj
def health(invocation: Invocation, /, *, place: Place, wait: bool) -> int:
    """Tell how everything is: queues, workers, and what is not well.

    Ends with 0 when all is healthy, 6 when something is not, or still starts, and 5 when no job is
    taken, or nothing answers.
    """
    report = anyio.run(_waited if wait else _report, place)
    console = invocation.console
    if console.is_json:
        console.json(health=report)
        return _EXITS[report.status]
    console.data(Painted(report.status, _STYLES[report.status]))
    for problem in report.problems:
        console.data(f"  {problem}")
    jobs = report.jobs
    console.data(
        f"jobs: {jobs.queued} queued, {jobs.running} running, {jobs.dead_letters} dead letters"
    )
    names = sorted({*report.queues, *report.workers})
    rows = [
        (name, str(report.queues.get(name, 0)), str(report.workers.get(name, 0))) for name in names
    ]
    for line in table(rows, header=("algorithm", "queued", "workers")) if rows else ():
        console.data(line)
    return _EXITS[report.status]


async def _waited(place: Place) -> HealthReport:
    """Look again and again until all is healthy or the time is over; return how it was last."""
    with anyio.move_on_after(WAIT_SECONDS):
        for pause in pauses():
            try:
                report = await _report(place)
            except CommandError as error:  # such as a server that is starting
                if error.ends != Exit.UNREACHABLE:
                    raise
            else:
                if report.status == "healthy":
                    return report
            await anyio.sleep(pause)
    return await _report(place)


async def _report(place: Place) -> HealthReport:
    if place.server is not None:
        from .remote import open_remote  # noqa: PLC0415 - only who calls a server pays for its imports

        async with open_remote(place.server, logins=place.logins) as desk:
            return await desk.algorithms.health()
    folder, clock = DataFolder.existing(place.data), SystemClock()
    async with AsyncExitStack() as stack:
        transport = open_transport(folder.transport_url, clock=clock)
        stack.push_async_callback(close, transport)
        stores = await open_stores(folder.state_url, clock=clock)
        stack.push_async_callback(close, stores)
        operations = Operations(transport, workers=stores.workers, clock=clock)
        return await Health(stores.registry, operations=operations, clock=clock).report()
