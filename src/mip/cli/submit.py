"""``mip submit``: put a job on an algorithm's queue."""

from __future__ import annotations

import shlex
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import click
import msgspec

from ..contracts import decode_request, request_queue
from ..errors import FieldError, InvalidJobError
from ..outbox import REQUEST_QUEUE_OPTIONS
from .advice import Exit, exit_for_outcomes
from .arguments import Text
from .completion import complete_algorithm
from .datafolder import DataFolder
from .deployment import opened
from .desk import LOCAL_CLIENT, LocalDesk
from .invocation import CommandError, Invocation, json_option
from .place import place_options
from .reference import algorithm_reference, describe, read_parameters, read_undeclared
from .report import NO_ID, outcome_words, report_of
from .stopping import stoppable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..contracts import AlgorithmSpec, JobRequest, JsonValue
    from ..state import JobRecord, Submission
    from .console import Console
    from .desk import Desk
    from .place import Place

_PATIENCE_SECONDS = 3.0
_LOOK_SECONDS = 10.0
"""How often a wait looks whether the job's algorithm is well."""


@dataclass(frozen=True, kw_only=True)
class SubmitOptions:
    """What the command line asks for."""

    algorithm: str
    place: Place
    client: str | None
    study: str | None
    series: str | None
    image: str | None
    study_uid: str | None
    series_uid: str | None
    instance_uid: str | None
    parameters: tuple[str, ...]
    job_id: str | None
    order: str | None
    wait: bool


@click.command(
    short_help="Put a job on an algorithm's queue.",
    epilog="\b\nmip submit window --image CT_small.dcm --wait\n"
    "mip submit window --study liver1 --series D55 -p center=40 -p width=400\n"
    "mip submit window --study-uid 1.2 --series-uid 1.2.3 --instance-uid 1.2.3.4\n"
    "mip submit window --image CT_small.dcm --server http://localhost:8080 --wait",
)
@click.argument("algorithm", type=Text(), shell_complete=complete_algorithm)
@place_options
@click.option(
    "--client",
    metavar="ID",
    help="Whose job it is.  [default: cli; at a server, who is logged in]",
)
@click.option("--study", metavar="ID", help="Study, as a path below the PACS folder.")
@click.option("--series", metavar="ID", help="Series, as a path below the study.")
@click.option("--image", metavar="ID", help="Image, as a path; without it, the whole series.")
@click.option("--study-uid", metavar="UID", help="Study Instance UID, instead of paths.")
@click.option("--series-uid", metavar="UID", help="Series Instance UID.")
@click.option("--instance-uid", metavar="UID", help="SOP Instance UID; without it, the series.")
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
    "--job-id", metavar="ID", help="Name of the job; sent twice, it is one job.  [default: made]"
)
@click.option("--order", metavar="KEY", help="Jobs of a client with the same KEY run in order.")
@click.option("--wait", is_flag=True, help="Wait for the result, and end as it did.")
@json_option
@click.pass_obj
def submit(invocation: Invocation, /, **options: Any) -> int:
    """Put a job for ALGORITHM on its queue in the data folder DIR, or at the server URL.

    The job is checked, recorded and queued before the command ends. Images are named as the PACS
    of the workers knows them: by paths below its folder, or by UIDs. At a server, ALGORITHM is an
    id that is registered there, or id@version, and the first submission logs in as a new client.
    """
    return anyio.run(_submit, invocation, SubmitOptions(**options))


async def _submit(invocation: Invocation, options: SubmitOptions) -> int:
    console = invocation.console
    async with _submitted(options) as (desk, submission):
        record = submission.record
        if not submission.is_new:
            console.talk(f"{record.job.job_id} was submitted before, and is {record.state}")
        if options.wait and not record.is_final:
            record = await _wait(console, options, desk, record)
    report = report_of(record)
    is_told_as_it_ended = options.wait and record.is_final
    if console.is_json:
        console.json(jobs=[report])
    elif is_told_as_it_ended:
        console.data(*outcome_words(report))
    else:
        console.data(report.job_id)
    if options.wait and not record.is_final:
        return Exit.INTERRUPTED
    has_failed = report.status == "failed"
    return exit_for_outcomes(succeeded=int(not has_failed), failed=int(has_failed))


@asynccontextmanager
async def _submitted(options: SubmitOptions) -> AsyncIterator[tuple[Desk, Submission]]:
    """Submit, and leave open where it was done."""
    if options.place.server is not None:
        async with _submitted_at_server(options, options.place.server) as (desk, submission):
            yield desk, submission
        return
    request = _request(options, client=options.client or LOCAL_CLIENT)
    spec = await describe(algorithm_reference(options.algorithm))
    request = _completed(request, options, spec)
    folder = DataFolder.open(options.place.data)
    async with opened(folder) as deployment:
        await deployment.transport.create_queue(request_queue(spec.id), REQUEST_QUEUE_OPTIONS)
        await deployment.outbox.create_results_queue()
        yield LocalDesk(deployment), await deployment.jobs.submit(request, spec)


