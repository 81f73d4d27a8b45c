"""``mip jobs``: list, show, watch, cancel and retry jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

import anyio
import click
import msgspec

from ..clock import to_iso
from ..contracts import job_key
from ..state import JobState
from .advice import Exit, exit_for_outcomes
from .arguments import Identifier
from .desk import open_desk
from .invocation import Invocation, json_option
from .lazy import Entry, LazyGroup
from .place import place_options
from .report import image_words, outcome_words, report_of, table
from .stopping import stoppable
from .watching import Watcher

if TYPE_CHECKING:
    from ..contracts import JobEvent
    from ..state import JobRecord, Submission
    from .console import Console
    from .place import Place

_ENTRIES: Final = {
    "list": Entry(".jobs:list_jobs", "List jobs, newest first."),
    "show": Entry(".jobs:show", "Show one job and what happened to it."),
    "watch": Entry(".jobs:watch", "Print results of a client as they come."),
    "cancel": Entry(".jobs:cancel", "Cancel a job."),
    "retry": Entry(".jobs:retry", "Run a job again that has ended."),
}

_MAX_SEQ: Final = 2**63 - 1
"""No result has a greater number: records keep them in 64 bits."""

_client = click.option(
    "--client",
    type=Identifier(),
    metavar="ID",
    help="Whose job it is.  [default: cli; at a server, who is logged in]",
)


@click.group(
    cls=LazyGroup, entries=_ENTRIES, short_help="List, show, watch, cancel and retry jobs."
)
def jobs() -> None:
    """List, show, watch, cancel and retry the jobs of a data folder or at a server."""


@click.command("list", short_help=_ENTRIES["list"].short_help)
@place_options
@click.option("--client", type=Identifier(), metavar="ID", help="Jobs of this client only.")
@click.option("--state", type=click.Choice(get_args(JobState)), help="Jobs in this state only.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=50,
    show_default=True,
    metavar="N",
    help="At most N jobs.",
)
@click.option(
    "--before", type=Identifier(), metavar="JOB", help="Older ones than this job of --client."
)
@json_option
@click.pass_obj
def list_jobs(
    invocation: Invocation,
    /,
    *,
    place: Place,
    client: str | None,
    state: JobState | None,
    limit: int,
    before: str | None,
) -> int:
    """List jobs, newest first.

    At a server they are those of the client who is logged in; with MIP_ADMIN_KEY, of all.
    """
    if before is not None and client is None:
        raise click.UsageError("--before needs --client: a job id is unique within its client")

    async def main() -> list[JobRecord]:
        async with open_desk(place) as desk:
            return await desk.jobs.page(
                client_id=client,
                state=state,
                limit=limit,
                before=None if before is None or client is None else job_key(client, before),
            )

    records = anyio.run(main)
    console = invocation.console
    if console.is_json:
        console.json(jobs=[report_of(record) for record in records])
        return 0
    header = ("job", "client", "algorithm", "state", "submitted", "image", "error")
    if not records:
        console.talk("none")
        return 0
    for line in table((_row(record) for record in records), header=header):
        console.data(line)
    return 0


def _row(record: JobRecord) -> tuple[str, ...]:
    error = record.result.error if record.result is not None else None
    return (
        record.job.job_id,
        record.job.client_id,
        record.job.algo_id,
        record.state,
        to_iso(record.submitted_at),
        image_words(record.job.pacs),
        "" if error is None else error.code,
    )


@click.command(short_help=_ENTRIES["show"].short_help)
@click.argument("job", type=Identifier())
@place_options
@_client
@json_option
@click.pass_obj
def show(invocation: Invocation, /, *, job: str, place: Place, client: str | None) -> int:
    """Show JOB of a client: its result, and everything that happened to it."""

    async def main() -> tuple[JobRecord, list[JobEvent]]:
        async with open_desk(place) as desk:
            whose = desk.client(client)
            record = await desk.jobs.show(whose, job)
            return record, await desk.jobs.history(whose, job)

    record, events = anyio.run(main)
    console = invocation.console
    report = report_of(record)
    if console.is_json:
        console.json(jobs=[report], events=events)
        return 0
    console.data(*outcome_words(report))
    if report.parent is not None:
        console.data(f"  parent: {report.parent}")
    for output in report.outputs:
        console.data(f"  {output.role}: {output.path}")
    for name, value in report.meta.items():
        console.data(f"  {name}: {value}")
    for event in events:
        console.data(f"  {event_words(event)}")
    return 0


def event_words(event: JobEvent) -> str:
    """Say in one line what happened to a job, and when."""
    facts = msgspec.to_builtins(event)
    at, kind = facts.pop("at"), facts.pop("type")
    return " ".join([at, kind, *(f"{name}={_plain(value)}" for name, value in facts.items())])


def _plain(value: object) -> str:
    return str(value["code"]) if isinstance(value, dict) else str(value)


@click.command(short_help=_ENTRIES["watch"].short_help)
@click.argument("job_ids", type=Identifier(), nargs=-1, metavar="[JOB]...")
@place_options
@_client
@click.option(
    "--after",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Leave out results up to number N of the client.",
)
@json_option
@click.pass_obj
def watch(
    invocation: Invocation,
    /,
    *,
    job_ids: tuple[str, ...],
    place: Place,
    client: str | None,
    after: int,
) -> int:
    """Print results of a client as they come, in their order.

    Ends when every JOB that is named has ended, by their outcomes; without any, at Ctrl-C. It
    ends, too, when nobody reads its output any more. With --json each result is one object on
    one line.
    """
    after = min(after, _MAX_SEQ)
    return anyio.run(_watch, invocation.console, place, client, set(job_ids), after)


async def _watch(
    console: Console, place: Place, client: str | None, names: set[str], after: int
) -> int:
    async with open_desk(place) as desk, stoppable(console, steps=1) as stop:
        watcher = Watcher(console, client=desk.client(client), names=names, after=after)
        await watcher.run(desk)
    if stop.is_asked or watcher.left:
        return Exit.INTERRUPTED
    if not names:
        return Exit.OK
    counts = watcher.counts
    return exit_for_outcomes(succeeded=counts["succeeded"], failed=counts["failed"])


@click.command(short_help=_ENTRIES["cancel"].short_help)
@click.argument("job", type=Identifier())
@place_options
@_client
@json_option
@click.pass_obj
def cancel(invocation: Invocation, /, *, job: str, place: Place, client: str | None) -> int:
    """Cancel JOB of a client: queued, it never runs; running, its worker stops it.

    A job that has succeeded or failed stays as it ended, and the exit code is 1.
    """

    async def main() -> JobRecord:
        async with open_desk(place) as desk:
            return await desk.jobs.cancel(desk.client(client), job)

    record = anyio.run(main)
    is_too_late = record.is_final and record.state != "cancelled"
    console = invocation.console
    if console.is_json:
        console.json(jobs=[report_of(record)], cancel_requested=record.cancel_requested)
    elif record.state == "running":
        console.data(f"{job} is running; its worker has been asked to stop")
    elif is_too_late:
        console.data(f"{job} has {record.state} before; nothing was cancelled")
    else:
        console.data(f"{job} is {record.state}")
    return Exit.ALL_FAILED if is_too_late else Exit.OK


@click.command(short_help=_ENTRIES["retry"].short_help)
@click.argument("job")
@place_options
@_client
@json_option
@click.pass_obj
def retry(invocation: Invocation, /, *, job: str, place: Place, client: str | None) -> int:
    """Run JOB of a client again as a new job, and print the new job's id.

    JOB has ended, however it did, and keeps its result. To retry it twice is to retry it once;
    to run it a third time, retry the new job.
    """

    async def main() -> Submission:
        async with open_desk(place) as desk:
            return await desk.jobs.retry(desk.client(client), job)

    submission = anyio.run(main)
    record, console = submission.record, invocation.console
    if not submission.is_new:
        console.talk(f"{job} was retried before; the new job is {record.state}")
    if console.is_json:
        console.json(jobs=[report_of(record)])
    else:
        console.data(record.job.job_id)
    return 0
