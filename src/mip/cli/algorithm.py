"""``mip algorithm``: what operators do with the algorithms of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import anyio
import click
import msgspec

from ..contracts import show_record
from ..contracts.registration import MAX_DESIRED_COUNT
from ..errors import FieldError, InvalidRegistrationError
from .advice import Exit
from .arguments import FilePath, Text
from .asking import confirm
from .console import Painted
from .deployment import pauses
from .invocation import CommandError, Invocation, json_option
from .lazy import Entry, LazyGroup
from .place import place_options
from .reference import algorithm_reference
from .report import table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from ..contracts import AlgorithmRecord, JsonValue
    from .console import Part, Style
    from .place import Place
    from .remote.operations import RemoteAlgorithms

_ENTRIES: Final = {
    "register": Entry(".algorithm:register", "Put an algorithm on record, and run it."),
    "list": Entry(".algorithm:list_algorithms", "List algorithms."),
    "show": Entry(".algorithm:show", "Show an algorithm."),
    "update": Entry(".algorithm:update", "Change an algorithm."),
    "scale": Entry(".algorithm:scale", "Change how many workers an algorithm has."),
    "delete": Entry(".algorithm:delete", "Scale an algorithm to zero, or remove it."),
}
MAX_FILE_BYTES: Final = 1024**2
"""Of a file of parameters; the server takes no longer body."""

_algorithm = click.argument("algorithm", type=Text())
_wait = click.option("--wait", is_flag=True, help="Wait until it is so, or cannot be.")
_count = click.IntRange(0, MAX_DESIRED_COUNT)


def _fields(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that ``register`` and ``update`` have in common."""
    for option in reversed(
        (
            click.option("--version", type=Text(), metavar="V", help="Version, such as 1.2.0."),
            click.option("--cpu", type=int, metavar="UNITS", help="Of a worker; 1024 are one CPU."),
            click.option("--memory", type=int, metavar="MIB", help="Of a worker."),
            click.option("--count", type=_count, metavar="N", help="How many workers."),
            click.option(
                "--env",
                multiple=True,
                type=Text(),
                metavar="NAME=VALUE",
                help="A variable of the workers; may be given many times.",
            ),
            click.option("--description", metavar="TEXT", help="For people."),
            click.option(
                "--parameters",
                type=FilePath(),
                metavar="FILE",
                help="JSON: name to {type, default, …}, or a JSON Schema.",
            ),
        )
    ):
        command = option(command)
    return command


@click.group(cls=LazyGroup, entries=_ENTRIES, short_help="Register and run algorithms at a server.")
def algorithm() -> None:
    """Register, list, show, update, scale and delete the algorithms of a server.

    These are for operators: MIP_ADMIN_KEY has their key, and --server or MIP_SERVER the server.
    """


@click.command(
    short_help=_ENTRIES["register"].short_help,
    epilog="\b\nmip algorithm register brightest brightest.py --wait\n"
    "mip algorithm register smoother python:package.module:smoother --cpu 2048 --memory 4096\n"
    "mip algorithm register processing_1 --image-uri 1.dkr.ecr.eu-west-1.amazonaws.com/p1:latest",
)
@_algorithm
@click.argument("image", type=Text(), required=False)
@place_options
@click.option("--image-uri", type=Text(), metavar="URI", help="The same as IMAGE.")
@_fields
@click.option("--type", "kind", type=click.Choice(["python", "openmp"]), help="Kind of program.")
@click.option("--scope", type=click.Choice(["image", "series"]), help="What a job is about.")
@_wait
@json_option
@click.pass_obj
def register(invocation: Invocation, /, *, place: Place, algorithm: str, **options: Any) -> int:
    """Put ALGORITHM on record at a server, which starts workers for it.

    IMAGE is what runs: file:PATH or a Python file, as a path of the server's machine;
    python:MODULE:NAME; or a container image. An algorithm of this id that is installed runs
    whatever the image.
    """
    fields = {"algo_id": algorithm, "image_uri": _image(options), **_wanted(options)}
    if options["kind"] is not None:
        fields["algorithm_type"] = options["kind"]
    if options["scope"] is not None:
        fields["scope"] = options["scope"]

    async def main(algorithms: RemoteAlgorithms) -> tuple[AlgorithmRecord, list[str]]:
        record = await algorithms.register(fields)
        return await _settled(algorithms, record, is_waited_for=options["wait"]), []

    return _changed(invocation, place, main, is_waited_for=options["wait"])


