"""``mip dlq``: list, show, redrive and purge dead letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio
import click
import msgspec

from .advice import Exit
from .arguments import Text
from .asking import confirm
from .completion import complete_algorithm
from .desk import open_desk
from .invocation import CommandError, Invocation, json_option
from .lazy import Entry, LazyGroup
from .place import place_options
from .reference import algorithm_id
from .report import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..control import DeadJob, Redriven
    from .desk import Desk
    from .place import Place

_ENTRIES: Final = {
    "list": Entry(".dlq:list_letters", "List dead letters with their reasons."),
    "show": Entry(".dlq:show", "Show one dead letter."),
    "redrive": Entry(".dlq:redrive", "Run the jobs of dead letters again."),
    "purge": Entry(".dlq:purge", "Forget dead letters."),
}
_PAGE: Final = 100
_OUTCOMES: Final = {
    "put_back": "is on its queue again",
    "run_again": "runs again as job",
    "has_ended": "had ended; its result is announced again",
    "unreadable": "cannot be read, and stays",
    "refused": "cannot run again, and stays:",
}

_algorithm = click.argument("algorithm", type=Text(), shell_complete=complete_algorithm)


@click.group(
    cls=LazyGroup, entries=_ENTRIES, short_help="List, show, redrive and purge dead letters."
)
def dlq() -> None:
    """List, show, redrive and purge the dead letters of a data folder or a server.

    A dead letter is the message of a job that failed for good, or that could not be read.
    """


@click.command("list", short_help=_ENTRIES["list"].short_help)
@click.argument("algorithm", type=Text(), required=False, shell_complete=complete_algorithm)
@place_options
@json_option
@click.pass_obj
def list_letters(invocation: Invocation, /, *, algorithm: str | None, place: Place) -> int:
    """List dead letters, oldest first, of ALGORITHM or of all."""

    async def main() -> list[DeadJob]:
        async with open_desk(place) as desk:
            names = [await algorithm_id(algorithm)] if algorithm else await desk.queued_algorithms()
            return [letter for name in names for letter in await _letters(desk, name)]

    letters = anyio.run(main)
    console = invocation.console
    if console.is_json:
        console.json(dead_letters=letters)
        return 0
    header = ("id", "algorithm", "job", "client", "deliveries", "dead since", "reason")
    if not letters:
        console.talk("none")
        return 0
    for line in table((_row(letter) for letter in letters), header=header):
        console.data(line)
    return 0


def _row(letter: DeadJob) -> tuple[str, ...]:
    return (
        letter.id,
        letter.algo_id or "?",
        letter.job_id or "?",
        letter.client_id or "?",
        str(letter.deliveries),
        letter.dead_at,
        letter.reason,
    )


@click.command(short_help=_ENTRIES["show"].short_help)
@_algorithm
@click.argument("letter", type=Text())
@place_options
@json_option
@click.pass_obj
def show(invocation: Invocation, /, *, algorithm: str, letter: str, place: Place) -> int:
    """Show LETTER of ALGORITHM, by its id."""

    async def main() -> list[DeadJob]:
        async with open_desk(place) as desk:
            return await _letters(desk, await algorithm_id(algorithm))

    found = [each for each in anyio.run(main) if each.id == letter]
    if not found:
        raise _no_letter(algorithm, [letter])
    console = invocation.console
    if console.is_json:
        console.json(dead_letters=found)
        return 0
    for name, value in msgspec.structs.asdict(found[0]).items():
        console.data(f"{name}: {value}")
    return 0


@click.command(short_help=_ENTRIES["redrive"].short_help)
@_algorithm
@click.argument("letters", type=Text(), nargs=-1, metavar="[LETTER]...")
@place_options
@click.option("--dry-run", is_flag=True, help="Only tell which they are.")
@json_option
@click.pass_obj
def redrive(
    invocation: Invocation,
    /,
    *,
    algorithm: str,
    letters: tuple[str, ...],
    place: Place,
    dry_run: bool,
) -> int:
    """Run the jobs of LETTERS of ALGORITHM again; all of them when none is named.

    A job that has failed runs again as a new job of its client, for its result is out; one that
    has not ended goes back on its queue.
    """

    async def main() -> tuple[list[DeadJob], list[Redriven]]:
        async with open_desk(place) as desk:
            whose = await algorithm_id(algorithm)
            chosen = await _chosen(desk, whose, letters)
            ids = [] if dry_run else [each.id for each in chosen]
            return chosen, await desk.dead_letters.redrive(whose, ids=ids)

    chosen, redriven = anyio.run(main)
    console = invocation.console
    if console.is_json:
        console.json(dead_letters=chosen, redriven=redriven)
        return 0
    for letter in chosen if dry_run else ():
        console.data(f"{letter.id} would be redriven")
    for each in redriven:
        console.data(
            f"{each.id} {_OUTCOMES[each.outcome]} {each.code or each.job_id or ''}".rstrip()
        )
    return 0


@click.command(short_help=_ENTRIES["purge"].short_help)
@_algorithm
@click.argument("letters", type=Text(), nargs=-1, metavar="[LETTER]...")
@place_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only tell which they are.")
@json_option
@click.pass_obj
def purge(
    invocation: Invocation,
    /,
    *,
    algorithm: str,
    letters: tuple[str, ...],
    place: Place,
    yes: bool,
    dry_run: bool,
) -> int:
    """Forget LETTERS of ALGORITHM; all of them when none is named.

    A job that has not ended ends as failed. Asks first on a terminal, and needs --yes elsewhere.
    """

    async def find() -> list[DeadJob]:
        async with open_desk(place) as desk:
            return await _chosen(desk, await algorithm_id(algorithm), letters)

    async def drop(chosen: Sequence[DeadJob]) -> int:
        async with open_desk(place) as desk:
            ids = [each.id for each in chosen]
            return await desk.dead_letters.drop(await algorithm_id(algorithm), ids=ids)

    chosen = anyio.run(find)
    if dry_run or not chosen:
        dropped = 0
    else:
        confirm(f"forget {len(chosen)} dead letters of {algorithm}?", yes=yes)
        dropped = anyio.run(drop, chosen)
    console = invocation.console
    if console.is_json:
        console.json(dead_letters=chosen, dropped=dropped)
    else:
        for each in chosen:
            console.data(f"{each.id} {'would be' if dry_run else 'is'} forgotten")
    return 0


async def _letters(desk: Desk, algorithm: str) -> list[DeadJob]:
    letters: list[DeadJob] = []
    after: str | None = None
    while page := await desk.dead_letters.page(algorithm, limit=_PAGE, after=after):
        letters += page
        after = page[-1].id
    return letters


async def _chosen(desk: Desk, algorithm: str, wanted: tuple[str, ...]) -> list[DeadJob]:
    letters = await _letters(desk, algorithm)
    missing = set(wanted) - {letter.id for letter in letters}
    if missing:
        raise _no_letter(algorithm, sorted(missing))
    return [letter for letter in letters if not wanted or letter.id in wanted]


def _no_letter(algorithm: str, ids: Sequence[str]) -> CommandError:
    return CommandError(
        f"{algorithm} has no dead letter {', '.join(ids)}",
        remedy=f"mip dlq list {algorithm}",
        ends=Exit.NOT_FOUND,
        code="cli.letter_not_found",
    )
