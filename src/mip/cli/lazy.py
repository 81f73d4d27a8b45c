"""A click group that imports a command when it is run, not when it is listed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class Entry(NamedTuple):
    """Where a command lives (``module:attribute``, relative to this package) and what it does."""

    target: str
    short_help: str


class LazyGroup(click.Group):
    """A group whose commands are a table, so that ``--help`` imports none of them."""

    def __init__(self, *, entries: Mapping[str, Entry], **attributes: object) -> None:
        # A group alone is a question: answered with its help, on standard output, by exit 0.
        super().__init__(invoke_without_command=True, **attributes)  # type: ignore[arg-type]  # click's own keyword arguments
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table, which is the order of use."""
        del ctx
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        entry = self.entries.get(cmd_name)
        return None if entry is None else load(entry)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was named; show the help when none was."""
        outcome = super().invoke(ctx)
        if not ctx.invoked_subcommand:
            click.echo(ctx.get_help())
        return outcome

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table alone."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.short_help) for name, entry in self.entries.items()])


def load(entry: Entry) -> click.Command:
    """Import the command that ``entry`` points at."""
    module, _, attribute = entry.target.partition(":")
    command = getattr(import_module(module, __package__), attribute)
    if not isinstance(command, click.Command):
        raise TypeError(f"expected a click command at {entry.target}, got {type(command).__name__}")
    return command