@click.command("list", short_help=_ENTRIES["list"].short_help)
@place_options
@click.option("--deleted", is_flag=True, help="Those that were deleted, too.")
@json_option
@click.pass_obj
def list_algorithms(invocation: Invocation, /, *, place: Place, deleted: bool) -> int:
    """List the algorithms on record."""
    records = _at(place, lambda algorithms: algorithms.records(with_deleted=deleted))
    console = invocation.console
    if console.is_json:
        console.json(algorithms=[show_record(record) for record in records])
        return 0
    if not records:
        console.talk("none")
        return 0
    header = ("algorithm", "version", "status", "count", "cpu", "memory", "image", "error")
    for line in table((_row(record) for record in records), header=header):
        console.data(line)
    return 0


@click.command(short_help=_ENTRIES["show"].short_help)
@_algorithm
@place_options
@json_option
@click.pass_obj
def show(invocation: Invocation, /, *, algorithm: str, place: Place) -> int:
    """Show everything on record of ALGORITHM."""
    record = _at(place, lambda algorithms: algorithms.show(algorithm))
    console = invocation.console
    if console.is_json:
        console.json(algorithms=[show_record(record)])
        return 0
    for name, value in show_record(record).items():
        words = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        console.data(f"{name}: {words}")
    return 0


@click.command(
    short_help=_ENTRIES["update"].short_help,
    epilog="\b\nmip algorithm update smoother --memory 8192 --wait\n"
    "mip algorithm update processing_1 --image-uri 1.dkr.ecr.eu-west-1.amazonaws.com/p1:v2",
)
@_algorithm
@click.argument("image", type=Text(), required=False)
@place_options
@click.option("--image-uri", type=Text(), metavar="URI", help="The same as IMAGE.")
@_fields
@click.option("--status", type=Text(), metavar="STATUS", help="Such as ACTIVE or inactive.")
@_wait
@json_option
@click.pass_obj
def update(invocation: Invocation, /, *, place: Place, algorithm: str, **options: Any) -> int:
    """Change ALGORITHM; its workers are replaced one by one.

    What is not given stays; --env replaces all variables. Of --cpu and --memory, one that is
    changed alone raises the other, and that is said.
    """
    fields = _wanted(options)
    if options["image"] is not None or options["image_uri"] is not None:
        fields["image_uri"] = _image(options)
    if options["status"] is not None:
        fields["status"] = options["status"]
    if not fields:
        raise click.UsageError("expected something to change")
    return _patched(invocation, place, algorithm, fields, is_waited_for=options["wait"])


@click.command(short_help=_ENTRIES["scale"].short_help)
@_algorithm
@click.argument("count", type=_count)
@place_options
@_wait
@json_option
@click.pass_obj
def scale(
    invocation: Invocation, /, *, algorithm: str, count: int, place: Place, wait: bool
) -> int:
    """Have COUNT workers run ALGORITHM. At 0 it refuses new jobs, and keeps the queued ones."""
    return _patched(invocation, place, algorithm, {"desired_count": count}, is_waited_for=wait)