@asynccontextmanager
async def _submitted_at_server(
    options: SubmitOptions, address: str
) -> AsyncIterator[tuple[Desk, Submission]]:
    from .remote import open_remote  # noqa: PLC0415 - only who calls a server pays for its imports

    place = options.place
    _reference(options)  # wrong ones make nobody a client
    async with open_remote(address, logins=place.logins, admin_key=place.admin_key) as desk:
        client = options.client or (await desk.identity.log_in()).client_id
        request = _request(options, client=client)
        spec = await desk.algorithms.spec(options.algorithm, scope=request.pacs.scope)
        request = _completed(request, options, spec)
        yield desk, await desk.jobs.submit(request, target=options.algorithm)


async def _wait(
    console: Console, options: SubmitOptions, desk: Desk, record: JobRecord
) -> JobRecord:
    """Return the job's record once it has ended, or as it was when a person asked to stop."""
    name = record.job.job_id
    console.talk(f"waiting for job {name}")
    async with stoppable(console, steps=1) as stop, anyio.create_task_group() as tasks:
        tasks.start_soon(_grow_impatient, console, options, desk, record)
        record = await desk.wait_for_end(record)
        tasks.cancel_scope.cancel()
    if stop.is_asked and not record.is_final:
        place = ["--client", record.job.client_id, *options.place.options]
        console.talk(f"job {name} is still there; to go on watching it:")
        console.talk(shlex.join(["mip", "jobs", "watch", name, *place]))
    return record


async def _grow_impatient(
    console: Console, options: SubmitOptions, desk: Desk, record: JobRecord
) -> None:
    await anyio.sleep(_PATIENCE_SECONDS)
    if (await desk.jobs.show(record.job.client_id, record.job.job_id)).state == "running":
        console.talk("still waiting; the job is running")
        return
    if options.place.server is not None:
        look = shlex.join(["mip", "health", *options.place.options])
        console.talk(f"still waiting; to see how the server is: {look}")
        await _tell_problems(console, desk, record.job.algo_id)
        return
    place = [*options.place.options, "--pacs"]
    console.talk(
        "still waiting; the job is queued, behind others or for want of a worker, started by: "
        f"{shlex.join(['mip', 'worker', options.algorithm, *place])} FOLDER"
    )


async def _tell_problems(console: Console, desk: Desk, algorithm_id: str) -> None:
    """Tell, each once, what is not well with the algorithm of a job that is waited for."""
    told: set[str] = set()
    while True:
        with suppress(CommandError):  # such as a server that is being restarted
            for problem in await desk.problems(algorithm_id):
                if problem not in told:
                    console.talk(problem)
                told.add(problem)
        await anyio.sleep(_LOOK_SECONDS)


def _request(options: SubmitOptions, *, client: str) -> JobRequest:
    """Make the same request that a client would send, and read it as strictly."""
    body: dict[str, JsonValue] = {"client_id": client, "pacs": _reference(options)}
    if options.job_id is not None:
        body["job_id"] = options.job_id
    if options.order is not None:
        body["ordering_key"] = options.order
    return decode_request(body)


def _completed(request: JobRequest, options: SubmitOptions, spec: AlgorithmSpec) -> JobRequest:
    """Add what only the algorithm can tell to be right: the scope and the parameters."""
    if request.pacs.scope != spec.scope:
        message = f"expected one {spec.scope}, for {spec.id} works on one at a time"
        raise InvalidJobError([FieldError("pacs", message)])
    if options.place.server is not None and not spec.parameters:
        # Whoever registered it declared none: what is meant is between client and algorithm.
        parameters = read_undeclared(options.parameters)
    else:
        parameters = read_parameters(spec, options.parameters)
    return msgspec.structs.replace(request, parameters=parameters)


def _reference(options: SubmitOptions) -> dict[str, JsonValue]:
    by_path = (options.study, options.series, options.image)
    by_uid = (options.study_uid, options.series_uid, options.instance_uid)
    if any(by_path) == any(by_uid):
        raise CommandError(
            "expected an image, either by paths (--study --series --image) or by UIDs "
            "(--study-uid --series-uid --instance-uid)",
            remedy="mip submit --help",
        )
    if any(by_uid):
        names = ("study_uid", "series_uid", "instance_uid")
        return {name: value for name, value in zip(names, by_uid, strict=True) if value}
    reference: dict[str, JsonValue] = {
        "study_id": options.study or NO_ID,
        "series_id": options.series or NO_ID,
        "scope": "image" if options.image else "series",
    }
    return {**reference, "image_id": options.image} if options.image else reference