@click.command(short_help=_ENTRIES["delete"].short_help)
@_algorithm
@place_options
@click.option("--hard", is_flag=True, help="Remove workers and queues; only the record stays.")
@click.option("--force", is_flag=True, help="With --hard: also when jobs are queued, which end.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_wait
@json_option
@click.pass_obj
def delete(
    invocation: Invocation,
    /,
    *,
    algorithm: str,
    place: Place,
    hard: bool,
    force: bool,
    yes: bool,
    wait: bool,
) -> int:
    """Scale ALGORITHM to zero and keep everything; with --hard, remove it.

    Asks first on a terminal, and needs --yes elsewhere.
    """
    if force and not hard:
        raise click.UsageError("--force needs --hard")
    question = f"remove {algorithm}?" if hard else f"scale {algorithm} to zero, and keep it?"
    confirm(question, yes=yes, is_final=hard)

    async def main(algorithms: RemoteAlgorithms) -> tuple[AlgorithmRecord, list[str]]:
        record, notes = await algorithms.delete(algorithm, is_hard=hard, by_force=force)
        return await _settled(algorithms, record, is_waited_for=wait), notes

    return _changed(invocation, place, main, is_waited_for=wait)


def _patched(
    invocation: Invocation,
    place: Place,
    name: str,
    fields: dict[str, JsonValue],
    *,
    is_waited_for: bool,
) -> int:
    async def main(algorithms: RemoteAlgorithms) -> tuple[AlgorithmRecord, list[str]]:
        record, notes = await algorithms.patch(name, fields)
        return await _settled(algorithms, record, is_waited_for=is_waited_for), notes

    return _changed(invocation, place, main, is_waited_for=is_waited_for)


def _changed(
    invocation: Invocation,
    place: Place,
    change: Callable[[RemoteAlgorithms], Awaitable[tuple[AlgorithmRecord, list[str]]]],
    *,
    is_waited_for: bool,
) -> int:
    record, notes = _at(place, change)
    console = invocation.console
    for note in notes:
        console.talk(note)
    if console.is_json:
        console.json(algorithms=[show_record(record)], notes=notes)
    else:
        console.data(*_words(record))
    has_failed = is_waited_for and not record.is_settled
    return Exit.ALL_FAILED if has_failed else Exit.OK


def _at(place: Place, work: Callable[[RemoteAlgorithms], Awaitable[Any]]) -> Any:
    """Do something with the algorithms of the server that is meant."""
    address = place.address

    async def main() -> Any:
        from .remote import open_remote  # noqa: PLC0415 - only who calls a server pays for its imports

        async with open_remote(address, logins=place.logins, admin_key=place.admin_key) as desk:
            return await work(desk.algorithms)

    return anyio.run(main)


async def _settled(
    algorithms: RemoteAlgorithms, record: AlgorithmRecord, *, is_waited_for: bool
) -> AlgorithmRecord:
    """Return a record as it is once its server has done what was asked, if that is waited for.

    It is waited for no longer when it cannot be done, or when workers do not stay up, which the
    server goes on mending.
    """
    for pause in pauses() if is_waited_for else ():
        if record.is_settled or record.status == "ERROR" or record.last_error:
            break
        await anyio.sleep(pause)
        record = await algorithms.show(record.algorithm_id)
    return record


def _words(record: AlgorithmRecord) -> tuple[Part, ...]:
    style: Style = "bad" if record.status == "ERROR" else "plain"
    reason = f": {record.last_error}" if record.last_error else ""
    return f"{record.algorithm_id} is ", Painted(record.status, style), reason


def _row(record: AlgorithmRecord) -> tuple[str, ...]:
    return (
        record.algorithm_id,
        record.version,
        record.status,
        str(record.desired_count),
        str(record.cpu),
        str(record.memory),
        record.image_uri,
        record.last_error,
    )


def _image(options: dict[str, Any]) -> str:
    """Return what runs, as the server takes it."""
    image, uri = options["image"], options["image_uri"]
    if (image is None) == (uri is None):
        raise click.UsageError("expected IMAGE or --image-uri, one of them")
    return str(uri) if image is None else algorithm_reference(image)


def _wanted(options: dict[str, Any]) -> dict[str, JsonValue]:
    """Return the fields that were given; the server checks them."""
    named = {"version": "version", "cpu": "cpu", "memory": "memory", "count": "desired_count"}
    named["description"] = "description"
    fields: dict[str, JsonValue] = {
        field: options[option] for option, field in named.items() if options[option] is not None
    }
    if options["env"]:
        fields["env"] = _environment(options["env"])
    if options["parameters"] is not None:
        fields["parameters"] = _parameters(options["parameters"])
    return fields


def _environment(texts: tuple[str, ...]) -> dict[str, JsonValue]:
    errors = [FieldError(text, "expected NAME=VALUE") for text in texts if "=" not in text]
    if errors:
        raise InvalidRegistrationError(errors)
    return {name: value for name, _, value in (text.partition("=") for text in texts)}


def _parameters(path: Path) -> JsonValue:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
        if len(text) > MAX_FILE_BYTES:
            raise CommandError(
                f"{path} is longer than {MAX_FILE_BYTES} bytes", remedy="name a JSON file"
            )
        value: JsonValue = msgspec.json.decode(text)
    except OSError as error:
        raise CommandError(
            f"{path} cannot be read: {error.strerror}",
            remedy="name a JSON file",
            ends=Exit.NOT_FOUND,
            code="cli.input_not_found",
        ) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise CommandError(f"{path} is no JSON: {error}", remedy="correct it") from error
    return value
